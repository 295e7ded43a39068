import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FitoutError } from '../../../../src/errors.js'
import { resolveSshConfig, type SshRequest } from '../../../../src/host/ssh-config/ssh-config.js'
import { refuseUnsupported } from '../../../../src/host/ssh2/limits.js'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'fitout-config-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let files = 0
const config = (text: string, name = `config_${files++}`) => {
  const file = join(folder, name)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
  return file
}

const hasSsh = spawnSync('ssh', ['-V']).status === 0
// OpenSSH takes the home folder from the password database, whatever HOME says.
const home = userInfo().homedir

/** What `ssh -G` makes of the same question. */
function oracle(file: string, asked: SshRequest): Record<string, string[]> {
  const more = [...(asked.user ? ['-l', asked.user] : []), ...(asked.port ? ['-p', String(asked.port)] : [])]
  const text = execFileSync('ssh', ['-F', file, ...more, '-G', asked.host], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const said: Record<string, string[]> = {}
  for (const line of text.trim().split('\n')) {
    const [key = '', ...value] = line.split(' ')
    said[key] = [...(said[key] ?? []), value.join(' ')]
  }
  return said
}

const everything = `
# A person's file with a bit of everything
Include %FOLDER%/included/*.conf
Host gate
  HostName gate.example
  Port 2222
  User keeper

Host *.lab !bad.lab
  User lab
  ProxyJump keeper@gate:2222,inner
  IdentityFile ~/.ssh/lab
  IdentityFile=/keys/%r@%h-%n-%p
  identitiesonly YES

Match host "*.example" user keeper
  IdentityFile /keys/keeper
  HostKeyAlias the-gate

Match originalhost gate,door !user keeper
  IdentityFile /keys/not-keeper

Match user=lab
  StrictHostKeyChecking accept-new

Host quoted "with space"
  IdentityFile "/keys/with space"
  UserKnownHostsFile /known/a "/known/b c" # two
  ConnectTimeout 7

Host noproxy.lab
  ProxyJump direct

Host door
  ProxyJump none
  ProxyCommand nc %h %p
  IdentityFile none

Host tok
  HostName %h.tokens.example

Host six
  HostName 2001:db8::1

Match final host *.tokens.*
  User finally

Host *
  User everyone
  Port 23
  ProxyJump fallback
  StrictHostKeyChecking yes
`

describe.skipIf(!hasSsh)('resolveSshConfig, with ssh -G as the oracle', () => {
  const asked: SshRequest[] = [
    { host: 'gate' },
    { host: 'gate', user: 'someone' },
    { host: 'gate', port: 99 },
    { host: 'GATE' },
    { host: 'a.lab' },
    { host: 'a.lab', user: 'keeper' },
    { host: 'bad.lab' },
    { host: 'noproxy.lab' },
    { host: 'door' },
    { host: 'quoted' },
    { host: 'tok' },
    { host: 'six' },
    { host: 'other.example' },
    { host: 'other.example', user: 'keeper' },
    { host: 'included' },
    { host: 'nested' },
    { host: '192.0.2.1' },
  ]

  it.each(asked)('$host $user $port', (one) => {
    config('Host included\n  HostName from.include\n', 'included/10-first.conf')
    config(`Host nested\n  Include ${folder}/deeper\n  User after\nHost included\n  User second\n`, 'included/20.conf')
    config('HostName from.deeper\nHost other\n  User wrong\nHost nested\n  Port 77\n', 'deeper')
    config('Host *\n  User hidden\n', 'included/.hidden.conf')
    const file = config(everything.replaceAll('%FOLDER%', folder))
    const said = oracle(file, one)
    const found = resolveSshConfig(one, { configFile: file, home })
    expect(found.hostName.toLowerCase()).toBe(said.hostname?.[0])
    expect(found.port).toBe(Number(said.port?.[0]))
    expect(found.user).toBe(said.user?.[0])
    expect(found.identitiesOnly).toBe(said.identitiesonly?.[0] === 'yes')
    expect(found.proxyJump).toBe(said.proxyjump?.[0])
    expect(found.proxyCommand).toBe(said.proxycommand?.[0])
    expect(found.hostKeyAlias).toBe(said.hostkeyalias?.[0])
    expect(String(found.connectTimeout ?? 'none')).toBe(said.connecttimeout?.[0])
    const strict = { true: 'yes', false: 'accept-new' }[said.stricthostkeychecking?.[0] ?? '']
    expect(found.strictHostKeyChecking).toBe(strict ?? said.stricthostkeychecking?.[0])
    const known = [said.userknownhostsfile?.[0], said.globalknownhostsfile?.[0]].join(' ')
    expect(found.knownHostsFiles.join(' ')).toBe(known.replaceAll('~', home).replaceAll('"', ''))
    const isDefault = said.identityfile?.some((path) => path.endsWith('id_ed25519'))
    if (!isDefault) {
      const theirs = said.identityfile?.filter((path) => path !== 'none').map((path) => expand(path, said))
      expect(found.identityFiles).toEqual(theirs ?? [])
    } else {
      expect(found.identityFiles).toEqual(['id_ed25519', 'id_ecdsa', 'id_rsa'].map((name) => join(home, '.ssh', name)))
    }
  })

  /** `ssh -G` prints the tokens of these as they were written. */
  function expand(path: string, said: Record<string, string[]>): string {
    const tokens: Record<string, string> = {
      r: said.user?.[0] ?? '',
      h: said.hostname?.[0] ?? '',
      n: said.host?.[0] ?? '',
      p: said.port?.[0] ?? '',
    }
    return path.replace(/^~/, home).replace(/%(.)/g, (_all, letter: string) => tokens[letter] ?? '')
  }
})

describe('resolveSshConfig', () => {
  const at = (text: string, asked: SshRequest = { host: 'box' }) =>
    resolveSshConfig(asked, { configFile: config(text) })

  it('goes by defaults where there is no file', () => {
    const found = resolveSshConfig(
      { host: 'box' },
      { home: join(folder, 'none'), systemFile: '/none', localUser: 'me' },
    )
    expect(found).toEqual({
      alias: 'box',
      hostName: 'box',
      port: 22,
      user: 'me',
      identityFiles: ['id_ed25519', 'id_ecdsa', 'id_rsa'].map((name) => join(folder, 'none/.ssh', name)),
      identitiesOnly: false,
      knownHostsFiles: [
        join(folder, 'none/.ssh/known_hosts'),
        join(folder, 'none/.ssh/known_hosts2'),
        '/etc/ssh/ssh_known_hosts',
        '/etc/ssh/ssh_known_hosts2',
      ],
      strictHostKeyChecking: 'ask',
      hashKnownHosts: false,
      gssapi: false,
      beyond: [],
      notes: [],
    })
  })

  it("reads the person's file before the system's, includes relative to ~/.ssh", () => {
    config('Include conf.d/*\nHost box\n  User mine\n', 'home/.ssh/config')
    config('Host box\n  HostName included\n', 'home/.ssh/conf.d/one')
    const systemFile = config('Host box\n  User theirs\n  Port 24\n')
    const found = resolveSshConfig({ host: 'box' }, { home: join(folder, 'home'), systemFile })
    expect(found).toMatchObject({ user: 'mine', hostName: 'included', port: 24 })
  })

  it('takes `no` as accept-new: a changed key never passes', () => {
    expect(at('StrictHostKeyChecking no').strictHostKeyChecking).toBe('accept-new')
    expect(at('StrictHostKeyChecking off').strictHostKeyChecking).toBe('accept-new')
  })

  it('skips Match exec without running anything, and says so', () => {
    const found = at(`Match exec "touch ${folder}/ran"\n  User x\nMatch !exec true\n  Port 1\nHost *\n  User y\n`)
    expect(found.user).toBe('y')
    expect(found.port).toBe(22)
    expect(found.notes).toEqual([expect.stringContaining('`Match exec` is not supported')])
    expect(() => execFileSync('test', ['-e', `${folder}/ran`])).toThrow()
  })

  it('reads agents', () => {
    expect(at('IdentityAgent none').identityAgent).toBe('none')
    expect(at('IdentityAgent /run/%u.sock').identityAgent).toBe(`/run/${userInfo().username}.sock`)
    expect(at('IdentityAgent SSH_AUTH_SOCK').identityAgent).toBeUndefined()
  })

  it('includes by sets of letters, as glob(3) does', () => {
    for (const name of ['10-a', '2x', 'b-c', '.3'])
      config(`IdentityFile /keys/${name}\nUser ${name.replace(/\W/g, '')}\n`, `sets/${name}`)
    const keys = (pattern: string) => at(`Include ${folder}/sets/${pattern}\nIdentityFile /last\n`).identityFiles
    expect(keys('[0-9]*')).toEqual(['/keys/10-a', '/keys/2x', '/last'])
    expect(keys('[!0-9]*')).toEqual(['/keys/b-c', '/last'])
    expect(keys('[12][0x]*')).toEqual(['/keys/10-a', '/keys/2x', '/last'])
    expect(keys('[a-c]-[^a]')).toEqual(['/keys/b-c', '/last'])
  })

  it('leaves names that OpenSSH completes by itself to the system’s ssh', () => {
    expect(at('CanonicalizeHostname yes').beyond).toEqual(['CanonicalizeHostname'])
    expect(at('CanonicalizeHostname no').beyond).toEqual([])
  })

  it('stops at files that include each other', () => {
    const file = join(folder, 'circle')
    config(`Include ${file}\n`, 'circle')
    expect(() => resolveSshConfig({ host: 'box' }, { configFile: file })).toThrow(/levels deep/)
  })

  it('names the file that makes no sense', () => {
    const file = config('Host box\n  IdentityFile "open\n')
    expect(() => resolveSshConfig({ host: 'box' }, { configFile: file })).toThrow(file)
    const port = config('Port nonesuch\n')
    expect(() => resolveSshConfig({ host: 'box' }, { configFile: port })).toThrow(`${port}: Port nonesuch`)
  })

  it('refuses ProxyCommand with a reason', () => {
    const settings = at('ProxyCommand nc %h %p')
    expect(() => refuseUnsupported(settings)).toThrow(FitoutError)
    expect(() => refuseUnsupported(settings)).toThrow(/ProxyCommand, which only the system’s `ssh`/)
  })
})
