import { describe, expect, it } from 'vitest'
import { recipes } from '../../../../recipes/index.js'
import { nvidiaSymptoms } from '../../../../recipes/nvidia/symptoms.js'
import { diagnose } from '../../../../src/symptoms/table.js'
import { cases } from '../../../support/symptoms/cases.js'
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
    const own = Object.values(nvidiaSymptoms).flatMap((rows) => rows.map(({ id }) => id))
    const reached = new Set([...said.map(([id]) => id), ...cases.map(({ id }) => id)])
    expect(own.filter((id) => !reached.has(id))).toEqual([])
  })
})
