import { type ErrorData, eventSchema, type Phase, type TrialResult, type WireEvent } from '../events.js'
import type { Plan } from '../plan/plan.js'
import type { Change } from '../resource/resource.js'
import type { Outcome } from '../ui/causes.js'
import { longestText } from './recorder.js'

export const mostHosts = 20_000
const mostOutput = 80
const mostEach = 500
/** Text that is held in memory of one record, in characters. */
const mostHeld = 96 * 1024 * 1024

/** A stretch of a host's time, in milliseconds since 1970; without `to` its end was not seen. */
interface Stretch {
  from: number
  to?: number | undefined
}

interface RecordedStep extends Stretch {
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

/** Puts events together, host by host. */
export class Hosts {
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

  #apply(host: HostRecord, event: Exclude<WireEvent, { type: 'wave' }>, at: number): void {
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
        if (event.state === 'done') push(host.trials, event.result)
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
  #plan({ recipes, changes, notes }: Plan): RecordedPlan {
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
