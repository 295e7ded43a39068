import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readInventory } from '../../src/fleet/ansible/read.js'
import type { Fleet } from '../../src/fleet/fleet.js'

/** The fleet that the text of an inventory means, in a file of this name with nothing beside it. */
export async function inventoryOf(text: string, name = 'hosts'): Promise<Fleet> {
  const folder = mkdtempSync(join(tmpdir(), 'fitout-inventory-'))
  try {
    writeFileSync(join(folder, name), text)
    return await readInventory(join(folder, name))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
