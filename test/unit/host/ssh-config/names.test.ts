import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { hostsKnownToSsh } from '../../../../src/host/ssh-config/names.js'
import { parseTarget } from '../../../../src/host/target.js'

let home: string
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'fitout-names-'))
  mkdirSync(join(home, '.ssh'))
})
afterEach(() => rmSync(home, { recursive: true, force: true }))
const write = (name: string, text: string) => writeFileSync(join(home, '.ssh', name), text)
const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGlxvBAR4GnWFH7wLOI3ZxH7OGYvqYEUHk2gUH3xS0dN'
const names = () => hostsKnownToSsh({ home }).map(({ name }) => name)

test('aliases as they are written, with what is included; no patterns, no hosts of code', () => {
  write('config', 'Host web1 rack7\n  User ada\nHost *.lab !x\nHost github.com\nInclude more\nMatch host y\n  User z\n')
  write('more', 'Host pi\n  HostName 10.0.0.7\n  Port 2222\n')
  expect(names()).toEqual(['web1', 'rack7', 'pi'])
  expect(hostsKnownToSsh({ home })[0]?.from).toBe('~/.ssh/config')
})

test('known_hosts: the newest first, ports and addresses as a person writes them, each once', () => {
  write('config', 'Host pi\n  HostName 10.0.0.7\n  Port 2222\n')
  write(
    'known_hosts',
    [
      `old.example,10.0.0.1 ${key}`,
      `[10.0.0.7]:2222 ${key}`,
      `[box.example]:2200 ${key}`,
      `[2001:db8::1]:22022 ${key}`,
      `github.com ${key}`,
      `*.wild.example ${key}`,
      `@cert-authority ca.example ${key}`,
      `@revoked bad.example ${key}`,
      `|1|F1E1KeoE/eEWhi10WpGv4OdiO6Y=|3988QV0VE8wmZL7suNrYQLITLCg= ${key}`,
      `old.example ${key}`,
      `new.example ${key}`,
      'nonsense',
    ].join('\n'),
  )
  expect(names()).toEqual(['pi', 'new.example', 'old.example', '[2001:db8::1]:22022', 'box.example:2200', '10.0.0.1'])
  for (const name of names()) expect(parseTarget(name)).toMatchObject({ kind: 'ssh' })
})

test('other files, and files that are not there or make no sense', () => {
  expect(names()).toEqual([])
  write('config', 'Host "unclosed\n')
  expect(names()).toEqual([])
  write('other', 'Host box\n')
  write('keys', `rack ${key}\n`)
  expect(
    hostsKnownToSsh({ home, configFile: join(home, '.ssh/other'), knownHostsFiles: [join(home, '.ssh/keys')] }),
  ).toMatchObject([{ name: 'box' }, { name: 'rack', from: join(home, '.ssh/keys') }])
})

test('known_hosts that cannot be read, a pipe that gives nothing among them, hides no alias', () => {
  write('config', 'Host web1\n')
  mkdirSync(join(home, '.ssh/known_hosts'))
  expect(names()).toEqual(['web1'])
  rmSync(join(home, '.ssh/known_hosts'), { recursive: true })
  execFileSync('mkfifo', [join(home, '.ssh/known_hosts')])
  expect(names()).toEqual(['web1'])
})
