import { join } from 'node:path'
import { type ConfigLine, readConfigFile } from './ssh-config-file.js'

/**
 * The names that an ssh_config and what it includes give to hosts: words of `Host` that are no patterns.
 *
 * @throws FitoutError where a file cannot be parsed.
 */
export function aliasesIn(file: string, home: string): string[] {
  const walk = (lines: readonly ConfigLine[]): string[] =>
    lines.flatMap(({ keyword, values, lines: inner = [] }) => [
      ...(keyword === 'host' ? values.filter((word) => !/[*?!]/.test(word)) : []),
      ...walk(inner),
    ])
  return [...new Set(walk(readConfigFile(file, home, join(home, '.ssh'))))]
}
