import type { FitoutEvent, HostOutcome } from '../events.js'
import type { Wave } from '../fleet/conductor.js'
import { errorLine } from './errors.js'
import { doingText } from './lines.js'

/** A host at work. */
export interface Working {
  host: string
  /** What is done there now. */
  doing: string
  /** The step that runs, and since when. */
  step?: { title: string; since: number } | undefined
  /** What the host printed last, as it came. */
  output?: string | undefined
}

/** The step that has taken longest. */
export interface Slowest {
  title: string
  host: string
  milliseconds: number
}

/** Fewer hosts than this say nothing about how long the rest takes. */
const enough = 3

/**
 * Where a fleet stands, from its events. Each event costs the same however many hosts there are.
 */
export class Progress {
  readonly atWork = new Map<string, Working>()
  /** Hosts that have a plan and wait for an answer or for their wave. */
  readonly planned = new Set<string>()
  readonly failed: { host: string; why: string }[] = []
  readonly counts = new Map<HostOutcome, number>()
  ended = 0
  wave: Wave | undefined
  #slowest: Slowest | undefined
  #began: number
  #endedBefore = 0

  constructor(
    readonly total: number,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.#began = now()
  }

  /** From now on time and what is left are counted: the changes begin. */
  restart(): void {
    this.#began = this.now()
    this.#endedBefore = this.ended
  }

  get elapsed(): number {
    return this.now() - this.#began
  }

  /** Milliseconds until all have ended, if it goes on like this; `undefined` while nobody can say. */
  get remaining(): number | undefined {
    const ended = this.ended - this.#endedBefore
    if (ended < enough) return undefined
    return (this.elapsed / ended) * (this.total - this.ended)
  }

  /** The slowest step so far; one that still runs counts. */
  get slowest(): Slowest | undefined {
    const now = this.now()
    let slowest = this.#slowest
    for (const { host, step } of this.atWork.values()) {
      if (step === undefined) continue
      const milliseconds = now - step.since
      if (milliseconds > (slowest?.milliseconds ?? 0)) slowest = { title: step.title, host, milliseconds }
    }
    return slowest
  }

  get waiting(): number {
    return Math.max(0, this.total - this.ended - this.atWork.size)
  }

  emit(event: FitoutEvent): void {
    if (event.type === 'wave') return
    if (event.type === 'host-done') this.#onDone(event)
    // What becomes of it is told by the events that follow, once it has its turn.
    if (event.type === 'planned' && event.round <= 1 && event.plan.script !== '') {
      this.atWork.delete(event.host)
      this.planned.add(event.host)
    }
    if (event.type === 'step' || (event.type === 'phase' && event.state === 'started')) this.#closeStep(event.host)
    const doing = doingText(event)
    if (doing !== undefined) this.#at(event.host).doing = doing
    if (event.type === 'step' && event.state === 'started') {
      Object.assign(this.#at(event.host), { step: { title: event.title, since: this.now() }, output: undefined })
    }
    if (event.type === 'output' && event.line.trim() !== '') this.#at(event.host).output = event.line
  }

  #at(host: string): Working {
    const known = this.atWork.get(host)
    if (known !== undefined) return known
    const working: Working = { host, doing: '' }
    this.planned.delete(host)
    this.atWork.set(host, working)
    return working
  }

  #closeStep(host: string): void {
    const working = this.atWork.get(host)
    if (working?.step === undefined) return
    const milliseconds = this.now() - working.step.since
    if (milliseconds > (this.#slowest?.milliseconds ?? 0)) {
      this.#slowest = { title: working.step.title, host, milliseconds }
    }
    working.step = undefined
    working.output = undefined
  }

  #onDone({ host, outcome, error, report }: FitoutEvent & { type: 'host-done' }): void {
    this.#closeStep(host)
    this.atWork.delete(host)
    this.planned.delete(host)
    this.ended += 1
    this.counts.set(outcome, (this.counts.get(outcome) ?? 0) + 1)
    if (outcome !== 'failed') return
    const trial = report.trials.find((one) => one.outcome === 'failed')
    const why = error !== undefined ? errorLine(error) : `the trial ${trial?.title ?? ''} failed`
    this.failed.push({ host, why })
  }
}
