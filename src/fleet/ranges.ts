/** A fleet has at most this many hosts: a slip of a finger in a range must not fill the memory. */
export const mostHosts = 10_000

/** What is wrong with a range, in words that go on after the text: `has a range that …`. */
export class RangeProblem extends Error {}

/**
 * Expands the ranges of a name: `gpu-[01-03].lab` is three names, `[a-c][1-2]` six, `rack[1,4-6]` four. Leading zeros
 * of the first number give the width. A name without brackets is itself. The last range turns fastest.
 *
 * @throws RangeProblem when a bracket holds no range, or there would be more than `mostHosts` names.
 */
export function expandRanges(text: string): string[] {
  const parts = text.split(/\[([^[\]]*)\]/)
  if (/[[\]]/.test(parts.filter((_part, index) => index % 2 === 0).join(''))) {
    throw new RangeProblem('has a bracket that is not closed')
  }
  let names = [parts[0] ?? '']
  for (let at = 1; at < parts.length; at += 2) {
    const members = membersOf(parts[at] ?? '')
    if (names.length * members.length > mostHosts) throw tooMany()
    const rest = parts[at + 1] ?? ''
    names = names.flatMap((name) => members.map((member) => `${name}${member}${rest}`))
  }
  return names
}

/** The same for text that somebody wrote: `note` is told what is wrong with it, and there are no names then. */
export function rangesOf(text: string, note: (problem: string) => void): string[] {
  try {
    return expandRanges(text)
  } catch (error) {
    if (!(error instanceof RangeProblem)) throw error
    note(error.message)
    return []
  }
}

/** Whether a text has brackets with something like a range between them; an IPv6 address in brackets has none. */
export function hasRanges(text: string): boolean {
  return /\[[\w,-]*\]/.test(text)
}

function membersOf(inside: string): string[] {
  const members = inside.split(',').flatMap((piece) => {
    const ends = piece.trim().split('-')
    const [first = '', last] = ends
    if (ends.length > 2) throw notRange(inside)
    if (last !== undefined) return run(first, last, inside)
    if (!/^\w+$/.test(first)) throw notRange(inside)
    return [first]
  })
  if (members.length > mostHosts) throw tooMany()
  return members
}

function run(first: string, last: string, inside: string): string[] {
  const areNumbers = /^\d{1,9}$/.test(first) && /^\d{1,9}$/.test(last)
  const areLetters = /^(?:[a-z],[a-z]|[A-Z],[A-Z])$/.test(`${first},${last}`)
  if (!(areNumbers || areLetters)) throw notRange(inside)
  const [from, to] = areNumbers ? [Number(first), Number(last)] : [first.charCodeAt(0), last.charCodeAt(0)]
  if (from > to) throw new RangeProblem(`has the range [${inside}], which runs backwards`)
  if (first.startsWith('0') && first.length > 1 && first.length !== last.length) {
    throw new RangeProblem(`has the range [${inside}], whose ends differ in width`)
  }
  if (to - from + 1 > mostHosts) throw tooMany()
  const width = first.startsWith('0') ? first.length : 1
  return Array.from({ length: to - from + 1 }, (_none, at) => {
    const one = from + at
    return areNumbers ? String(one).padStart(width, '0') : String.fromCharCode(one)
  })
}

function notRange(inside: string): RangeProblem {
  return new RangeProblem(`has [${inside}], which is not a range: write numbers or letters like [01-16] or [a-c]`)
}

function tooMany(): RangeProblem {
  return new RangeProblem(`stands for more than ${mostHosts} hosts`)
}
