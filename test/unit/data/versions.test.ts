import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compareDebVersions } from '../../../src/data/deb-version.js'
import { chooseVersion, rangeProblem, satisfiesRange, upstreamVersion } from '../../../src/data/versions.js'

describe('upstreamVersion', () => {
  it.each([
    ['5:28.5.2-1~debian.13~trixie', '28.5.2'],
    ['5:29.0.0~rc.1-1~ubuntu.24.04~noble', '29.0.0-rc.1'],
    ['20.10.24+dfsg1-1+deb12u1+b6', '20.10.24'],
    ['5:20.10.24~3-0~debian-bookworm', '20.10.24'],
    ['2.26.1-4', '2.26.1'],
    ['26.1.5', '26.1.5'],
  ])('%s carries %s', (version, upstream) => {
    expect(upstreamVersion(version)).toBe(upstream)
  })
})

const offered = [
  '5:28.5.2-1~debian.13~trixie',
  '5:26.1.5-1~debian.13~trixie',
  '5:29.0.0~rc.1-1~debian.13~trixie',
  '5:20.10.24-1~debian.13~trixie',
]

describe('chooseVersion', () => {
  it.each([
    [undefined, '5:28.5.2-1~debian.13~trixie'],
    ['latest', '5:28.5.2-1~debian.13~trixie'],
    ['^26', '5:26.1.5-1~debian.13~trixie'],
    ['>=20 <26', '5:20.10.24-1~debian.13~trixie'],
    ['28.5.x', '5:28.5.2-1~debian.13~trixie'],
    ['8.5', undefined],
    ['>=29.0.0-rc.0', '5:29.0.0~rc.1-1~debian.13~trixie'],
    ['^30', undefined],
  ])('%s takes %s', (range, version) => {
    expect(chooseVersion(range, offered)).toBe(version)
  })

  it('compares numbers, not text, whatever the order of the offer', () => {
    expect(chooseVersion(undefined, ['5:9.9.9-1', '5:10.0.0-1'])).toBe('5:10.0.0-1')
  })
})

describe('satisfiesRange', () => {
  it('reads versions with leading zeros', () => {
    expect(satisfiesRange('^580', '580.95.05-0ubuntu1')).toBe(true)
  })
})

describe('rangeProblem', () => {
  it('says what a range looks like', () => {
    expect(rangeProblem('newest please')).toMatch(/not a version range; try \^28/)
    expect(rangeProblem('')).toBeDefined()
    expect(rangeProblem('>=27 <30')).toBeUndefined()
  })
})

describe('compareDebVersions', () => {
  it.each([
    ['1.0~rc1', '1.0', -1],
    ['1.0', '1.0+b1', -1],
    ['1:0.9', '2.0', 1],
    ['1.0-1', '1.0-1~bpo1', 1],
    ['1.10', '1.9', 1],
    ['1.0a', '1.0+', -1],
    ['1.0', '1.00', 0],
  ])('%s against %s', (a, b, expected) => {
    expect(Math.sign(compareDebVersions(a, b))).toBe(expected)
    expect(Math.sign(compareDebVersions(b, a))).toBe(-expected + 0)
  })

  const dpkg = '/usr/bin/dpkg'
  it.runIf(existsSync(dpkg))('agrees with dpkg', () => {
    const piece = fc.string({ unit: fc.constantFrom(...'0129azA~+.'), minLength: 0, maxLength: 5 })
    const version = fc
      .tuple(
        fc.constantFrom('', '1:', '5:'),
        fc.constantFrom('0', '1', '28'),
        piece,
        fc.constantFrom('', '-1', '-0~x', '-1+deb12u1'),
      )
      .map((parts) => parts.join(''))
    fc.assert(
      fc.property(version, version, (a, b) => {
        const holds = (operator: string) => {
          try {
            execFileSync(dpkg, ['--compare-versions', a, operator, b])
            return true
          } catch {
            return false
          }
        }
        const sign = Math.sign(compareDebVersions(a, b))
        expect(holds(sign < 0 ? 'lt' : sign > 0 ? 'gt' : 'eq')).toBe(true)
      }),
      { numRuns: 150 },
    )
  })
})
