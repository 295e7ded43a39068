import { createHash } from 'node:crypto'
import { counted, countedLength, numberAt } from './packets.js'
import { keyId, mpi, mpis, nativeSize, type PublicKey, verifies } from './public-key.js'

/** What signatures of a certificate are about. Source: RFC 9580, 5.2.1. */
export const types = {
  /** Of a user ID, by four degrees of care. */
  certifications: [0x10, 0x11, 0x12, 0x13],
  subkeyBinding: 0x18,
  /** Of the primary key, by a subkey that signs. */
  primaryBinding: 0x19,
  direct: 0x1f,
  keyRevocation: 0x20,
  subkeyRevocation: 0x28,
  certificationRevocation: 0x30,
} as const

/** Hashes whose signatures can be verified. MD5 and RIPEMD-160 are missing: anybody can make a collision, or Node does not know it. */
const hashes: Record<number, string> = {
  2: 'sha1',
  8: 'sha256',
  9: 'sha384',
  10: 'sha512',
  11: 'sha224',
  12: 'sha3-256',
  14: 'sha3-512',
}

/** Subpackets that anybody may add without breaking a signature, and that readers need. */
const issuerId = 16
const embedded = 32
const issuerFingerprint = 33

interface Subpacket {
  type: number
  body: Buffer
}

interface Signature {
  version: 4 | 6
  type: number
  algorithm: number
  hash: number
  /** The area that is signed, as it is. */
  hashed: Buffer
  /** What anybody could have added. */
  unhashed: Subpacket[]
  /** The beginning of the digest. */
  start: Buffer
  salt: Buffer
  numbers: Buffer[]
}

/** The type of a signature packet, for telling what belongs into a certificate. @throws Error where it has none. */
export function signatureType(body: Buffer): number {
  // Versions 2 and 3 have a length before it.
  return numberAt(body, body[0]! < 4 ? 2 : 1, 1)
}

/** Whether a signature says that `signer` made it, or does not say who did: then some reader may take it for the signer's. */
export function isAlleged(body: Buffer, signer: PublicKey): boolean {
  // Versions 2 and 3 name it at a fixed place.
  if (body[0]! < 4) return body.subarray(7, 15).equals(keyId(signer))
  try {
    const { hashed, unhashed } = areas(body)
    const issuers = [...subpackets(hashed), ...subpackets(unhashed)].filter(
      ({ type }) => type === issuerId || type === issuerFingerprint,
    )
    return issuers.length === 0 || issuers.some((subpacket) => isIssuer(subpacket, signer))
  } catch {
    return true
  }
}

function isIssuer({ type, body }: Subpacket, signer: PublicKey): boolean {
  if (type === issuerId) return signer.version === 4 && body.equals(keyId(signer))
  return type === issuerFingerprint && body.equals(Buffer.from(`0${signer.version}${signer.fingerprint}`, 'hex'))
}

/**
 * A signature packet written anew, if `signer` made it over `parts`: what is signed keeps its bytes; of the rest only what names
 * the signer is left, and by what `counter` says, its counterpart by the subkey.
 *
 * @param counter the subkey and what it signs in turn.
 * @returns its body; `undefined` if the signature is not the signer's, or cannot be verified.
 */
export function verified(
  body: Buffer,
  signer: PublicKey,
  parts: readonly Buffer[],
  counter?: PublicKey,
): { type: number; body: Buffer } | undefined {
  if (!isAlleged(body, signer)) return undefined
  let signature: Signature
  try {
    signature = parsed(body)
  } catch {
    return undefined
  }
  const hash = hashes[signature.hash]
  if (hash === undefined || signature.version !== signer.version || signature.algorithm !== signer.algorithm)
    return undefined
  const message = Buffer.concat([signature.salt, ...parts, signedPart(signature), trailer(signature)])
  if (!verifies(signer, hash, message, signature.numbers)) return undefined
  const unhashed = signature.unhashed.flatMap((subpacket) => kept(subpacket, signer, parts, counter))
  // Nobody signs the beginning of the digest, and some readers believe what has another.
  const start = createHash(hash).update(message).digest().subarray(0, 2)
  return { type: signature.type, body: written({ ...signature, unhashed, start }) }
}

function kept(
  subpacket: Subpacket,
  signer: PublicKey,
  parts: readonly Buffer[],
  counter: PublicKey | undefined,
): Subpacket[] {
  const { type, body } = subpacket
  if (isIssuer(subpacket, signer)) return [subpacket]
  if (type !== embedded || counter === undefined || signatureType(body) !== types.primaryBinding) return []
  const back = verified(body, counter, parts)
  return back === undefined ? [] : [{ type, body: back.body }]
}

/** The parts of a signature packet, version 4 or 6, which have lengths of their own. Source: RFC 9580, 5.2.3. */
function areas(body: Buffer): { hashed: Buffer; unhashed: Buffer; rest: Buffer } {
  const version = body[0]
  if (version !== 4 && version !== 6) throw new Error('it has a signature of another version')
  const width = version === 4 ? 2 : 4
  let at = 4
  const area = () => {
    const from = at + width
    at = from + numberAt(body, at, width)
    if (at > body.length) throw new Error('it is cut short')
    return body.subarray(from, at)
  }
  const hashed = area()
  const unhashed = area()
  return { hashed, unhashed, rest: body.subarray(at) }
}

/** Reads the body of a signature packet. @throws Error if it is damaged, or of another version. */
function parsed(body: Buffer): Signature {
  const { hashed, unhashed, rest } = areas(body)
  const [version, type = 0, algorithm = 0, hash = 0] = body
  // Those that are signed have to be readable, too: what one reader passes over another may not.
  subpackets(hashed)
  const saltSize = version === 6 ? numberAt(rest, 2, 1) : undefined
  const from = saltSize === undefined ? 2 : 3 + saltSize
  if (from > rest.length) throw new Error('it is cut short')
  const salt = rest.subarray(saltSize === undefined ? 2 : 3, from)
  const value = rest.subarray(from)
  const native = nativeSize(algorithm)
  if (native !== undefined && value.length !== native) throw new Error('it has a damaged signature')
  return {
    version: version as Signature['version'],
    type,
    algorithm,
    hash,
    hashed,
    unhashed: subpackets(unhashed),
    start: rest.subarray(0, 2),
    salt,
    numbers: native === undefined ? mpis(value) : [value],
  }
}

function subpackets(area: Buffer): Subpacket[] {
  const found: Subpacket[] = []
  let at = 0
  while (at < area.length) {
    const { start, length } = countedLength(area, at)
    if (length === 0 || start + length > area.length) throw new Error('it has a damaged signature')
    found.push({ type: area[start]! & 0x7f, body: area.subarray(start + 1, start + length) })
    at = start + length
  }
  return found
}

function subpacketText({ type, body }: Subpacket): Buffer {
  const n = body.length + 1
  const short = n < 192 ? [n] : [192 + ((n - 192) >> 8), (n - 192) & 255]
  const length = n < 8384 ? short : [255, n >>> 24, (n >> 16) & 255, (n >> 8) & 255, n & 255]
  return Buffer.concat([Buffer.from([...length, type]), body])
}

function signedPart({ version, type, algorithm, hash, hashed }: Signature): Buffer {
  return Buffer.concat([Buffer.from([version, type, algorithm, hash]), counted(hashed, version === 4 ? 2 : 4)])
}

function trailer(signature: Signature): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(signedPart(signature).length)
  return Buffer.concat([Buffer.from([signature.version, 0xff]), length])
}

function written(signature: Signature): Buffer {
  const { version, algorithm, unhashed, start, salt, numbers } = signature
  return Buffer.concat([
    signedPart(signature),
    counted(Buffer.concat(unhashed.map(subpacketText)), version === 4 ? 2 : 4),
    start,
    ...(version === 6 ? [counted(salt, 1)] : []),
    ...(nativeSize(algorithm) === undefined ? numbers.map(mpi) : numbers),
  ])
}
