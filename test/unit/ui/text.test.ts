import { expect, test } from 'vitest'
import { duration, hanging, jsonText, listed, settled, visible, wrap } from '../../../src/text.js'

test('wrapping breaks at spaces and never inside a word', () => {
  expect(wrap('one two three', 7)).toEqual(['one two', 'three'])
  expect(wrap('unbreakable', 4)).toEqual(['unbreakable'])
  expect(wrap('a\nb', 9)).toEqual(['a', 'b'])
  expect(wrap('run `fitout plan web1` now', 12)).toEqual(['run', '`fitout plan web1`', 'now'])
  expect(wrap('  in deep', 6)).toEqual(['  in', '  deep'])
  expect(hanging('- ', 'one two three', 9)).toEqual(['- one two', '  three'])
})

test('an output line is what was seen at last', () => {
  expect(settled('10%\r 50%\r100%')).toBe('100%')
  expect(settled('\x1b[31mred\x1b[0m\r\n')).toBe('red')
  expect(visible('a\x00b\u202ec\td')).toBe('a\\x00b\\u202ec\td')
})

test('what nobody sees is made visible, what people write is not', () => {
  const unseen = [
    0xad, 0x34f, 0x61c, 0x115f, 0x180e, 0x200b, 0x200d, 0x2028, 0x2060, 0x2800, 0x3164, 0xfe0f, 0xfeff, 0xffa0, 0xe0041,
    0xe0100,
  ]
  const spaces = [0xa0, 0x1680, 0x2002, 0x2009, 0x202f, 0x205f, 0x3000]
  for (const code of [...unseen, ...spaces]) {
    const character = String.fromCodePoint(code)
    expect(visible(character)).toMatch(new RegExp(`^\\\\(x|u|u\\{)0*${code.toString(16)}\\}?$`))
    expect(JSON.parse(jsonText(character))).toBe(character)
    expect(jsonText(character)).toMatch(/^[\x20-\x7e]+$/)
  }
  const written = 'a b\tc\nÉcrire 密码：“x” né\u0301 שלום 🐳 …'
  expect(visible(written)).toBe(written)
})

test('words for numbers and lists', () => {
  expect([400, 12_000, 185_000].map(duration)).toEqual(['0.4 s', '12 s', '3 min 5 s'])
  expect([[], ['a'], ['a', 'b'], ['a', 'b', 'c']].map(listed)).toEqual(['', 'a', 'a and b', 'a, b and c'])
})

test('JSON says the same with nothing in it that moves a cursor', () => {
  const value = { text: '\u001b[2J \u009b31m \u202e \u007f é🐳 "\\', list: [1, null] }
  expect(JSON.parse(jsonText(value))).toEqual(value)
  expect(jsonText(value)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/)
  expect(jsonText(value, 2)).toContain('\n  "text"')
})
