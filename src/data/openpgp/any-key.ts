import { createHash } from 'node:crypto'
import { countedLength, numberAt, oldLength, tags } from './packets.js'
import { mpis, publicKey } from './public-key.js'

/**
 * The fingerprints of all primary keys that any reader could find in a file, as far as they can be told. Every stretch of base64
 * counts, whatever stands around it or between its lines, and every place in it where the packet of a key may begin.
 */
export function fingerprintsIn(file: Buffer): string[] {
  const lines = file
    .toString('latin1')
    .replaceAll('\0', '')
    .split(/[\r\n]+/)
  const stretches = lines
    .map((line) => line.replace(/^(?:[^A-Za-z0-9+/]|[A-Za-z-]+: )+|\s/g, ''))
    .map((line) => (/^[A-Za-z0-9+/]+=*$/.test(line) ? line : '='))
    .join('')
    .split(/=+/)
  // What stands before the base64 may pass for it, and so move the groups of four.
  const decoded = stretches.flatMap((text) => [0, 1, 2, 3].map((from) => Buffer.from(text.slice(from), 'base64')))
  return [...new Set([file, ...decoded].flatMap(keysIn))]
}

function keysIn(bytes: Buffer): string[] {
  const found: string[] = []
  for (let at = 0; at < bytes.length; at += 1) {
    const head = bytes[at]!
    const isNew = head >= 0xc0
    const tag = isNew ? head & 0x3f : head >= 0x80 ? (head >> 2) & 0x0f : 0
    if (tag !== tags.publicKey && tag !== tags.secretKey) continue
    try {
      const fingerprint = fingerprintOf(isNew ? newBody(bytes, at + 1) : oldBody(bytes, at + 1, head & 3))
      if (fingerprint !== undefined) found.push(fingerprint)
    } catch {
      // No key begins there.
    }
  }
  return found
}

/** What a packet may hold that begins here; RFC 9580, 4.2.2. */
function oldBody(bytes: Buffer, at: number, type: number): Buffer {
  if (type === 3) return bytes.subarray(at)
  const { start, length } = oldLength(bytes, at, type)
  return bytes.subarray(start, start + length)
}

/** The same, of any number of pieces; RFC 9580, 4.2.1. */
function newBody(bytes: Buffer, at: number): Buffer {
  const first = numberAt(bytes, at, 1)
  if (first < 224 || first === 255) {
    const { start, length } = countedLength(bytes, at)
    return bytes.subarray(start, start + length)
  }
  const length = 1 << (first & 31)
  if (at + 1 + length > bytes.length) throw new Error('it is cut short')
  return Buffer.concat([bytes.subarray(at + 1, at + 1 + length), newBody(bytes, at + 1 + length)])
}

/** Of the public part of a key: a private key has its own numbers behind it. `undefined` for what is no key. */
function fingerprintOf(body: Buffer): string | undefined {
  const version = body[0]!
  if (version === 2 || version === 3) {
    // RFC 4880, 12.2: the two numbers without their lengths.
    const numbers = exactly(body.subarray(8), 2)
    return numbers && createHash('md5').update(Buffer.concat(numbers.found)).digest('hex').toUpperCase()
  }
  if (version !== 4 && version !== 6) return undefined
  const from = version === 4 ? 6 : 10
  const length = lengthOf(body[5]!, body.subarray(from))
  if (length === undefined || from + length > body.length) return undefined
  return publicKey(body.subarray(0, from + length)).fingerprint
}

/** How many bytes the public numbers of an algorithm take; RFC 9580, 5.5.5 and 9.1. */
function lengthOf(algorithm: number, material: Buffer): number | undefined {
  const numbers = { 1: 2, 2: 2, 3: 2, 16: 3, 17: 4 }[algorithm]
  if (numbers !== undefined) return exactly(material, numbers)?.length
  const fixed = { 25: 32, 26: 56, 27: 32, 28: 57 }[algorithm]
  if (fixed !== undefined) return fixed
  if (algorithm !== 18 && algorithm !== 19 && algorithm !== 22) return undefined
  const curve = 1 + material[0]!
  const point = exactly(material.subarray(curve), 1)
  return point && curve + point.length + (algorithm === 18 ? 1 + material[curve + point.length]! : 0)
}

/** So many numbers with nothing unlikely about them, and the bytes that they take with their lengths. */
function exactly(bytes: Buffer, count: number): { found: Buffer[]; length: number } | undefined {
  let length = 0
  for (let index = 0; index < count; index += 1) length += 2 + ((numberAt(bytes, length, 2) + 7) >> 3)
  const found = length <= bytes.length ? mpis(bytes.subarray(0, length)) : []
  return found.length === count && found.every((number) => number.length > 0) && found[0]!.length >= 32
    ? { found, length }
    : undefined
}
