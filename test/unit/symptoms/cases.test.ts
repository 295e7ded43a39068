// What was reported, kind by kind; and that no row is hidden by another, however the tables are ordered.
import { describe, expect, it } from 'vitest'
import { recipes } from '../../../recipes/index.js'
import { aptSymptoms } from '../../../src/symptoms/apt.js'
import { dnfSymptoms } from '../../../src/symptoms/dnf.js'
import { hostSymptoms } from '../../../src/symptoms/host.js'
import { kernelSymptoms } from '../../../src/symptoms/kernel.js'
import { diagnose, diagnoseBy, type Symptoms } from '../../../src/symptoms/table.js'
import { cases } from '../../support/symptoms/cases.js'
import { said } from '../../support/symptoms/said.js'
import { said as nvidias } from '../../support/symptoms/said-nvidia.js'

const tables: readonly Symptoms[] = [
  ...recipes.flatMap(({ symptoms }) => symptoms ?? []),
  kernelSymptoms,
  hostSymptoms,
  dnfSymptoms,
  aptSymptoms,
]
const reversed = tables
  .toReversed()
  .map((table) => Object.fromEntries(Object.entries(table).map(([layer, rows]) => [layer, rows.toReversed()])))

describe.each([1, 2, 3, 4, 5, 6, 11] as const)('kind %d', (kind) => {
  it.each(cases.filter((one) => one.kind === kind))('$id: $text ($source)', ({ id, text, has, hasNot }) => {
    // as it stands alone, and in a longer log
    for (const whole of [text, `Reading package lists...\n${text}\nReading state information...`]) {
      const known = diagnose(whole)
      expect(known?.id).toBe(id)
      for (const words of has) expect(`${known?.cause}; ${known?.remedy}`).toContain(words)
      for (const words of hasNot) expect(known?.remedy).not.toContain(words)
    }
  })
})

describe('the order of rows and tables', () => {
  const all = [...said.map(([id, text]) => ({ id, text })), ...nvidias.map(([id, text]) => ({ id, text })), ...cases]

  it('is another', () => {
    expect(reversed).not.toEqual(tables)
  })

  it.each(all)('does not matter to $id: $text', ({ id, text }) => {
    expect(diagnoseBy(reversed, text)?.id).toBe(id)
  })
})
