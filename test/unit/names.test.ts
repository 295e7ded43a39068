import fc from 'fast-check'
import { expect, test } from 'vitest'
import { expandRanges } from '../../src/fleet/ranges.js'
import { foldedNames } from '../../src/names.js'

test.each([
  [['gpu-08.lab', 'gpu-09.lab', 'gpu-10.lab'], ['gpu-[08-10].lab']],
  [
    ['10.77.0.2', '10.77.0.3', '10.77.0.4', '10.77.1.2'],
    ['10.77.0.[2-4]', '10.77.1.2'],
  ],
  [
    ['h1', 'h2'],
    ['h1', 'h2'],
  ],
  [
    ['h9', 'h10', 'h11', 'web', 'h12'],
    ['h[9-11]', 'web', 'h12'],
  ],
  [
    ['h3', 'h2', 'h1'],
    ['h3', 'h2', 'h1'],
  ],
  [
    ['a1b1', 'a2b1', 'a3b1', 'a3b2'],
    ['a[1-3]b1', 'a3b2'],
  ],
  [
    ['h99', 'h0100', 'h0101'],
    ['h99', 'h0100', 'h0101'],
  ],
  [[], []],
])('%j are %j', (names, folded) => expect(foldedNames(names)).toEqual(folded))

test('what is folded unfolds to the same names', () => {
  const name = fc.tuple(fc.constantFrom('h', 'gpu-', 'r1-n', '10.0.'), fc.nat(120), fc.constantFrom('', '.lab', '.l2'))
  fc.assert(
    fc.property(fc.array(name, { maxLength: 40 }), fc.boolean(), (parts, sorted) => {
      const names = [...new Set(parts.map(([lead, number, end]) => `${lead}${number}${end}`))]
      if (sorted) names.sort((one, other) => one.localeCompare(other, 'en', { numeric: true }))
      expect(foldedNames(names).flatMap((one) => expandRanges(one))).toEqual(names)
    }),
  )
})
