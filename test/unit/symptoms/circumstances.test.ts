// Of all that a log holds, what is named is the cause: not what went by before, and not what only sounds like it.
import { describe, expect, it } from 'vitest'
import { recipes } from '../../../recipes/index.js'
import { aptSymptoms } from '../../../src/symptoms/apt.js'
import { dnfSymptoms } from '../../../src/symptoms/dnf.js'
import { hostSymptoms } from '../../../src/symptoms/host.js'
import { kernelSymptoms } from '../../../src/symptoms/kernel.js'
import { allSymptoms, diagnose } from '../../../src/symptoms/table.js'
import { circumstances } from '../../support/symptoms/circumstances.js'
import { near } from '../../support/symptoms/near.js'
import { said as others } from '../../support/symptoms/said.js'
import { said as nvidias } from '../../support/symptoms/said-nvidia.js'

const said = [...others, ...nvidias].map(([id, text]) => ({ id, text }))
const ids = allSymptoms().map(({ id }) => id)
const layerOf = new Map(
  [
    kernelSymptoms,
    hostSymptoms,
    dnfSymptoms,
    aptSymptoms,
    ...recipes.flatMap(({ symptoms }) => symptoms ?? []),
  ].flatMap((symptoms) =>
    Object.entries(symptoms).flatMap(([layer, rows]) => rows.map(({ id }) => [id, layer] as const)),
  ),
)
/** What is said where nothing fails, too, is no failure. */
const failures = said.filter(({ id }) => layerOf.get(id) !== 'circumstances')
const ofSources = (id: string | undefined) => id !== undefined && layerOf.get(id) === 'sources'

/** One after the other. An indented line belongs to the message above it: to one of its own, not to the other’s. */
const following = (text: string, other: string) =>
  /^\s/.test(other) ? `${text}\nReading state information...\n${other}` : `${text}\n${other}`

describe('a near miss', () => {
  it.each(near)('of %s is %s: %s', (row, is, text) => {
    expect(diagnose(text)?.id).toBe(is)
    expect(is).not.toBe(row)
  })

  it('is there for every row', () => {
    expect(new Set(near.map(([row]) => row))).toEqual(new Set(ids))
  })
})

describe('what goes by before a failure', () => {
  it.each(circumstances)('alone is %s: %s', (rows, text) => {
    expect(rows).toContain(diagnose(text)?.id)
  })

  it.each(circumstances)('is not taken for its cause: %s, %s', ([row], text) => {
    for (const { id, text: failure } of failures) {
      const named = diagnose(following(text, failure))?.id
      // Which of two sources is the one that matters, nobody can tell; what is missing may be in the one that does not answer.
      if (ofSources(row) && /^(sources|missing)$/.test(layerOf.get(id) ?? '')) {
        expect([row, id, 'rpm-unanswered-no-match'], failure).toContain(named)
      } else expect(named, failure).toBe(id)
    }
  })
})

describe('two failures in one log', () => {
  /** Pairs that together are a third: what is not found, and a repository that does not answer. */
  const together: Record<string, RegExp> = { 'rpm-unanswered-no-match': /^rpm-/ }
  const one = [...new Map(failures.toReversed().map((each) => [each.id, each])).values()]

  it.each(one)('$id and any other: the deeper one is named', ({ id, text }) => {
    for (const other of one.slice(one.findIndex((each) => each.id === id))) {
      for (const both of [following(text, other.text), following(other.text, text)]) {
        const named = diagnose(both)?.id ?? ''
        if (together[named]?.test(id)) continue
        expect(named, both).toBe(ids.indexOf(id) < ids.indexOf(other.id) ? id : other.id)
      }
    }
  })
})
