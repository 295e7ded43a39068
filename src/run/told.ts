import type { FitoutError } from '../errors.js'
import type { HostReport } from '../events.js'
import type { Host } from '../host/host.js'
import { hostFailure } from '../host-failure.js'
import type { Plan } from '../plan/plan.js'
import { stepsOf } from '../plan/script.js'
import { wholeLog } from './explain.js'

/** What the host printed in each step of the run that ended last, by the step's title. */
export class Told {
  readonly #said = new Map<string, string[]>()
  #step: string[] | undefined

  /** A step of a new run begins, or the run itself (without a title). */
  begin(title?: string): void {
    if (title === undefined) this.#said.clear()
    this.#step = title === undefined ? undefined : []
    if (this.#step !== undefined) this.#said.set(title!, this.#step)
  }

  line(text: string): void {
    if (text.trim() === '' || this.#step === undefined) return
    this.#step.push(text)
    if (this.#step.length > mostLines) this.#step.shift()
  }

  /** `undefined`: that run had no such step. */
  of(title: string): readonly string[] | undefined {
    return this.#said.get(title)
  }
}

/** Of each step; an error holds a dozen or two. */
const mostLines = 8

/**
 * The error of changes that are pending after they were applied: each with what the host said in that very step, the run's folder on
 * the host, and the command that shows the whole log.
 */
export function stillPending(plan: Plan, told: Told, host: Host, report: HostReport): FitoutError {
  const titles = [...new Set([...plan.changes, ...stepsOf(plan.changes)].map(({ title }) => title))]
  const said = titles.flatMap((title) => {
    const lines = told.of(title)
    if (lines === undefined) return []
    return lines.length === 0
      ? [`${title}: the host printed nothing in this step`]
      : [`${title}: the host said`, ...lines.map((line) => `  ${line}`)]
  })
  // Their steps ended well, and changed nothing.
  report.done = report.done.filter((title) => !titles.includes(title))
  report.notDone.push(...titles.filter((title) => told.of(title) !== undefined && !report.notDone.includes(title)))
  const folder = report.runs.at(-1)
  return hostFailure({
    doing: 'looking again after the changes',
    cause: `still pending after applying: ${plan.changes.map(({ title, why }) => `${title} (${why})`).join('; ')}`,
    remedy: folder === undefined ? undefined : wholeLog(host.target.name, folder),
    said,
  })
}
