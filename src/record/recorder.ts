import { closeSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { errorData, FitoutError } from '../errors.js'
import type { Emit, FinishedHost, FitoutEvent } from '../events.js'
import { secretsOf } from '../options/secrets.js'
import type { Selection } from '../plan/assemble.js'
import type { Recipe } from '../recipe/recipe.js'
import { type Redactor, redactedArgs } from '../redact.js'
import { version } from '../version.js'
import { makeFolder, writeOver } from '../writing.js'
import { newRecordId, prune, unfinished } from './folder.js'
import type { RunSummary } from './summary.js'

export interface RecordStart {
  /** The folder of all records; one that has to be found may not be. */
  folder: string | (() => string)
  command: string
  args: readonly string[]
  targets: readonly string[]
  repeat?: RunSummary['repeat']
  /** What is masked, also what it is told of later. */
  secrets: Redactor
  /** What there was to choose from, and what was chosen (recipes of a fleet's own are known by that): values of their secret options are masked. */
  recipes?: readonly Recipe[]
  selections?: readonly Selection[]
  /** Told once, when the run cannot be recorded (any more). */
  onTrouble(text: string): void
  now?: () => Date
}

/** Writes down one run. Nothing here ever throws: a run is worth more than its record. */
export interface Recorder {
  emit: Emit
  /** All hosts are done. */
  end(results: readonly FinishedHost[], exitCode: number): void
  /** Where it is written; `undefined` where nothing is. */
  folder: string | undefined
}

/** Records nothing. */
export const noRecord: Recorder = {
  emit: () => undefined,
  end: () => undefined,
  folder: undefined,
}

/** All output of one run may take this many characters; hosts share it evenly. */
const outputInAll = 32 * 1024 * 1024
const leastPerHost = 16 * 1024
const mostPerHost = 256 * 1024
/** Of what a host prints beyond its share, so many last lines are kept for the case that it fails. */
const lastLines = 60
const longestLine = 4096
/** Longer texts (a diff, a note) are cut. */
export const longestText = 64 * 1024

/**
 * Begins the record of a run. Events are appended as they come, so that what was seen stays when this process is killed; the
 * folder has mode 0700, its files 0600.
 */
export function startRecord(start: RecordStart): Recorder {
  const began = timeOf(start)
  let folder: string
  let opened: Opened
  try {
    folder = typeof start.folder === 'string' ? start.folder : start.folder()
    opened = open(folder, began)
  } catch (error) {
    start.onTrouble(`this run is not recorded: ${reasonOf(error)}`)
    return noRecord
  }
  const record = new FolderRecord(start, opened, began)
  setImmediate(() => prune(folder, began)).unref()
  return {
    folder: opened.finalFolder,
    emit: (event) => record.add(event),
    end: (results, exitCode) => record.end(results, exitCode),
  }
}

function timeOf({ now }: RecordStart): Date {
  return now?.() ?? new Date()
}

/** A run’s record: `events.jsonl`, appended to, and `run.json`, written at the beginning and at the end. */
class FolderRecord {
  readonly #summary: RunSummary & { format: 1 }
  #folder: string
  readonly #shares: Shares
  /** `undefined` once it ended, or cannot be written any more. */
  #file: number | undefined
  #waiting: string[] = []
  #due: NodeJS.Immediate | undefined

  constructor(
    private readonly start: RecordStart,
    { id, folder, finalFolder, file }: Opened,
    began: Date,
  ) {
    const { args, repeat = {}, recipes = [], selections = [], secrets } = start
    const chosen = selections.flatMap((one) => one.recipes.map(({ recipe }) => recipe))
    const secretOptions = secretsOf([...new Set([...recipes, ...chosen])]).options
    this.#folder = folder
    this.#file = file
    this.#shares = new Shares(Math.max(start.targets.length, 1))
    this.#summary = {
      format: 1,
      id,
      command: start.command,
      args: redactedArgs(args, secretOptions, secrets),
      targets: [...start.targets],
      repeat: {
        ...repeat,
        ...(repeat.set && { set: redactedArgs([repeat.set].flat(), secretOptions, secrets) }),
      },
      versions: { fitout: version, node: process.versions.node, platform: `${process.platform} ${process.arch}` },
      controller: { host: hostname(), pid: process.pid },
      begin: began.toISOString(),
      hosts: [],
    }
    process.once('exit', this.#onExit)
    this.#writeSummary()
    // With its summary written, the record gets its name.
    this.#guarded(() => {
      if (this.#file === undefined) return
      renameSync(folder, finalFolder)
      this.#folder = finalFolder
    })
  }

  add(event: FitoutEvent): void {
    this.#guarded(() => {
      const at = timeOf(this.start).toISOString()
      if (event.type === 'output') {
        const line = event.line.length > longestLine ? `${event.line.slice(0, longestLine)} …` : event.line
        if (this.#shares.take(event.host, line, at)) this.#write({ ...event, line }, at)
        return
      }
      const failed = event.type === 'step' && event.state === 'failed'
      const ends = event.type === 'host-done' && !['changed', 'unchanged'].includes(event.outcome)
      if (failed || ends) for (const last of this.#shares.rest(event.host)) this.#write(last.event, last.at)
      this.#write(recorded(event), at)
    })
  }

  end(results: readonly FinishedHost[], exitCode: number): void {
    process.off('exit', this.#onExit)
    this.#guarded(() => {
      this.#flush()
      this.#summary.hosts = results.map(({ report, error }) => ({
        host: report.host,
        outcome: report.outcome,
        milliseconds: report.milliseconds,
        ...(error === undefined ? {} : { error: this.#kept(errorData(error)) }),
      }))
      this.#endSummary(exitCode)
    })
    if (this.#file === undefined) return
    this.#writeSummary()
    this.#guarded(() => {
      if (this.#file !== undefined) closeSync(this.#file)
      this.#file = undefined
    })
  }

  /** Ctrl-C before any change ends the process where it stands. */
  readonly #onExit = (code: number) => {
    this.#flush()
    this.#endSummary(code)
    this.#writeSummary()
  }

  #kept<Data>(data: Data): Data {
    const { secrets } = this.start
    return secrets.in(data, (text) => clip(secrets.text(text)), clip)
  }

  #write(event: object, at: string): void {
    if (this.#file === undefined) return
    this.#waiting.push(`${JSON.stringify({ at, ...this.#kept(event) })}\n`)
    this.#due ??= setImmediate(() => this.#flush())
  }

  /** Whatever one turn of the event loop brought goes out in one write. */
  #flush(): void {
    this.#guarded(() => {
      if (this.#due !== undefined) clearImmediate(this.#due)
      this.#due = undefined
      if (this.#file === undefined || this.#waiting.length === 0) return
      const bytes = Buffer.from(this.#waiting.join(''))
      this.#waiting = []
      for (let at = 0; at < bytes.length; ) at += writeSync(this.#file, bytes, at)
    })
  }

  #endSummary(exitCode: number): void {
    this.#summary.end = timeOf(this.start).toISOString()
    this.#summary.exitCode = exitCode
  }

  #writeSummary(): void {
    this.#guarded(() => {
      writeOver(join(this.#folder, 'run.json'), `${JSON.stringify(this.#summary, undefined, 2)}\n`)
    })
  }

  /** Does what may fail; the record ends where it does, and that is told once. */
  #guarded(work: () => void): void {
    try {
      work()
    } catch (error) {
      if (this.#file === undefined) return
      const broken = this.#file
      this.#file = undefined
      this.#waiting = []
      try {
        closeSync(broken)
      } catch {
        // It was no use any more.
      }
      this.start.onTrouble(`the record of this run ends here: ${reasonOf(error)}`)
    }
  }
}

/** A new record that can be written. */
interface Opened {
  id: string
  /** Where it is made. */
  folder: string
  /** Where it will be. */
  finalFolder: string
  file: number
}

function open(folder: string, now: Date): Opened {
  makeFolder(folder)
  for (let attempt = 1; ; attempt++) {
    const id = newRecordId(now)
    const making = join(folder, unfinished(id))
    try {
      mkdirSync(making, { mode: 0o700 })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST' && attempt < 20) continue
      throw error
    }
    return {
      id,
      folder: making,
      finalFolder: join(folder, id),
      file: openSync(join(making, 'events.jsonl'), 'ax', 0o600),
    }
  }
}

/** How much of each host's output is kept. */
class Shares {
  readonly #share: number
  readonly #hosts = new Map<string, { left: number; skipped: number; last: { event: FitoutEvent; at: string }[] }>()

  constructor(hosts: number) {
    this.#share = Math.min(mostPerHost, Math.max(leastPerHost, Math.floor(outputInAll / hosts)))
  }

  /** Whether the line is within its host's share; else it waits for the host to fail. */
  take(host: string, line: string, at: string): boolean {
    const used = this.#hosts.get(host) ?? { left: this.#share, skipped: 0, last: [] }
    this.#hosts.set(host, used)
    used.left -= line.length + 80
    if (used.left >= 0) return true
    used.last.push({ event: { type: 'output', host, line }, at })
    if (used.last.length > lastLines) {
      used.last.shift()
      used.skipped++
    }
    return false
  }

  /** The last lines that waited, behind a line that says how many are left out. */
  rest(host: string): { event: FitoutEvent; at: string }[] {
    const used = this.#hosts.get(host)
    const first = used?.last[0]
    if (used === undefined || first === undefined) return []
    const line = `… ${used.skipped} lines are left out here; the host has them all …`
    const all = [
      ...(used.skipped > 0 ? [{ event: { type: 'output' as const, host, line }, at: first.at }] : []),
      ...used.last,
    ]
    used.last = []
    used.skipped = 0
    return all
  }
}

/** What of an event is kept: the failure as plain data, a plan without the shell, which the host has kept. */
function recorded(event: FitoutEvent): object {
  if (event.type === 'host-done') return { ...event, ...(event.error ? { error: errorData(event.error) } : {}) }
  if (event.type !== 'planned') return event
  const changes = event.plan.changes.map((change) => ({ ...change, script: '' }))
  return { ...event, plan: { ...event.plan, changes, script: '' } }
}

function clip(text: string): string {
  return text.length <= longestText
    ? text
    : `${text.slice(0, longestText)}… (${text.length - longestText} more characters)`
}

function reasonOf(error: unknown): string {
  if (error instanceof FitoutError) return error.why
  return error instanceof Error ? error.message : String(error)
}
