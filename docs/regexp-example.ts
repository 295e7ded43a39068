/**
 * Texts that a regular expression matches, one for each alternative of its top level: of inner alternatives the first is taken,
 * repetitions are taken once, and `…` stands where anything may.
 *
 * @throws Error for what this does not know.
 */
export function exampleOf({ source }: RegExp): string[] {
  return split(source).map((alternative) => new Reader(alternative).text())
}

/** Alternatives of the top level. */
function split(source: string): string[] {
  const parts = ['']
  let depth = 0
  let inClass = false
  for (let at = 0; at < source.length; at += 1) {
    const one = source[at]!
    if (one === '\\') {
      parts[parts.length - 1] += one + (source[++at] ?? '')
      continue
    }
    if (one === '[') inClass = true
    else if (one === ']') inClass = false
    else if (one === '(' && !inClass) depth += 1
    else if (one === ')' && !inClass) depth -= 1
    if (one === '|' && depth === 0 && !inClass) parts.push('')
    else parts[parts.length - 1] += one
  }
  return parts
}

const escapes: Readonly<Record<string, string>> = {
  d: '1',
  w: 'x',
  s: ' ',
  S: 'x',
  b: '',
  B: '',
  n: '\n',
  t: ' ',
  D: 'x',
  W: ' ',
}

class Reader {
  #at = 0

  constructor(private readonly source: string) {}

  text(): string {
    let text = ''
    while (this.#at < this.source.length) {
      const piece = this.#atom()
      const quantifier = /^(?:[*+?]|\{\d+(?:,\d*)?\})\??/.exec(this.source.slice(this.#at))?.[0] ?? ''
      this.#at += quantifier.length
      if (piece.any && quantifier !== '') text += '…'
      else if (/^[*?]|^\{0/.test(quantifier) && !piece.group) text += ''
      else if (/^[*?]|^\{0/.test(quantifier)) text += piece.optional ?? ''
      else text += piece.text.repeat(Number(/^\{(\d+)/.exec(quantifier)?.[1] ?? 1))
    }
    return text
  }

  /** `any`: a class that nearly everything is in. */
  #atom(): { text: string; any?: boolean; group?: boolean; optional?: string } {
    const one = this.source[this.#at++]!
    if (one === '\\') {
      const next = this.source[this.#at++]!
      return { text: escapes[next] ?? next, any: next === 'S' }
    }
    if (one === '^' || one === '$') return { text: '' }
    if (one === '.') return { text: 'x', any: true }
    if (one === '[') return this.#characters()
    if (one === '(') return { text: this.#group(), group: true }
    return { text: one }
  }

  #characters(): { text: string; any?: boolean } {
    const start = this.#at
    while (this.source[this.#at] !== ']' || this.source[this.#at - 1] === '\\') this.#at += 1
    const inside = this.source.slice(start, this.#at++)
    if (inside.startsWith('^') || inside === '\\s\\S') return { text: 'x', any: true }
    const [first = ''] = new Reader(/^\\?./s.exec(inside)?.[0] ?? '').text()
    return { text: first }
  }

  #group(): string {
    const start = this.#at
    let depth = 1
    let inClass = false
    for (; depth > 0; this.#at += 1) {
      const one = this.source[this.#at]
      if (one === undefined) throw new Error(`a group of /${this.source}/ has no end`)
      if (one === '\\') this.#at += 1
      else if (one === '[') inClass = true
      else if (one === ']') inClass = false
      else if (one === '(' && !inClass) depth += 1
      else if (one === ')' && !inClass) depth -= 1
    }
    const inside = this.source.slice(start, this.#at - 1)
    // What must not follow is not shown; a test sees that the text matches all the same.
    if (/^\?<?!/.test(inside)) return ''
    const [first = ''] = split(inside.replace(/^\?(?::|<?=|<\w+>)/, ''))
    return new Reader(first).text()
  }
}
