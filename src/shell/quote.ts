const plainWord = /^[A-Za-z0-9_@%+=:,./-]+$/

/**
 * Quotes a value as one word of a POSIX shell. Every byte survives except NUL, which no shell can carry.
 *
 * zx and others quote for bash (`$'…'`), which dash does not understand; this is the only quoting used for hosts.
 *
 * @throws RangeError when the value holds a NUL character.
 */
export function quote(value: string): string {
  if (value.includes('\0')) throw new RangeError('a shell word cannot hold a NUL character')
  if (plainWord.test(value)) return value
  return `'${value.replaceAll("'", `'\\''`)}'`
}

/** Tags a template whose values are quoted as shell words; an array becomes several words. */
export function sh(strings: TemplateStringsArray, ...values: (string | number | readonly string[])[]): string {
  const words = values.map((value) => (Array.isArray(value) ? value.map(quote).join(' ') : quote(String(value))))
  return String.raw({ raw: strings }, ...words)
}

/**
 * A here-document that delivers `text` byte for byte to the command it follows. `text` must end with a newline.
 *
 * @throws RangeError when the text does not end with a newline.
 */
export function heredoc(text: string, tag = 'FITOUT_END'): string {
  if (!text.endsWith('\n')) throw new RangeError('a here-document ends with a newline')
  const lines = text.split('\n')
  let unused = tag
  while (lines.includes(unused)) unused += '_'
  return `<<'${unused}'\n${text}${unused}`
}

/**
 * A script, without here-documents, less the lines that are comments, but for what they tell shellcheck, which is asked about whole
 * questions. For what no person reads: every host gets it, some shells read it byte by byte, and a quarter is comments.
 */
export function withoutComments(script: string): string {
  return script.replace(/^\s*#(?! shellcheck disable).*\n/gm, '')
}
