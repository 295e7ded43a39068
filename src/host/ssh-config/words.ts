/** A line of an ssh_config, taken apart as OpenSSH does. */
export interface Directive {
  /** Lower case. */
  keyword: string
  values: string[]
}

/** Why OpenSSH refuses a line, as a clause behind its place. */
export class LineProblem extends Error {}

/** What takes exactly one word, of all that is read here. */
const single = new Set(
  (
    'canonicalizehostname connecttimeout gssapiauthentication hashknownhosts hostkeyalias hostname identitiesonly ' +
    'identityagent identityfile pkcs11provider port stricthostkeychecking user'
  ).split(' '),
)
/** What has a grammar of its own: a command keeps its quotes and each `#`. */
const special: Record<string, (text: string) => string[]> = {
  match: matchWords,
  proxycommand: (text) => [text],
  proxyjump: (text) => [text.replace(/#.*/, '').trimEnd()],
}

/**
 * Takes a line apart: a keyword, perhaps with one `=`, then words with quotes and escapes, up to a `#`.
 * Source: what `ssh -G` of OpenSSH 9.2 makes of such lines, tried 2026-12-01 and compared in the tests; ssh_config(5).
 *
 * @returns nothing for an empty line and a comment.
 * @throws LineProblem for what makes `ssh` refuse the file.
 */
export function directiveOf(line: string): Directive | undefined {
  const found = /^[ \t\r]*=?[ \t\r]*(?:"([^"]*)"|([^ \t\r="]+))[ \t\r]*=?[ \t\r]*(.*)$/.exec(
    line.replace(/[ \t\r\f]+$/, ''),
  )
  const keyword = (found?.[1] ?? found?.[2] ?? '').toLowerCase()
  if (keyword === '' || keyword.startsWith('#')) return undefined
  const text = found?.[3] ?? ''
  if (text === '') throw new LineProblem(`\`${keyword}\` has no value`)
  const values = Object.hasOwn(special, keyword) ? special[keyword]!(text) : wordsOf(text)
  if (values === undefined) throw new LineProblem('a quote is not closed')
  if (single.has(keyword) && values.length > 1) throw new LineProblem(`\`${keyword}\` has more than one value`)
  if (single.has(keyword) && (values[0] ?? '') === '') throw new LineProblem(`\`${keyword}\` has no value`)
  return { keyword, values }
}

/** Words between blanks: quotes of both kinds, and backslashes before quotes, backslashes and, outside of quotes, blanks. */
function wordsOf(text: string): string[] | undefined {
  const words: string[] = []
  let word: string | undefined
  let quote = ''
  for (let at = 0; at < text.length; at += 1) {
    const letter = text[at]!
    const next = text[at + 1] ?? ''
    if (word === undefined && letter === '#') break
    const blank = quote === '' && (letter === ' ' || letter === '\t')
    if (blank) {
      if (word !== undefined) words.push(word)
      word = undefined
      continue
    }
    word ??= ''
    if (letter === '\\' && (/["'\\]/.test(next) || (quote === '' && next === ' '))) {
      word += next
      at += 1
    } else if (quote === '' && (letter === '"' || letter === "'")) quote = letter
    else if (letter === quote) quote = ''
    else word += letter
  }
  if (quote !== '') return undefined
  return word === undefined ? words : [...words, word]
}

/** The words of `Match`: `host a,b user=ada`, with double quotes around commands. */
function matchWords(text: string): string[] {
  const words: string[] = []
  for (const [, bare = '', quoted = ''] of text.matchAll(/([^\s="]*)(?:"([^"]*)"?)?[\s=]*/g)) {
    if (bare.startsWith('#')) break
    if (`${bare}${quoted}` !== '') words.push(`${bare}${quoted}`)
  }
  return words
}

const units: Record<string, number> = { '': 1, s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 }

/** Seconds of a time such as `90`, `1m` or `1h30m` (TIME FORMATS of sshd_config(5), read 2026-12); nothing for what is no time. */
export function secondsOf(text: string): number | undefined {
  if (!/^(?:\d{1,9}[smhdw]?)+$/i.test(text)) return undefined
  let seconds = 0
  for (const [, number, unit = ''] of text.matchAll(/(\d+)([a-z]?)/gi))
    seconds += Number(number) * units[unit.toLowerCase()]!
  return seconds <= 2 ** 31 - 1 ? seconds : undefined
}

/**
 * A port, by its number or the name of its service.
 *
 * @param services what /etc/services says.
 */
export function portOf(text: string, services: () => string): number | undefined {
  if (/^\d{1,5}$/.test(text)) return Number(text) >= 1 && Number(text) <= 65_535 ? Number(text) : undefined
  for (const line of services().split('\n')) {
    const [name, number = '', ...others] = line.replace(/#.*/, '').trim().split(/\s+/)
    if (number.endsWith('/tcp') && [name, ...others].includes(text)) return Number(number.slice(0, -4))
  }
  return undefined
}
