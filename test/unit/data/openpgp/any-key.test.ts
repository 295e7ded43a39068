import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { fingerprintsIn } from '../../../../src/data/openpgp/any-key.js'

// Every key in a file is found, however it is framed, and only what may be one. RFC 9580, 4.2, 5.5 and 9.1; RFC 4880, 12.2.

const bytes = (length: number, first = 0x91) => Buffer.alloc(length, first)
const number = (length: number, bits = length * 8) =>
  Buffer.concat([Buffer.from([bits >> 8, bits & 255]), bytes(length)])
const curve = Buffer.from([5, 0x2b, 0x81, 0x04, 0x00, 0x22])

/** What the public keys of each algorithm hold. */
const materials: Record<number, Buffer> = {
  1: Buffer.concat([number(256), number(3)]),
  2: Buffer.concat([number(128), number(3)]),
  3: Buffer.concat([number(32), number(1)]),
  16: Buffer.concat([number(128), number(1), number(128)]),
  17: Buffer.concat([number(128), number(20), number(128), number(128)]),
  18: Buffer.concat([curve, number(65), Buffer.from([3, 1, 8, 7])]),
  19: Buffer.concat([curve, number(65)]),
  22: Buffer.concat([curve, number(33)]),
  25: bytes(32),
  26: bytes(56),
  27: bytes(32),
  28: bytes(57),
}

function key(algorithm: number, version: 4 | 6 = 4, material = materials[algorithm]!) {
  const counted = Buffer.alloc(version === 6 ? 4 : 0)
  if (version === 6) counted.writeUInt32BE(material.length)
  const body = Buffer.concat([Buffer.from([version, 0x5e, 0x01, 0x02, 0x03, algorithm]), counted, material])
  const prefix = Buffer.alloc(version === 4 ? 3 : 5, version === 4 ? 0x99 : 0x9b)
  prefix.writeUIntBE(body.length, 1, prefix.length - 1)
  const hash = createHash(version === 4 ? 'sha1' : 'sha256')
  return { body, fingerprint: hash.update(prefix).update(body).digest('hex').toUpperCase() }
}

const counted = (length: number, width: number) => {
  const written = Buffer.alloc(width)
  written.writeUIntBE(length, 0, width)
  return written
}
const old = (type: number, body: Buffer, tag = 6) =>
  Buffer.concat([
    Buffer.from([0x80 | (tag << 2) | type]),
    type === 3 ? Buffer.of() : counted(body.length, 1 << type),
    body,
  ])
const two = (length: number) => Buffer.from([((length - 192) >> 8) + 192, (length - 192) & 255])
const fresh = (length: Buffer, body: Buffer, tag = 6) => Buffer.concat([Buffer.from([0xc0 | tag]), length, body])

/** How a packet may say how long it is. */
const framings: [string, (body: Buffer) => Buffer][] = [
  ['in one byte, as of old', (body) => old(0, body)],
  ['in two, as of old', (body) => old(1, body)],
  ['in four, as of old', (body) => old(2, body)],
  ['up to the end', (body) => old(3, body)],
  ['in one byte', (body) => fresh(counted(body.length, 1), body)],
  ['in two bytes', (body) => fresh(two(body.length), body)],
  ['in five bytes', (body) => fresh(Buffer.concat([Buffer.of(255), counted(body.length, 4)]), body)],
  [
    'in pieces',
    (body) =>
      fresh(
        Buffer.of(224 + 5),
        Buffer.concat([
          body.subarray(0, 32),
          Buffer.of(224 + 1),
          body.subarray(32, 34),
          counted(body.length - 34, 1),
          body.subarray(34),
        ]),
      ),
  ],
]

describe('a key', () => {
  it.each(Object.keys(materials).flatMap((one) => [4, 6].map((version) => [Number(one), version as 4 | 6])))(
    'of algorithm %i, version %i, is told by its fingerprint, public or private, whatever comes behind it',
    (algorithm, version) => {
      const { body, fingerprint } = key(algorithm, version as 4 | 6)
      for (const text of [
        old(2, body),
        old(2, Buffer.concat([body, bytes(40, 0)]), 5),
        fresh(Buffer.concat([Buffer.of(255), counted(body.length + 9, 4)]), Buffer.concat([body, bytes(9, 0)]), 5),
      ])
        expect(fingerprintsIn(text)).toEqual([fingerprint])
      // Without its last byte it is none.
      expect(fingerprintsIn(old(2, body.subarray(0, -1)))).toEqual([])
    },
  )

  it.each(framings)('is found if its length is said %s', (how, framed) => {
    const long = key(1)
    const short = key(27)
    // A length of one byte holds no long key, and one of two bytes no short one.
    const one = /in one byte|pieces/.test(how) ? short : long
    for (const before of [Buffer.of(), Buffer.from('x'), bytes(7, 0xff)])
      expect(fingerprintsIn(Buffer.concat([before, framed(one.body)]))).toEqual([one.fingerprint])
  })

  it('of versions 2 and 3 is told by its numbers alone', () => {
    const modulus = bytes(64)
    const exponent = Buffer.from([1, 0, 1])
    const numbers = Buffer.concat([counted(512, 2), modulus, counted(17, 2), exponent])
    const md5 = createHash('md5').update(modulus).update(exponent).digest('hex').toUpperCase()
    for (const version of [2, 3]) {
      const body = Buffer.concat([Buffer.from([version, 0x2e, 1, 2, 3, 0, 0, 1]), numbers])
      expect(fingerprintsIn(old(1, body))).toEqual([md5])
      expect(fingerprintsIn(old(1, body.subarray(0, -1)))).toEqual([])
    }
  })

  it('is no other packet, version or algorithm, and has numbers that are likely', () => {
    const { body } = key(1)
    expect(fingerprintsIn(old(2, body, 13))).toEqual([])
    expect(fingerprintsIn(Buffer.concat([Buffer.from([6]), body]))).toEqual([])
    for (const version of [0, 1, 5, 7])
      expect(fingerprintsIn(old(2, Buffer.concat([Buffer.of(version), body.subarray(1)])))).toEqual([])
    for (const algorithm of [0, 4, 20, 21, 23, 24, 29])
      expect(fingerprintsIn(old(2, key(algorithm, 4, materials[1]).body))).toEqual([])
    const unlikely = [[number(31), number(3)], [number(32), Buffer.from([0, 0])], [number(32)]]
    for (const numbers of unlikely) expect(fingerprintsIn(old(2, key(1, 4, Buffer.concat(numbers)).body))).toEqual([])
    expect(fingerprintsIn(fresh(Buffer.of(224 + 10), body))).toEqual([])
  })

  it('is found in base64 with whatever stands around it or between its lines, each once', () => {
    const [first, second] = [key(1), key(27)]
    const lines = (packet: Buffer) => packet.toString('base64').match(/.{1,64}/g)!
    const all = [first.fingerprint, second.fingerprint]
    const wrapped: string[] = [
      [...lines(old(2, first.body)), '=abcd', '', ...lines(old(2, second.body))].join('\n'),
      [
        ...lines(old(2, first.body)).map((line) => `# ${line}`),
        '==',
        ...lines(old(0, second.body)).map((line) => `> > ${line}`),
      ].join('\r\n'),
      [
        ...lines(old(2, first.body)).map((line) => `Comment: ${line.match(/.{1,8}/g)!.join(' ')}`),
        '-----',
        ...lines(old(0, second.body)),
      ].join('\n'),
      [
        'xyz',
        ...lines(old(2, first.body)),
        'not base64!',
        ...lines(old(0, second.body)),
        ...lines(old(2, first.body)),
      ].join('\n'),
    ]
    for (const text of wrapped) expect(fingerprintsIn(Buffer.from(text)).sort(), text).toEqual([...all].sort())
    expect(fingerprintsIn(Buffer.from(wrapped[0]!, 'utf16le')).sort()).toEqual([...all].sort())
  })
})
