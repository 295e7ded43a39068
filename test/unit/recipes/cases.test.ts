import { existsSync, readdirSync } from 'node:fs'
import { describe, expect, it, vi } from 'vitest'
import type { pinnedKey } from '../../../src/packages/pinned-key.js'
import { fetchedKey, readCase } from '../../support/cases.js'

// What was fetched has been compared with its pin by then (test/unit/packages/key-probe.test.ts): here it is the key of each fingerprint.
vi.mock(import('../../../src/packages/pinned-key.js'), async (original) => {
  const real = await original()
  const judged: typeof pinnedKey = (source, pin, uri) =>
    source === fetchedKey ? { text: fetchedKey, fingerprint: pin.fingerprint } : real.pinnedKey(source, pin, uri)
  return { ...real, pinnedKey: judged }
})

const here = new URL('./', import.meta.url)
const folders = readdirSync(here).filter((name) => existsSync(new URL(`${name}/cases/`, here)))

it('there are cases', () => expect(folders).toContain('docker-engine'))

describe.each(folders)('%s', (recipe) => {
  const folder = new URL(`${recipe}/cases/`, here)
  it.each(readdirSync(folder))('%s', (name) => {
    const { about, expected, outcome } = readCase(new URL(name, folder), recipe)
    expect(outcome, about).toEqual(expected)
  })
})
