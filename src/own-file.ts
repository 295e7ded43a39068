import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readFileSync,
  readSync,
  realpathSync,
  type Stats,
} from 'node:fs'
import { userInfo } from 'node:os'
import { dirname, resolve } from 'node:path'

type Environment = Record<string, string | undefined>

/** No file that says what fitout does is larger, in bytes. */
const mostBytes = 16 * 1024 * 1024

/** Why a file may be somebody else’s work, as a clause behind its name: `belongs to somebody else`. */
export class Doubt extends Error {
  /** @param path what the clause is about: the file, a folder above it, a link on the way. */
  constructor(
    readonly path: string,
    readonly clause: string,
  ) {
    super(`${path} ${clause}`)
  }
}

/**
 * Reads a file that only the person, and root, can have written. It is opened once; what is judged and read is that descriptor. The
 * folders above it are judged as sshd’s StrictModes does: whoever may rename a folder decides what lies in it.
 *
 * @param env SUDO_UID in it names the person who became root.
 * @throws Doubt where it is somebody else’s, a link or no regular file; an error with a `code` where it cannot be read.
 */
export function readOwn(path: string, env: Environment = process.env): Buffer {
  const whole = resolve(path)
  requireOwnFolder(dirname(whole), env)
  // O_NONBLOCK: opening a FIFO must not wait for a writer.
  const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)
  let file: number
  try {
    file = openSync(whole, flags)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ELOOP' || code === 'EMLINK') throw new Doubt(whole, 'is a symbolic link')
    if (code === 'ENXIO' || code === 'ENODEV') throw new Doubt(whole, 'is not a regular file')
    throw error
  }
  try {
    const stat = fstatSync(file)
    if (!stat.isFile()) throw new Doubt(whole, 'is not a regular file')
    const clause = doubtOf(stat, trusted(env))
    if (clause !== undefined) throw new Doubt(whole, clause)
    return bytesOf(file, whole)
  } finally {
    closeSync(file)
  }
}

/**
 * Reads a file that the person named: whatever it is (`<(…)` of a shell is a pipe), but no more than a bounded size.
 *
 * @throws Doubt where it is larger; an error with a `code` where it cannot be read.
 */
export function readNamed(path: string): Buffer {
  const file = openSync(path, constants.O_RDONLY)
  try {
    return bytesOf(file, path)
  } finally {
    closeSync(file)
  }
}

/**
 * Sees to it that nobody but the person and root can put something into a folder, or another folder into its place.
 *
 * @throws Doubt naming the first folder or link for which that does not hold; an error with a `code` where one cannot be looked at.
 */
export function requireOwnFolder(path: string, env: Environment = process.env): void {
  const owners = trusted(env)
  if (owners === undefined) return
  const written = ancestors(resolve(path))
  for (const place of new Set([...written, ...ancestors(realpathSync(path))])) {
    const stat = lstatSync(place)
    // Of a link only its owner can change where it leads; what it leads to is among the others.
    const clause = stat.isSymbolicLink() ? doubtOfOwner(stat, owners) : doubtOf(stat, owners)
    // In a folder as /tmp is, what belongs to somebody is theirs alone.
    const sticky = stat.isDirectory() && (stat.mode & 0o1000) !== 0 && doubtOfOwner(stat, owners) === undefined
    if (clause !== undefined && !sticky) throw new Doubt(place, clause)
  }
}

function bytesOf(file: number, path: string): Buffer {
  const pieces: Buffer[] = []
  for (let held = 0; ; ) {
    const piece = Buffer.alloc(256 * 1024)
    const length = readSync(file, piece)
    if (length === 0) return Buffer.concat(pieces)
    held += length
    if (held > mostBytes) throw new Doubt(path, `is larger than ${mostBytes / 1024 / 1024} MiB`)
    pieces.push(piece.subarray(0, length))
  }
}

/** A folder and all above it, the outermost first. */
function ancestors(path: string): string[] {
  const above = dirname(path)
  return above === path ? [path] : [...ancestors(above), path]
}

/** Whose work is the person’s own: their user’s, root’s, and under sudo that of the one who called it. */
function trusted(env: Environment): readonly number[] | undefined {
  const mine = process.getuid?.()
  if (mine === undefined) return undefined
  return [mine, 0, ...(mine === 0 && /^\d+$/.test(env.SUDO_UID ?? '') ? [Number(env.SUDO_UID)] : [])]
}

function doubtOf(stat: Stats, owners: readonly number[] | undefined): string | undefined {
  if (owners === undefined) return undefined
  const owner = doubtOfOwner(stat, owners)
  if (owner !== undefined) return owner
  if ((stat.mode & 0o002) !== 0) return 'can be written by everybody'
  if ((stat.mode & 0o020) !== 0 && !isPrivateGroupHere(stat.gid, owners)) return 'can be written by a group'
  return undefined
}

function doubtOfOwner({ uid }: Stats, owners: readonly number[]): string | undefined {
  return owners.includes(uid) ? undefined : 'belongs to somebody else'
}

/**
 * Whether a group is one that many distributions make for each user, with nobody else in it: then umask 002 is usual.
 *
 * @param owners the user IDs of the person and of root.
 * @param mine tells the group of this process’s user, whom /etc/passwd may not have; asked only if that does not say it, since it throws
 * for a user whom no service knows (a container’s).
 * @param accounts what /etc/passwd and /etc/group say.
 */
export function isPrivateGroup(
  gid: number,
  owners: readonly number[],
  mine: () => number,
  accounts: { passwd: string; group: string },
): boolean {
  const rows = (text: string) => text.split('\n').map((line) => line.split(':'))
  const users = rows(accounts.passwd).map(([name, , uid, group]) => ({ name, uid: Number(uid), gid: Number(group) }))
  const own = users.filter(({ uid }) => owners.includes(uid))
  const group = rows(accounts.group).find(([, , number]) => Number(number) === gid)
  if (group === undefined || users.some((user) => user.gid === gid && !own.includes(user))) return false
  const members = (group[3] ?? '').split(',').filter((name) => name !== '')
  const primary = own.some((user) => user.gid === gid) || mine() === gid
  return primary && members.every((name) => own.some((user) => user.name === name))
}

function isPrivateGroupHere(gid: number, owners: readonly number[]): boolean {
  try {
    const read = (name: string) => readFileSync(`/etc/${name}`, 'utf8')
    return isPrivateGroup(gid, owners, () => userInfo().gid, { passwd: read('passwd'), group: read('group') })
  } catch {
    return false
  }
}
