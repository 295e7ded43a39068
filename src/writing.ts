import { randomBytes } from 'node:crypto'
import {
  closeSync,
  constants,
  existsSync,
  fchmodSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  openSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, resolve } from 'node:path'
import { refuseOwner, trusted } from './own-file.js'

/** Who may read a file that is made: only the person, as with all that hosts said and all that is set; or anybody. */
export type Mode = 0o600 | 0o644 | 0o700

/**
 * Writes a new file. What is there, also a link, stays: its error has the code EEXIST. The file is never wider than `mode`, whatever
 * the umask; half of one is removed.
 */
export function writeNew(path: string, text: string, mode: Mode = 0o600): void {
  // O_EXCL: no link is followed, and nobody who may write to this folder has put something in its place.
  const file = openSync(path, 'wx', mode)
  try {
    writeFileSync(file, text)
    // After a power cut it is whole, or not there.
    fsyncSync(file)
  } catch (error) {
    rmSync(path, { force: true })
    throw error
  } finally {
    closeSync(file)
  }
}

/** Writes a file in the place of whatever has its name, a link too; it is whole or it is the old one. Its mode is that of a new one. */
export function writeOver(path: string, text: string, mode: Mode = 0o600): void {
  const made = `${path}.new-${randomBytes(4).toString('hex')}`
  writeNew(made, text, mode)
  try {
    renameSync(made, path)
  } catch (error) {
    rmSync(made, { force: true })
    throw error
  }
}

/**
 * Writes to where a path leads: a pipe, a device, or through a link. A regular file there is for its owner alone afterwards.
 *
 * @throws Error where a link on the way, or the pipe or file at its end, is somebody else’s: they would get the text.
 */
export function writeThrough(path: string, text: string): void {
  const own = trusted()
  const end = endOf(path, own)
  // Without O_TRUNC: nothing is lost of what turns out to be somebody else’s.
  const file = openSync(path, constants.O_WRONLY | constants.O_CREAT, 0o600)
  try {
    const stat = fstatSync(file)
    // What this process was given open (/dev/stdout) may be a pipe of whoever called it.
    if (stat.isFile() || (stat.isFIFO() && !end.startsWith('/proc/'))) refuseOwner(end, stat, own)
    if (stat.isFile()) {
      fchmodSync(file, 0o600)
      ftruncateSync(file)
    }
    writeFileSync(file, text)
  } finally {
    closeSync(file)
  }
}

/** Follows the links of a path, each of which has to be of `own`; what is at the end, a pipe too, is looked at before it is opened. */
function endOf(path: string, own: readonly number[] | undefined): string {
  let at = resolve(path)
  // As many as Linux follows.
  for (let links = 0; links < 40; links++) {
    const stat = lstatSync(at, { throwIfNoEntry: false })
    if (stat?.isSymbolicLink() || stat?.isFIFO()) refuseOwner(at, stat, own)
    if (!stat?.isSymbolicLink()) return at
    at = resolve(realpathSync(dirname(at)), readlinkSync(at))
  }
  return at
}

/**
 * Sees to it that what is made at a path is made in a folder of the person’s own or of root’s, and through nobody else’s links. Root must make
 * nothing in the home of another user (HOME can be kept, by sudo too): they could no longer use it, or choose by a link where it goes.
 *
 * @throws Error naming whatever belongs to somebody else.
 */
export function requireOwnParents(path: string): void {
  // What others may make in whose folder, the system says: a container's user has a home by its group.
  if (process.geteuid?.() !== 0) return
  const own = [0]
  let found = false
  for (let at = resolve(path), below = ''; at !== below; at = dirname(at)) {
    below = at
    const stat = seen(lstatSync, at)
    if (stat?.isSymbolicLink()) refuseOwner(at, stat, own)
    const there: Stats | undefined = found ? undefined : seen(statSync, at)
    if (there) refuseOwner(at, there, own)
    found ||= there !== undefined
  }
}

/** Where one cannot look, one cannot make anything either: that says why. */
function seen(look: (path: string) => Stats, path: string): Stats | undefined {
  try {
    return look(path)
  } catch {
    return undefined
  }
}

/**
 * Makes a folder that only the person can enter, and those above it that are missing. One by one, going up only while the folder above
 * is missing: the recursive `mkdir` of Node.js 20 never comes back where nothing can be made, as in /proc.
 *
 * @throws Error where they would be made in somebody else’s folder.
 */
export function makeFolder(folder: string): void {
  if (!existsSync(folder)) requireOwnParents(folder)
  const missing: string[] = []
  for (let at = resolve(folder); !madeOrThere(at); at = dirname(at)) missing.push(at)
  for (const one of missing.reverse()) if (!madeOrThere(one)) mkdirSync(one, 0o700)
}

/** @returns false where the folder above is missing. */
function madeOrThere(folder: string): boolean {
  try {
    mkdirSync(folder, 0o700)
    return true
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') return true
    if (code === 'ENOENT' && dirname(folder) !== folder) return false
    throw error
  }
}
