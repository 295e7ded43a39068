import { usageError } from '../../errors.js'

/** The variable by which {@link fileWord} writes a `$`, which nothing escapes. */
export const dollar = { FITOUT_DOLLAR: '$' }

/**
 * A path as a word of ssh_config that `ssh` takes for this very path. It needs {@link dollar} in its environment.
 *
 * @param option whose value it is, for they do not expand alike.
 * @throws FitoutError (64) when a line cannot hold the path.
 */
export function fileWord(
  path: string,
  option: 'Include' | 'IdentityFile' | 'UserKnownHostsFile',
  version: number,
): string {
  // A line of its own would be an option of its own.
  if (/[\x00-\x1f\x7f]/.test(path)) {
    throw usageError(`${JSON.stringify(path)} has a control character in it`, 'name a file without one')
  }
  const includes = option === 'Include'
  // Variables came with 8.4 (9.9 for Include), and tokens with them, but for keys, which had those before; in quotes 8.7 knows a backslash.
  const variables = version >= (includes ? 909 : 804)
  let word = process.platform === 'win32' ? path.replaceAll('\\', '/') : path
  if (includes) word = word.replace(/[*?[\]\\]/g, '\\$&')
  if (variables || option === 'IdentityFile') word = word.replaceAll('%', '%%')
  if (variables) word = word.replaceAll('${', '${FITOUT_DOLLAR}{')
  return `"${version >= 807 ? word.replace(/[\\"]/g, '\\$&') : word}"`
}
