import { stripVTControlCharacters } from 'node:util'

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan'

/** Puts a style on a text, or does not, where colours are off. */
export type Paint = (style: Style, text: string) => string

/** Paints nothing. */
export const unpainted: Paint = (_style, text) => text

/**
 * What nobody sees as what it is: control characters, characters without a shape (soft hyphens, joiners, tags, fillers), and whatever looks
 * like a space and is none. Tabs, newlines and the space itself are not among them.
 */
const unseen = /(?![\t\n ])[\p{Cc}\p{Cf}\p{Z}\p{Default_Ignorable_Code_Point}\u2800]/gu

/**
 * Makes text that came from a host safe for a terminal without hiding anything: control characters, also those that
 * turn the direction of writing around, and invisible ones become `\x1b`, `\u202e` and `\u{e0041}`. Tabs and newlines stay.
 */
export function visible(text: string): string {
  return text.replace(unseen, (character) => {
    const code = character.codePointAt(0)!.toString(16)
    if (code.length > 4) return `\\u{${code}}`
    return code.length > 2 ? `\\u${code.padStart(4, '0')}` : `\\x${code.padStart(2, '0')}`
  })
}

/**
 * Plain data as JSON that is safe for a terminal too: characters that `visible` makes visible are escapes in it. It says the
 * same.
 */
export function jsonText(value: unknown, indent?: number): string {
  return JSON.stringify(value, undefined, indent).replace(unseen, (character) =>
    character.replace(/./gs, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`),
  )
}

/** One line of a program's output as a person would have seen it at last: without colours, after the last `\r`. */
export function settled(line: string): string {
  const bare = stripVTControlCharacters(line).trimEnd()
  return visible(bare.slice(bare.lastIndexOf('\r') + 1)).trimEnd()
}

/**
 * Breaks prose into lines of at most `width` columns, at spaces. A word that is longer stays whole, and so does what
 * stands in backquotes: it is there to be copied.
 */
export function wrap(text: string, width: number): string[] {
  return text.split('\n').flatMap((paragraph) => {
    const lines: string[] = []
    let line = ''
    const [indent = ''] = /^ */.exec(paragraph) ?? []
    for (const word of paragraph.match(/(?:`[^`]*`|\S)+/g) ?? []) {
      if (line !== '' && indent.length + line.length + 1 + word.length > width) {
        lines.push(indent + line)
        line = word
      } else line = line === '' ? word : `${line} ${word}`
    }
    return [...lines, line === '' ? '' : indent + line]
  })
}

/** Wraps prose behind a lead; the lines after the first stand under it. */
export function hanging(lead: string, text: string, width: number): string[] {
  const indent = ' '.repeat(lead.length)
  return wrap(text, width - lead.length).map((line, index) => (index === 0 ? lead : indent) + line)
}

/** `1 change`, `3 changes`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

/** `a`, `a and b`, `a, b and c`. */
export function listed(words: readonly string[]): string {
  return words.length < 2 ? (words[0] ?? '') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`
}

/** `0.4 s`, `12 s`, `3 min 5 s`. */
export function duration(milliseconds: number): string {
  const seconds = milliseconds / 1000
  if (seconds < 10) return `${seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`
}

/** A regular expression that matches this text alone, for JavaScript and for `grep -E`. */
export function literally(text: string): string {
  return text.replace(/[.+*?()[\]{}|^$\\]/g, '\\$&')
}
