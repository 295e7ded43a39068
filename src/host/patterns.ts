/** Whether text matches one pattern of OpenSSH: `*` any run of characters, `?` exactly one, all else itself. */
export function matchesPattern(pattern: string, text: string): boolean {
  const expression = pattern
    .replace(/[\\^$.|+()[\]{}]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  return new RegExp(`^${expression}$`, 's').test(text)
}

/** Whether text matches a list of patterns: one must, and none of those with `!` in front may. */
export function matchesPatterns(
  patterns: readonly string[],
  text: string,
  options: { ignoreCase?: boolean | undefined } = {},
): boolean {
  const fold = (value: string) => (options.ignoreCase ? value.toLowerCase() : value)
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
