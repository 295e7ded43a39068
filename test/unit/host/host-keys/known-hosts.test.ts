import { execFileSync, spawnSync } from 'node:child_process'
import {
  chownSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hostKeyAlgorithms } from '../../../../src/host/host-keys/host-keys.js'
import {
  fingerprint,
  KnownHosts,
  keyType,
  knownName,
  namesHost,
  parseKnownHosts,
} from '../../../../src/host/host-keys/known-hosts.js'
import { has } from '../../../support/programs.js'
import { publicKey } from '../sshd.js'

let folder: string
let files = 0
/** Wire formats of real keys. */
const keys: Record<string, Buffer> = {}
const line = (name: string) => `${keyType(keys[name]!)} ${keys[name]!.toString('base64')}`
const fileWith = (...lines: string[]) => {
  const file = join(folder, `known_${files++}`)
  writeFileSync(file, lines.join('\n'))
  return file
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'fitout-known-'))
  for (const [name, type] of [
    ['one', 'ed25519'],
    ['two', 'ed25519'],
    ['ecdsa', 'ecdsa'],
  ] as const) {
    keys[name] = publicKey(type)
  }
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('known_hosts', () => {
  it('names a port only where it is not 22', () => {
    expect(knownName('Box.Example', 22)).toBe('box.example')
    expect(knownName('box', 2222)).toBe('[box]:2222')
    expect(knownName('2001:db8::1', 2222)).toBe('[2001:db8::1]:2222')
  })

  it('finds the lines of a host among those that name it, that match it, and that hash it, in their order', () => {
    const file = fileWith(
      `*.example,!old.example ${line('one')}`,
      `Box.Example,10.0.0.7,box.example ${line('two')}`,
      `old.example ${line('ecdsa')}`,
      `10.0.0.? ${line('ecdsa')}`,
    )
    const hashed = fileWith()
    new KnownHosts([hashed]).add('box.example', keys.ecdsa!, { hash: true })
    const known = new KnownHosts([file, hashed])
    const places = (name: string) => known.linesFor(name).map((found) => `${found.file === file ? 1 : 2}:${found.line}`)
    expect(places('box.example')).toEqual(['1:1', '1:2', '2:1'])
    expect(places('old.example')).toEqual(['1:3'])
    expect(places('10.0.0.7')).toEqual(['1:2', '1:4'])
    expect(places('nowhere')).toEqual([])
    known.add('nowhere', keys.one!)
    expect(known.judge('nowhere', keys.one!).status).toBe('match')
  })

  it.runIf(has('ssh-keygen'))('prints fingerprints as ssh-keygen does', () => {
    const said = execFileSync('ssh-keygen', ['-lf', '-'], { input: line('one'), encoding: 'utf8' })
    expect(said).toContain(` ${fingerprint(keys.one!)} `)
  })

  it('passes over comments, empty lines, CRLF, keys of SSH 1 and markers it does not know', () => {
    const text = `# a comment\r\n\r\nbox ${line('one')} comment\r\n@new box ${line('one')}\nbox 1024 37 1234\nbox ssh-rsa\n`
    expect(parseKnownHosts(text, 'f')).toEqual([
      { file: 'f', line: 3, hosts: 'box', type: 'ssh-ed25519', key: keys.one!.toString('base64') },
    ])
  })

  const blob = 'AAAAC3NzaC1lZDI1NTE5AAAAIGFiYw=='
  // A line, and whether it says something of a.example. Recorded from `ssh-keygen -F` of OpenSSH 9.2.
  const asked: readonly (readonly [string, boolean])[] = [
    [`a.example ssh-foo ${blob}`, false],
    ...'ssh-ed25519 ssh-rsa ssh-dss ED25519 rsa Ecdsa-Sk rsa-sha2-512 ecdsa-sha2-nistp384 sk-ssh-ed25519@openssh.com'
      .split(' ')
      .map((type) => [`a.example ${type} ${blob}`, true] as const),
    ...'ssh-ed25519-cert-v01@openssh.com rsa-sha2-256-cert-v01@openssh.com webauthn-sk-ecdsa-sha2-nistp256@openssh.com'
      .split(' ')
      .map((type) => [`a.example ${type} ${blob}`, true] as const),
    ...'ecdsa-sha2-nistp999 sk-ssh-ed25519 SSH-ED25519 RSA-CERT ssh-mldsa44 no-ssh-rsa ssh-ed25519@openssh.com 1024'
      .split(' ')
      .map((type) => [`a.example ${type} ${blob}`, false] as const),
    ['a.example ssh-ed25519', false],
    ['a.example ssh-ed25519 # none', false],
    [`a.example,!a.example ssh-ed25519 ${blob}`, false],
    [`  a.example\tssh-ed25519\t${blob}\tcomment`, true],
    [`A.Example ssh-ed25519 ${blob}\r`, true],
    [`*,!b.example ssh-ed25519 ${blob}`, true],
    [`a.example, ssh-ed25519 ${blob}`, true],
    [`[a.example]:22 ssh-ed25519 ${blob}`, false],
    [`@revoked  a.example ssh-ed25519 ${blob}`, true],
    [`@cert-authority *.example ssh-ed25519 ${blob}`, true],
    [`@trusted a.example ssh-ed25519 ${blob}`, false],
    [`@revokeda.example ssh-ed25519 ${blob}`, false],
    [`#a.example ssh-ed25519 ${blob}`, false],
    [`\uFEFFa.example ssh-ed25519 ${blob}`, false],
    [`a.example command="x" ssh-ed25519 ${blob}`, false],
    [`|1|x|y ssh-ed25519 ${blob}`, false],
  ]
  it.each(asked)('%j says something of a.example: %j', (text, expected) => {
    const found = new KnownHosts([fileWith(text, '')]).linesFor('a.example')
    expect(found.length > 0).toBe(expected)
  })

  it.runIf(has('ssh-keygen')).each(asked)('`ssh-keygen -F` finds a.example in %j: %j', (text, expected) => {
    const { status } = spawnSync('ssh-keygen', ['-F', 'a.example', '-f', fileWith(text, '')])
    expect(status === 0).toBe(expected)
  })

  it('takes a type by another name for the same: its key has changed', () => {
    const known = new KnownHosts([fileWith(`box ED25519 ${keys.two!.toString('base64')}`)])
    expect(known.judge('box', keys.one!).status).toBe('changed')
    expect(known.typesFor('box')).toEqual(['ssh-ed25519'])
  })

  it.each([
    ['box', 'box', true],
    ['box', 'Box', true],
    ['other,box', 'box', true],
    ['*.example', 'a.b.example', true],
    ['b?x', 'box', true],
    ['b?x', 'bx', false],
    ['*.example,!bad.example', 'bad.example', false],
    ['*.example,!bad.example', 'good.example', true],
    ['!bad', 'good', false],
    ['[box]:2222', '[box]:2222', true],
    ['[box]:2222', 'box', false],
    ['box', '[box]:2222', false],
    ['[*.example]:2222', '[a.example]:2222', true],
  ])('%s for %s: %s', (hosts, name, expected) => {
    expect(namesHost(hosts, name)).toBe(expected)
  })

  it.runIf(has('ssh-keygen'))('reads what ssh-keygen -H has hashed', () => {
    const file = fileWith(`box ${line('one')}`, `[box]:2222 ${line('two')}`, '')
    execFileSync('ssh-keygen', ['-q', '-H', '-f', file], { stdio: 'ignore' })
    expect(readFileSync(file, 'utf8')).not.toContain('box')
    const known = new KnownHosts([file])
    expect(known.judge('box', keys.one!).status).toBe('match')
    expect(known.judge('box', keys.two!).status).toBe('changed')
    expect(known.judge('[box]:2222', keys.two!).status).toBe('match')
    expect(known.judge('other', keys.one!).status).toBe('unknown')
  })

  it('takes any of several keys of one type', () => {
    const known = new KnownHosts([fileWith(`box ${line('two')}`), fileWith(`box ${line('one')}`)])
    expect(known.judge('box', keys.one!).status).toBe('match')
  })

  it('names file and line of a key that has changed', () => {
    const file = fileWith('# first', `box ${line('two')}`)
    expect(new KnownHosts([file]).judge('box', keys.one!)).toMatchObject({
      status: 'changed',
      lines: [{ file, line: 2 }],
    })
  })

  it('does not take a second type of key for a changed one', () => {
    const known = new KnownHosts([fileWith(`box ${line('ecdsa')}`)])
    expect(known.judge('box', keys.one!)).toMatchObject({
      status: 'unknown',
      others: [{ type: 'ecdsa-sha2-nistp256' }],
    })
    expect(known.typesFor('box')).toEqual(['ecdsa-sha2-nistp256'])
    expect(hostKeyAlgorithms(known.typesFor('box'))[0]).toBe('ecdsa-sha2-nistp256')
    expect(hostKeyAlgorithms(['ssh-rsa']).slice(0, 2)).toEqual(['rsa-sha2-512', 'rsa-sha2-256'])
    expect(hostKeyAlgorithms(['sk-ssh-ed25519@openssh.com'])[0]).toBe('ssh-ed25519')
  })

  it('lets a revocation win', () => {
    const known = new KnownHosts([fileWith(`box ${line('one')}`, `@revoked * ${line('one')}`)])
    expect(known.judge('box', keys.one!)).toMatchObject({ status: 'revoked', lines: [{ line: 2 }] })
  })

  it.runIf(has('ssh-keygen'))('tells of certificate authorities', () => {
    const known = new KnownHosts([fileWith(`@cert-authority *.example ${line('two')}`)])
    expect(known.judge('a.example', keys.one!)).toMatchObject({ status: 'unknown', authorities: [{ line: 1 }] })
    expect(known.judge('a.example', keys.two!).status).toBe('unknown')
    expect(known.typesFor('a.example')).toEqual([])
  })

  it.runIf(has('ssh-keygen'))('only appends, also behind a line without its newline', () => {
    const before = `# mine\nother ${line('two')}`
    const file = fileWith(before)
    const known = new KnownHosts([file])
    expect(known.add('[box]:2222', keys.one!)).toBe(file)
    expect(readFileSync(file, 'utf8')).toBe(`${before}\n[box]:2222 ${line('one')}\n`)
    expect(known.judge('[box]:2222', keys.one!).status).toBe('match')
    const found = execFileSync('ssh-keygen', ['-F', '[box]:2222', '-f', file], { encoding: 'utf8' })
    expect(found).toContain(keys.one!.toString('base64'))
  })

  it.runIf(has('ssh-keygen'))('hashes where the file is hashed, so that ssh-keygen finds it', () => {
    const file = fileWith(`other ${line('two')}`)
    execFileSync('ssh-keygen', ['-q', '-H', '-f', file], { stdio: 'ignore' })
    new KnownHosts([file]).add('box', keys.one!)
    expect(readFileSync(file, 'utf8')).not.toContain('box')
    expect(execFileSync('ssh-keygen', ['-F', 'box', '-f', file], { encoding: 'utf8' })).toContain('line 2')
  })

  it('makes the folder and the file for the person alone', () => {
    const file = join(folder, 'new', '.ssh', 'known_hosts')
    new KnownHosts([file]).add('box', keys.one!, { hash: true })
    expect(readFileSync(file, 'utf8')).toMatch(/^\|1\|/)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(statSync(join(folder, 'new', '.ssh')).mode & 0o777).toBe(0o700)
  })

  it('keeps a key for the run where there is no file to write to', () => {
    const known = new KnownHosts([])
    expect(known.add('box', keys.one!)).toBeUndefined()
    expect(known.judge('box', keys.one!).status).toBe('match')
  })
})

it.runIf(process.getuid?.() === 0)('makes no known_hosts, nor a folder for it, in somebody else’s home', () => {
  const home = join(folder, 'ada')
  const ssh = join(home, '.ssh')
  const file = join(ssh, 'known_hosts')
  const add = (named?: boolean) => () => new KnownHosts([file]).add('box', keys.one!, { named })
  mkdirSync(home)
  chownSync(home, 54_321, 54_321)
  expect(add()).toThrow(/ada belongs to somebody else/)
  mkdirSync(ssh)
  chownSync(ssh, 54_321, 54_321)
  expect(add()).toThrow(/ssh belongs to somebody else/)
  symlinkSync('mine', file)
  lchownSync(file, 54_321, 54_321)
  expect(add()).toThrow(/known_hosts belongs to somebody else/)
  expect(readdirSync(ssh)).toEqual(['known_hosts'])
  rmSync(file)
  // One that they named is made, and one that is there stays theirs.
  expect(add(true)()).toBe(file)
  chownSync(file, 54_321, 54_321)
  expect(add()()).toBe(file)
  expect([statSync(file).uid, readFileSync(file, 'utf8').split('\n').length]).toEqual([54_321, 3])
})
