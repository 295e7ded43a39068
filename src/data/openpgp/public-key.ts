import { constants, createHash, createPublicKey, type KeyObject, publicDecrypt, verify } from 'node:crypto'
import { counted, numberAt } from './packets.js'

/** A public key packet, of a primary key or a subkey. */
export interface PublicKey {
  version: 4 | 6
  fingerprint: string
  algorithm: number
  /** As signatures hash it: with a first byte and its length before it. */
  hashed: Buffer
  /** The numbers of its algorithm, which follow its version, time and name. */
  material: Buffer
}

/** What is hashed before the packet: a first byte and the length in so many bytes; and where the key's own numbers begin. */
const layouts: Record<number, { hash: string; first: number; width: number; material: number }> = {
  4: { hash: 'sha1', first: 0x99, width: 2, material: 6 },
  6: { hash: 'sha256', first: 0x9b, width: 4, material: 10 },
}

/**
 * Reads the body of a key packet; its fingerprint is in upper-case hexadecimal, 40 digits for version 4 and 64 for version 6.
 * Source: RFC 9580, 5.5.
 *
 * @throws Error if it is of another version; the message begins with "it".
 */
export function publicKey(body: Buffer): PublicKey {
  const version = body[0] ?? 0
  const layout = layouts[version]
  if (!layout) throw new Error(`it is a key of version ${version}; versions 4 and 6 are supported`)
  if (body.length < layout.material || body.length >= 256 ** layout.width) throw new Error('it has a damaged key')
  const hashed = counted(body, layout.width, layout.first)
  return {
    version: version as PublicKey['version'],
    fingerprint: createHash(layout.hash).update(hashed).digest('hex').toUpperCase(),
    algorithm: body[5]!,
    hashed,
    material: body.subarray(layout.material),
  }
}

/** The ID that older signatures name a key by, in bytes. */
export function keyId({ version, fingerprint }: PublicKey): Buffer {
  return Buffer.from(version === 4 ? fingerprint.slice(-16) : fingerprint.slice(0, 16), 'hex')
}

/** OpenPGP's numbers: a length in bits, and the bytes. */
export function mpis(bytes: Buffer, from = 0): Buffer[] {
  const found: Buffer[] = []
  let at = from
  while (at < bytes.length) {
    const size = (numberAt(bytes, at, 2) + 7) >> 3
    at += 2
    if (at + size > bytes.length) throw new Error('it is cut short')
    found.push(withoutZeros(bytes.subarray(at, at + size)))
    at += size
  }
  return found
}

/** A number as OpenPGP writes it. */
export function mpi(number: Buffer): Buffer {
  const bits = number.length === 0 ? 0 : (number.length - 1) * 8 + (32 - Math.clz32(number[0]!))
  return Buffer.concat([Buffer.from([bits >> 8, bits & 255]), number])
}

/**
 * Whether a key signed a digest. Algorithms that Node does not know, and signatures that do not fit theirs, are not verified.
 *
 * Source: RFC 9580, 5.2.3 and 5.5.5; the keys are handed over as RFC 5280 has them (SubjectPublicKeyInfo).
 *
 * @param signature the numbers that the signature consists of, or its bytes where it has them as one.
 */
export function verifies(key: PublicKey, hash: string, message: Buffer, signature: Buffer[]): boolean {
  try {
    const { object, size, encoding, isDigest } = verifier(key)
    const width = encoding === 'native' ? undefined : size
    const value = Buffer.concat(signature.map((part) => (width === undefined ? part : padded(part, width))))
    if (isDigest) return verify(null, createHash(hash).update(message).digest(), object, value)
    if (encoding === 'dsa') return verify(hash, message, { key: object, dsaEncoding: 'ieee-p1363' }, value)
    // Not by `verify`, which OpenSSL refuses for SHA-1 where the system's policy says so: keys of 2022 are bound by it, and whether
    // that is enough is for the reader of the keyring to say.
    const signed = publicDecrypt({ key: object, padding: constants.RSA_PKCS1_PADDING }, value)
    return signed.equals(digestInfo(hash, createHash(hash).update(message).digest()))
  } catch {
    return false
  }
}

interface Verifier {
  object: KeyObject
  /** Of each number of a signature, in bytes. */
  size: number
  encoding: 'rsa' | 'dsa' | 'native'
  /** Whether the digest is what is signed, as a message. */
  isDigest?: boolean
}

const ed25519 = oid(1, 3, 101, 112)
const ed448 = oid(1, 3, 101, 113)
const edwardsOfGnuPg = oid(1, 3, 6, 1, 4, 1, 11591, 15, 1)

/** Sizes of numbers by curve, in bytes: NIST's, Brainpool's, and secp256k1. */
const curves = new Map<string, number>(
  (
    [
      [32, oid(1, 2, 840, 10045, 3, 1, 7)],
      [48, oid(1, 3, 132, 0, 34)],
      [66, oid(1, 3, 132, 0, 35)],
      [32, oid(1, 3, 36, 3, 3, 2, 8, 1, 1, 7)],
      [48, oid(1, 3, 36, 3, 3, 2, 8, 1, 1, 11)],
      [64, oid(1, 3, 36, 3, 3, 2, 8, 1, 1, 13)],
      [32, oid(1, 3, 132, 0, 10)],
    ] as const
  ).map(([size, name]) => [name.toString('hex'), size]),
)

function verifier({ algorithm, material }: PublicKey): Verifier {
  switch (algorithm) {
    case 1: // RSA
    case 3: {
      const [n, e] = exactly(2, mpis(material))
      const object = spki([oid(1, 2, 840, 113549, 1, 1, 1), der(0x05)], der(0x30, integer(n!), integer(e!)))
      return { object, size: n!.length, encoding: 'rsa' }
    }
    case 17: {
      const [p, q, g, y] = exactly(4, mpis(material))
      const parameters = der(0x30, integer(p!), integer(q!), integer(g!))
      return { object: spki([oid(1, 2, 840, 10040, 4, 1), parameters], integer(y!)), size: q!.length, encoding: 'dsa' }
    }
    case 19: {
      const { curve, point } = onCurve(material)
      const size = curves.get(curve.toString('hex'))
      if (size === undefined) throw new Error('it is of an unknown curve')
      return { object: spki([oid(1, 2, 840, 10045, 2, 1), curve], point), size, encoding: 'dsa' }
    }
    case 22: {
      const { curve, point } = onCurve(material)
      if (!curve.equals(edwardsOfGnuPg) || point[0] !== 0x40) throw new Error('it is of an unknown curve')
      return { object: spki([ed25519], point.subarray(1)), size: 32, encoding: 'dsa', isDigest: true }
    }
    case 27:
      return { object: spki([ed25519], material), size: 64, encoding: 'native', isDigest: true }
    case 28:
      return { object: spki([ed448], material), size: 114, encoding: 'native', isDigest: true }
    default:
      throw new Error(`it is of the algorithm ${algorithm}, which is not supported`)
  }
}

/** Numbers by which PKCS #1 names hashes. Source: RFC 9580, 5.2.3.1. */
const hashNames: Record<string, Buffer> = {
  sha1: oid(1, 3, 14, 3, 2, 26),
  sha256: oid(2, 16, 840, 1, 101, 3, 4, 2, 1),
  sha384: oid(2, 16, 840, 1, 101, 3, 4, 2, 2),
  sha512: oid(2, 16, 840, 1, 101, 3, 4, 2, 3),
  sha224: oid(2, 16, 840, 1, 101, 3, 4, 2, 4),
  'sha3-256': oid(2, 16, 840, 1, 101, 3, 4, 2, 8),
  'sha3-512': oid(2, 16, 840, 1, 101, 3, 4, 2, 10),
}

/** What RSA signs. Source: RFC 8017, 9.2. */
function digestInfo(hash: string, digest: Buffer): Buffer {
  return der(0x30, der(0x30, hashNames[hash]!, der(0x05)), der(0x04, digest))
}

/** How many bytes the signature of an algorithm has where it has no numbers. */
export function nativeSize(algorithm: number): number | undefined {
  return algorithm === 27 ? 64 : algorithm === 28 ? 114 : undefined
}

function exactly(count: number, numbers: Buffer[]): Buffer[] {
  if (numbers.length !== count) throw new Error('it has a damaged key')
  return numbers
}

/** A curve by its OID, as DER writes it, and the point on it. */
function onCurve(material: Buffer): { curve: Buffer; point: Buffer } {
  const size = material[0] ?? 0
  const [point] = exactly(1, mpis(material, 1 + size))
  return { curve: der(0x06, material.subarray(1, 1 + size)), point: point! }
}

function withoutZeros(number: Buffer): Buffer {
  const first = number.findIndex((byte) => byte !== 0)
  return first === -1 ? number.subarray(0, 0) : number.subarray(first)
}

function padded(number: Buffer, size: number): Buffer {
  return number.length >= size ? number : Buffer.concat([Buffer.alloc(size - number.length), number])
}

function spki(algorithm: Buffer[], key: Buffer): KeyObject {
  const text = der(0x30, der(0x30, ...algorithm), der(0x03, Buffer.from([0]), key))
  return createPublicKey({ key: text, format: 'der', type: 'spki' })
}

function integer(number: Buffer): Buffer {
  return der(0x02, number.length > 0 && number[0]! < 0x80 ? number : Buffer.concat([Buffer.from([0]), number]))
}

function oid(first: number, second: number, ...rest: number[]): Buffer {
  const base128 = (value: number): number[] =>
    value < 128 ? [value] : [...base128(Math.floor(value / 128)).map((byte) => byte | 128), value % 128]
  return der(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]))
}

function der(tag: number, ...parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts)
  const n = body.length
  const length = n < 128 ? [n] : n < 256 ? [0x81, n] : [0x82, n >> 8, n & 255]
  return Buffer.concat([Buffer.from([tag, ...length]), body])
}
