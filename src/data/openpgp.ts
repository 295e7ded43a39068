import { createHash } from 'node:crypto'

const armorBlock = /^-----BEGIN PGP ([A-Z ]+)-----[ \t]*$([\s\S]*?)^-----END PGP \1-----/gm
const secretKey = 5
const publicKey = 6

/**
 * The fingerprints of the primary keys in an OpenPGP public key file, in the order of the file, in upper-case hexadecimal:
 * 40 digits for version 4 keys, 64 for versions 5 and 6. Every armored block of the file counts. Signatures are not
 * checked: a fingerprint names the key itself.
 *
 * Sources: RFC 9580 (packets 4.2, armor 6, fingerprints 5.5.4), draft-ietf-openpgp-rfc4880bis-10 (version 5).
 *
 * @param file armored text, or the bytes of a binary key file as latin1 text.
 * @throws Error when this is not an OpenPGP public key file; the message says why, beginning with "it".
 */
export function fingerprints(file: string): string[] {
  const found = binariesOf(file).flatMap((bytes) => [...packets(bytes)].filter(isPrimaryKey).map(fingerprint))
  if (found.length === 0) throw new Error('it holds no key')
  return found
}

interface Packet {
  tag: number
  body: Buffer
}

function binariesOf(file: string): Buffer[] {
  const bytes = Buffer.from(file, 'latin1')
  // Every binary packet starts with a byte above 127, armor never does.
  if (bytes.length > 0 && bytes[0]! >= 0x80 && !file.includes('-----BEGIN PGP')) return [bytes]
  const blocks = [...file.matchAll(armorBlock)]
  if (blocks.length === 0) throw new Error('it is neither armored ("-----BEGIN PGP PUBLIC KEY BLOCK-----") nor binary')
  return blocks.map(([, kind = '', body = '']) => {
    if (kind !== 'PUBLIC KEY BLOCK') throw new Error(`it holds a PGP ${kind.toLowerCase()}`)
    return dearmored(body)
  })
}

function dearmored(block: string): Buffer {
  const lines = block.split(/\r?\n/).map((line) => line.trim())
  const data = lines.filter((line) => !/^[A-Za-z-]+: /.test(line) && !/^=[A-Za-z0-9+/]{4}$/.test(line)).join('')
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(data)) throw new Error('it has damaged armor')
  const bytes = Buffer.from(data, 'base64')
  const sum = lines.find((line) => /^=[A-Za-z0-9+/]{4}$/.test(line))
  if (sum && Buffer.from(sum.slice(1), 'base64').readUIntBE(0, 3) !== crc24(bytes)) {
    throw new Error('it does not match its own checksum: it was changed or cut on its way')
  }
  return bytes
}

/** The checksum of RFC 9580 6.1.1. */
function crc24(bytes: Buffer): number {
  let crc = 0xb704ce
  for (const byte of bytes) {
    crc ^= byte << 16
    for (let bit = 0; bit < 8; bit++) {
      crc <<= 1
      if (crc & 0x1000000) crc ^= 0x1864cfb
    }
  }
  return crc & 0xffffff
}

function* packets(bytes: Buffer): Generator<Packet> {
  let at = 0
  while (at < bytes.length) {
    const head = bytes[at]!
    if ((head & 0x80) === 0) throw new Error('it has damaged packets')
    const isNew = (head & 0x40) !== 0
    const { start, length } = isNew ? newLength(bytes, at + 1) : oldLength(bytes, at + 1, head & 3)
    const body = bytes.subarray(start, start + length)
    if (body.length < length) throw new Error('it is cut short')
    yield { tag: isNew ? head & 0x3f : (head >> 2) & 0x0f, body }
    at = start + length
  }
}

function newLength(bytes: Buffer, at: number): { start: number; length: number } {
  const first = numberAt(bytes, at, 1)
  if (first < 192) return { start: at + 1, length: first }
  if (first < 224) return { start: at + 2, length: ((first - 192) << 8) + numberAt(bytes, at + 1, 1) + 192 }
  if (first === 255) return { start: at + 5, length: numberAt(bytes, at + 1, 4) }
  throw new Error('it has a packet in pieces, which key files have not')
}

function oldLength(bytes: Buffer, at: number, type: number): { start: number; length: number } {
  if (type === 3) return { start: at, length: bytes.length - at }
  const width = 1 << type
  return { start: at + width, length: numberAt(bytes, at, width) }
}

function numberAt(bytes: Buffer, at: number, width: number): number {
  if (at + width > bytes.length) throw new Error('it is cut short')
  return bytes.readUIntBE(at, width)
}

function isPrimaryKey({ tag }: Packet): boolean {
  if (tag === secretKey) throw new Error('it holds a private key')
  return tag === publicKey
}

/** What is hashed before the packet: a first byte and the length in so many bytes. */
const hashing: Record<number, { algorithm: string; first: number; lengthBytes: number }> = {
  4: { algorithm: 'sha1', first: 0x99, lengthBytes: 2 },
  5: { algorithm: 'sha256', first: 0x9a, lengthBytes: 4 },
  6: { algorithm: 'sha256', first: 0x9b, lengthBytes: 4 },
}

function fingerprint({ body }: Packet): string {
  const version = body[0] ?? 0
  const way = hashing[version]
  if (!way) throw new Error(`it is a key of version ${version}; versions 4, 5 and 6 are known`)
  const prefix = Buffer.alloc(1 + way.lengthBytes)
  prefix[0] = way.first
  prefix.writeUIntBE(body.length % 256 ** way.lengthBytes, 1, way.lengthBytes)
  return createHash(way.algorithm).update(prefix).update(body).digest('hex').toUpperCase()
}
