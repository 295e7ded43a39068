import { randomBytes } from 'node:crypto'
import { lstatSync, readdirSync, rmSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import { FitoutError } from '../errors.js'
import { homeFolder, whoAmI } from '../home.js'
import { requireOwnParents } from '../writing.js'

/** At most so many records are kept. */
const mostRecords = 50
/** Records older than so many days are removed, all but the last one. */
const mostDays = 30

const idForm = /^(\d{4})(\d{2})(\d{2})-(\d{2})(\d{2})(\d{2})-(\d{3})[0-9a-f]{2}$/

/**
 * Where runs are recorded on this side: `fitout/runs` in the user’s state folder, which is $XDG_STATE_HOME (relative ones do
 * not count, says the XDG Base Directory Specification), %LOCALAPPDATA% on Windows, else ~/.local/state. If that is somebody else’s,
 * since HOME was kept when the person became another user, it is ~/.local/state in the home that the list of users says.
 *
 * @throws FitoutError where there is no such folder.
 */
export function runsFolder(
  env: Record<string, string | undefined>,
  { platform = process.platform, home = homeFolder } = {},
): string {
  const { XDG_STATE_HOME: wanted, LOCALAPPDATA: windows, HOME: own } = env
  const below = (state: string) => join(state, 'fitout', 'runs')
  if (platform === 'win32' && windows && !(wanted && isAbsolute(wanted))) return below(windows)
  const inHome = (folder: string) => ({ base: folder, runs: below(join(folder, '.local', 'state')) })
  const { base, runs } =
    wanted !== undefined && isAbsolute(wanted)
      ? { base: wanted, runs: below(wanted) }
      : inHome(own !== undefined && isAbsolute(own) ? own : home())
  const listed = whoAmI().home
  const all = [{ base, runs }, ...(listed === undefined ? [] : [inHome(listed)])]
  const doubts = all.map((one) => doubtAbout(one.base) ?? doubtAbout(one.runs))
  const found = all[doubts.indexOf(undefined)]
  if (found !== undefined) return found.runs
  throw new FitoutError({
    doing: 'looking for the folder of records',
    cause: doubts[0]!,
    remedy: 'set HOME or XDG_STATE_HOME to a folder of yours',
  })
}

function doubtAbout(path: string): string | undefined {
  try {
    requireOwnParents(path)
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

/** A new record’s name: UTC to the millisecond, and two digits of chance. Names in order are records in order. */
export function newRecordId(now: Date): string {
  const [, date, time, milliseconds] = /^(.*)T(.*)\.(.*)Z$/.exec(now.toISOString().replaceAll(/[-:]/g, ''))!
  return `${date}-${time}-${milliseconds}${randomBytes(1).toString('hex')}`
}

/** A record while it is made: it gets its name when its summary is written, so that none is half there. */
export function unfinished(id: string): string {
  return `.new-${id}`
}

/** When a record began, in milliseconds since 1970, by its name; NaN where that is not a record’s name. */
function timeOf(id: string): number {
  return idForm.test(id) ? Date.parse(id.replace(idForm, '$1-$2-$3T$4:$5:$6.$7Z')) : Number.NaN
}

/** Names of the records there are, the newest first; none where the folder cannot be read. */
export function recordIds(folder: string): string[] {
  return entriesOf(folder)
    .filter((entry) => entry.isDirectory() && idForm.test(entry.name))
    .map(({ name }) => name)
    .sort()
    .reverse()
}

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch {
    return []
  }
}

/** Removes records that are too old or too many, and those that were never finished. What cannot be removed stays. */
export function prune(folder: string, now: Date): void {
  const day = 86_400_000
  const start = unfinished('')
  for (const { name } of entriesOf(folder)) {
    if (name.startsWith(start) && timeOf(name.slice(start.length)) < now.getTime() - day) remove(join(folder, name))
  }
  const oldest = now.getTime() - mostDays * day
  for (const [at, id] of recordIds(folder).entries()) {
    const tooOld = at > 0 && timeOf(id) < oldest
    if (at < mostRecords && !tooOld) continue
    remove(join(folder, id))
  }
}

function remove(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true })
  } catch {
    // Somebody else's file in there; the next run tries again.
  }
}

/** Whether a record has its summary. One of a fitout that was killed while it began, or of a disk that was full, has none. */
export function hasSummary(folder: string, id: string): boolean {
  const stat = lstatSync(join(folder, id, 'run.json'), { throwIfNoEntry: false })
  return stat?.isFile() === true && stat.size > 0
}
