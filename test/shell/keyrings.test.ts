// Whatever fitout accepts as a key: whom does the real reader believe by the keyring that it writes? apt’s own readers, as this machine
// has them; test/lab/keyrings.test.ts asks the others, and more.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { armored } from '../../src/data/openpgp/armor.js'
import { packet } from '../../src/data/openpgp/packets.js'
import {
  type Accepted,
  acceptedOf,
  aptKey,
  believed,
  judged,
  type Material,
  makeMaterial,
  misled,
  sqv,
} from '../support/key-readers.js'
import { noGpg, ThrowawayKeys } from '../support/throwaway-keys.js'

const count = 2_000
const readers = [aptKey, sqv].filter(({ missing }) => missing === undefined)

for (const { name, missing } of [aptKey, sqv]) if (missing) it.skip(`${name}: ${missing}`)
if (noGpg) it.skip(`keyrings: ${noGpg}`)

describe.skipIf(noGpg)('a keyring that fitout writes', { timeout: 300_000 }, () => {
  let keys: ThrowawayKeys
  let material: Material
  let folder: string
  let accepted: Accepted
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'fitout-keyrings-'))
    keys = new ThrowawayKeys(folder)
    material = makeMaterial(keys, join(folder, 'signed'))
    accepted = acceptedOf(material, count, Number(process.env.SEED ?? 20261128))
  }, 300_000)
  afterAll(() => {
    keys.remove()
    rmSync(folder, { recursive: true, force: true })
  })

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
    for (const file of raw.slice(1)) expect(judged(file, material)).toHaveProperty('refused')
  })

  it(`comes of some of ${count} mutants, and the others are refused`, () => {
    // They are near enough to a key that each happens.
    expect(accepted.accepted).toBeGreaterThan(count / 20)
    expect(accepted.accepted).toBeLessThan((count * 19) / 20)
    expect(accepted.keyrings.size).toBeGreaterThan(5)
  })

  it.each(readers)('makes $name believe the pinned key and no other, whatever it was made of', (reader) => {
    expect(misled(reader, material, accepted)).toEqual([])
  })
})
