import { FitoutError } from '../errors.js'
import type { HostReport } from '../events.js'

/** The report of a host with which nothing was done. */
export function endedReport(host: string, milliseconds: number, outcome: HostReport['outcome']): HostReport {
  return { host, outcome, done: [], notDone: [], trials: [], notes: [], runs: [], milliseconds }
}

/** What is no failure that we know is a defect of ours, and is said to be one. */
export function asFitoutError(thrown: unknown): FitoutError {
  if (thrown instanceof FitoutError) return thrown
  return new FitoutError(
    {
      doing: 'working on the host',
      cause: `this is a defect in fitout: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
      remedy: 'run it again with -v and report what it prints',
    },
    { cause: thrown },
  )
}
