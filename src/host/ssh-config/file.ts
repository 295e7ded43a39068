import { readdirSync } from 'node:fs'
import { basename, dirname, isAbsolute, join } from 'node:path'
import { type Line, LineType, parse } from 'ssh-config'
import { usageError } from '../../errors.js'
import { homeFolder } from '../../home.js'
import { Doubt, readNamed } from '../../own-file.js'
import { matchesPattern } from '../../patterns.js'

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
  let parsed: Line[]
  try {
    parsed = parse(text)
  } catch (error) {
    throw usageError(`${file} is not an ssh_config: ${(error as Error).message}`, 'compare with `ssh -G` and a host')
  }

  const convert = (lines: readonly Line[]): ConfigLine[] =>
    lines.flatMap((line): ConfigLine[] => {
      if (line.type !== LineType.DIRECTIVE) return []
      const keyword = line.param.toLowerCase()
      const values = typeof line.value === 'string' ? [line.value] : line.value.map(({ val }) => val)
      if (keyword === 'include') {
        const files = values.flatMap((pattern) => expandGlob(whole(pattern, home, base)))
        return [{ file, keyword, values, lines: files.flatMap((one) => readConfigFile(one, home, base, depth + 1)) }]
      }
      return [{ file, keyword, values, ...('config' in line ? { lines: convert(line.config) } : {}) }]
    })
  return convert(parsed)
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
    /[*?]/.test(path)
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

function whole(pattern: string, home: string, base: string): string {
  const path = pattern.startsWith('~/') ? join(home, pattern.slice(2)) : pattern
  return isAbsolute(path) ? path : join(base, path)
}

/** The files that a path with `*` and `?` in it means, sorted; as in a shell, names with a leading dot must be asked for. */
function expandGlob(path: string): string[] {
  if (!/[*?]/.test(path)) return [path]
  const folder = dirname(path)
  const name = path.slice(folder === '/' ? 1 : folder.length + 1)
  return expandGlob(folder).flatMap((one) => {
    if (!/[*?]/.test(name)) return [join(one, name)]
    try {
      return readdirSync(one)
        .filter((entry) => matchesPattern(name, entry) && (name.startsWith('.') || !entry.startsWith('.')))
        .sort()
        .map((entry) => join(one, entry))
    } catch {
      return []
    }
  })
}
