import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { heredoc, quote, sh } from '../../../src/shell/quote.js'
import { runIn, shells } from '../../support/shells.js'

/** Characters that mean something to some shell, and some that mean nothing to any. */
const awkward = fc.string({
  unit: fc.constantFrom(
    ...`'"\`$\\!*?[]{}()<>|&;#~=%^ \t\n\r`,
    'a',
    'é',
    '🐳',
    '\x01',
    '\x7f',
    '\uFEFF',
    '-',
    '$(id)',
    'EOF\n',
    "'\\''",
  ),
})
const anything = fc
  .oneof(awkward, fc.string({ unit: 'binary' }))
  // No shell can carry NUL.
  .filter((text) => !text.includes('\0'))

describe('quote', () => {
  it.each([
    ['plain', 'plain'],
    ['/etc/docker/daemon.json', '/etc/docker/daemon.json'],
    ['a=b,c:d@e%f+g', 'a=b,c:d@e%f+g'],
    ['', "''"],
    ["it's", `'it'\\''s'`],
    ['~root', "'~root'"],
    ['é', "'é'"],
    ['-n', '-n'],
  ])('%j is %s', (value, quoted) => {
    expect(quote(value)).toBe(quoted)
  })

  it('refuses what no shell can carry', () => {
    expect(() => quote('a\0b')).toThrow(RangeError)
  })
})

describe('sh', () => {
  it('quotes each value as one word and a list as several', () => {
    expect(sh`a ${'b c'} ${7} ${['d', 'e f']} g`).toBe("a 'b c' 7 d 'e f' g")
    expect(sh`a ${[]}b`).toBe('a b')
    expect(sh`no values`).toBe('no values')
  })
})

describe('heredoc', () => {
  it('wants a final newline', () => {
    expect(() => heredoc('a')).toThrow(RangeError)
    expect(() => heredoc('')).toThrow(RangeError)
  })

  it('finds an end that the text does not have', () => {
    expect(heredoc('x\n', 'END')).toBe("<<'END'\nx\nEND")
    expect(heredoc('END\n', 'END')).toBe("<<'END_'\nEND\nEND_")
    expect(heredoc('END_\nEND\n', 'END')).toBe("<<'END__'\nEND_\nEND\nEND__")
  })
})

describe.each(shells)('through $name', { timeout: 60_000 }, ({ command }) => {
  it('words arrive byte for byte', () => {
    fc.assert(
      fc.property(fc.array(anything, { minLength: 1, maxLength: 40 }), (words) => {
        const { stdout, stderr } = runIn(command, sh`printf '%s\\0' ${words}\n`)
        expect(stderr).toBe('')
        expect(stdout).toBe(words.map((word) => `${word}\0`).join(''))
      }),
      { numRuns: 40 },
    )
  })

  it('here-documents arrive byte for byte, whatever they hold', () => {
    const line = fc.oneof(awkward, fc.constantFrom('FITOUT_END', 'FITOUT_END_', ' FITOUT_END', '\tFITOUT_END', '\\'))
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 30 }), (lines) => {
        const text = `${lines.join('\n')}\n`
        const { stdout, stderr } = runIn(command, `cat ${heredoc(text)}\necho after\n`)
        expect(stderr).toBe('')
        expect(stdout).toBe(`${text}after\n`)
      }),
      { numRuns: 40 },
    )
  })
})
