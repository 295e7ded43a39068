import { homedir, userInfo } from 'node:os'
import { isAbsolute } from 'node:path'
import { FitoutError } from './errors.js'

/** Who runs fitout, as the list of users has it. It may not know a user ID at all, as that of a container. */
export function whoAmI(): { name?: string; home?: string } {
  try {
    const { username, homedir: home } = userInfo()
    return { name: username, ...(isAbsolute(home) ? { home } : {}) }
  } catch {
    return {}
  }
}

/** The person’s name for others to read, or their user ID. */
export function myName(): string {
  return whoAmI().name ?? `user ${process.getuid?.()}`
}

function setHome(): string | undefined {
  try {
    const home = homedir()
    return isAbsolute(home) ? home : undefined
  } catch {
    // Without HOME it asks the list of users.
    return undefined
  }
}

/** A path as a person writes it: `~` is their home. */
export function shortPath(path: string): string {
  const home = homeFolder()
  return path.startsWith(`${home}/`) ? `~${path.slice(home.length)}` : path
}

/**
 * The person’s home: $HOME if it is an absolute path, else what the list of users says. A relative one would be another folder wherever
 * fitout is called.
 *
 * @throws FitoutError if there is neither.
 */
export function homeFolder(): string {
  const home = setHome() ?? whoAmI().home
  if (home !== undefined) return home
  throw new FitoutError({
    doing: 'looking for your home folder',
    cause: `HOME is not an absolute path, and the user database knows no home of ${myName()}`,
    remedy: 'set HOME to a folder of yours: `export HOME=/path/to/it`',
  })
}
