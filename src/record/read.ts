import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import { FitoutError } from '../errors.js'
import { refusalOf, requireOwn } from '../own-file.js'
import { hasSummary, recordIds } from './folder.js'
import { type HostRecord, Hosts, mostHosts } from './hosts.js'
import { type RunSummary, summarySchema } from './summary.js'

/** What a run was and how it ended, to be shown; what it was asked for is handed out by `readRepeat` alone. */
type ShownSummary = Omit<RunSummary, 'repeat'>

/** A run as it was recorded; without `end` it goes on, or the controller was killed. */
export interface RunRecord extends Omit<ShownSummary, 'hosts'> {
  folder: string
  hosts: HostRecord[]
  /** What could not be read, one sentence each. */
  problems: string[]
}

/** No record that we write is larger; what lies beyond is not read. */
const mostBytes = 512 * 1024 * 1024
const longestLine = 4 * 1024 * 1024
const mostSummary = 32 * 1024 * 1024
/**
 * Finds a record by its name, a beginning of it that only one has, or, without one, the last.
 *
 * @throws FitoutError (64) when there is none.
 */
export function findRecord(folder: string, wanted?: string): string {
  const ids = recordIds(folder)
  const none = (cause: string, remedy: string) =>
    new FitoutError({ doing: 'looking for the record of a run', cause, remedy, exitCode: 64 })
  if (wanted === undefined) {
    const last = ids.find((id) => hasSummary(folder, id)) ?? ids[0]
    if (last !== undefined) return last
    throw none(`there is none in ${folder}`, '`fitout apply`, `fitout verify` and `fitout undo` write one')
  }
  const found = ids.filter((id) => wanted !== '' && id.startsWith(wanted))
  if (found.length === 1) return found[0]!
  throw found.length === 0
    ? none(`no run is called \`${wanted}\``, '`fitout report --list` lists them')
    : none(`${found.length} runs begin with \`${wanted}\``, `name one of them: ${found.slice(0, 3).join(', ')}`)
}

/**
 * Reads a record, whatever it holds: lines that were cut, are no events or lie about their types are passed over and counted, and
 * memory stays bounded.
 *
 * @param id as `findRecord` gives it.
 */
export async function readRecord(folder: string, id: string): Promise<RunRecord> {
  const ofRun = join(folder, id)
  const problems: string[] = []
  const summary = shown(await readSummary(join(ofRun, 'run.json'), problems))
  const hosts = new Hosts(problems)
  for (const target of summary.targets) hosts.of(target)
  await readEvents(join(ofRun, 'events.jsonl'), hosts, problems)
  for (const { host: name, outcome, milliseconds, error } of summary.hosts) {
    const host = hosts.of(name)
    if (host === undefined) break
    host.outcome = outcome
    host.milliseconds = milliseconds
    host.error ??= error
  }
  return { ...summary, id, folder: ofRun, hosts: hosts.all(), problems }
}

/** Only the summary: cheap, for lists. */
export async function readSummaryOf(folder: string, id: string): Promise<ShownSummary> {
  return shown(await readSummary(join(folder, id, 'run.json'), []))
}

function shown({ repeat: _, ...summary }: RunSummary): ShownSummary {
  return summary
}

/**
 * What a run was asked for, to ask for it again: its hosts are logged in to, and the files that it names are programs, modules and
 * configurations that run others. So nobody else may have written the record.
 *
 * @throws FitoutError (64) if somebody may have.
 */
export async function readRepeat(
  folder: string,
  id: string,
  env: Record<string, string | undefined>,
): Promise<Pick<RunSummary, 'targets' | 'repeat'>> {
  const ofRun = join(folder, id)
  try {
    for (const name of ['run.json', 'events.jsonl']) requireOwn(join(ofRun, name), env)
  } catch (error) {
    throw refusalOf(error, 'fitout does not repeat what a record there says', 'name the hosts yourself')
  }
  return readSummary(join(ofRun, 'run.json'), [])
}

// O_NONBLOCK: a FIFO in its place must not keep us waiting.
const careful = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0)

async function opened<T>(path: string, problems: string[], work: (file: FileHandle, size: number) => Promise<T>) {
  let file: FileHandle | undefined
  try {
    file = await open(path, careful)
    const stat = await file.stat()
    if (!stat.isFile()) throw new Error('it is no file')
    return await work(file, stat.size)
  } catch (error) {
    problems.push(`${path} could not be read: ${error instanceof Error ? error.message : error}`)
    return undefined
  } finally {
    await file?.close().catch(() => undefined)
  }
}

async function readSummary(path: string, problems: string[]): Promise<RunSummary> {
  const read = await opened(path, problems, async (file, size) => {
    if (size > mostSummary) throw new Error(`it has ${size} bytes`)
    const buffer = Buffer.alloc(size)
    const { bytesRead } = await file.read(buffer, 0, size, 0)
    return summarySchema.parse(JSON.parse(buffer.toString('utf8', 0, bytesRead)))
  })
  const summary = read ?? summarySchema.parse({})
  if (summary.targets.length > mostHosts) summary.targets.length = mostHosts
  return summary
}

async function readEvents(path: string, hosts: Hosts, problems: string[]): Promise<void> {
  let unread = 0
  await opened(path, problems, async (file, size) => {
    if (size > mostBytes) problems.push(`${path} has ${size} bytes; only the first ${mostBytes} are read`)
    const pieces: Buffer[] = []
    let held = 0
    let tooLong = false
    const line = () => {
      if (tooLong) unread++
      else if (held > 0 && !hosts.read(Buffer.concat(pieces).toString('utf8'))) unread++
      pieces.length = 0
      held = 0
      tooLong = false
    }
    const hold = (piece: Buffer) => {
      if (held + piece.length > longestLine) tooLong = true
      if (tooLong) {
        pieces.length = 0
        held = 1
        return
      }
      pieces.push(piece)
      held += piece.length
    }
    for (let at = 0; at < Math.min(size, mostBytes); ) {
      const { bytesRead, buffer } = await file.read(Buffer.alloc(256 * 1024), 0, 256 * 1024, at)
      if (bytesRead === 0) break
      at += bytesRead
      let from = 0
      for (let end = buffer.indexOf(10); end !== -1 && end < bytesRead; end = buffer.indexOf(10, from)) {
        hold(buffer.subarray(from, end))
        line()
        from = end + 1
      }
      if (from < bytesRead) hold(buffer.subarray(from, bytesRead))
    }
    line()
  })
  if (unread > 0) problems.push(`${unread} line(s) of ${path} are no events of this version and were passed over`)
}
