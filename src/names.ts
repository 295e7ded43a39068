/**
 * Names with their runs of numbers folded, as a fleet file writes them: `gpu-[01-16].lab`. Only neighbours are folded, and
 * no fewer than three.
 */
export function foldedNames(names: readonly string[]): string[] {
  const parts = names.map((name) => name.split(/(\d+)/))
  const folded: string[] = []
  for (let at = 0; at < names.length; ) {
    const { length, index } = runFrom(parts, at)
    const first = parts[at]!
    const last = parts[at + length - 1]!
    const isRun = length >= 3
    folded.push(isRun ? first.with(index, `[${first[index]}-${last[index]}]`).join('') : names[at]!)
    at += isRun ? length : 1
  }
  return folded
}

/** How many names from there on count up in the same place. */
function runFrom(parts: readonly string[][], from: number): { length: number; index: number } {
  let index = -1
  let length = 1
  for (; from + length < parts.length; length += 1) {
    const next = countedUp(parts[from + length - 1]!, parts[from + length]!)
    if (next === -1 || (index !== -1 && next !== index)) break
    index = next
  }
  return { length, index }
}

/** The one place in which two names differ, where the second has the next number in the same form; else -1. */
function countedUp(one: readonly string[], other: readonly string[]): number {
  if (one.length !== other.length) return -1
  const different = one.flatMap((part, index) => (part === other[index] ? [] : [index]))
  const [index] = different
  if (index === undefined || different.length > 1 || index % 2 === 0) return -1
  const [before, after] = [one[index]!, other[index]!]
  // Past this, numbers are not exact any more.
  if (before.length > 12) return -1
  const same = String(Number(before) + 1).padStart(before.startsWith('0') ? before.length : 0, '0') === after
  return same ? index : -1
}
