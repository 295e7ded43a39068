// Whatever fitout accepts as a key: what does the real reader believe by the keyring that it writes? apt’s own readers, as this machine
// has them; the lab asks the others.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { armored } from '../../src/data/openpgp/armor.js'
import { packet } from '../../src/data/openpgp/packets.js'
import { mutants } from '../support/key-mutants.js'
import { aptKey, believed, judged, type Material, makeMaterial, sqv } from '../support/key-readers.js'
import { noGpg, ThrowawayKeys } from '../support/throwaway-keys.js'

const count = 2_000

for (const { name, missing } of [aptKey, sqv]) if (missing) it.skip(`${name}: ${missing}`)
if (noGpg) it.skip(`keyrings: ${noGpg}`)

describe.skipIf(noGpg)('a keyring that fitout writes', { timeout: 300_000 }, () => {
  let keys: ThrowawayKeys
  let material: Material
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'fitout-keyrings-'))
    keys = new ThrowawayKeys()
    material = makeMaterial(keys, join(folder, 'signed'))
  }, 120_000)
  afterAll(() => {
    keys.remove()
    rmSync(folder, { recursive: true, force: true })
  })

  const readers = [aptKey, sqv].filter(({ missing }) => missing === undefined)

  it.each(readers)('is not what was handed over: $name believes the foreigner by that', (reader) => {
    const { pinned, foreign } = material
    const own = armored(pinned.file)
    const other = armored(foreign.file)
    const both = armored(Buffer.concat([...pinned.packets, ...foreign.packets].map(packet)))
    const raw = [own, other, both, `${other}${own}`]
    const [right, wrong, ...mixed] = believed(reader, material, raw)
    expect(right).toEqual(new Set(['pinned', 'pinned-subkey']))
    expect(wrong).toEqual(new Set(['foreign', 'foreign-subkey']))
    for (const one of mixed) expect(one).toContain('foreign')
    for (const file of raw.slice(1))
      expect(judged({ file: Buffer.from(file), story: '' }, material)).toHaveProperty('refused')
  })

  it.each(readers)(
    `makes $name believe the pinned key and no other, whatever it is made of: ${count} mutants`,
    (reader) => {
      const { pinned, foreign } = material
      const made = fc.sample(mutants(pinned.packets, foreign.packets), {
        numRuns: count,
        seed: Number(process.env.SEED ?? 20261128),
      })
      const accepted = new Map<string, string>()
      let times = 0
      for (const mutant of made) {
        const outcome = judged(mutant, material)
        if (!('text' in outcome)) continue
        times++
        accepted.set(outcome.text, mutant.story)
      }
      // The mutants are near enough to a key that some of each kind are one.
      expect(times).toBeGreaterThan(count / 20)
      expect(times).toBeLessThan((count * 19) / 20)
      const verdicts = believed(reader, material, [...accepted.keys()])
      const wrong = [...accepted.values()].flatMap((story, index) => {
        const who = verdicts[index]!
        const trusts = [...who].every((signer) => signer.startsWith('pinned')) && who.has('pinned')
        return trusts ? [] : [{ story, believes: [...who] }]
      })
      expect(wrong).toEqual([])
      console.log(`${reader.name}: ${count} mutants, ${times} accepted, ${accepted.size} different keyrings`)
    },
  )
})
