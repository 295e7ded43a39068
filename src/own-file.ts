import { spawnSync } from 'node:child_process'
import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  lstatSync,
  openSync,
  readFileSync,
  readSync,
  realpathSync,
  type Stats,
  statSync,
} from 'node:fs'
import { devNull, userInfo } from 'node:os'
import { dirname, resolve } from 'node:path'
import { usageError } from './errors.js'
import { quote } from './shell/quote.js'

type Environment = Record<string, string | undefined>

/** No file that says what fitout does is larger, in bytes. */
const mostBytes = 16 * 1024 * 1024
/** What the writer of a pipe may take to open it, and then before more comes, in milliseconds: `<(fitout facts …)` asks hosts. */
const longestOpening = 2_000
const longestWait = 300_000
const moment = 20

/** Why a file may be somebody else’s work, as a clause behind its name: `belongs to somebody else`. */
export class Doubt extends Error {
  /**
   * @param path what the clause is about: the file, a folder above it, a link on the way.
   * @param remedy the command that takes the doubt away, where one does.
   */
  constructor(
    readonly path: string,
    readonly clause: string,
    readonly remedy?: string,
  ) {
    super(`${path} ${clause}`)
  }
}

/**
 * A doubt as it is told to a person; every other error stays what it is.
 *
 * @param so what fitout therefore does not do, as a clause: `fitout does not run it`.
 * @param otherwise how the person says that they mean that file all the same.
 */
export function refusalOf(error: unknown, so: string, otherwise: string): unknown {
  if (!(error instanceof Doubt)) return error
  const remedy = error.remedy === undefined ? '' : `; \`${error.remedy}\` makes it yours alone`
  return usageError(`${error.message}, so ${so}`, `${otherwise}${remedy}`)
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
  requireOwn(dirname(whole), env)
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
    const owners = trusted(env)
    refuse(whole, stat, owners)
    // Whoever may put something into it may also move a file of the person’s there, from elsewhere: sticky is not enough here.
    refuse(dirname(whole), statSync(dirname(whole)), owners)
    return bytesOf(file, whole)
  } finally {
    closeSync(file)
  }
}

/**
 * Reads a file that somebody named: whatever it is (`<(…)` of a shell is a pipe), but no more than a bounded size, and without waiting
 * long. All files that people name are read by this function or by `readOwn`: Node.js’s own functions wait for the writer of a FIFO in
 * one call, in which no signal ends the program.
 *
 * @throws Doubt where it is larger, or a pipe that gives nothing; an error with a `code` where it cannot be read.
 */
export function readNamed(path: string): Buffer {
  const file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
  try {
    let bytes = bytesOf(file, path)
    const isPipe = bytes.length === 0 && fstatSync(file).isFIFO()
    // Who writes into it may only now have found a reader.
    for (let waited = 0; isPipe && bytes.length === 0 && waited < longestOpening; waited += moment) {
      pause()
      bytes = bytesOf(file, path)
    }
    if (isPipe && bytes.length === 0) throw new Doubt(path, 'is a pipe into which nothing is written')
    return bytes
  } finally {
    closeSync(file)
  }
}

/** The text of a file that somebody named; empty where it cannot be read. */
export function textIfReadable(path: string): string {
  try {
    return readNamed(path).toString('utf8')
  } catch {
    return ''
  }
}

/**
 * Sees to it that nobody but the person and root can change a file or put something into a folder, or another into its place. So it stays
 * what it is for another program that opens it by its name. What does not exist is judged by the folder in which it would be made.
 *
 * @throws Doubt naming the first file, folder or link for which that does not hold, or that cannot be looked at.
 */
export function requireOwn(path: string, env: Environment = process.env): void {
  const owners = trusted(env)
  const whole = resolve(path)
  // Whoever owns that one in a container: nothing is ever read from it.
  if (owners === undefined || whole === devNull) return
  try {
    let there = whole
    while (!existsSync(there)) {
      if (lstatSync(there, { throwIfNoEntry: false })?.isSymbolicLink())
        throw new Doubt(there, 'is a symbolic link to nothing')
      there = dirname(there)
    }
    const real = realpathSync(there)
    for (const at of new Set([...ancestors(there), ...ancestors(real)])) {
      const stat = lstatSync(at)
      // In a folder as /tmp is, what belongs to somebody is theirs alone; but whoever comes first makes what is not there.
      const comesFirst = there !== whole && (at === there || at === real)
      const sticky = stat.isDirectory() && (stat.mode & 0o1000) !== 0 && !comesFirst
      // Of a link only its owner can change where it leads; what it leads to is among the others.
      if (sticky || stat.isSymbolicLink()) refuseOwner(at, stat, owners)
      else refuse(at, stat, owners)
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw code === undefined ? error : new Doubt(whole, `cannot be looked at (${code})`)
  }
}

/**
 * The same for a file that another program opens, which would wait for the writer of a FIFO.
 *
 * @throws Doubt as `requireOwn`, and for what is neither a regular file nor missing.
 */
export function requireOwnFile(path: string, env: Environment = process.env): void {
  requireOwn(path, env)
  const whole = resolve(path)
  if (whole !== devNull && statSync(whole, { throwIfNoEntry: false })?.isFile() === false)
    throw new Doubt(whole, 'is not a regular file')
}

function bytesOf(file: number, path: string): Buffer {
  const pieces: Buffer[] = []
  for (let held = 0; ; ) {
    const piece = Buffer.alloc(256 * 1024)
    const length = readWaiting(file, path, piece)
    if (length === 0) return Buffer.concat(pieces)
    held += length
    if (held > mostBytes) throw new Doubt(path, `is larger than ${mostBytes / 1024 / 1024} MiB`)
    pieces.push(piece.subarray(0, length))
  }
}

/** Reads what is there, or what comes within a bounded time. */
function readWaiting(file: number, path: string, piece: Buffer): number {
  for (let waited = 0; waited < longestWait; waited += moment) {
    try {
      return readSync(file, piece)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
      pause()
    }
  }
  throw new Doubt(path, `gave nothing for ${longestWait / 60_000} minutes`)
}

function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, moment)
}

/** A folder and all above it, the outermost first. */
function ancestors(path: string): string[] {
  const above = dirname(path)
  return above === path ? [path] : [...ancestors(above), path]
}

/** The user IDs whose work is the person’s own: theirs, root’s, and under sudo that of the one who called it; undefined where there are none. */
export function trusted(env: Environment = process.env): readonly number[] | undefined {
  const mine = process.getuid?.()
  if (mine === undefined) return undefined
  return [mine, 0, ...(mine === 0 && /^\d+$/.test(env.SUDO_UID ?? '') ? [Number(env.SUDO_UID)] : [])]
}

function refuse(path: string, stat: Stats, owners: readonly number[] | undefined): void {
  if (owners === undefined) return
  refuseOwner(path, stat, owners)
  const doubt = (clause: string, who: string) => new Doubt(path, clause, `chmod ${who}-w ${quote(path)}`)
  if ((stat.mode & 0o002) !== 0) throw doubt('can be written by everybody', 'o')
  if ((stat.mode & 0o020) === 0) return
  if (!isPrivateGroupHere(stat.gid, owners)) throw doubt('can be written by a group', 'g')
  // With an access control list these bits are the most that it grants, and do not say to whom.
  const acl = hasAcl(path, stat)
  if (acl === undefined)
    throw doubt('can be written by a group, and nothing here tells by whom else (`getfacl` does)', 'g')
  if (acl) throw doubt('has an access control list by which others may write to it', 'g')
}

/** @throws Doubt where it belongs to none of these; where there are none, nothing does. */
export function refuseOwner(path: string, { uid }: Stats, owners: readonly number[] | undefined): void {
  if (owners?.includes(uid) === false) throw new Doubt(path, 'belongs to somebody else')
}

const known = new Map<string, boolean | undefined>()

/** Whether a file has an access control list, which Node.js cannot read; `undefined` if no program here tells. */
function hasAcl(path: string, { ino, ctimeMs }: Stats): boolean | undefined {
  // Whoever sets a list moves this time.
  const state = `${ino} ${ctimeMs} ${path}`
  if (!known.has(state)) known.set(state, toldAcl(path))
  return known.get(state)
}

function toldAcl(path: string): boolean | undefined {
  const said = (program: string, ...args: string[]) => {
    const { status, stdout } = spawnSync(program, args, { encoding: 'utf8', timeout: 10_000 })
    return status === 0 ? stdout : undefined
  }
  const entries = said('getfacl', '-cps', '--', path)
  if (entries !== undefined) return entries !== ''
  // Only GNU’s `ls` is known to show a `+` behind the mode.
  if (said('ls', '--version')?.includes('(GNU coreutils)') !== true) return undefined
  const sign = said('ls', '-ld', '--', path)?.[10]
  return sign === undefined ? undefined : !/[ .]/.test(sign)
}

/**
 * Whether a group is one that many distributions make for each user, with nobody else in it: then umask 002 is usual.
 * It has its user’s name: a group that a directory’s users share (`users`) has members that these files do not name.
 *
 * @param owners the user IDs of the person and of root.
 * @param mine tells name and group of this process’s user, whom /etc/passwd may not have; asked only if that does not say it, since it
 * throws for a user whom no service knows (a container’s).
 * @param accounts what /etc/passwd and /etc/group say.
 */
export function isPrivateGroup(
  gid: number,
  owners: readonly number[],
  mine: () => { username: string; gid: number },
  accounts: { passwd: string; group: string },
): boolean {
  const rows = (text: string) => text.split('\n').map((line) => line.split(':'))
  const users = rows(accounts.passwd).map(([name, , uid, group]) => ({ name, uid: Number(uid), gid: Number(group) }))
  const own = users.filter(({ uid }) => owners.includes(uid))
  // Several rows may have one number: the members of all of them may write.
  const groups = rows(accounts.group).filter(([, , number]) => number !== '' && Number(number) === gid)
  if (groups.length === 0 || users.some((user) => user.gid === gid && !own.includes(user))) return false
  const owner = own.find((user) => user.gid === gid)?.name ?? named(mine(), gid)
  const members = groups.flatMap((group) => (group[3] ?? '').split(',')).filter((name) => name !== '')
  return groups.every(([name]) => name === owner) && members.every((name) => own.some((user) => user.name === name))
}

const named = ({ username, gid }: { username: string; gid: number }, wanted: number) =>
  gid === wanted ? username : undefined

function isPrivateGroupHere(gid: number, owners: readonly number[]): boolean {
  try {
    const read = (name: string) => readFileSync(`/etc/${name}`, 'utf8')
    return isPrivateGroup(gid, owners, userInfo, { passwd: read('passwd'), group: read('group') })
  } catch {
    return false
  }
}
