import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { FitoutError } from '../../../src/errors.js'
import { fleetOrigin, fleetText } from '../../../src/fleet/origin.js'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fitout-origin-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true })
})

/** The error of reading a file. */
function failure(file: string, found = false): FitoutError {
  try {
    fleetText({ kind: 'fleet', file, found }, {})
  } catch (error) {
    return error as FitoutError
  }
  throw new Error(`${file} was read`)
}

describe('where the fleet is', () => {
  it('is what was named, the command line before the variable', () => {
    const env = { FITOUT_FLEET: 'variable.yaml' }
    expect(fleetOrigin([], { fleet: 'a.yaml' }, env)).toEqual({ kind: 'fleet', file: 'a.yaml' })
    expect(fleetOrigin([], { inventory: 'hosts.ini' }, env)).toEqual({ kind: 'inventory', file: 'hosts.ini' })
    expect(fleetOrigin(['local'], {}, env)).toEqual({ kind: 'fleet', file: 'variable.yaml' })
    expect(() => fleetOrigin([], { fleet: 'a', inventory: 'b' }, {})).toThrow('each name all hosts')
  })

  it('is fitout.yaml in the working directory, if a machine is named that could be in it', () => {
    const origin = (...words: string[]) => fleetOrigin(words, {}, {}, folder)
    const file = join(folder, 'fitout.yaml')
    expect(origin('web1')).toBeUndefined()
    mkdirSync(file)
    expect(origin('web1')).toBeUndefined()
    rmSync(file, { recursive: true })
    writeFileSync(file, '')
    expect([origin(), origin('local'), origin('local', 'local')]).toEqual([undefined, undefined, undefined])
    for (const words of [['web1'], ['local', 'web1'], ['all']])
      expect(origin(...words)).toEqual({ kind: 'fleet', file, found: true })
    // It is seen, so that what reads it can refuse it.
    rmSync(file)
    symlinkSync('nowhere', file)
    expect(origin('web1')).toMatchObject({ found: true })
  })
})

describe('a fleet file', () => {
  it('that was found is read if it is the person’s own', () => {
    const file = join(folder, 'fitout.yaml')
    writeFileSync(file, 'hosts: {}\n')
    expect(fleetText({ kind: 'fleet', file, found: true }, {})).toBe('hosts: {}\n')
  })

  it('that others can write is read only if it was named', () => {
    const file = join(folder, 'fitout.yaml')
    writeFileSync(file, 'hosts: {}\n')
    chmodSync(file, 0o666)
    expect(failure(file, true)).toMatchObject({
      exitCode: 64,
      message: expect.stringContaining(`so fitout does not read ${file} unasked`),
      remedy: expect.stringContaining(`--fleet ${file}`),
    })
    expect(fleetText({ kind: 'fleet', file }, {})).toBe('hosts: {}\n')
  })

  it('that is a link is read only if it was named', () => {
    writeFileSync(join(folder, 'real.yaml'), 'hosts: {}\n')
    const file = join(folder, 'fitout.yaml')
    symlinkSync('real.yaml', file)
    expect(failure(file, true).message).toContain('is a symbolic link')
    expect(fleetText({ kind: 'fleet', file }, {})).toBe('hosts: {}\n')
  })

  it('that cannot be read says why', () => {
    expect(failure(join(folder, 'none.yaml'))).toMatchObject({ exitCode: 64, remedy: '`fitout init` writes one' })
    expect(failure(join(folder, 'none.yaml'), true).message).toContain('does not exist')
    mkdirSync(join(folder, 'folder.yaml'))
    expect(failure(join(folder, 'folder.yaml'))).toMatchObject({
      message: expect.stringContaining('folder.yaml cannot be read (EISDIR)'),
      remedy: expect.stringContaining('--fleet FILE'),
    })
  })
})
