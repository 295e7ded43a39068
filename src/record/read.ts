import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { FitoutError } from '../errors.js'
import { type ErrorData, errorSchema, eventSchema } from '../event-schema.js'
import type { Phase, TrialResult } from '../events.js'
import type { Change } from '../resource/resource.js'
import type { Outcome } from '../ui/causes.js'
import { hasSummary, recordIds } from './folder.js'
import { longestText } from './recorder.js'

/** A stretch of a host's time, in milliseconds since 1970; without `to` its end was not seen. */
export interface Stretch {
  from: number
  to?: number | undefined
}

export interface RecordedStep extends Stretch {
  index: number
  total: number
  title: string
  state: 'started' | 'done' | 'failed' | 'waits'
}

/** What a host would change, without the shell. */
export interface RecordedPlan {
  recipes: string[]
  changes: Pick<Change, 'stage' | 'title' | 'why' | 'details' | 'diff'>[]
  notes: string[]
}

/** All that is known of one host of a recorded run. */
export interface HostRecord {
  host: string
  outcome: Outcome
  from?: number | undefined
  to?: number | undefined
  milliseconds?: number | undefined
  /** One line: what it is. */
  system?: string | undefined
  kernel?: string | undefined
  /** Installed packages that matter, as they were seen last. */
  versions: Record<string, string>
  /** The first plan. */
  plan?: RecordedPlan | undefined
  phases: (Stretch & { phase: Phase })[]
  steps: RecordedStep[]
  trials: TrialResult[]
  notes: string[]
  /** Titles of what was planned and not done. */
  notDone: string[]
  reboot?: string | undefined
  /** Folders of its runs, on the host. */
  runs: string[]
  /** The last lines that it printed. */
  output: string[]
  error?: ErrorData | undefined
}

/** A run as it was recorded. */
export interface RunRecord {
  id: string
  folder: string
  command: string
  args: string[]
  targets: string[]
  repeat: Record<string, string | string[] | undefined>
  versions: { fitout: string; node: string; platform: string }
  controller: { host: string; pid: number }
  begin?: string | undefined
  /** `undefined`: it goes on, or the controller was killed. */
  end?: string | undefined
  exitCode?: number | undefined
  hosts: HostRecord[]
  /** What could not be read, one sentence each. */
  problems: string[]
}

/** No record that we write is larger; what lies beyond is not read. */
const mostBytes = 512 * 1024 * 1024
const longestLine = 4 * 1024 * 1024
const mostSummary = 32 * 1024 * 1024
const mostHosts = 20_000
const mostOutput = 80
const mostEach = 500
/** Text that is held in memory of one record, in characters. */
const mostHeld = 96 * 1024 * 1024

const text = z.string().catch('')
const texts = z.array(z.string()).catch([])
const summarySchema = z.object({
  id: text,
  command: text,
  args: texts,
  targets: texts,
  repeat: z.record(z.string(), z.union([z.string(), z.array(z.string())]).optional()).catch({}),
  versions: z.object({ fitout: text, node: text, platform: text }).catch({ fitout: '', node: '', platform: '' }),
  controller: z.object({ host: text, pid: z.int().catch(0) }).catch({ host: '', pid: 0 }),
  begin: z.string().optional().catch(undefined),
  end: z.string().optional().catch(undefined),
  exitCode: z.int().optional().catch(undefined),
  hosts: z
    .array(
      z.object({
        host: z.string(),
        outcome: z.enum(['unchanged', 'changed', 'failed', 'declined', 'interrupted', 'reboot-due', 'not-reached']),
        milliseconds: z.number().catch(0),
        error: errorSchema.optional().catch(undefined),
      }),
    )
    .catch([]),
})

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
  const place = join(folder, id)
  const problems: string[] = []
  const summary = await readSummary(join(place, 'run.json'), problems)
  const hosts = new Hosts(problems)
  for (const target of summary.targets) hosts.of(target)
  await readEvents(join(place, 'events.jsonl'), hosts, problems)
  for (const { host: name, outcome, milliseconds, error } of summary.hosts) {
    const host = hosts.of(name)
    if (host === undefined) break
    host.outcome = outcome
    host.milliseconds = milliseconds
    host.error ??= error
  }
  return { ...summary, id, folder: place, hosts: hosts.all(), problems }
}

/** Only the summary: cheap, for lists. */
export async function readSummaryOf(folder: string, id: string): Promise<z.infer<typeof summarySchema>> {
  return readSummary(join(folder, id, 'run.json'), [])
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

async function readSummary(path: string, problems: string[]): Promise<z.infer<typeof summarySchema>> {
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

/** Puts events together, host by host. */
class Hosts {
  readonly #hosts = new Map<string, HostRecord>()
  readonly #plans = new Map<string, RecordedPlan>()
  #held = 0
  #output = 0
  #dropped = false

  constructor(private readonly problems: string[]) {}

  of(name: string): HostRecord | undefined {
    const known = this.#hosts.get(name)
    if (known !== undefined || this.#hosts.size >= mostHosts || name.length > 1024) return known
    const host: HostRecord = {
      host: name,
      outcome: 'not-reached',
      versions: {},
      phases: [],
      steps: [],
      trials: [],
      notes: [],
      notDone: [],
      runs: [],
      output: [],
    }
    this.#hosts.set(name, host)
    return host
  }

  all(): HostRecord[] {
    return [...this.#hosts.values()]
  }

  /** @returns whether the line was an event. */
  read(line: string): boolean {
    let json: unknown
    try {
      json = JSON.parse(line)
    } catch {
      return false
    }
    const at = Date.parse(String((json as { at?: unknown } | null)?.at))
    const parsed = eventSchema.safeParse(json)
    if (!parsed.success || Number.isNaN(at)) return false
    const event = parsed.data
    if (event.type === 'wave') return true
    const host = this.of(event.host)
    if (host === undefined) return false
    // Rough, and enough for a bound: what is not kept is counted too.
    if (event.type !== 'output') this.#held += line.length
    if (this.#held > mostHeld && event.type !== 'host-done' && event.type !== 'host-started') {
      if (!this.#dropped)
        this.problems.push('the record holds more than a report can; details of later events are left out')
      this.#dropped = true
      return true
    }
    host.from ??= at
    host.to = at
    if (host.outcome === 'not-reached') host.outcome = 'unknown'
    this.#apply(host, event, at)
    return true
  }

  #apply(host: HostRecord, event: Exclude<z.infer<typeof eventSchema>, { type: 'wave' }>, at: number): void {
    switch (event.type) {
      case 'phase': {
        const last = host.phases.findLast(({ phase }) => phase === event.phase)
        if (event.state === 'started') push(host.phases, { phase: event.phase, from: at })
        else if (last !== undefined) last.to ??= at
        break
      }
      case 'facts':
        host.system = clip(event.system)
        host.kernel = clip(event.kernel)
        host.versions = Object.fromEntries(Object.entries(event.versions).slice(0, mostEach))
        break
      case 'planned':
        host.plan ??= this.#plan(event.plan)
        break
      case 'run':
        if (event.state !== 'reconnecting') push(host.runs, clip(event.folder))
        break
      case 'step': {
        const { index, total, title, state } = event
        const last = host.steps.findLast((step) => step.index === index && step.to === undefined)
        if (state === 'started') push(host.steps, { index, total, title: clip(title), state, from: at })
        else if (last !== undefined) Object.assign(last, { state, to: at })
        break
      }
      case 'reboot':
        host.reboot = event.state === 'due' ? clip(event.reason) : undefined
        break
      case 'output':
        this.#printed(host, clip(event.line, 4200))
        break
      case 'note':
        push(host.notes, clip(event.text))
        break
      case 'trial':
        if (event.result !== undefined) push(host.trials, event.result as TrialResult)
        break
      case 'host-done': {
        const { outcome, report, error } = event
        Object.assign(host, { outcome, error, milliseconds: report.milliseconds })
        host.notDone = report.notDone.slice(0, mostEach)
        host.notes = [...new Set([...host.notes, ...report.notes])].slice(0, mostEach)
        if (outcome === 'reboot-due') host.reboot ??= report.reboot?.reason
      }
    }
  }

  #printed(host: HostRecord, line: string): void {
    if (this.#output > mostHeld) {
      if (!this.#dropped) this.problems.push('the record holds more output than a report can; some is left out')
      this.#dropped = true
      this.#output -= host.output.splice(0).reduce((sum, { length }) => sum + length, 0)
    }
    host.output.push(line)
    this.#output += line.length
    if (host.output.length > mostOutput) this.#output -= host.output.shift()?.length ?? 0
  }

  /** Hosts of one kind have the same plan; it is held once. */
  #plan({ recipes, changes, notes }: Extract<z.infer<typeof eventSchema>, { type: 'planned' }>['plan']): RecordedPlan {
    const plan: RecordedPlan = {
      recipes,
      changes: changes.map(({ stage, title, why, details, diff }) => ({ stage, title, why, details, diff })),
      notes,
    }
    const key = JSON.stringify(plan)
    const same = this.#plans.get(key)
    if (same !== undefined) this.#held -= key.length
    else this.#plans.set(key, plan)
    return same ?? plan
  }
}

function push<T>(list: T[], item: T): void {
  if (list.length < mostEach) list.push(item)
}

function clip(text: string, most = longestText): string {
  // Copied: a slice would keep the whole text in memory.
  return text.length <= most ? text : `${Buffer.from(text.slice(0, most)).toString()} …`
}
