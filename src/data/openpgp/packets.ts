/** An OpenPGP packet: its type and what it holds, without the header. */
export interface Packet {
  tag: number
  body: Buffer
}

export const tags = {
  signature: 2,
  secretKey: 5,
  publicKey: 6,
  secretSubkey: 7,
  userId: 13,
  subkey: 14,
  userAttribute: 17,
} as const

/**
 * The packets of a key file, each with its length said outright. RFC 9580 has lengths in pieces and up to the end for data alone
 * (4.2), and what is read to its end by one program may be several packets to another.
 *
 * @throws Error at what is no whole packet; the message says why, beginning with "it".
 */
export function* packets(bytes: Buffer): Generator<Packet> {
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

/** A packet as every reader takes it: with the header of old, which has types below 16, and no more bytes of length than it needs. */
export function packet({ tag, body }: Packet): Buffer {
  const width = body.length < 0x100 ? 1 : body.length < 0x10000 ? 2 : 4
  return counted(body, width, 0x80 | (tag << 2) | (width >> 1))
}

/** A part behind its length in so many bytes, and behind what stands before that. */
export function counted(part: Buffer, width: number, ...head: number[]): Buffer {
  const length = Buffer.alloc(width)
  length.writeUIntBE(part.length, 0, width)
  return Buffer.concat([Buffer.from(head), length, part])
}

function newLength(bytes: Buffer, at: number): { start: number; length: number } {
  const first = numberAt(bytes, at, 1)
  if (first >= 224 && first < 255) throw new Error('it has a packet in pieces, which key files have not')
  return countedLength(bytes, at)
}

/** A length of one, two or five bytes, as new packets and subpackets have it; a length in pieces is for the caller to see. */
export function countedLength(bytes: Buffer, at: number): { start: number; length: number } {
  const first = numberAt(bytes, at, 1)
  if (first < 192) return { start: at + 1, length: first }
  if (first < 255) return { start: at + 2, length: ((first - 192) << 8) + numberAt(bytes, at + 1, 1) + 192 }
  return { start: at + 5, length: numberAt(bytes, at + 1, 4) }
}

/** A length as packets of old have it. @throws Error for the type of those without one. */
export function oldLength(bytes: Buffer, at: number, type: number): { start: number; length: number } {
  if (type === 3) throw new Error('it has a packet without a length')
  const width = 1 << type
  return { start: at + width, length: numberAt(bytes, at, width) }
}

/** A big-endian number of so many bytes. @throws Error if they are not there. */
export function numberAt(bytes: Buffer, at: number, width: number): number {
  if (at + width > bytes.length) throw new Error('it is cut short')
  return bytes.readUIntBE(at, width)
}
