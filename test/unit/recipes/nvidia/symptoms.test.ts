import { describe, expect, it } from 'vitest'
import { recipes } from '../../../../recipes/index.js'
import { nvidiaSymptoms } from '../../../../recipes/nvidia/symptoms.js'
import { diagnose } from '../../../../src/symptoms/table.js'
import { said } from '../../../support/symptoms/said-nvidia.js'

describe('what NVIDIA’s parts say', () => {
  it.each(said)('%s: %s (%s)', (id, text) => {
    expect(diagnose(text)?.id).toBe(id)
    // as it stands in a longer log
    expect(diagnose(`Reading package lists...\n${text}\nReading state information...`)?.id).toBe(id)
  })

  it('is known to every failure once its recipe is declared', () => {
    expect(recipes.map(({ symptoms }) => symptoms)).toContain(nvidiaSymptoms)
  })

  it('reaches every row', () => {
    expect(new Set(said.map(([id]) => id))).toEqual(
      new Set(Object.values(nvidiaSymptoms).flatMap((rows) => rows.map(({ id }) => id))),
    )
  })
})
