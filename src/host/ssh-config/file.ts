import { readdirSync } from 'node:fs'
import { basename, dirname, isAbsolute, join } from 'node:path'
import { usageError } from '../../errors.js'
import { homeFolder } from '../../home.js'
import { Doubt, readNamed } from '../../own-file.js'
import { matchesPattern } from '../../patterns.js'
import { type Directive, directiveOf, LineProblem } from './words.js'

/** OpenSSH stops at 16, too. */
const deepestInclude = 16

/** One directive, with what it was given; a section holds the directives below it. */
export interface ConfigLine {
  file: string
  /** Lower case. */
  keyword: string
  values: string[]
  /** Of `Host` and `Match`, what applies when they do; of `Include`, the lines of its files. */
  lines?: ConfigLine[] | undefined
}

/**
 * Reads an ssh_config with all that it includes; one that does not exist is empty.
 *
 * @param home the folder that `~` stands for.
 * @param base the folder that relative includes start from: `~/.ssh` for a person's file, `/etc/ssh` for the system's.
 * @throws FitoutError naming the file that cannot be parsed.
 */
export function readConfigFile(file: string, home: string, base: string, depth = 0): ConfigLine[] {
  if (depth > deepestInclude) {
    throw usageError(
      `${file} is included more than ${deepestInclude} levels deep`,
      'look for a file that includes itself',
    )
  }
  let text: string
  try {
    text = readNamed(file).toString('utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return []
    throw usageError(error instanceof Doubt ? error.message : `${file} cannot be read: ${(error as Error).message}`)
  }

  const top: ConfigLine[] = []
  // Until a file’s first `Host` or `Match` its lines are for all.
  let section = top
  for (const [index, written] of text.split('\n').entries()) {
    const line = lineAt(written, `${file}:${index + 1}`)
    if (line === undefined) continue
    const { keyword } = line
    const one: ConfigLine = { file, ...line }
    if (keyword === 'host' || keyword === 'match') {
      one.lines = []
      section = one.lines
      top.push(one)
      continue
    }
    if (keyword === 'include') {
      const files = one.values.flatMap((pattern) => expandGlob(whole(pattern, home, base)))
      one.lines = files.flatMap((other) => readConfigFile(other, home, base, depth + 1))
    }
    section.push(one)
  }
  return top
}

function lineAt(written: string, place: string): Directive | undefined {
  try {
    return directiveOf(written)
  } catch (error) {
    if (!(error instanceof LineProblem)) throw error
    throw usageError(`${place}: ${error.message}, so \`ssh\` refuses the file`, 'compare with `ssh -G` and a host')
  }
}

/** The names that an ssh_config and what it includes give to hosts: words of `Host` that are no patterns. */
export function aliasesIn(lines: readonly ConfigLine[]): string[] {
  return lines.flatMap(({ keyword, values, lines: inner = [] }) => [
    ...(keyword === 'host' ? values.filter((name) => !/[*?!%]/.test(name)) : []),
    ...aliasesIn(inner),
  ])
}

/** All that an ssh_config of a person’s includes, and what is not there but would be included. */
export function includedBy(file: string, home = homeFolder()): string[] {
  const base = join(home, '.ssh')
  const meant = (path: string): string[] =>
    special.test(path)
      ? [
          ...meant(dirname(path)),
          ...expandGlob(dirname(path)).map((folder) => join(folder, basename(path))),
          ...expandGlob(path),
        ]
      : [path]
  const included = (lines: readonly ConfigLine[]): string[] =>
    lines.flatMap(({ keyword, values, lines: inner = [] }) => {
      const patterns = keyword === 'include' ? values.map((pattern) => whole(pattern, home, base)) : []
      return [...patterns.flatMap(meant), ...included(inner)]
    })
  return included(readConfigFile(file, home, base))
}

/** What glob(3) takes for more than a letter. */
const special = /[*?[]/

function whole(pattern: string, home: string, base: string): string {
  const path = pattern.startsWith('~/') ? join(home, pattern.slice(2)) : pattern
  return isAbsolute(path) ? path : join(base, path)
}

/** The files that a path with `*`, `?` and `[…]` in it means, sorted; as in a shell, names with a leading dot must be asked for. */
function expandGlob(path: string): string[] {
  if (!special.test(path)) return [path]
  const folder = dirname(path)
  const name = path.slice(folder === '/' ? 1 : folder.length + 1)
  return expandGlob(folder).flatMap((one) => {
    if (!special.test(name)) return [join(one, name)]
    try {
      return readdirSync(one)
        .filter((entry) => matchesGlob(name, entry) && (name.startsWith('.') || !entry.startsWith('.')))
        .sort()
        .map((entry) => join(one, entry))
    } catch {
      return []
    }
  })
}

/** One name of a path; `[0-9]` and `[!a]` count beside what patterns of OpenSSH have. */
function matchesGlob(pattern: string, name: string): boolean {
  const found = /\[([!^]?)(\]?[^\]]*)\]/.exec(pattern)
  if (found === null) return matchesPattern(pattern, name)
  const [whole, not, members = ''] = found
  const within = (letter: string) =>
    [...members.matchAll(/(.)(?:-([^\]]))?/gu)].some(
      ([, first = '', last = first]) => letter >= first && letter <= last,
    )
  const [before, behind] = [pattern.slice(0, found.index), pattern.slice(found.index + whole.length)]
  // The set can only stand for a letter that the name has.
  return [...new Set(name)].some(
    (letter) =>
      !special.test(letter) && within(letter) === (not === '') && matchesGlob(`${before}${letter}${behind}`, name),
  )
}
