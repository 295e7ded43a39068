import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { resolveSshConfig } from '../../../../src/host/ssh-config/ssh-config.js'
import { has } from '../../../support/programs.js'

const folder = mkdtempSync(join(tmpdir(), 'fitout-spellings-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const home = userInfo().homedir

/** What `ssh -G` says, by its own names; `refused` if it says nothing else. */
type Answer = Partial<
  Record<'hostname' | 'user' | 'port' | 'identityfile' | 'connecttimeout' | 'proxyjump' | 'proxycommand', string> &
    Record<'userknownhostsfile' | 'hostkeyalias', string>
>

// Names of services are those of this machine.
const hasServices = existsSync('/etc/services')

/** A configuration, and what it says of the host `a`. Recorded from OpenSSH 9.2. */
const rows: readonly (readonly [string, Answer | 'refused'])[] = [
  // Times.
  ['ConnectTimeout 1m', { connecttimeout: '60' }],
  ['ConnectTimeout 1h30m', { connecttimeout: '5400' }],
  ['ConnectTimeout 1H30', { connecttimeout: '3630' }],
  ['ConnectTimeout 1w2d', { connecttimeout: '777600' }],
  ['ConnectTimeout=90s # a minute and a half', { connecttimeout: '90' }],
  ['ConnectTimeout none', { connecttimeout: 'none' }],
  ['ConnectTimeout 1.5', 'refused'],
  ['ConnectTimeout m', 'refused'],
  ['ConnectTimeout 5 minutes', 'refused'],
  // Ports.
  ...(hasServices ? ([['Port ssh', { port: '22' }]] as const) : []),
  ...(hasServices ? ([['Port http-alt', { port: '8080' }]] as const) : []),
  ['Port 022', { port: '22' }],
  ['Port = "2222"', { port: '2222' }],
  ['Port 0', 'refused'],
  ['Port 65536', 'refused'],
  ['Port nonesuch', 'refused'],
  // Blanks, quotes and escapes.
  ['IdentityFile ~/.ssh/my\\ key', { identityfile: `${home}/.ssh/my key` }],
  ['IdentityFile "~/.ssh/my key"', { identityfile: `${home}/.ssh/my key` }],
  ["IdentityFile '/keys/a b' # mine", { identityfile: '/keys/a b' }],
  ['IdentityFile "/a b"c', { identityfile: '/a bc' }],
  ['IdentityFile /a\\\\b', { identityfile: '/a\\b' }],
  ['IdentityFile /a\\b', { identityfile: '/a\\b' }],
  ['IdentityFile "/a\\"b"', { identityfile: '/a"b' }],
  ['IdentityFile "/a\\ b"', { identityfile: '/a\\ b' }],
  ['IdentityFile /a b', 'refused'],
  ['IdentityFile "/a', 'refused'],
  ['IdentityFile "/a\\"', 'refused'],
  ['UserKnownHostsFile /a "/b c" d\\ e # f', { userknownhostsfile: '/a /b c d e' }],
  ['User a\\ b', { user: 'a b' }],
  ['User "ada" # she', { user: 'ada' }],
  ['User ada lovelace', 'refused'],
  ['User', 'refused'],
  ['User ""', 'refused'],
  // Equals signs, tabs, ends of lines.
  ['User=ada', { user: 'ada' }],
  ['User = ada', { user: 'ada' }],
  ['User==ada', { user: '=ada' }],
  ['"User" ada', { user: 'ada' }],
  ['USER\tada\t', { user: 'ada' }],
  ['Host = a\n\tUser\tada', { user: 'ada' }],
  ['User ada\r\nPort 2222\r\n', { user: 'ada', port: '2222' }],
  // Comments.
  ['Host b a # not b\nUser ada', { user: 'ada' }],
  ['Host b#a a\nUser ada', { user: 'ada' }],
  ['Host b #a\nUser ada', { user: userInfo().username }],
  ['  # User eve\n User ada', { user: 'ada' }],
  ['HostName b#.example', { hostname: 'b#.example' }],
  ['ProxyJump gate.example # by the gate', { proxyjump: 'gate.example' }],
  ['ProxyJump none # straight', { proxyjump: 'none' }],
  ['ProxyCommand = nc "%h" %p # all of it', { proxycommand: 'nc "%h" %p # all of it' }],
  ['HostKeyAlias = the-gate # its name', { hostkeyalias: 'the-gate' }],
  // Match.
  [`Match host=a user="${userInfo().username}"\nPort 5`, { port: '5' }],
  ['Match host a # only\nPort 5', { port: '5' }],
  ['Match host = "b,a"\nPort 5', { port: '5' }],
  ['Match Host a,!b\nPort 5', { port: '5' }],
  ['Match host b\nPort 5', { port: '22' }],
  ['Match', 'refused'],
  ['Host\nUser ada', 'refused'],
  // Tokens.
  ['HostName %h.example', { hostname: 'a.example' }],
  ['HostName 100%%.example', { hostname: '100%.example' }],
  ['User ada\nPort 5\nHostName h\nIdentityFile /%r/%h/%n/%p', { identityfile: '/%r/%h/%n/%p' }],
]

const fileOf = (text: string) => {
  const file = join(folder, 'config')
  writeFileSync(file, `${text}\n`)
  return file
}

describe('ssh_config as people write it', () => {
  test.each(rows)('%j', (text, expected) => {
    const ask = () => resolveSshConfig({ host: 'a' }, { configFile: fileOf(text), home })
    if (expected === 'refused') {
      expect(ask).toThrow(folder)
      return
    }
    const found = ask()
    const tokens: Record<string, string> = { r: found.user, h: found.hostName, n: 'a', p: String(found.port) }
    const expanded = (path?: string) => path?.replace(/%(.)/g, (_all, letter: string) => tokens[letter]!)
    const ours: Record<string, string | undefined> = {
      hostname: found.hostName,
      user: found.user,
      port: String(found.port),
      identityfile: found.identityFiles[0],
      connecttimeout: String(found.connectTimeout ?? 'none'),
      proxyjump: found.proxyJump ?? 'none',
      proxycommand: found.proxyCommand,
      userknownhostsfile: found.knownHostsFiles.slice(0, -2).join(' '),
      hostkeyalias: found.hostKeyAlias,
    }
    for (const [key, value] of Object.entries(expected)) {
      expect({ [key]: ours[key] }).toEqual({ [key]: key === 'identityfile' ? expanded(value) : value })
    }
  })

  test.runIf(has('ssh')).each(rows)('`ssh -G` says the same: %j', (text, expected) => {
    const { status, stdout } = spawnSync('ssh', ['-F', fileOf(text), '-G', 'a'], { encoding: 'utf8' })
    expect(status === 0).toBe(expected !== 'refused')
    if (expected === 'refused') return
    const said = new Map(stdout.split('\n').map((line) => [line.split(' ')[0], line.replace(/^\S+ /, '')]))
    for (const [key, value] of Object.entries(expected))
      expect({ [key]: said.get(key)?.replace(/^~/, home) }).toEqual({ [key]: value })
  })
})
