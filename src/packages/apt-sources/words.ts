/** A word of a sources file: what apt makes of it, and where it stands in the text of the file. */
export interface Word {
  value: string
  from: number
  to: number
}

/** What C calls white space. JavaScript's `\s` knows more, which apt takes for letters: a pasted no-break space is part of a word. */
export function isSpace(character: string | undefined): boolean {
  return character !== undefined && ' \t\n\v\f\r'.includes(character)
}

/** Words as apt separates them where it knows no quotes. */
export function spaced(text: string): string[] {
  return text.split(/[ \t\n\v\f\r]+/).filter((word) => word !== '')
}

/** A place in a text, which reading moves on. */
export interface Cursor {
  readonly text: string
  at: number
}

export function skipSpace(cursor: Cursor): void {
  while (isSpace(cursor.text[cursor.at])) cursor.at++
}

/**
 * One word of a one-line entry: `"…"` and `[…]` hold it together over spaces, and `%20` stands for the character with that code.
 * Behind it, the cursor stands on the next one. Source: `ParseQuoteWord` in apt-pkg/contrib/strutl.cc.
 *
 * @returns undefined if there is none, or if a quotation mark or bracket stays open; the cursor then stays.
 */
export function quotedWord(cursor: Cursor): Word | undefined {
  const { text, at: from } = cursor
  let to = from
  while (text[to] === ' ') to++
  if (to >= text.length) return undefined
  for (; to < text.length && !isSpace(text[to]); to++) {
    const end = { '"': '"', '[': ']' }[text[to]!]
    if (end === undefined) continue
    to = text.indexOf(end, to + 1)
    if (to === -1) return undefined
  }
  cursor.at = to
  skipSpace(cursor)
  return { value: unescaped(text.slice(from, to)).replaceAll('"', ''), from, to }
}

/** `%xx` as the byte that it stands for; bytes that are no UTF-8 come out as replacement characters. */
function unescaped(text: string): string {
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (codes) => Buffer.from(codes.replaceAll('%', ''), 'hex').toString())
}

/** A truth value as apt reads it (`StringToBool` in apt-pkg/contrib/strutl.cc); undefined if it is none. */
export function truthOf(text: string): boolean | undefined {
  const number = /^[ \t\n\v\f\r]*\+?(0x0*[01]|0*[01])$/i.exec(text)?.[1]
  if (number !== undefined) return number.endsWith('1')
  if (/^(no|false|without|off|disable)$/i.test(text)) return false
  return /^(yes|true|with|on|enable)$/i.test(text) ? true : undefined
}
