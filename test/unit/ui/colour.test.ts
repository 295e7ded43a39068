import { expect, test } from 'vitest'
import { coloursOn, paintFor } from '../../../src/ui/colour.js'
import { canAsk, isLive, widthOf } from '../../../src/ui/io.js'

const terminal = { write: () => true, isTTY: true, columns: 120 }
const pipe = { write: () => true }

test.each([
  ['a terminal', terminal, {}, true, true],
  ['a pipe', pipe, {}, true, false],
  ['--no-color', terminal, { FORCE_COLOR: '1' }, false, false],
  ['NO_COLOR', terminal, { NO_COLOR: '1', FORCE_COLOR: '1' }, true, false],
  ['an empty NO_COLOR', terminal, { NO_COLOR: '' }, true, true],
  ['FORCE_COLOR on a pipe', pipe, { FORCE_COLOR: '1' }, true, true],
  ['FORCE_COLOR=0', terminal, { FORCE_COLOR: '0' }, true, false],
  ['a dumb terminal', terminal, { TERM: 'dumb' }, true, false],
  ['FITOUT_PLAIN', terminal, { FITOUT_PLAIN: '1' }, true, false],
])('%s', (_name, output, env, wanted, on) => {
  expect(coloursOn(output, env, wanted)).toBe(on)
  expect(paintFor(output, env, wanted)('red', 'x')).toBe(on ? '\x1b[31mx\x1b[39m' : 'x')
})

test('a moving screen needs a terminal that can move, and no CI', () => {
  expect(isLive(terminal, {})).toBe(true)
  expect(isLive(terminal, { CI: 'true' })).toBe(false)
  expect(isLive(terminal, { CI: 'false' })).toBe(true)
  expect(isLive(terminal, { TERM: 'dumb' })).toBe(false)
  expect(isLive(pipe, {})).toBe(false)
})

test('a person can be asked where both ends are a terminal', () => {
  expect(canAsk({ stdin: { isTTY: true }, stdout: pipe, stderr: terminal, env: {} })).toBe(true)
  expect(canAsk({ stdin: {}, stdout: terminal, stderr: terminal, env: {} })).toBe(false)
  expect(canAsk({ stdin: { isTTY: true }, stdout: terminal, stderr: pipe, env: {} })).toBe(false)
})

test('prose is at most 100 columns wide', () => {
  expect([widthOf(terminal), widthOf(pipe), widthOf({ ...terminal, columns: 20 })]).toEqual([100, 80, 40])
})
