import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { numberAt, packet, packets } from '../../../../src/data/openpgp/packets.js'
import { keyId, mpi, mpis, nativeSize, publicKey, verifies } from '../../../../src/data/openpgp/public-key.js'

/** The body of a key packet. */
function body(algorithm: number, material: Buffer, version = 4): Buffer {
  const size = Buffer.alloc(4)
  size.writeUInt32BE(material.length)
  return Buffer.concat([
    Buffer.from([version, 0, 0, 0, 1, algorithm]),
    version === 6 ? size : Buffer.alloc(0),
    material,
  ])
}
const key = (algorithm: number, material: Buffer) => publicKey(body(algorithm, material))
const number = (value: string) => Buffer.from(value, 'base64url')
const numbers = (...all: Buffer[]) => Buffer.concat(all.map((one) => mpi(trimmed(one))))
const trimmed = (bytes: Buffer) => bytes.subarray(bytes.findIndex((byte) => byte !== 0))

const sha256 = (message: Buffer) => createHash('sha256').update(message).digest()

/** Every INTEGER of a key of DSA as DER has it: p, q, g and the public number. */
function integersOf(der: Buffer): Buffer[] {
  const found: Buffer[] = []
  const walk = (bytes: Buffer): void => {
    for (let at = 0; at < bytes.length; ) {
      const tag = bytes[at]!
      const first = bytes[at + 1]!
      const width = first < 0x80 ? 0 : first - 0x80
      const length = width === 0 ? first : bytes.readUIntBE(at + 2, width)
      const start = at + 2 + width
      const inner = bytes.subarray(start, start + length)
      if (tag === 0x02) found.push(trimmed(inner))
      else if (tag === 0x30) walk(inner)
      else if (tag === 0x03) walk(inner.subarray(1))
      at = start + length
    }
  }
  walk(der)
  return found
}

/** What a key signs a message with, as the two numbers of DSA. */
function halves(privateKey: KeyObject, hash: string | null, message: Buffer): [Buffer, Buffer] {
  const bytes = sign(hash, message, { key: privateKey, dsaEncoding: 'ieee-p1363' })
  return [bytes.subarray(0, bytes.length / 2), bytes.subarray(bytes.length / 2)]
}

/** Messages until one is signed as wanted, which one of 128 is. */
function signedWith<Signature>(make: (message: Buffer) => Signature, wanted: (signature: Signature) => boolean) {
  for (let n = 0; n < 20_000; n++) {
    const message = Buffer.from(`message ${n}`)
    const signature = make(message)
    if (wanted(signature)) return { message, signature }
  }
  throw new Error('no such signature came')
}

/** Expects that a signature counts, and that neither another message, another hash nor another number does. */
function expectVerified(of: ReturnType<typeof key>, hash: string, message: Buffer, signature: Buffer[]): void {
  expect(verifies(of, hash, message, signature)).toBe(true)
  expect(verifies(of, hash, Buffer.concat([message, Buffer.from('x')]), signature)).toBe(false)
  expect(verifies(of, hash === 'sha512' ? 'sha256' : 'sha512', message, signature)).toBe(false)
  const other = signature.map((one) => Buffer.from(one))
  other.at(-1)![other.at(-1)!.length - 1]! ^= 1
  expect(verifies(of, hash, message, other)).toBe(false)
  expect(verifies(of, hash, message, [])).toBe(false)
}

describe('a key packet', () => {
  it.each([
    [4, 6, 'fingerprint of 40'],
    [6, 10, 'fingerprint of 64'],
  ])('of version %i has %i bytes before its numbers', (version, shortest, named) => {
    const whole = Buffer.alloc(shortest)
    whole[0] = version
    expect(publicKey(whole).material).toHaveLength(0)
    expect(`fingerprint of ${publicKey(whole).fingerprint.length}`).toBe(named)
    expect(() => publicKey(whole.subarray(0, -1))).toThrow('it has a damaged key')
  })

  it('of version 4 has a length of two bytes', () => {
    expect(publicKey(body(1, Buffer.alloc(65_535 - 6))).hashed).toHaveLength(65_535 + 3)
    expect(() => publicKey(body(1, Buffer.alloc(65_536 - 6)))).toThrow('it has a damaged key')
    expect(publicKey(body(1, Buffer.alloc(65_536), 6)).hashed).toHaveLength(65_536 + 10 + 5)
  })

  it.each([0, 3, 5, 7])('of version %i is no key that anybody trusts', (version) => {
    expect(() => publicKey(body(1, Buffer.alloc(9), version))).toThrow(`it is a key of version ${version}`)
    expect(() => publicKey(Buffer.alloc(0))).toThrow('it is a key of version 0')
  })

  it('is named by the end of its fingerprint, from version 6 on by its beginning', () => {
    const [four, six] = [key(1, Buffer.alloc(9)), publicKey(body(1, Buffer.alloc(9), 6))]
    expect(keyId(four).toString('hex').toUpperCase()).toBe(four.fingerprint.slice(24))
    expect(keyId(six).toString('hex').toUpperCase()).toBe(six.fingerprint.slice(0, 16))
  })
})

describe('numbers', () => {
  it.each([
    ['', '0000'],
    ['01', '000101'],
    ['80', '000880'],
    ['01ff', '000901ff'],
    [`7f${'00'.repeat(40)}`, `01477f${'00'.repeat(40)}`],
  ])('%s is written as %s', (hex, written) => {
    expect(mpi(Buffer.from(hex, 'hex')).toString('hex')).toBe(written)
    expect(mpis(Buffer.from(written, 'hex')).map((one) => one.toString('hex'))).toEqual([hex])
  })

  it('are read whole, without the zeros before them, or not at all', () => {
    const read = (hex: string) => mpis(Buffer.from(hex, 'hex')).map((one) => one.toString('hex'))
    expect(read('00090001' + '0010' + '0000' + '000101')).toEqual(['01', '', '01'])
    for (const cut of ['00', '0001', '001001', '00010100', '0009' + 'ff'])
      expect(() => read(cut)).toThrow('it is cut short')
  })
})

describe('packets', () => {
  it.each([
    [0, '9800'],
    [255, '98ff'],
    [256, '990100'],
    [65_535, '99ffff'],
    [65_536, '9a00010000'],
  ])('of %i bytes begin with %s', (length, head) => {
    const written = packet({ tag: 6, body: Buffer.alloc(length, 7) })
    expect(written.subarray(0, head.length / 2).toString('hex')).toBe(head)
    expect([...packets(written)]).toEqual([{ tag: 6, body: Buffer.alloc(length, 7) }])
  })

  it('in pieces are refused, from the first length that says so to the last', () => {
    for (const length of [224, 225, 254]) {
      const bytes = Buffer.concat([Buffer.from([0xc6, length]), Buffer.alloc(70_000)])
      expect(() => [...packets(bytes)]).toThrow('it has a packet in pieces')
    }
    const longest = Buffer.concat([Buffer.from([0xc6, 223, 255]), Buffer.alloc(8_383)])
    expect([...packets(longest)]).toEqual([{ tag: 6, body: Buffer.alloc(8_383) }])
  })

  it('end with their last byte', () => {
    expect(numberAt(Buffer.from([1, 2]), 0, 2)).toBe(258)
    expect(() => numberAt(Buffer.from([1, 2]), 1, 2)).toThrow('it is cut short')
  })
})

describe('a signature', () => {
  it('by RSA, of each hash, also one that begins with zeros', () => {
    const { privateKey, publicKey: open } = generateKeyPairSync('rsa', { modulusLength: 1024 })
    const { n, e } = open.export({ format: 'jwk' })
    for (const algorithm of [1, 3]) {
      const of = key(algorithm, numbers(number(n!), number(e!)))
      for (const hash of ['sha1', 'sha224', 'sha256', 'sha384', 'sha512', 'sha3-256', 'sha3-512']) {
        const { message, signature } = signedWith(
          (text) => sign(hash, text, privateKey),
          (bytes) => hash !== 'sha256' || bytes[0] === 0,
        )
        expectVerified(of, hash, message, [trimmed(signature)])
      }
    }
    const [message, signature] = [Buffer.from('x'), sign('sha256', Buffer.from('x'), privateKey)]
    // One number too many or too few is another key.
    for (const material of [numbers(number(n!), number(e!), number(e!)), numbers(number(n!)), Buffer.alloc(0)]) {
      expect(verifies(key(1, material), 'sha256', message, [signature])).toBe(false)
    }
    expect(verifies(key(1, numbers(number(n!), number(e!))), 'md5', message, [signature])).toBe(false)
    // An algorithm that nobody has seen; one that only encrypts.
    for (const algorithm of [0, 2, 16, 18, 99]) {
      expect(verifies(key(algorithm, numbers(number(n!), number(e!))), 'sha256', message, [signature])).toBe(false)
    }
  })

  it('by DSA, whatever its public number begins with', () => {
    const seen = new Set<boolean>()
    for (let tries = 0; seen.size < 2 && tries < 40; tries++) {
      const { privateKey, publicKey: open } = generateKeyPairSync('dsa', { modulusLength: 1024, divisorLength: 160 })
      const [p, q, g, y] = integersOf(open.export({ format: 'der', type: 'spki' })) as [Buffer, Buffer, Buffer, Buffer]
      const isHigh = y.length === 128 && y[0]! >= 0x80
      if (seen.has(isHigh) || y.length < 128) continue
      seen.add(isHigh)
      const of = key(17, numbers(p, q, g, y))
      const { message, signature } = signedWith(
        (text) => halves(privateKey, 'sha1', text),
        ([r, s]) => r[0] === 0 || s[0] === 0,
      )
      expectVerified(of, 'sha1', message, signature.map(trimmed))
    }
    expect(seen).toEqual(new Set([true, false]))
  })

  const curves: [string, string][] = [
    ['prime256v1', '2a8648ce3d030107'],
    ['secp384r1', '2b81040022'],
    ['secp521r1', '2b81040023'],
    ['secp256k1', '2b8104000a'],
    ['brainpoolP256r1', '2b2403030208010107'],
    ['brainpoolP384r1', '2b240303020801010b'],
    ['brainpoolP512r1', '2b240303020801010d'],
  ]
  it.each(curves)('by ECDSA on %s, also one that begins with zeros', (namedCurve, oid) => {
    const { privateKey, publicKey: open } = generateKeyPairSync('ec', { namedCurve })
    const spki = open.export({ format: 'der', type: 'spki' })
    const size = { secp521r1: 133, secp384r1: 97, brainpoolP384r1: 97, brainpoolP512r1: 129 }[namedCurve] ?? 65
    const point = spki.subarray(-size)
    const material = (name: string) =>
      Buffer.concat([Buffer.from([name.length / 2]), Buffer.from(name, 'hex'), mpi(point)])
    const of = key(19, material(oid))
    const { message, signature } = signedWith(
      (text) => halves(privateKey, 'sha256', text),
      // The numbers of the curve of 521 bits mostly begin with a byte of zeros.
      ([r, s]) => r[0] === 0 || s[0] === 0,
    )
    expectVerified(of, 'sha256', message, signature.map(trimmed))
    // P-224, which OpenSSL knows and OpenPGP does not name.
    expect(verifies(key(19, material('2b81040021')), 'sha256', message, signature)).toBe(false)
  })

  it('by Ed25519 and Ed448, as GnuPG writes it and as the standard does', () => {
    const message = Buffer.from('message')
    const ed = generateKeyPairSync('ed25519')
    const point = ed.publicKey.export({ format: 'der', type: 'spki' }).subarray(-32)
    const { message: signed, signature } = signedWith(
      (text) => sign(null, sha256(text), ed.privateKey),
      (bytes) => bytes[0] === 0 || bytes[32] === 0,
    )
    const gnuPg = (oid: string, prefix: number, bytes = point) =>
      key(
        22,
        Buffer.concat([
          Buffer.from([oid.length / 2]),
          Buffer.from(oid, 'hex'),
          mpi(Buffer.concat([Buffer.from([prefix]), bytes])),
        ]),
      )
    const edwards = '2b06010401da470f01'
    const pair = [signature.subarray(0, 32), signature.subarray(32)]
    expectVerified(gnuPg(edwards, 0x40), 'sha256', signed, pair.map(trimmed))
    // The OID of today, which this algorithm does not go by; a point that is not written whole.
    expect(verifies(gnuPg('2b6570', 0x40), 'sha256', signed, pair)).toBe(false)
    expect(verifies(gnuPg(edwards, 0x04), 'sha256', signed, pair)).toBe(false)
    expectVerified(key(27, point), 'sha256', message, [sign(null, sha256(message), ed.privateKey)])

    const goldilocks = generateKeyPairSync('ed448')
    const of = key(28, goldilocks.publicKey.export({ format: 'der', type: 'spki' }).subarray(-57))
    expectVerified(of, 'sha256', message, [sign(null, sha256(message), goldilocks.privateKey)])
    expect([22, 27, 28, 1].map(nativeSize)).toEqual([undefined, 64, 114, undefined])
  })
})
