import { createHash } from 'node:crypto'

/**
 * Fingerprints of the primary keys in an OpenPGP public key file, armored or binary (as latin1 text): upper-case hex.
 * Versions 4 (RFC 9580, 5.5.4.2) and 6.
 *
 * @throws Error when the text is no OpenPGP public key.
 */
export function fingerprints(key: string): string[] {
  const found = packetsOf(bytesOf(key)).flatMap(({ tag, body }) => (tag === 6 ? [fingerprintOf(body)] : []))
  if (found.length === 0) throw new Error('it holds no public key')
  return found
}

function bytesOf(key: string): Buffer {
  const armored = /-----BEGIN PGP PUBLIC KEY BLOCK-----\r?\n([\s\S]*?)-----END PGP PUBLIC KEY BLOCK-----/.exec(key)
  if (!armored) return Buffer.from(key, 'latin1')
  const lines = armored[1]!.split(/\r?\n/)
  // Headers end at the first blank line; the checksum begins with an equals sign.
  const body = lines.slice(lines.indexOf('') + 1).filter((line) => !line.startsWith('='))
  return Buffer.from(body.join(''), 'base64')
}

function packetsOf(bytes: Buffer): { tag: number; body: Buffer }[] {
  const packets: { tag: number; body: Buffer }[] = []
  let at = 0
  const byte = () => {
    const value = bytes[at++]
    if (value === undefined) throw new Error('it ends in the middle of a packet')
    return value
  }
  const number = (size: number) => Array.from({ length: size }, byte).reduce((sum, value) => sum * 256 + value, 0)
  while (at < bytes.length) {
    const head = byte()
    if ((head & 0x80) === 0) throw new Error('it is not an OpenPGP file')
    let tag: number
    let length: number
    if (head & 0x40) {
      tag = head & 0x3f
      const first = byte()
      if (first < 192) length = first
      else if (first < 224) length = (first - 192) * 256 + byte() + 192
      else if (first === 255) length = number(4)
      else throw new Error('it has a packet of open length')
    } else {
      tag = (head >> 2) & 0x0f
      const type = head & 3
      if (type === 3) throw new Error('it has a packet of open length')
      length = number([1, 2, 4][type]!)
    }
    if (at + length > bytes.length) throw new Error('it ends in the middle of a packet')
    packets.push({ tag, body: bytes.subarray(at, at + length) })
    at += length
  }
  return packets
}

function fingerprintOf(body: Buffer): string {
  const version = body[0]
  if (version === 4) {
    const head = Buffer.from([0x99, body.length >> 8, body.length & 0xff])
    return createHash('sha1').update(head).update(body).digest('hex').toUpperCase()
  }
  if (version === 6) {
    const head = Buffer.alloc(5)
    head[0] = 0x9b
    head.writeUInt32BE(body.length, 1)
    return createHash('sha256').update(head).update(body).digest('hex').toUpperCase()
  }
  throw new Error(`it is a key of version ${version}, which is not understood`)
}
