import { execFileSync } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { clientLook } from '../../recipes/docker/looks/index.js'
import prelude from '../../src/doctor/prelude.sh'
import { quote } from '../../src/shell/quote.js'
import { askIn, shells } from '../support/shells.js'

// What root reads in a person's home, on this machine, whose user `nobody` there is everywhere; nothing of it is changed.
const folder = mkdtempSync(join(tmpdir(), 'fitout-home-'))
const home = join(folder, 'home')
const doubles = join(folder, 'doubles')
const uid = Number(execFileSync('id', ['-u', 'nobody'], { encoding: 'utf8' }))
const at = (name: string) => join(home, name)

beforeAll(() => {
  for (const one of [home, doubles]) mkdirSync(one)
  for (const one of [folder, home]) chmodSync(one, 0o755)
  writeFileSync(at('.plain'), 'export DOCKER_HOST=tcp://plain:1\n')
  writeFileSync(at('.secret'), 'export DOCKER_HOST=tcp://secret:1\n', { mode: 0o600 })
  symlinkSync('.secret', at('.link'))
  symlinkSync('/proc/1/environ', at('.environ'))
  symlinkSync('/dev/zero', at('.zero'))
  execFileSync('mkfifo', [at('.fifo')])
  mkdirSync(at('.folder'))
  writeFileSync(at('.huge'), 'export DOCKER_HOST=tcp://huge:1\n')
  truncateSync(at('.huge'), 2_000_000_000)
  if (process.getuid?.() === 0) for (const name of ['.plain', '.fifo', '.huge']) chownSync(at(name), uid, uid)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Runs shell behind the doctor's prelude, with some programs that fail as if they were those of another system. */
const asked = (command: readonly string[], script: string, without: readonly string[] = []) => {
  const path = join(doubles, without.join('-') || 'none')
  mkdirSync(path, { recursive: true })
  for (const name of without) writeFileSync(join(path, name), '#!/bin/sh\nexit 1\n', { mode: 0o755 })
  const words = `person=nobody\nhome=${quote(home)}\nuid=${uid}\n`
  const env = { PATH: `${path}:${process.env.PATH}` }
  return askIn(command, script, { prelude: `${words}${prelude}`, env })
}

describe.skipIf(process.getuid?.() !== 0).each(shells)('a person’s home under $name', ({ command }) => {
  it.each([
    ['setpriv', []],
    ['runuser', ['setpriv']],
    ['su', ['setpriv', 'runuser']],
  ] as [string, string[]][])('is read as that person, by %s', (_how, without) => {
    const { text, failed } = asked(command, `as_person 5 id -un\n${clientLook}`, without)
    const found = text.trim().split('\n')
    expect(found).toEqual([
      'nobody',
      // Nothing holds the look up, and of the huge one it reads no more than its beginning.
      `set-in DOCKER_HOST ${at('.huge')}:1:export DOCKER_HOST=tcp://huge:1`,
      `set-in DOCKER_HOST ${at('.plain')}:1:export DOCKER_HOST=tcp://plain:1`,
    ])
    expect(failed).toEqual([])
  })

  it('has files of which no more than 256 KiB is read, the client’s configuration among them', () => {
    const other = join(folder, 'other')
    mkdirSync(join(other, '.docker'), { recursive: true })
    const far = ' '.repeat(262_144)
    writeFileSync(join(other, '.docker/config.json'), `{"currentContext":"near",${far}"credsStore":"far"}`)
    const { text, failed } = asked(command, `home=${quote(other)}\n${clientLook}`)
    expect(text).toContain(`config.context near absent ${other}/.docker/config.json\n`)
    expect(text).not.toContain('config.helper')
    expect(failed).toEqual([])
  })

  it('that holds the look up after all is given up, and the doctor knows', () => {
    // Exchanged behind the look's back, as between its test and its reading.
    const { text, failed } = asked(command, `as_person 1 cat ${quote(at('.fifo'))}; echo "ended $?"`)
    expect(text).toMatch(/ended (124|143)/)
    expect(failed).toMatchObject([{ program: 'setpriv', said: [] }])
  })
})
