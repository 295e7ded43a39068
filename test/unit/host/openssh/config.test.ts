import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { loginArgs, resolve } from '../../../../src/host/openssh/config.js'
import { fileWord } from '../../../../src/host/openssh/file-word.js'
import { nobody } from '../sshd.js'

const folder = mkdtempSync(join(tmpdir(), 'fitout-openssh-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** What is made of an `ssh` that says this of itself and its files. */
const resolved = async (name: string, said: string) => {
  const program = join(folder, name)
  writeFileSync(program, `#!/bin/sh\ncat >&2 <<'E'\n${said}\nE\necho hostname box\n`, { mode: 0o755 })
  return await resolve(program, { host: 'box' }, { ask: { ...nobody } })
}

it('reads the files that `ssh` reads: the home of the list of users, and the system’s beside others of that name', async () => {
  const person = join(userInfo().homedir, '.ssh/config')
  const read = [
    '/home/ada/.ssh/config',
    '/home/ada/.colima/ssh_config',
    '/opt/etc/ssh/ssh_config',
    '/opt/etc/ssh/x.conf',
  ]
  const said = read.map((file) => `debug1: Reading configuration data ${file}`).join('\n')
  expect((await resolved('both', said)).files).toEqual([person, '/opt/etc/ssh/ssh_config'])
  expect((await resolved('none', 'debug1: x')).files).toEqual([person, '/etc/ssh/ssh_config'])
})

it.each([
  ['OpenSSH_7.9p1 Debian-10+deb10u4, OpenSSL 1.1.1n', 709],
  ['OpenSSH_for_Windows_8.1p1, LibreSSL 3.0.2', 801],
  ['OpenSSH_9.2p1 Debian-2+deb12u10, OpenSSL 3.0.19', 902],
  ['debug1: OpenSSH_10.0p2 Debian-7+deb13u4, OpenSSL 3.5.9', 1000],
  ['something else', 9900],
])('%s', async (said, version) => {
  expect((await resolved(String(version), said)).version).toBe(version)
})

// What the program of each version makes of such words is in the tests with a real one, which is of one version.
it.each([
  [709, 'Include', '"/a\\[1\\]\\*/50%/${x}"'],
  [709, 'UserKnownHostsFile', '"/a[1]*/50%/${x}"'],
  [709, 'IdentityFile', '"/a[1]*/50%%/${x}"'],
  [804, 'UserKnownHostsFile', '"/a[1]*/50%%/${FITOUT_DOLLAR}{x}"'],
  [902, 'Include', '"/a\\\\[1\\\\]\\\\*/50%/${x}"'],
  [902, 'IdentityFile', '"/a[1]*/50%%/${FITOUT_DOLLAR}{x}"'],
  [909, 'Include', '"/a\\\\[1\\\\]\\\\*/50%%/${FITOUT_DOLLAR}{x}"'],
] as const)('version %s, %s', (version, option, word) => {
  expect(fileWord('/a[1]*/50%/${x}', option, version)).toBe(word)
})

it('refuses what no line of ssh_config can hold, and jump hosts that a shell would take otherwise', () => {
  expect(() => fileWord('/a\nProxyCommand x', 'Include', 902)).toThrow('control character')
  expect(loginArgs({ proxyJump: 'ada@gate:2222,[2001:db8::1]:22' })).toEqual(['-J', 'ada@gate:2222,[2001:db8::1]:22'])
  expect(loginArgs({ proxyJump: 'none' })).toEqual(['-J', 'none'])
  for (const jump of ['corp\\ada@gate', 'gate,%h@x', 'fe80::1%eth0', '~x@gate', '[ab]@gate']) {
    expect(() => loginArgs({ proxyJump: jump })).toThrow('would not take the jump host')
  }
})
