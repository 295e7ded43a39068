import { createHash, createHmac, randomBytes } from 'node:crypto'
import { appendFileSync, lstatSync } from 'node:fs'
import { dirname } from 'node:path'
import { textIfReadable } from '../../own-file.js'
import { matchesPatterns } from '../../patterns.js'
import { makeFolder, requireOwnParents } from '../../writing.js'

/** One usable line of a known_hosts file. */
export interface KnownKey {
  file: string
  /** Counted from 1. */
  line: number
  marker?: 'cert-authority' | 'revoked' | undefined
  /** The first field: patterns, or one hashed name. */
  hosts: string
  type: string
  /** The key, base64. */
  key: string
}

/** What the files say of a key that a host has shown. */
export interface KeyVerdict {
  status: 'match' | 'unknown' | 'changed' | 'revoked'
  /** The lines that decided. */
  lines: KnownKey[]
  /** Keys of other types that the files have for this host. */
  others: KnownKey[]
  /** Certificate authorities that the files name for this host: OpenSSH would ask for a certificate of theirs. */
  authorities: KnownKey[]
}

/** How known_hosts calls a host: the port stands in it only where it is not 22. */
export function knownName(host: string, port = 22): string {
  const name = host.toLowerCase()
  return port === 22 ? name : `[${name}]:${port}`
}

/** `SHA256:…` of a key in its wire format, as ssh-keygen prints it. */
export function fingerprint(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`
}

/** The type that a key in its wire format claims: `ssh-ed25519`. */
export function keyType(key: Buffer): string {
  if (key.length < 4) return ''
  return key.toString('latin1', 4, 4 + key.readUInt32BE(0))
}

const named = (text: string) => text.split(' ')
const plainTypes = named('ssh-ed25519 ssh-rsa ssh-dss ecdsa-sha2-nistp256 ecdsa-sha2-nistp384 ecdsa-sha2-nistp521')
const tokenTypes = named('sk-ssh-ed25519 sk-ecdsa-sha2-nistp256')
const rsaSignatures = named('rsa-sha2-256 rsa-sha2-512')
/** Names of types that OpenSSH knows in any case of letters. */
const shortTypes = new Map([
  ['rsa', 'ssh-rsa'],
  ['dsa', 'ssh-dss'],
  ['ecdsa', 'ecdsa-sha2-nistp256'],
  ['ed25519', 'ssh-ed25519'],
  ['ecdsa-sk', 'sk-ecdsa-sha2-nistp256@openssh.com'],
  ['ed25519-sk', 'sk-ssh-ed25519@openssh.com'],
])
const fullTypes = new Set([
  ...plainTypes,
  ...rsaSignatures,
  ...tokenTypes.map((name) => `${name}@openssh.com`),
  'webauthn-sk-ecdsa-sha2-nistp256@openssh.com',
  ...[...plainTypes, ...rsaSignatures, ...tokenTypes].map((name) => `${name}-cert-v01@openssh.com`),
])

/**
 * The type of a key by its usual name; nothing for what OpenSSH does not know, and so passes over.
 * Source: what `ssh-keygen -F` of OpenSSH 9.2 finds, tried 2026-12-01; sshkey_type_from_name in sshkey.c of openssh-portable.
 */
function typeNamed(written: string): string | undefined {
  if (rsaSignatures.includes(written)) return 'ssh-rsa'
  return shortTypes.get(written.toLowerCase()) ?? (fullTypes.has(written) ? written : undefined)
}

/** Reads the text of a known_hosts file; lines that OpenSSH would not understand either are passed over. */
export function parseKnownHosts(text: string, file: string): KnownKey[] {
  const keys: KnownKey[] = []
  text.split('\n').forEach((raw, index) => {
    // Blanks alone part words: a byte order mark belongs to the name.
    const words = raw.split(/[ \t\r]+/).filter((word) => word !== '')
    if (words.length === 0 || words[0]!.startsWith('#')) return
    let marker: KnownKey['marker']
    if (words[0]?.startsWith('@')) {
      const word = words.shift()
      if (word === '@revoked') marker = 'revoked'
      else if (word === '@cert-authority') marker = 'cert-authority'
      else return
    }
    const [hosts, written, key] = words
    const type = typeNamed(written ?? '')
    if (!hosts || type === undefined || !key || key.startsWith('#')) return
    const canonical = Buffer.from(key, 'base64').toString('base64')
    keys.push({ file, line: index + 1, ...(marker ? { marker } : {}), hosts, type, key: canonical })
  })
  return keys
}

/** Whether the first field of a line, hashed or patterns, means this name. */
export function namesHost(hosts: string, name: string): boolean {
  if (hosts.startsWith('|')) {
    const [, version, salt, hash] = hosts.split('|')
    return version === '1' && salt !== undefined && hash === hashOf(name, Buffer.from(salt, 'base64'))
  }
  return matchesPatterns(hosts.split(','), name, { ignoreCase: true })
}

function hashOf(name: string, salt: Buffer): string {
  return createHmac('sha1', salt).update(name).digest('base64')
}

/** All known_hosts files of one person, read once; the first is the one that is added to. */
export class KnownHosts {
  readonly #keys: KnownKey[] = []
  /** The indexes of lines by the names that they spell out, in lower case: a fleet’s file is asked for every host. */
  readonly #named = new Map<string, number[]>()
  /** Those of lines with patterns or a hashed name, which have to be tried one by one. */
  readonly #others: number[] = []
  /** Whether names are hashed in the file that is added to. */
  #hashed = false

  /** @param files in order; those that do not exist count as empty. */
  constructor(readonly files: readonly string[]) {
    files.forEach((file, index) => {
      const keys = parseKnownHosts(textIfReadable(file), file)
      if (index === 0) this.#hashed = keys.some(({ hosts }) => hosts.startsWith('|'))
      for (const key of keys) this.#keep(key)
    })
  }

  /** What is known of a host; see `knownName`. */
  linesFor(name: string): KnownKey[] {
    const named = this.#named.get(name.toLowerCase()) ?? []
    const others = this.#others.filter((index) => namesHost(this.#keys[index]!.hosts, name))
    return [...named, ...others].sort((one, other) => one - other).map((index) => this.#keys[index]!)
  }

  #keep(key: KnownKey): void {
    const index = this.#keys.push(key) - 1
    const names = new Set(key.hosts.toLowerCase().split(','))
    if (/[|*?!]/.test(key.hosts)) this.#others.push(index)
    else for (const name of names) this.#named.set(name, [...(this.#named.get(name) ?? []), index])
  }

  /** The key types that a host is known by. */
  typesFor(name: string): string[] {
    return [...new Set(this.linesFor(name).flatMap(({ marker, type }) => (marker ? [] : [type])))]
  }

  /** Judges a key, in its wire format, that a host has shown. */
  judge(name: string, key: Buffer): KeyVerdict {
    const type = keyType(key)
    const text = key.toString('base64')
    const lines = this.linesFor(name)
    const plain = lines.filter(({ marker }) => marker === undefined)
    const verdict = {
      others: plain.filter((line) => line.type !== type),
      authorities: lines.filter(({ marker }) => marker === 'cert-authority'),
    }
    const revoked = lines.filter((line) => line.marker === 'revoked' && line.key === text)
    if (revoked.length > 0) return { status: 'revoked', lines: revoked, ...verdict }
    const same = plain.filter((line) => line.key === text)
    if (same.length > 0) return { status: 'match', lines: same, ...verdict }
    const changed = plain.filter((line) => line.type === type)
    return { status: changed.length > 0 ? 'changed' : 'unknown', lines: changed, ...verdict }
  }

  /**
   * Appends a key to the first file, hashed when the names there are; nothing that stands in it is touched.
   *
   * @param options `named`: the person named the file, so it is made wherever it is.
   * @returns the file, or nothing when there is none to write to (`UserKnownHostsFile none` or `/dev/null`).
   * @throws the error of the file system; an error where the file would be made in somebody else’s folder.
   */
  add(
    name: string,
    key: Buffer,
    options: { hash?: boolean | undefined; named?: boolean | undefined } = {},
  ): string | undefined {
    const type = keyType(key)
    let hosts = name
    if (options.hash || this.#hashed) {
      const salt = randomBytes(20)
      hosts = `|1|${salt.toString('base64')}|${hashOf(name, salt)}`
    }
    const file = this.files[0]
    const text = key.toString('base64')
    this.#keep({ file: file ?? '', line: 0, hosts, type, key: text })
    if (file === undefined || file === '/dev/null') return undefined
    makeFolder(dirname(file))
    if (!options.named && !lstatSync(file, { throwIfNoEntry: false })?.isFile()) requireOwnParents(file)
    // An editor may have left the last line without its newline.
    const before = textIfReadable(file)
    const gap = before === '' || before.endsWith('\n') ? '' : '\n'
    appendFileSync(file, `${gap}${hosts} ${type} ${text}\n`, { mode: 0o600 })
    return file
  }
}
