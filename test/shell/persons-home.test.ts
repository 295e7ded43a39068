import { execFileSync } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import prelude from '../../src/doctor/prelude.sh'
import { quote } from '../../src/shell/quote.js'
import { runIn, shells } from '../support/shells.js'

// What root reads in a person's home, on this machine, whose user `nobody` there is everywhere; nothing of it is changed.
const folder = mkdtempSync(join(tmpdir(), 'fitout-home-'))
const home = join(folder, 'home')
const doubles = join(folder, 'doubles')
const uid = Number(execFileSync('id', ['-u', 'nobody'], { encoding: 'utf8' }))
const at = (name: string) => join(home, name)

beforeAll(() => {
  for (const one of [home, doubles]) mkdirSync(one)
  for (const one of [folder, home]) chmodSync(one, 0o755)
  writeFileSync(at('plain'), 'one\ntwo: \\n "$x"\n')
  writeFileSync(at('secret'), 'ROOTS OWN\n', { mode: 0o600 })
  symlinkSync('secret', at('link'))
  symlinkSync('/proc/1/environ', at('environ'))
  symlinkSync('/dev/zero', at('zero'))
  execFileSync('mkfifo', [at('fifo')])
  mkdirSync(at('folder'))
  writeFileSync(at('huge'), 'x\n')
  truncateSync(at('huge'), 2_000_000_000)
  if (process.getuid?.() === 0) for (const name of ['plain', 'fifo', 'huge']) chownSync(at(name), uid, uid)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Runs shell behind the doctor's prelude, with some programs that fail as if they were those of another system. */
const asked = (command: readonly string[], script: string, without: readonly string[] = []) => {
  const path = join(doubles, without.join('-') || 'none')
  mkdirSync(path, { recursive: true })
  for (const name of without) writeFileSync(join(path, name), '#!/bin/sh\nexit 1\n', { mode: 0o755 })
  const words = `person=nobody\nhome=${quote(home)}\nuid=${uid}\n`
  const env = { PATH: `${path}:${process.env.PATH}` }
  return runIn(command, `${words}${prelude}${script}\n`, { env })
}

describe.skipIf(process.getuid?.() !== 0).each(shells)('a person’s home under $name', ({ command }) => {
  it.each([
    ['setpriv', []],
    ['runuser', ['setpriv']],
    ['su', ['setpriv', 'runuser']],
  ] as [string, string[]][])('is read as that person, by %s', (_how, without) => {
    const { stdout } = asked(
      command,
      `as_person id -un; persons_lines ${quote(at('plain'))} ${quote(at('none'))}`,
      without,
    )
    expect(stdout).toBe(`nobody\n${at('plain')}:1:one\n${at('plain')}:2:two: \\n "$x"\n`)
    const links = ['secret', 'link', 'environ'].map((name) => quote(at(name))).join(' ')
    expect(asked(command, `persons_lines ${links}`, without)).toMatchObject({ stdout: '' })
  })

  it('has nothing that holds the look up, or fills it', () => {
    const names = ['fifo', 'zero', 'folder', 'plain'].map((name) => quote(at(name))).join(' ')
    expect(asked(command, `persons_lines ${names}`).stdout).toMatch(/^\S+plain:1:one\n/)
    expect(asked(command, `persons_lines ${quote(at('huge'))}`).stdout.length).toBeLessThan(300_000)
    // Exchanged behind the look's back, as between its test and its reading.
    const fifo = asked(command, `as_person cat ${quote(at('fifo'))}; echo "ended $?"`)
    expect(fifo.stdout).toMatch(/ended (124|143)/)
  })
})
