import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { dockerFingerprint, dockerKey, dockerRpmFingerprint, dockerRpmKey } from '../../../recipes/docker/repository.js'
import { longestKeyFile } from '../../../src/data/openpgp/armor.js'
import { saysNoKey } from '../../../src/packages/key-probe.js'
import { probeSnippet, readProbe } from '../../../src/packages/probe.js'
import { runIn, shells } from '../../support/shells.js'

const url = 'https://m.lan/key.asc'
const fetching = (pin: { fingerprint: string; sum?: string }) => ({ fetch: { url, ...pin } })
const printed = (key: string) =>
  [
    'reached yes',
    ...Buffer.from(key, 'latin1')
      .toString('base64')
      .match(/.{1,76}/g)!
      .map((line) => `key ${line}`),
  ].join('\n')
const read = (key: string, pin: { fingerprint: string; sum?: string } = { fingerprint: dockerFingerprint }) =>
  readProbe(fetching(pin), printed(key)).key

describe('a key that the host fetches', () => {
  it('is written anew when it is the one that is pinned', () => {
    expect(read(dockerKey)).toBe(dockerKey)
    expect(read(`A word before.\r\n${dockerKey.replaceAll('\n', '\r\n')}`)).toBe(dockerKey)
  })

  it('is refused when it is another, or another is beside it, and named', () => {
    const other = `it has the fingerprint ${dockerRpmFingerprint}, not ${dockerFingerprint}`
    expect(() => read(dockerRpmKey)).toThrow(other.slice(3))
    expect(() => read(dockerKey + dockerRpmKey)).toThrow(dockerRpmFingerprint)
    expect(() => read(`${dockerKey}${dockerRpmKey.replaceAll('BLOCK-----', 'BLOCK-----\f')}`)).toThrow(
      dockerRpmFingerprint,
    )
  })

  it('is refused when it is no key at all, or longer than any', () => {
    expect(() => read('<html>Please log in</html>')).toThrow('the file is neither armored')
    expect(() => read(`${dockerKey}${' \n'.repeat(longestKeyFile / 2)}`)).toThrow('the file is larger than 1024 KiB')
  })

  it('may be pinned by the end of its fingerprint and its sum, whoever exported it', () => {
    const [end, sum] = [dockerFingerprint.slice(-8), createHash('sha256').update(dockerKey).digest('hex')]
    const header = (line: string) => dockerKey.replace('BLOCK-----\n', `BLOCK-----\n${line}\n`)
    for (const text of [dockerKey, dockerKey.trimEnd(), header('Version: GnuPG v2.0.22 (GNU/Linux)')])
      expect(read(text, { fingerprint: end, sum })).toBe(dockerKey)
    const not = 'is not the key by that end of it that is pinned'
    expect(() => read(dockerKey, { fingerprint: end, sum: sum.replace(/./g, '0') })).toThrow(not)
    expect(() => read(header('Comment: one more'), { fingerprint: end, sum })).toThrow(not)
    expect(() => read(dockerKey, { fingerprint: '00000000', sum })).toThrow('not 00000000')
    // The end of a fingerprint alone is what anybody can make a key for.
    expect(() => read(dockerKey, { fingerprint: end })).toThrow(`not ${end}`)
  })

  it('may be missing: the repository is then out of reach', () => {
    const text = `reached no\nsaid the signing key cannot be fetched from ${url}\n`
    expect(readProbe(fetching({ fingerprint: dockerFingerprint }), text)).toEqual({
      asked: { simulate: [], uri: url },
      reachable: false,
      said: [`the signing key cannot be fetched from ${url}`],
      versions: {},
    })
  })

  // With doubles of apt's helper, curl and wget.
  it.each(shells)('arrives whole by $name, whatever bytes it has', ({ command }) => {
    const snippet = probeSnippet(fetching({ fingerprint: dockerFingerprint }))
    expect(snippet).not.toContain(dockerFingerprint)
    const bytes = Buffer.from(Array.from({ length: 700 }, (_, index) => index & 255))
    const octal = [...bytes].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('')
    const doubles = `curl() { while [ "$1" != -o ]; do shift; done; printf '${octal}' >"$2"; }\ntimeout() { shift; "$@"; }\n`
    const without = snippet.replace('/usr/lib/apt/apt-helper ]', '/nonexistent ]')
    const { code, stdout } = runIn(command, doubles + without)
    expect(code).toBe(0)
    const lines = stdout.trim().split('\n')
    expect(lines.shift()).toBe('reached yes')
    expect(Buffer.from(lines.map((line) => line.replace(/^key /, '')).join(''), 'base64')).toEqual(bytes)
    const none = `curl() { echo 'could not resolve host' >&2; return 6; }\nwget() { return 4; }\ntimeout() { shift; "$@"; }\n`
    expect(runIn(command, none + without).stdout).toBe(
      `reached no\nsaid the signing key cannot be fetched from ${url}\nsaid could not resolve host\n`,
    )
  })

  // As apt-helper 2.6 and 3.0 and curl 7.88 say it.
  it.each([
    ['E: Failed to fetch http://m.lan/x.pub  404  Not Found [IP: 192.0.2.1 80]', true],
    ['E: Failed to fetch http://m.lan/x.pub  404  File not found [IP: 192.0.2.1 80]', true],
    ['E: Failed to fetch http://m.lan/x.pub  410  Gone [IP: 192.0.2.1 80]', true],
    ['curl: (22) The requested URL returned error: 404', true],
    ['curl: (22) The requested URL returned error: 404 Not Found', true],
    ['E: Failed to fetch http://m.lan/x.pub  403  Forbidden [IP: 192.0.2.1 80]', false],
    ['E: Failed to fetch http://m.lan/404  Could not resolve ‘m.lan’', false],
    ['E: Failed to fetch http://m.lan/x.pub  503  Service Unavailable [IP: 192.0.2.1 404]', false],
    ['curl: (22) The requested URL returned error: 403', false],
    ['curl: (6) Could not resolve host: m.lan', false],
  ])('%s: says that there is none: %s', (line, expected) => {
    const said = [`the signing key cannot be fetched from ${url}`, line, 'E: Download Failed']
    expect(saysNoKey(said)).toBe(expected)
  })
})
