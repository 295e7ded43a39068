import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compareRpmVersions, plainRpmVersion } from '../../../src/data/rpm-version.js'

// The cases are rpm's own (tests/rpmvercmp.at), as far as they are about what versions in use hold. test/lab/dnf.test.ts has a
// real rpm judge many more.
describe('rpm versions', () => {
  it.each([
    ['1.0', '1.0', 0],
    ['1.0', '2.0', -1],
    ['2.0.1', '2.0.1a', -1],
    ['5.5p1', '5.5p10', -1],
    ['10xyz', '10.1xyz', -1],
    ['xyz10', 'xyz10.1', -1],
    ['xyz.4', '8', -1],
    ['5.5p2', '5.6p1', -1],
    ['6.0.rc1', '6.0', 1],
    ['10b2', '10a1', 1],
    ['7.4.052', '7.4.52', 0],
    ['1.0010', '1.9', 1],
    ['4.999.9', '5.0', -1],
    ['20101121', '20101122', -1],
    ['2_0', '2.0', 0],
    ['a+', 'a_', 0],
    ['1.0~rc1', '1.0', -1],
    ['1.0~rc1', '1.0~rc2', -1],
    ['1.0~rc1~git123', '1.0~rc1', -1],
    ['1.0^', '1.0', 1],
    ['1.0^git1', '1.0^git2', -1],
    ['1.0^git1', '1.01', -1],
    ['1.0^20160101', '1.0.1', -1],
    ['1.0~rc1^git1', '1.0~rc1', 1],
    ['1.0^git1~pre', '1.0^git1', -1],
    ['3:28.5.2-1.el9', '3:28.4.0-1.el9', 1],
    ['3:28.4.0-1.el9', '28.5.2-1.el9', 1],
    ['1.7.28-1.el9', '1.7.28-2.el9', -1],
    ['1.7.28', '1.7.28-2.el9', 0],
    ['6.12.0-55.9.1.el10_0', '6.12.0-55.el10', 1],
  ] as const)('%s against %s', (a, b, wanted) => {
    expect(Math.sign(compareRpmVersions(a, b))).toBe(wanted)
    expect(Math.sign(compareRpmVersions(b, a))).toBe(wanted === 0 ? 0 : -wanted)
  })

  const text = fc.string({ unit: fc.constantFrom(...'0129abz.~^+_'), maxLength: 8 })

  it('are in one order, whatever they hold', () => {
    fc.assert(
      fc.property(text, text, text, (a, b, c) => {
        const sorted = [a, b, c].sort(compareRpmVersions)
        expect(compareRpmVersions(a, a)).toBe(0)
        expect(Math.sign(compareRpmVersions(a, b))).toBe(0 - Math.sign(compareRpmVersions(b, a)))
        expect(compareRpmVersions(sorted[0]!, sorted[2]!)).toBeLessThanOrEqual(0)
      }),
    )
  })

  it('have no epoch where it is 0', () => {
    expect(plainRpmVersion('0:1.7.28-1.el9')).toBe('1.7.28-1.el9')
    expect(plainRpmVersion('(none):1-1')).toBe('1-1')
    expect(plainRpmVersion('10:1-1')).toBe('10:1-1')
  })
})
