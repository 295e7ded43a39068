import { randomBytes } from 'node:crypto'
import {
  closeSync,
  fchmodSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, resolve } from 'node:path'

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

/** Writes to where a path leads: a pipe, a device, or through a link. A regular file there is for its owner alone afterwards. */
export function writeThrough(path: string, text: string): void {
  const file = openSync(path, 'w', 0o600)
  try {
    if (fstatSync(file).isFile()) fchmodSync(file, 0o600)
    writeFileSync(file, text)
  } finally {
    closeSync(file)
  }
}

/**
 * Makes a folder that only the person can enter, and those above it that are missing. One by one, going up only while the folder above
 * is missing: the recursive `mkdir` of Node.js 20 never comes back where nothing can be made, as in /proc.
 */
export function makeFolder(folder: string): void {
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
