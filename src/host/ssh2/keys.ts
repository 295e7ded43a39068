import type { ParsedKey } from 'ssh2'
import { readNamed, textIfReadable } from '../../own-file.js'
import { keyType } from '../host-keys/known-hosts.js'
import type { Deadline, RunMemory } from '../memory.js'
import { mostTries } from '../root/asked-secret.js'
import { Wire } from './wire.js'

type ParseKey = (data: Buffer | string, passphrase?: string) => ParsedKey | Error

/** A key file: its public half where that is known without a passphrase, and the way to the private one. */
export interface KeyFile {
  file: string
  encrypted: boolean
  /** The private key of a file without a passphrase. */
  key?: ParsedKey | undefined
  /** The public key. Missing only for encrypted files in the old format without a `.pub` beside them. */
  pub?: ParsedKey | undefined
}

/**
 * Looks at a key file without asking anything.
 *
 * @returns a text when there is a file that cannot be used, nothing when there is none.
 */
export function readKeyFile(file: string, parseKey: ParseKey): KeyFile | string | undefined {
  let text: Buffer
  try {
    text = readNamed(file)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? undefined : 'cannot be read'
  }
  const parsed = one(parseKey(text))
  if (!(parsed instanceof Error)) {
    // A public key may be named: its private half is in the agent.
    return parsed.isPrivateKey()
      ? { file, encrypted: false, key: parsed, pub: parsed }
      : { file, encrypted: false, pub: parsed }
  }
  if (!/passphrase/i.test(parsed.message)) return 'is not a key that is understood here'
  return { file, encrypted: true, pub: publicHalf(file, text, parseKey) }
}

function publicHalf(file: string, text: Buffer, parseKey: ParseKey): ParsedKey | undefined {
  const inside = publicBlob(text.toString('latin1'))
  for (const line of [inside ? `${keyType(inside)} ${inside.toString('base64')}` : '', textIfReadable(`${file}.pub`)]) {
    const key = one(parseKey(line))
    if (!(key instanceof Error)) return key
  }
  return undefined
}

/** OpenSSH's own format carries the public key in the clear, before the encrypted part. */
function publicBlob(pem: string): Buffer | undefined {
  const body = /-----BEGIN OPENSSH PRIVATE KEY-----([^-]*)-----END/.exec(pem)?.[1]
  if (body === undefined) return undefined
  const wire = new Wire(Buffer.from(body, 'base64'), 'openssh-key-v1\0'.length)
  try {
    wire.string() // The cipher, the key derivation and its options.
    wire.string()
    wire.string()
    wire.at += 4 // How many keys: one.
    return wire.string()
  } catch {
    return undefined
  }
}

function one(parsed: ParsedKey | ParsedKey[] | Error): ParsedKey | Error {
  return Array.isArray(parsed) ? (parsed[0] ?? new Error('no key in it')) : parsed
}

/**
 * Decrypts a key file once a run, since the derivation alone takes 0.2 s. A wrong passphrase is asked for again, three times at most.
 *
 * @returns nothing when nobody can be asked or no passphrase was right; the next who wants it is asked anew.
 */
export function unlock(
  file: string,
  parseKey: ParseKey,
  memory: RunMemory,
  deadline: Deadline,
): Promise<ParsedKey | undefined> {
  const known = memory.keys.get(file)
  // Waiting for a question that another host has raised must not count either.
  if (known) return deadline.hold(() => known)
  const key = deadline.hold(async () => {
    const source = memory.secret(passphraseQuestion(file))
    const refused: string[] = []
    while (refused.length < mostTries) {
      const passphrase = await source.get(refused)
      if (passphrase === undefined) return undefined
      const parsed = one(parseKey(readNamed(file), passphrase))
      if (!(parsed instanceof Error)) return parsed
      refused.push(passphrase)
      source.refuse(passphrase)
    }
    return undefined
  })
  memory.keys.set(file, key)
  const forget = () => memory.keys.delete(file)
  key.then((unlocked) => unlocked ?? forget(), forget)
  return key
}

/** The one question for a passphrase, whatever carries SSH. */
export function passphraseQuestion(file: string): string {
  return `Passphrase of the key ${file}`
}
