// What Ansible leaves to Python when it reads an inventory: where lines and words end, and what a literal is worth. Each is as in CPython
// 3.11 (str.splitlines, str.strip, shlex.split, ast.literal_eval), because a value that is read in another way is another user or address.

const blank = '(?:[^\\S\\uFEFF]|[\\x1c-\\x1f\\x85])'
const around = new RegExp(`^${blank}+|${blank}+$`, 'g')

/** `str.splitlines`: more than `\n` ends a line. */
export function linesOf(text: string): string[] {
  const lines = text.split(/\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/)
  if (lines.at(-1) === '') lines.pop()
  return lines
}

/** `str.strip`; a byte order mark is not a space there. */
export function stripped(text: string): string {
  return text.replace(around, '')
}

/** One piece of a word: space, comment, escaped character, quoted text, or one plain character. */
const piece = /([ \t\r\n]+)|(#[^\n]*\n?)|\\([\s\S])|'([^']*)'|"((?:[^"\\]|\\[\s\S])*)"|([^\\'"])/y

/**
 * `shlex.split`, as a POSIX shell would.
 *
 * @param comments whether `#` begins a comment: also inside a word.
 * @returns nothing if a quote is left open, or the text ends with a backslash.
 */
export function shellWords(text: string, comments = false): string[] | undefined {
  const words: string[] = []
  let word: string | undefined
  const end = () => {
    if (word !== undefined) words.push(word)
    word = undefined
  }
  piece.lastIndex = 0
  while (piece.lastIndex < text.length) {
    const found = piece.exec(text)
    if (found === null) return undefined
    const [all, space, comment, escaped, single, double, plain] = found
    if (space !== undefined) end()
    else if (comment !== undefined && comments) end()
    else if (comment !== undefined) {
      word = `${word ?? ''}#`
      piece.lastIndex -= all.length - 1
    } else word = (word ?? '') + (escaped ?? single ?? double?.replace(/\\(["\\])/g, '$1') ?? plain ?? '')
  }
  end()
  return words
}

/** What cannot be read as a literal. */
class NotLiteral extends Error {}

const deepest = 40

/**
 * `ast.literal_eval`: numbers, texts, `True`, `None`, lists and mappings are what they say; everything else stays the text that it is. A
 * comment behind a literal is none of it.
 */
export function literal(text: string): unknown {
  try {
    const reader = new LiteralReader(text.replace(/^[ \t]+/, ''))
    return reader.whole()
  } catch (error) {
    if (error instanceof NotLiteral) return text
    throw error
  }
}

const number =
  /[+-]?[ \t]*(?:0[xX](?:_?[0-9a-fA-F])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+|(?:\d(?:_?\d)*)?\.\d(?:_?\d)*(?:[eE][+-]?\d+)?|\d(?:_?\d)*\.?(?:[eE][+-]?\d+)?)(?![\w.])/y
const quoted =
  /([rRuUbB]|[bB][rR]|[rR][bB])?(?:'''((?:[^\\]|\\[\s\S])*?)'''|"""((?:[^\\]|\\[\s\S])*?)"""|'(?!'')((?:[^'\\\n]|\\[\s\S])*)'|"(?!"")((?:[^"\\\n]|\\[\s\S])*)")/y
const constants: Record<string, unknown> = { True: true, False: false, None: null }
const closing: Record<string, string> = { '[': ']', '(': ')', '{': '}' }

class LiteralReader {
  #at = 0

  constructor(private readonly text: string) {}

  whole(): unknown {
    const first = this.#value(0)
    const items = [first]
    let several = false
    while (this.#take(',')) {
      several = true
      if (this.#done()) break
      items.push(this.#value(0))
    }
    if (!this.#done()) throw new NotLiteral()
    return several ? items : first
  }

  #done(): boolean {
    return this.#match(/[ \t]*(?:#.*)?$/y) !== undefined
  }

  #match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.text)
    if (found === null) return undefined
    this.#at += found[0].length
    return found
  }

  #take(sign: string): boolean {
    this.#match(/[ \t]*/y)
    if (this.text[this.#at] !== sign) return false
    this.#at += 1
    return true
  }

  #value(depth: number): unknown {
    if (depth > deepest) throw new NotLiteral()
    this.#match(/[ \t]*/y)
    const word = this.#match(/(?:True|False|None)(?!\w)(?![ \t]*['"])/y)
    if (word !== undefined) return constants[word[0]]
    const digits = this.#match(number)
    if (digits !== undefined) return numberOf(digits[0].replace(/[ \t_]/g, ''))
    const text = this.#texts()
    if (text !== undefined) return text
    const opening = ['[', '(', '{'].find((sign) => this.#take(sign))
    if (opening === undefined) throw new NotLiteral()
    return this.#inside(opening, depth)
  }

  /** Texts that follow each other are one. */
  #texts(): string | undefined {
    let joined: string | undefined
    const bytes = new Set<boolean>()
    for (let found = this.#match(quoted); found !== undefined; found = this.#match(quoted)) {
      const [, prefix = '', ...kinds] = found
      const inner = kinds.find((one) => one !== undefined) ?? ''
      if (bytes.add(/b/i.test(prefix)).size > 1) throw new NotLiteral()
      joined = (joined ?? '') + (/r/i.test(prefix) ? inner : unescaped(inner))
      this.#match(/[ \t]*/y)
    }
    return joined
  }

  #inside(opening: string, depth: number): unknown {
    const close = closing[opening]!
    const items: unknown[] = []
    const pairs = new Map<string, unknown>()
    let comma = false
    while (!this.#take(close)) {
      if (items.length + pairs.size > 0 && !comma) throw new NotLiteral()
      const item = this.#value(depth + 1)
      if (opening === '{' && this.#take(':')) pairs.set(String(item), this.#value(depth + 1))
      else items.push(item)
      comma = this.#take(',')
    }
    if (opening === '{' && items.length === 0) return Object.fromEntries(pairs)
    return opening === '(' && items.length === 1 && !comma ? items[0] : items
  }
}

function numberOf(text: string): number {
  const sign = text.startsWith('-') ? -1 : 1
  const digits = text.replace(/^[+-]/, '')
  // Python knows no `022`.
  if (/^0\d*[1-9]\d*$/.test(digits)) throw new NotLiteral()
  return sign * Number(digits)
}

const escapes: Record<string, string> = {
  n: '\n',
  t: '\t',
  r: '\r',
  a: '\x07',
  b: '\b',
  f: '\f',
  v: '\v',
  '\n': '',
  '\\': '\\',
  "'": "'",
  '"': '"',
}

function unescaped(text: string): string {
  return text.replace(
    /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|([0-7]{1,3})|([\s\S]))/g,
    (all, hex: string | undefined, unicode: string | undefined, octal: string | undefined, one: string | undefined) => {
      if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8))
      if (one === undefined) return String.fromCharCode(Number.parseInt(hex ?? unicode ?? '', 16))
      if (/[xuUN]/.test(one)) throw new NotLiteral()
      return escapes[one] ?? all
    },
  )
}
