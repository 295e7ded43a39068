import { chownSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { sweep } from '../../../src/host/openssh/workspace.js'

const isRoot = process.getuid?.() === 0
const base = mkdtempSync(join(tmpdir(), 'fitout-sweep-'))
afterAll(() => rmSync(base, { recursive: true, force: true }))
const old = (path: string) => utimesSync(path, new Date(0), new Date(0))

test('what a killed run has left goes; links, files, what is young, in use or somebody else’s stays', async () => {
  const place = join(base, 'tmp')
  const victim = join(base, 'victim')
  for (const one of [place, victim, join(victim, 'inner')]) mkdirSync(one)
  writeFileSync(join(victim, 'precious'), 'x')
  const make = (name: string) => {
    mkdirSync(join(place, name), { mode: 0o700 })
    writeFileSync(join(place, name, 'file'), '')
    return join(place, name)
  }
  const [left, young, used, foreign] = ['left', 'young', 'used', 'foreign'].map((name) =>
    make(`fitout-ssh-${name}`),
  ) as [string, string, string, string]
  // Of anybody who may write to /tmp: a link to a folder of the person's, whose time is that of the folder.
  symlinkSync(victim, join(place, 'fitout-ssh-link'))
  symlinkSync(join(left, 'none'), join(place, 'fitout-ssh-broken'))
  writeFileSync(join(place, 'fitout-ssh-file'), '')
  symlinkSync(join(victim, 'inner'), join(left, 'inside'))
  const server = createServer().listen(join(used, 'ask'))
  await new Promise((resolve) => server.once('listening', resolve))
  for (const one of [left, used, foreign, victim]) old(one)
  if (isRoot) chownSync(foreign, 54_321, 0)
  sweep(place)
  await expect.poll(() => existsSync(left)).toBe(false)
  for (const one of [young, used, ...(isRoot ? [foreign] : [])]) expect([one, existsSync(one)]).toEqual([one, true])
  for (const one of ['precious', 'inner']) expect(existsSync(join(victim, one))).toBe(true)
  expect(existsSync(join(place, 'fitout-ssh-file'))).toBe(true)
  server.close()
})

test('a place that is not there, or cannot be listed, is no reason to fail', () => {
  expect(() => sweep(join(base, 'none'))).not.toThrow()
  writeFileSync(join(base, 'a-file'), '')
  expect(() => sweep(join(base, 'a-file'))).not.toThrow()
})
