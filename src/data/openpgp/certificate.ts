import { createHash } from 'node:crypto'
import { fingerprintsIn } from './any-key.js'
import { armored, besideArmor, unarmored } from './armor.js'
import { counted, type Packet, packet, packets, tags } from './packets.js'
import { type PublicKey, publicKey } from './public-key.js'
import { isAlleged, signatureType, types, verified } from './signature.js'

/** By what a key is known to be the right one. */
export interface KeyPin {
  /** The whole fingerprint of its primary key, or the end of it where `sum` tells the rest; blanks and case do not count. */
  fingerprint: string
  /** sha256 in hexadecimal of the armored key without its `Version` lines. */
  sum?: string | undefined
}

/** A key as fitout writes it, to be trusted with it alone. */
export interface SigningKey {
  /** Of its primary key: upper-case hexadecimal, 40 digits for version 4 and 64 for version 6. */
  fingerprint: string
  /** Armored, ASCII, one line end at its end. */
  text: string
}

/**
 * The one way from a key that somebody handed over (a file, a host, this program's own tables) to a keyring: the key is read,
 * compared with its pin, and written anew.
 *
 * @param source armored text or a binary key, as bytes or as latin1 text.
 * @throws Error if it is another key, or `readKey` refuses it; the message says why, beginning with "it".
 */
export function signingKey(source: string | Uint8Array, pin: KeyPin): SigningKey {
  const wanted = pin.fingerprint.replaceAll(/\s/g, '').toUpperCase()
  const key = readKey(source, wanted)
  const sum = pin.sum === undefined ? undefined : sumOf(source)
  const isWhole = /^([0-9A-F]{40}|[0-9A-F]{64})$/.test(wanted)
  const fits = isWhole ? key.fingerprint === wanted : pin.sum !== undefined && key.fingerprint.endsWith(wanted)
  if (!fits) throw new Error(`it has the fingerprint ${key.fingerprint}, not ${wanted}`)
  if (sum === pin.sum) return key
  throw new Error(
    `it has the fingerprint ${key.fingerprint}, and is not the key by that end of it that is pinned (sha256 ${sum}, not ${pin.sum})`,
  )
}

/**
 * Reads a file that holds one OpenPGP public key and nothing else, and writes that key anew: the primary key, the user IDs and
 * subkeys that it vouches for, and the signatures by which it does, each verified. Signatures by others, and photographs, are left
 * out. If one that may be its own cannot be verified, the key is refused: it may be revoked by it. So no reader finds anything in it that was not judged here, whatever it makes of a file that others wrote.
 *
 * What expired or was revoked stays as it is: that is for the reader to judge, at its time.
 *
 * Sources: RFC 9580 (packets 4.2, signatures 5.2, transferable public keys 10.1).
 *
 * @param source armored text or a binary key, as bytes or as latin1 text.
 * @param wanted the fingerprint of the key that is looked for: alone, it is not worth a word in a refusal.
 * @throws Error if there is anything else in it, or nothing; the message says why, beginning with "it", and names all other keys in it.
 */
export function readKey(source: string | Uint8Array, wanted?: string): SigningKey {
  const file = typeof source === 'string' ? Buffer.from(source, 'latin1') : Buffer.from(source)
  try {
    const key = written([...packets(unarmored(file))])
    if (fingerprintsIn(besideArmor(file)).some((one) => one !== key.fingerprint))
      throw new Error('it has a key outside of its armored block, too')
    return key
  } catch (error) {
    if (!(error instanceof Error)) throw error
    const found = fingerprintsIn(file)
    if (found.every((one) => one === wanted || error.message.includes(one))) throw error
    throw new Error(`${error.message}; the keys in it are ${found.join(', ')}`)
  }
}

/** What a signature may say where it stands: of the primary key, of a user ID, of a subkey. */
const belongs: Record<number, readonly number[]> = {
  [tags.publicKey]: [types.direct, types.keyRevocation],
  [tags.userId]: [...types.certifications, types.certificationRevocation],
  [tags.subkey]: [types.subkeyBinding, types.subkeyRevocation],
}

const certificateTypes = Object.values(belongs).flat()

interface Part {
  head: Packet
  signatures: Buffer[]
}

function written(all: readonly Packet[]): SigningKey {
  const parts = partsOf(all)
  const primary = publicKey(parts[0]!.head.body)
  const judged = new Set<string>()
  const kept = parts.flatMap((part) => {
    const { tag, body } = part.head
    if (tag === tags.userAttribute) return []
    const subkey = tag === tags.subkey ? publicKey(body) : undefined
    const signatures = signaturesOf(part, primary, subkey)
    for (const { source } of signatures) judged.add(source)
    const vouched = signatures.some(({ type }) =>
      subkey ? type === types.subkeyBinding : types.certifications.some((one) => one === type) || type === types.direct,
    )
    if (subkey && !vouched)
      throw new Error(
        `it holds the subkey ${subkey.fingerprint}, for which its primary key ${primary.fingerprint} does not vouch`,
      )
    if (tag === tags.userId && !vouched) return []
    return [{ head: part.head, signatures, vouched }]
  })
  if (!kept.some(({ head, vouched }) => head.tag !== tags.subkey && vouched))
    throw new Error(`it holds nothing that its primary key ${primary.fingerprint} signed in a way that can be verified`)
  // It may revoke the key, or end it: without it the key would be worth more to a reader than with it.
  if (parts.some((part) => unjudged(part, primary).some((body) => !judged.has(body.toString('latin1')))))
    throw new Error(
      `it holds a signature that its primary key ${primary.fingerprint} may have made, and that cannot be verified here`,
    )
  const rank = ({ head }: { head: Packet }) => [tags.publicKey, tags.userId, tags.subkey].indexOf(head.tag as never)
  const bytes = kept
    .sort((a, b) => rank(a) - rank(b))
    .flatMap(({ head, signatures }) => [head, ...signatures.map(({ body }) => ({ tag: tags.signature, body }))])
    .map(packet)
  return { fingerprint: primary.fingerprint, text: armored(Buffer.concat(bytes)) }
}

/** The packets with the signatures that follow each. */
function partsOf(all: readonly Packet[]): Part[] {
  const parts: Part[] = []
  for (const { tag, body } of all) {
    const last = parts.at(-1)
    if (tag === tags.secretKey || tag === tags.secretSubkey) throw new Error('it holds a private key')
    if (tag === tags.publicKey ? last !== undefined : last === undefined)
      throw new Error(tag === tags.publicKey ? 'it holds more than one key' : 'it holds no key')
    if (tag === tags.signature) {
      const type = signatureType(body)
      if (!certificateTypes.includes(type))
        throw new Error(`it holds a signature that is no part of a key (type ${type})`)
      last!.signatures.push(body)
    } else if (tag in belongs || tag === tags.userAttribute) parts.push({ head: { tag, body }, signatures: [] })
    else throw new Error(`it holds a packet that is no part of a public key (type ${tag})`)
  }
  if (parts.length === 0) throw new Error('it holds no key')
  return parts
}

/** The signatures of a part by the primary key itself, as they are written. */
function signaturesOf({ head, signatures }: Part, primary: PublicKey, subkey: PublicKey | undefined) {
  const about = head.tag === tags.userId ? [primary.hashed, counted(head.body, 4, 0xb4)] : [primary.hashed]
  const parts = subkey ? [primary.hashed, subkey.hashed] : about
  return signatures.flatMap((body) => {
    if (!belongs[head.tag]?.includes(signatureType(body))) return []
    const found = verified(body, primary, parts, subkey)
    return found === undefined ? [] : [{ ...found, source: body.toString('latin1') }]
  })
}

/** The signatures of a part that some reader may take for the primary key’s own; what it says of a photograph counts for nobody. */
function unjudged({ head, signatures }: Part, primary: PublicKey): Buffer[] {
  const ofPhotograph = [...types.certifications, types.certificationRevocation] as number[]
  return signatures.filter(
    (body) =>
      !(head.tag === tags.userAttribute && ofPhotograph.includes(signatureType(body))) && isAlleged(body, primary),
  )
}

/** sha256 of an armored key, without what only says who exported it. */
function sumOf(source: string | Uint8Array): string {
  const text = typeof source === 'string' ? source : Buffer.from(source).toString('latin1')
  const lines = text.replace(/\n*$/, '\n').split('\n')
  // Inside of the block such a line is an armor header, or makes the armor damaged.
  const counting = lines.filter((line) => !/^Version: /.test(line))
  return createHash('sha256').update(counting.join('\n'), 'latin1').digest('hex')
}
