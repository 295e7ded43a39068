import { randomBytes } from 'node:crypto'
import { readdirSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'

/** At most so many records are kept. */
const mostRecords = 50
/** Records older than so many days are removed, all but the last one. */
const mostDays = 30

const idForm = /^(\d{4})(\d{2})(\d{2})-(\d{2})(\d{2})(\d{2})-(\d{3})[0-9a-f]{2}$/

/**
 * Where runs are recorded on this side: `fitout/runs` in the user’s state folder, which is $XDG_STATE_HOME (relative ones do
 * not count, says the XDG Base Directory Specification), %LOCALAPPDATA% on Windows, else ~/.local/state.
 */
export function runsFolder(
  env: Record<string, string | undefined>,
  { platform = process.platform, home = homedir } = {},
): string {
  const { XDG_STATE_HOME: wanted, LOCALAPPDATA: windows, HOME: own } = env
  const state =
    wanted !== undefined && isAbsolute(wanted)
      ? wanted
      : platform === 'win32' && windows
        ? windows
        : join(own !== undefined && isAbsolute(own) ? own : home(), '.local', 'state')
  return join(state, 'fitout', 'runs')
}

/** A new record’s name: UTC to the millisecond, and two digits of chance. Names in order are records in order. */
export function newRecordId(now: Date): string {
  const [, date, time, milliseconds] = /^(.*)T(.*)\.(.*)Z$/.exec(now.toISOString().replaceAll(/[-:]/g, ''))!
  return `${date}-${time}-${milliseconds}${randomBytes(1).toString('hex')}`
}

/** When a record began, by its name; `undefined` where that is not a record’s name. */
function dateOfRecord(id: string): Date | undefined {
  const [, ...parts] = idForm.exec(id) ?? []
  if (parts.length === 0) return undefined
  const [year, month, day, ...time] = parts.map(Number) as [number, number, number, number, number, number, number]
  return new Date(Date.UTC(year, month - 1, day, ...time))
}

/** Names of the records there are, the newest first; none where the folder cannot be read. */
export function recordIds(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && idForm.test(entry.name))
      .map(({ name }) => name)
      .sort()
      .reverse()
  } catch {
    return []
  }
}

/** Removes records that are too old or too many. What cannot be removed stays. */
export function prune(folder: string, now = new Date()): void {
  const oldest = now.getTime() - mostDays * 86_400_000
  for (const [at, id] of recordIds(folder).entries()) {
    const tooOld = at > 0 && (dateOfRecord(id)?.getTime() ?? 0) < oldest
    if (at < mostRecords && !tooOld) continue
    try {
      rmSync(join(folder, id), { recursive: true, force: true })
    } catch {
      // Somebody else's file in there; the next run tries again.
    }
  }
}
