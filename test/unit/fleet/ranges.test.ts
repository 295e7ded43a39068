import fc from 'fast-check'
import { expect, test } from 'vitest'
import { expandRanges, hasRanges, RangeProblem } from '../../../src/fleet/ranges.js'

test.each([
  ['web1', ['web1']],
  ['gpu-[08-11].lab', ['gpu-08.lab', 'gpu-09.lab', 'gpu-10.lab', 'gpu-11.lab']],
  ['n[8-11]', ['n8', 'n9', 'n10', 'n11']],
  ['[a-c]', ['a', 'b', 'c']],
  ['r[a-b]n[1-2]', ['ran1', 'ran2', 'rbn1', 'rbn2']],
  ['n[1,4-5,x]', ['n1', 'n4', 'n5', 'nx']],
])('%s', (text, names) => expect(expandRanges(text)).toEqual(names))

test.each([
  ['n[3-1]', 'backwards'],
  ['n[c-a]', 'backwards'],
  ['n[a-3]', 'not a range'],
  ['n[]', 'not a range'],
  ['n[1-2-3]', 'not a range'],
  ['n[1-2', 'not closed'],
  ['n1-2]', 'not closed'],
  ['n[[1-2]]', 'not closed'],
  ['n[01-100]', 'width'],
  ['n[0-10000]', 'more than 10000'],
  ['n[1-999999999]', 'more than 10000'],
  ['[1-9999][1-9999][1-9999]', 'more than 10000'],
])('%s is refused', (text, why) => {
  expect(() => expandRanges(text)).toThrow(RangeProblem)
  expect(() => expandRanges(text)).toThrow(why)
})

test('an IPv6 address in brackets has no range', () => {
  expect(hasRanges('[2001:db8::1]:22')).toBe(false)
  expect(hasRanges('n[1-2]')).toBe(true)
})

test('whatever the text, there is a bounded answer or a refusal', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'ab019[]-,:') }), (text) => {
      try {
        expect(expandRanges(text).length).toBeLessThanOrEqual(10_000)
      } catch (error) {
        expect(error).toBeInstanceOf(RangeProblem)
      }
    }),
    { numRuns: 2_000 },
  )
})
