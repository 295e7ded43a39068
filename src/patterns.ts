/** Whether text matches one pattern of OpenSSH: `*` any run of characters, `?` exactly one, all else itself. */
export function matchesPattern(pattern: string, text: string): boolean {
  // No regular expression: a pattern with many stars would take one years, and some patterns come from hosts.
  let at = 0
  let read = 0
  let star = -1
  let from = 0
  while (read < text.length) {
    if (pattern[at] === '*') {
      star = at++
      from = read
    } else if (at < pattern.length && (pattern[at] === '?' || pattern[at] === text[read])) {
      at++
      read++
    } else if (star !== -1) {
      at = star + 1
      read = ++from
    } else return false
  }
  while (pattern[at] === '*') at++
  return at === pattern.length
}

/** Whether text matches a list of patterns: one must, and none of those with `!` in front may. */
export function matchesPatterns(patterns: readonly string[], text: string, { ignoreCase = false } = {}): boolean {
  const fold = (value: string) => (ignoreCase ? value.toLowerCase() : value)
  let found = false
  for (const pattern of patterns) {
    if (pattern === '') continue
    const negated = pattern.startsWith('!')
    if (!matchesPattern(fold(negated ? pattern.slice(1) : pattern), fold(text))) continue
    if (negated) return false
    found = true
  }
  return found
}
