import { homedir, userInfo } from 'node:os'
import { isAbsolute } from 'node:path'

/**
 * The person’s home: $HOME if it is an absolute path, else what the list of users says. A relative one would be another folder wherever
 * fitout is called.
 *
 * @throws Error if there is neither.
 */
export function homeFolder(): string {
  const set = homedir()
  if (isAbsolute(set)) return set
  const { homedir: listed } = userInfo()
  if (isAbsolute(listed)) return listed
  throw new Error('HOME is not an absolute path, and the list of users knows no home')
}
