import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { dockerFingerprint as fingerprint, dockerKey as key } from '../../../src/data/docker-repository.js'
import { fingerprints } from '../../../src/data/openpgp.js'

/** A made-up version 4 key packet: what counts here is the frame, not the numbers in it. */
const body = (size: number) => Buffer.concat([Buffer.from([4, 1, 2, 3, 4, 1]), Buffer.alloc(size - 6, 7)])
const oldFormat = (tag: number, data: Buffer, width: 1 | 2 | 4) => {
  const head = Buffer.alloc(1 + width)
  head[0] = 0x80 | (tag << 2) | { 1: 0, 2: 1, 4: 2 }[width]
  head.writeUIntBE(data.length, 1, width)
  return Buffer.concat([head, data])
}
const newFormat = (tag: number, data: Buffer, width: 1 | 2 | 5) => {
  const n = data.length
  const length =
    width === 1
      ? [n]
      : width === 2
        ? [192 + ((n - 192) >> 8), (n - 192) & 255]
        : [255, n >> 24, (n >> 16) & 255, (n >> 8) & 255, n & 255]
  return Buffer.concat([Buffer.from([0xc0 | tag, ...length]), data])
}
const expected = (data: Buffer) => {
  const length = Buffer.alloc(2)
  length.writeUInt16BE(data.length)
  return createHash('sha1')
    .update(Buffer.from([0x99]))
    .update(length)
    .update(data)
    .digest('hex')
    .toUpperCase()
}
const latin1 = (...parts: Buffer[]) => Buffer.concat(parts).toString('latin1')

describe('the embedded key of Docker', () => {
  test('has the pinned fingerprint, and is alone', () => {
    expect(fingerprints(key)).toEqual([fingerprint])
  })

  test('has it in binary form too', () => {
    const base64 = key.slice(key.indexOf('\n\n')).replace(/\n=[^\n]*\n[\s\S]*$/, '')
    expect(fingerprints(Buffer.from(base64, 'base64').toString('latin1'))).toEqual([fingerprint])
  })

  test.runIf(spawnSync('gpg', ['--version']).status === 0)('is the key that gpg sees', () => {
    const home = mkdtempSync(join(tmpdir(), 'fitout-gpg-'))
    try {
      const said = execFileSync('gpg', ['--homedir', home, '--batch', '--with-colons', '--show-keys'], {
        stdio: 'pipe',
        input: key,
        encoding: 'utf8',
      })
      expect(/^pub:.*\nfpr:+([0-9A-F]+):/m.exec(said)?.[1]).toBe(fingerprint)
    } finally {
      rmSync(home, { recursive: true, force: true })
    }
  })
})

describe('fingerprints', () => {
  test.each([
    ['old format, one byte of length', oldFormat(6, body(50), 1)],
    ['old format, two', oldFormat(6, body(50), 2)],
    ['old format, four', oldFormat(6, body(50), 4)],
    ['old format, up to the end', Buffer.concat([Buffer.from([0x80 | (6 << 2) | 3]), body(50)])],
    ['new format, one byte', newFormat(6, body(50), 1)],
    ['new format, five bytes', newFormat(6, body(50), 5)],
  ])('%s', (_name, packet) => {
    expect(fingerprints(latin1(packet))).toEqual([expected(body(50))])
  })

  test('new format, two bytes', () => {
    expect(fingerprints(latin1(newFormat(6, body(500), 2)))).toEqual([expected(body(500))])
  })

  test('are those of primary keys, all of them, of all armored blocks', () => {
    const second = latin1(newFormat(6, body(60), 1), newFormat(13, Buffer.from('me'), 1), newFormat(14, body(61), 1))
    expect(fingerprints(second + latin1(newFormat(6, body(62), 1)))).toEqual([expected(body(60)), expected(body(62))])
    const armored = `-----BEGIN PGP PUBLIC KEY BLOCK-----\r\nComment: two\r\n\r\n${Buffer.from(second, 'latin1').toString('base64')}\r\n-----END PGP PUBLIC KEY BLOCK-----\r\n`
    expect(fingerprints(`Some words.\n${key}${armored}`)).toEqual([fingerprint, expected(body(60))])
  })

  test('of a version 6 key: the sample certificate of RFC 9580, A.3', () => {
    const packet = Buffer.from('xioGY4d/4xsAAAAg+U2nu0jWCmHlZ3BqZYfQMxmZu52JGggkLq2EVD34laM', 'base64')
    expect(fingerprints(latin1(packet))).toEqual(['CB186C4F0609A697E4D52DFA6C722B0C1F1E27C18A56708F6525EC27BAD9ACC9'])
  })

  test.each([
    ['nothing', '', 'neither armored'],
    ['a web page', '<html>404</html>', 'neither armored'],
    ['a cut file', key.slice(0, 900), 'neither armored'],
    ['a changed file', key.replace('mQINBFit', 'mQINBFiu'), 'it does not match its own checksum'],
    ['a signature', key.replaceAll('PUBLIC KEY BLOCK', 'SIGNATURE'), 'it holds a PGP signature'],
    ['a private key', latin1(newFormat(5, body(50), 1)), 'it holds a private key'],
    ['a key of 1995', latin1(newFormat(6, Buffer.concat([Buffer.from([3]), body(50)]), 1)), 'it is a key of version 3'],
    ['no key at all', latin1(newFormat(13, Buffer.from('me'), 1)), 'it holds no key'],
    ['a cut binary', latin1(newFormat(6, body(50), 1)).slice(0, 20), 'it is cut short'],
    [
      'armor without content',
      '-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n-----END PGP PUBLIC KEY BLOCK-----\n',
      'it has damaged armor',
    ],
  ])('refuses %s', (_name, file, cause) => {
    expect(() => fingerprints(file)).toThrow(cause)
  })

  test('say of any bytes what they are or that they are no key', () => {
    const bytes = fc.uint8Array({ maxLength: 80 }).map((array) => Buffer.from(array).toString('latin1'))
    fc.assert(
      fc.property(
        fc.oneof(
          bytes,
          fc.string(),
          bytes.map((b) => `\x99\x00\x10${b}`),
        ),
        (file) => {
          try {
            for (const found of fingerprints(file)) expect(found).toMatch(/^([0-9A-F]{40}|[0-9A-F]{64})$/)
          } catch (error) {
            expect(error).toMatchObject({ name: 'Error', message: expect.stringMatching(/^it /) })
          }
        },
      ),
    )
  })
})
