/** A fleet has at most this many hosts: a slip of a finger in a range must not fill the memory. */
export const mostHosts = 10_000

interface RangeStyle {
  /** Between the ends of a range: `-` in a fleet file, `:` in an inventory of Ansible. */
  between?: '-' | ':'
  /** How many names it may be. */
  most?: number
}

/** What is wrong with a range, in words that go on after the text: `has a range that …`. */
export class RangeProblem extends Error {}

/**
 * Expands the ranges of a name: `gpu-[01-03].lab` is three names, `[a-c][1-2]` six, `rack[1,4-6]` four. Leading zeros
 * of the first number give the width. A name without brackets is itself. The last range turns fastest.
 *
 * @throws RangeProblem when a bracket holds no range, or there would be more than `most` names.
 */
export function expandRanges(text: string, { between = '-', most = mostHosts }: RangeStyle = {}): string[] {
  const parts = text.split(/\[([^[\]]*)\]/)
  if (/[[\]]/.test(parts.filter((_part, index) => index % 2 === 0).join(''))) {
    throw new RangeProblem('has a bracket that is not closed')
  }
  let names = [parts[0] ?? '']
  for (let at = 1; at < parts.length; at += 2) {
    const members = membersOf(parts[at] ?? '', between, most)
    if (names.length * members.length > most) throw tooMany(most)
    const rest = parts[at + 1] ?? ''
    names = names.flatMap((name) => members.map((member) => `${name}${member}${rest}`))
  }
  return names
}

/** Whether a text has brackets with something like a range between them; an IPv6 address in brackets has none. */
export function hasRanges(text: string): boolean {
  return /\[[\w,-]*\]/.test(text)
}

function membersOf(inside: string, between: string, most: number): string[] {
  const members = inside.split(',').flatMap((piece) => {
    const [first = '', last, step, ...more] = piece.trim().split(between)
    if (more.length > 0 || (step !== undefined && between === '-')) throw notRange(inside, between)
    if (last === undefined) {
      if (!/^\w+$/.test(first)) throw notRange(inside, between)
      return [first]
    }
    return between === ':'
      ? run(first === '' ? '0' : first, last, step, inside, most)
      : run(first, last, '1', inside, most)
  })
  if (members.length > most) throw tooMany(most)
  return members
}

function run(first: string, last: string, stepText = '1', inside: string, most: number): string[] {
  const between = inside.includes(':') ? ':' : '-'
  const step = /^\d{1,4}$/.test(stepText) ? Number(stepText) : 0
  if (step === 0) throw notRange(inside, between)
  if (/^\d{1,9}$/.test(first) && /^\d{1,9}$/.test(last)) {
    const [from, to] = [Number(first), Number(last)]
    if (from > to) throw new RangeProblem(`has the range [${inside}], which runs backwards`)
    if (first.startsWith('0') && first.length > 1 && first.length !== last.length) {
      throw new RangeProblem(`has the range [${inside}], whose ends differ in width`)
    }
    if ((to - from) / step + 1 > most) throw tooMany(most)
    const width = first.startsWith('0') ? first.length : 1
    return Array.from({ length: Math.floor((to - from) / step) + 1 }, (_none, at) =>
      String(from + at * step).padStart(width, '0'),
    )
  }
  if ((/^[a-z]$/.test(first) && /^[a-z]$/.test(last)) || (/^[A-Z]$/.test(first) && /^[A-Z]$/.test(last))) {
    const [from, to] = [first.charCodeAt(0), last.charCodeAt(0)]
    if (from > to) throw new RangeProblem(`has the range [${inside}], which runs backwards`)
    return Array.from({ length: Math.floor((to - from) / step) + 1 }, (_none, at) =>
      String.fromCharCode(from + at * step),
    )
  }
  throw notRange(inside, between)
}

function notRange(inside: string, between: string): RangeProblem {
  return new RangeProblem(
    `has [${inside}], which is no range: write numbers or letters like [01${between}16] or [a${between}c]`,
  )
}

function tooMany(most: number): RangeProblem {
  return new RangeProblem(`stands for more than ${most} hosts`)
}
