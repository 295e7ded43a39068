import stringWidth from 'string-width'
import { type Paint, type Style, visible } from '../text.js'

/** Longer texts are not looked at to their end: no terminal is that wide. */
const longest = 2000
/** Characters of one column each: ASCII, and what fitout's own words and spinners are written with. */
const plain = /^[ -~\u00b7\u2013-\u201d\u2026\u2192\u2714\u2716\u2800-\u28ff]*$/
/** Made when it is first needed: that takes 20 ms. */
let graphemes: Intl.Segmenter | undefined

const signs = {
  unicode: { done: '✔', failed: '✖', waiting: '○', other: '↓', spinner: [...'⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏'], full: '█', empty: '░' },
  ascii: { done: '+', failed: 'x', waiting: 'o', other: '-', spinner: [...'|/-\\'], full: '#', empty: '.' },
}

/** The signs that a terminal has; the console of Linux has no more than ASCII. */
export function signsFor(unicode: boolean) {
  return unicode ? signs.unicode : signs.ascii
}

/** How many columns a text takes on a terminal. */
export function columnsOf(text: string): number {
  return plain.test(text) ? text.length : stringWidth(text)
}

/** Text that came from anywhere, as one line without anything that moves a cursor. */
export function oneLine(text: string): string {
  return visible(text.slice(0, longest))
    .replace(/[\t\n]+/g, ' ')
    .replace(/[\ud800-\udfff]/gu, '?')
}

/** A text in at most so many columns; one that is too long ends in `…`. */
export function cut(text: string, columns: number): string {
  const whole = text.slice(0, longest)
  if (columnsOf(whole) <= columns) return whole
  if (columns <= 0) return ''
  if (plain.test(whole)) return `${whole.slice(0, columns - 1)}…`
  let kept = ''
  graphemes ??= new Intl.Segmenter(undefined, { granularity: 'grapheme' })
  for (const { segment } of graphemes.segment(whole)) {
    if (columnsOf(`${kept}${segment}…`) > columns) break
    kept += segment
  }
  return `${kept}…`
}

/** A text that fills so many columns. */
export function padded(text: string, columns: number): string {
  const fitting = cut(text, columns)
  return fitting + ' '.repeat(Math.max(0, columns - columnsOf(fitting)))
}

/** A piece of a line: a text, or one with its style. */
export type Piece = string | readonly [Style, string]

/** Pieces side by side in at most so many columns, painted after they were cut. */
export function lineOf(pieces: readonly Piece[], columns: number, paint: Paint): string {
  let left = columns
  let line = ''
  for (const piece of pieces) {
    const [style, text] = typeof piece === 'string' ? [undefined, piece] : piece
    const shown = cut(text, left)
    left -= columnsOf(shown)
    line += style === undefined ? shown : paint(style, shown)
    if (shown !== text || left <= 0) break
  }
  return line
}
