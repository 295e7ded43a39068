import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  dockerFingerprint,
  dockerKey,
  dockerRpmFingerprint,
  dockerRpmKey,
} from '../../../../recipes/docker/repository.js'
import { toolkitFingerprint, toolkitKey } from '../../../../recipes/nvidia/repositories.js'
import { armored, longestKeyFile, unarmored } from '../../../../src/data/openpgp/armor.js'
import { readKey, signingKey } from '../../../../src/data/openpgp/certificate.js'
import { type Packet, packet, packets } from '../../../../src/data/openpgp/packets.js'
import { noGpg, ThrowawayKeys } from '../../../support/throwaway-keys.js'

const parts = (key: string | Buffer): Packet[] => [...packets(unarmored(Buffer.from(key as string, 'latin1')))]
const joined = (...all: readonly Packet[]) => Buffer.concat(all.map(packet))
const pinned = { fingerprint: dockerFingerprint }
/** Docker's for deb: the key, its user ID, what certifies it, a subkey that signs, what binds it. Docker's for rpm, without a subkey: a foreigner. */
const [primary, userId, certification, subkey, binding] = parts(dockerKey) as [Packet, Packet, Packet, Packet, Packet]
const [foreign, foreignId, foreignCertification] = parts(dockerRpmKey) as [Packet, Packet, Packet]
const [, , , , toolkitSubkey, toolkitBinding] = [undefined, ...parts(toolkitKey)] as unknown as Packet[]

/** The sample certificate of RFC 9580, A.3: version 6, of Ed25519 and X25519. */
const sample = `-----BEGIN PGP PUBLIC KEY BLOCK-----

xioGY4d/4xsAAAAg+U2nu0jWCmHlZ3BqZYfQMxmZu52JGggkLq2EVD34laPCsQYf
GwoAAABCBYJjh3/jAwsJBwUVCg4IDAIWAAKbAwIeCSIhBssYbE8GCaaX5NUt+mxy
KwwfHifBilZwj2Ul7Ce62azJBScJAgcCAAAAAK0oIBA+LX0ifsDm185Ecds2v8lw
gyU2kCcUmKfvBXbAf6rhRYWzuQOwEn7E/aLwIwRaLsdry0+VcallHhSu4RN6HWaE
QsiPlR4zxP/TP7mhfVEe7XWPxtnMUMtf15OyA51YBM4qBmOHf+MZAAAAIIaTJINn
+eUBXbki+PSAld2nhJh/LVmFsS+60WyvXkQ1wpsGGBsKAAAALAWCY4d/4wKbDCIh
BssYbE8GCaaX5NUt+mxyKwwfHifBilZwj2Ul7Ce62azJAAAAAAQBIKbpGG2dWTX8
j+VjFM21J0hqWlEg+bdiojWnKfA5AQpWUWtnNwDEM0g12vYxoWM8Y81W+bHBw805
I8kWVkXU6vFOi+HWvv/ira7ofJu16NnoUkhclkUrk0mXubZvyl4GBg==
-----END PGP PUBLIC KEY BLOCK-----
`

describe('the keys of the vendors', () => {
  test.each([
    ['Docker, deb', dockerKey, dockerFingerprint],
    ['Docker, rpm', dockerRpmKey, dockerRpmFingerprint],
    ['NVIDIA, container toolkit', toolkitKey, toolkitFingerprint],
  ])('%s: is the pinned one, and its publisher’s file to the byte', (_name, text, fingerprint) => {
    expect(signingKey(text, { fingerprint })).toEqual({ fingerprint, text })
    expect(signingKey(unarmored(Buffer.from(text)), { fingerprint }).text).toBe(text)
    expect(signingKey(text, { fingerprint: fingerprint.toLowerCase().replace(/(.{4})/g, '$1 ') }).text).toBe(text)
  })
})

describe('what is left of a key', () => {
  const written = (...all: Packet[]) => signingKey(joined(...all), pinned).text
  /** The signature with one more subpacket where it is not signed. */
  const withMore = ({ tag, body }: Packet, more: Buffer): Packet => {
    const at = 6 + body.readUInt16BE(4)
    const length = Buffer.alloc(2)
    length.writeUInt16BE(body.readUInt16BE(at) + more.length)
    const unhashed = body.subarray(at + 2, at + 2 + body.readUInt16BE(at))
    return {
      tag,
      body: Buffer.concat([body.subarray(0, at), length, unhashed, more, body.subarray(at + 2 + unhashed.length)]),
    }
  }

  test('only what it signed itself', () => {
    // What has a number above 15 has a header of the new kind.
    const photograph = Buffer.from([0xc0 | 17, 3, 2, 1, 0])
    const illustrated = Buffer.concat([
      joined(primary, userId, certification),
      photograph,
      joined(certification, subkey, binding),
    ])
    expect(signingKey(illustrated, pinned).text).toBe(dockerKey)
    expect(written(primary, userId, certification, foreignCertification, subkey, binding, certification)).toBe(
      dockerKey,
    )
    expect(written(primary, userId, certification, foreignId, foreignCertification, subkey, binding)).toBe(dockerKey)
    expect(written(primary, certification, userId, certification, subkey, binding)).toBe(dockerKey)
    expect(written(primary, subkey, binding, userId, certification)).toBe(dockerKey)
  })

  test('nothing that anybody could add to a signature', () => {
    const notation = Buffer.from([5, 20, 1, 2, 3, 4])
    const flags = Buffer.from([2, 27, 0xff])
    const issuer = Buffer.concat([Buffer.from([9, 16]), Buffer.from(dockerRpmFingerprint.slice(-16), 'hex')])
    const byFingerprint = Buffer.concat([Buffer.from([22, 33, 4]), Buffer.from(dockerRpmFingerprint, 'hex')])
    const inside = Buffer.concat([
      Buffer.from([255]),
      size(foreignCertification.body.length + 1),
      Buffer.from([32]),
      foreignCertification.body,
    ])
    for (const more of [notation, flags, issuer, byFingerprint, inside])
      expect(written(primary, userId, withMore(certification, more), subkey, withMore(binding, more))).toBe(dockerKey)
  })

  const size = (length: number) => {
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32BE(length)
    return bytes
  }

  test('the same, however its packets and its armor are written', () => {
    const long = Buffer.concat(
      parts(dockerKey).map(({ tag, body }) => Buffer.concat([Buffer.from([0xc0 | tag, 255]), size(body.length), body])),
    )
    const base64 = long.toString('base64')
    const block = (...lines: string[]) =>
      ['-----BEGIN PGP PUBLIC KEY BLOCK-----', ...lines, '-----END PGP PUBLIC KEY BLOCK-----'].join('\n')
    for (const file of [
      long.toString('latin1'),
      block('Version: 1', 'Comment: größer', '', base64),
      block('', ...base64.match(/.{1,60}/g)!),
      block(' ', base64, ''),
      `A word before.\n\n${dockerKey.replaceAll('\n', ' \r\n')}\r\nAnd after.\r\n`,
      dockerKey.trimEnd(),
      dockerKey.replace(/^=.*\n/m, ''),
    ])
      expect(signingKey(file, pinned).text).toBe(dockerKey)
  })

  test('of version 6: the sample certificate of RFC 9580', () => {
    const fingerprint = 'CB186C4F0609A697E4D52DFA6C722B0C1F1E27C18A56708F6525EC27BAD9ACC9'
    const { text } = signingKey(sample, { fingerprint })
    expect(parts(text)).toEqual(parts(sample))
    const [key, direct, its, bound] = parts(sample) as [Packet, Packet, Packet, Packet]
    expect(readKey(joined(key, direct, its, bound)).text).toBe(text)
    expect(() => readKey(joined(key, its, bound))).toThrow('nothing that its primary key')
    expect(() => readKey(joined(key, direct, its))).toThrow('does not vouch')
  })
})

describe('is refused', () => {
  const newFormat = (tag: number, ...bytes: number[]) => Buffer.from([0xc0 | tag, ...bytes])
  const block = (kind: string, text = dockerRpmKey) => text.replaceAll('PUBLIC KEY BLOCK', kind)
  const data = unarmored(Buffer.from(dockerKey))
  const damaged = (packet: Packet, at: number): Packet => {
    const body = Buffer.from(packet.body)
    body[at < 0 ? body.length + at : at]! ^= 1
    return { tag: packet.tag, body }
  }
  /** Two keys, whose second no reader of ours sees as a block, and some reader of others' does. */
  const hidden = {
    'a second block': dockerRpmKey,
    'a form feed behind its lines': dockerRpmKey.replace(/-----$/gm, '-----\f'),
    'a vertical tab behind its lines': dockerRpmKey.replace(/-----$/gm, '-----\v'),
    'a blank before its lines': dockerRpmKey.replace(/^-----/gm, ' -----'),
    'another name': block('key block').replaceAll('PGP ', ''),
    'another name, as a whole': dockerRpmKey.replace(/PGP PUBLIC KEY BLOCK/g, 'key block'),
    'a private key’s name': block('PRIVATE KEY BLOCK'),
    'dashes before its dashes': dockerRpmKey.replace(/^-----/gm, '- -----'),
    'a bare carriage return before it': `\r${dockerRpmKey}`,
    'only carriage returns': dockerRpmKey.replaceAll('\n', '\r'),
    'a NUL before it': `\0${dockerRpmKey}`,
    'no end': dockerRpmKey.slice(0, dockerRpmKey.indexOf('-----END')),
    'the same key again': dockerKey,
  }

  test.each(Object.entries(hidden))(
    'a file with another block, with %s, before or after the right one',
    (_name, other) => {
      const named = other === dockerKey ? 'more than one armored block' : dockerRpmFingerprint
      expect(() => signingKey(`${dockerKey}${other}`, pinned)).toThrow(
        /^it has (more than one armored block|damaged armor)/,
      )
      expect(() => signingKey(`${other}\n${dockerKey}`, pinned)).toThrow(/^it (has|holds) /)
      expect(() => signingKey(`${dockerKey}${other}`, pinned)).toThrow(named)
    },
  )

  const bare = (key: string) => key.replace(/^[-=].*\n/gm, '').trim()
  const secret = { tag: 5, body: Buffer.concat([foreign.body, Buffer.alloc(40, 7)]) }
  test.each<[what: string, file: string | Buffer]>([
    [
      'binary, behind the block',
      Buffer.concat([Buffer.from(dockerKey), joined(foreign, foreignId, foreignCertification)]),
    ],
    ['with empty lines between', `${dockerKey}${dockerRpmKey.replaceAll('\n', '\n\n')}`],
    ['with spaces in its base64', `${dockerKey}${dockerRpmKey.replace(/^(\w{10})/gm, '$1 ')}`],
    ['in short lines', `${dockerKey}${bare(dockerRpmKey).replace(/(.{3})/g, '$1\n')}`],
    ['behind hashes', `${dockerKey}${dockerRpmKey.replace(/^/gm, '# ')}`],
    ['behind bars', `${dockerKey}${dockerRpmKey.replace(/^/gm, '| ')}`],
    ['behind a word', `${dockerKey}Hi ${bare(dockerRpmKey)}`],
    ['in UTF-16', `${dockerKey}${Buffer.from(dockerRpmKey, 'utf16le').toString('latin1')}`],
    ['as base64 alone, behind it', `${dockerKey}${bare(dockerRpmKey)}\n`],
    ['as base64 alone, before it', `${bare(dockerRpmKey)}\n\n${dockerKey}`],
    ['in headers of the armor', dockerKey.replace('\n\n', `\n${bare(dockerRpmKey).replace(/^/gm, 'Comment: ')}\n\n`)],
    ['as a private key', joined(...parts(dockerKey), secret)],
    [
      'as data',
      joined(...parts(dockerKey), {
        tag: 11,
        body: Buffer.concat([Buffer.from([0x62, 0, 0, 0, 0, 0]), joined(foreign)]),
      }),
    ],
    ['behind a stray byte', Buffer.concat([data, Buffer.from([0]), joined(foreign)])],
    [
      'in pieces',
      Buffer.concat([
        data,
        Buffer.from([0xc6, 0xe8]),
        foreign.body.subarray(0, 256),
        // 192 to 8383 bytes in two.
        Buffer.from([192 + ((foreign.body.length - 448) >> 8), (foreign.body.length - 448) & 255]),
        foreign.body.subarray(256),
      ]),
    ],
    ['up to the end', Buffer.concat([data, Buffer.from([0x9b]), foreign.body])],
  ])('another key is named, %s', (_what, file) => {
    expect(() => signingKey(file, pinned)).toThrow(dockerRpmFingerprint)
  })

  test('a key of 1995 is named by the fingerprint of its time', () => {
    const numbers = foreign.body.subarray(6)
    const old = Buffer.concat([Buffer.from([3, 0, 0, 0, 0, 0, 0, 1]), numbers])
    const length = numbers.readUInt16BE(0) / 8
    const sum = createHash('md5')
      .update(numbers.subarray(2, 2 + length))
      .update(numbers.subarray(4 + length))
    expect(() => signingKey(joined(...parts(dockerKey), { tag: 6, body: old }), pinned)).toThrow(
      sum.digest('hex').toUpperCase(),
    )
  })

  test('text around the block that is no key is no reason to refuse it', () => {
    const words = 'Docker Release (CE deb) docker@docker.com\npub rsa4096 2017-02-22\n'
    expect(signingKey(`${words}${dockerKey}${words}`, pinned).fingerprint).toBe(dockerFingerprint)
  })

  test.each([
    ['another key', dockerRpmKey, `it has the fingerprint ${dockerRpmFingerprint}, not ${dockerFingerprint}`],
    [
      'two keys in one block',
      armored(Buffer.concat([data, joined(foreign, foreignId, foreignCertification)])),
      'it holds more than one key; the keys in it are',
    ],
    ['two binary keys', joined(foreign, foreignId, foreignCertification, ...parts(dockerKey)), dockerRpmFingerprint],
    ['the same key twice', Buffer.concat([data, data]), 'it holds more than one key'],
    [
      'a foreigner’s key as its subkey',
      joined(...parts(dockerKey), { tag: 14, body: foreign.body }),
      `it holds the subkey ${dockerRpmFingerprint}, for which its primary key ${dockerFingerprint} does not vouch`,
    ],
    ['a subkey that another key bound', joined(...parts(dockerKey), toolkitSubkey!, toolkitBinding!), 'does not vouch'],
    ['a subkey without its binding', joined(primary, userId, certification, subkey), 'does not vouch'],
    [
      'a subkey whose binding was changed',
      joined(primary, userId, certification, subkey, damaged(binding, 12)),
      'does not vouch',
    ],
    [
      'a subkey whose binding is not whole',
      joined(primary, userId, certification, subkey, damaged(binding, -1)),
      'does not vouch',
    ],
    [
      'a subkey that was changed',
      joined(primary, userId, certification, damaged(subkey, -20), binding),
      'does not vouch',
    ],
    ['a binding that only certifies', joined(primary, userId, certification, subkey, certification), 'does not vouch'],
    [
      'a user ID that was changed',
      joined(primary, damaged(userId, 0), certification),
      'it holds nothing that its primary key',
    ],
    [
      'no user ID that it certified',
      joined(primary, foreignId, foreignCertification),
      'it holds nothing that its primary key',
    ],
    ['a key alone', joined(primary), 'it holds nothing that its primary key'],
    [
      'a signature of a file',
      joined(...parts(dockerKey), { tag: 2, body: Buffer.from([4, 0, 1, 8, 0, 0, 0, 0, 0, 0]) }),
      'it holds a signature that is no part of a key (type 0)',
    ],
    ['a private key', joined({ tag: 5, body: primary.body }, userId, certification), 'it holds a private key'],
    [
      'a private subkey',
      joined(primary, userId, certification, { tag: 7, body: subkey.body }),
      'it holds a private key',
    ],
    ['a signature first', joined(certification, primary, userId, certification), 'it holds no key'],
    [
      'a marker',
      joined(...parts(dockerKey), { tag: 10, body: Buffer.from('PGP') }),
      'it holds a packet that is no part of a public key (type 10)',
    ],
    ['a trust packet', joined(primary, { tag: 12, body: Buffer.from([6, 0]) }, userId, certification), '(type 12)'],
    ['data, compressed', joined({ tag: 8, body: Buffer.concat([Buffer.from([0]), data]) }), 'it holds no key'],
    ['padding', Buffer.concat([data, newFormat(21, 3, 1, 2, 3)]), '(type 21)'],
    [
      'a packet in pieces',
      Buffer.concat([newFormat(6, 0xea), Buffer.alloc(1024), Buffer.from([0])]),
      'it has a packet in pieces',
    ],
    [
      'a packet without a length',
      Buffer.concat([Buffer.from([0x80 | (6 << 2) | 3]), primary.body]),
      'it has a packet without a length',
    ],
    ['a byte behind it', Buffer.concat([data, Buffer.from([0])]), 'it has damaged packets'],
    [
      'a key of 1995',
      joined({ tag: 6, body: Buffer.concat([Buffer.from([3]), primary.body]) }),
      'it is a key of version 3',
    ],
    [
      'a key of GnuPG’s own version',
      joined({ tag: 6, body: Buffer.concat([Buffer.from([5]), primary.body]) }),
      'it is a key of version 5',
    ],
    ['a cut binary', data.subarray(0, 400), 'it is cut short'],
    ['a cut file', dockerKey.slice(0, 900), 'it has no end'],
    ['a changed file', dockerKey.replace('mQINBFit', 'mQINBFiu'), 'it does not match its own checksum'],
    ['a signature’s block', block('SIGNATURE', dockerKey), 'it is neither armored'],
    ['armor with words in it', dockerKey.replace('\n\n', '\n\nHello world\n'), 'it has damaged armor'],
    [
      'armor with a key in its header',
      dockerKey.replace('\n\n', `\n${dockerRpmKey.split('\n')[2]}\n\n`),
      'it has damaged armor',
    ],
    ['armor without an empty line', dockerKey.replace('\n\n', '\n'), 'it has damaged armor'],
    ['armor with an empty line in it', dockerKey.replace(/^(mQINBFit.*)$/m, '$1\n'), 'it has damaged armor'],
    [
      'base64 with bits to spare',
      armored(data).replace(/([A-Za-z0-9+/])(=*)\n=.*\n/, (_all, last, end) => `${last}${end}A\n`),
      'it has damaged armor',
    ],
    [
      'armor without content',
      '-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n-----END PGP PUBLIC KEY BLOCK-----\n',
      'it has damaged armor',
    ],
    ['a form feed behind it', `${dockerKey}\f\n`, 'a line that could pass for one (line 63)'],
    ['a carriage return in a line before it', `A word\rmore\n${dockerKey}`, 'a line that could pass for one (line 1)'],
    ['a web page', '<html>404</html>', 'it is neither armored'],
    ['nothing', '', 'it is neither armored'],
    ['a file without an end', ' '.repeat(longestKeyFile + 1), 'it is larger than 1024 KiB'],
  ])('a file with %s', (_name, file, cause) => {
    expect(() => signingKey(file, pinned)).toThrow(cause)
    expect(() => signingKey(file, pinned)).toThrow(/^it /)
  })

  test('a pin that is only the end of a fingerprint', () => {
    expect(() => signingKey(dockerKey, { fingerprint: dockerFingerprint.slice(-16) })).toThrow('it has the fingerprint')
  })

  test('any other bytes', () => {
    const bytes = fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array))
    const file = fc.oneof(
      bytes,
      fc.string().map((text) => Buffer.from(text)),
      bytes.map((body) => Buffer.concat([data, body])).filter((all) => all.length > data.length),
      bytes.map((body) => joined(primary, { tag: 2, body })),
      bytes.map((body) => joined({ tag: 6, body }, userId, certification)),
    )
    fc.assert(
      fc.property(file, (content) => {
        expect(() => readKey(content)).toThrow(/^it /)
      }),
    )
  })
})

describe.skipIf(noGpg)(`keys that gpg makes${noGpg ? ` (skipped: ${noGpg})` : ''}`, () => {
  let keys: ThrowawayKeys
  let other: string
  beforeAll(() => {
    keys = new ThrowawayKeys()
    other = keys.make('Other <other@invalid>', 'ed25519')
  }, 300_000)
  afterAll(() => keys.remove())

  // Small ones where large ones take long to find.
  test.each([
    'rsa1024',
    'dsa2048',
    'ed25519',
    'nistp256',
    'nistp521',
    'brainpoolP256r1',
    'brainpoolP512r1',
    'secp256k1',
  ])(
    '%s: packet for packet what gpg exports',
    (algorithm) => {
      const fingerprint = keys.make(`Key of ${algorithm} <${algorithm}@invalid>`, algorithm)
      keys.addSubkey(fingerprint, /^(nist|brain|secp)/.test(algorithm) ? `${algorithm}/ecdsa` : algorithm)
      keys.addSubkey(fingerprint, 'cv25519', 'encr')
      const exported = keys.export(fingerprint)
      const { text } = signingKey(exported, { fingerprint })
      expect(parts(text)).toEqual(parts(exported))
      expect(parts(text)).toHaveLength(7)
    },
    300_000,
  )

  test.each(['SHA1', 'SHA224', 'SHA256', 'SHA384', 'SHA512'])(
    'bound by %s',
    (hash) => {
      const fingerprint = keys.make(`Bound by ${hash} <${hash}@invalid>`, 'rsa1024')
      keys.gpg(['--cert-digest-algo', hash, '--quick-add-uid', fingerprint, `Again <again-${hash}@invalid>`])
      const exported = keys.export(fingerprint)
      expect(parts(readKey(exported).text)).toEqual(parts(exported))
      expect(parts(exported)).toHaveLength(5)
    },
    300_000,
  )

  test('what it revoked stays revoked, and what others say of it goes', () => {
    const fingerprint = keys.make('Mine <mine@invalid>', 'ed25519')
    const [key, ...rest] = parts(keys.export(fingerprint)) as [Packet, ...Packet[]]
    const revocation = parts(keys.revocation(fingerprint))
    const revoked = joined(key, ...revocation, ...rest)
    expect(parts(readKey(revoked).text)).toEqual(parts(revoked))
    keys.gpg(['--local-user', other, '--quick-sign-key', fingerprint])
    const certified = parts(keys.export(fingerprint))
    expect(certified).toHaveLength(4)
    expect(parts(readKey(joined(...certified)).text)).toEqual([key, ...rest])
    // One that another key made counts for nothing.
    expect(parts(readKey(joined(key, ...parts(keys.revocation(other)), ...rest)).text)).toEqual([key, ...rest])
  }, 300_000)

  test('a subkey that is revoked stays so; one that was only revoked was never the key’s', () => {
    const fingerprint = keys.make('Sub <sub@invalid>', 'ed25519')
    const subkey = keys.addSubkey(fingerprint, 'ed25519')
    keys.gpg(['--command-fd', '0', '--edit-key', fingerprint], 'key 1\nrevkey\ny\n0\n\ny\nsave\n')
    const exported = parts(keys.export(fingerprint))
    expect(exported.map(({ tag }) => tag)).toEqual([6, 13, 2, 14, 2, 2])
    expect(parts(readKey(joined(...exported)).text)).toEqual(exported)
    // The types of signatures: 0x28 revokes a subkey, 0x18 binds it.
    const revocation = exported.slice(4).filter(({ body }) => body[1] === 0x28)
    expect(revocation).toHaveLength(1)
    expect(() => readKey(joined(...exported.slice(0, 4), ...revocation))).toThrow(
      `it holds the subkey ${subkey}, for which its primary key ${fingerprint} does not vouch`,
    )
  }, 300_000)

  test('a signature of its own that cannot be verified refuses the key: it may be a revocation', () => {
    const fingerprint = keys.make('Weak <weak@invalid>', 'rsa1024')
    keys.gpg([
      '--allow-weak-digest-algos',
      '--cert-digest-algo',
      'MD5',
      '--quick-add-uid',
      fingerprint,
      'Weaker <weaker@invalid>',
    ])
    const names = (file: Buffer | string) =>
      parts(file).flatMap(({ tag, body }) => (tag === 13 ? [body.toString()] : []))
    const exported = keys.export(fingerprint)
    expect(names(exported).sort()).toEqual(['Weak <weak@invalid>', 'Weaker <weaker@invalid>'])
    expect(() => readKey(exported)).toThrow(`its primary key ${fingerprint} may have made, and that cannot be verified`)
  }, 300_000)

  test.each(['RIPEMD160', 'MD5'])(
    'a revocation by %s, which is not known here, refuses the key',
    (hash) => {
      const fingerprint = keys.make(`Revoked by ${hash} <${hash}@invalid>`, 'rsa2048')
      const before = keys.export(fingerprint)
      const revocation = parts(
        keys.gpg(
          [
            '--no-batch',
            '--command-fd',
            '0',
            '--allow-weak-digest-algos',
            '--cert-digest-algo',
            hash,
            '--gen-revoke',
            fingerprint,
          ],
          'y\n1\n\ny\n',
        ),
      )
      const [key, ...rest] = parts(before) as [Packet, ...Packet[]]
      expect(() => readKey(joined(key, ...revocation, ...rest))).toThrow('cannot be verified here')
      expect(parts(readKey(before).text)).toEqual([key, ...rest])
    },
    300_000,
  )

  test('a revocation is heard wherever it stands, whatever its digest is said to begin with', () => {
    const fingerprint = keys.make('Elsewhere <elsewhere@invalid>', 'rsa2048')
    const [key, ...rest] = parts(keys.export(fingerprint)) as [Packet, ...Packet[]]
    const [revocation] = parts(keys.revocation(fingerprint)) as [Packet]
    expect(() => readKey(joined(key, ...rest, revocation))).toThrow('cannot be verified here')
    const body = Buffer.from(revocation.body)
    const at = 8 + body.readUInt16BE(4) + body.readUInt16BE(6 + body.readUInt16BE(4))
    body[at]! ^= 0xff
    expect(parts(readKey(joined(key, { tag: 2, body }, ...rest)).text)).toEqual([key, revocation, ...rest])
    // Broken altogether it may be anything.
    body[body.length - 1]! ^= 0xff
    expect(() => readKey(joined(key, { tag: 2, body }, ...rest))).toThrow('cannot be verified here')
  }, 300_000)
})

describe('a pin is compared whole', () => {
  const digits = [...dockerFingerprint]
  const other = (digit: string) => (digit === '0' ? '1' : '0')

  test.each(digits.map((digit, at) => [at + 1, digit] as const))('digit %i', (number, digit) => {
    const fingerprint = digits.with(number - 1, other(digit)).join('')
    expect(() => signingKey(dockerKey, { fingerprint })).toThrow(`${dockerFingerprint}, not ${fingerprint}`)
  })

  test.each([1, 8, 16, 32, 39])('its last %i digits alone are no pin', (length) => {
    expect(() => signingKey(dockerKey, { fingerprint: dockerFingerprint.slice(-length) })).toThrow('it has the finger')
    // Nor with digits before it that make it longer than a fingerprint.
    expect(() =>
      signingKey(dockerKey, { fingerprint: `${'0'.repeat(64 - length)}${dockerFingerprint.slice(-length)}` }),
    ).toThrow()
  })
})
