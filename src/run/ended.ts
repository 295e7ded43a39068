import { FitoutError } from '../errors.js'
import type { FinishedHost, HostReport } from '../events.js'

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

/**
 * The exit status of a run: 130 interrupted, 1 something failed (64 where it was bad input and nothing else), 3 done as far
 * as can be before a reboot, 2 something was declined and changes are pending, 0 all is so.
 */
export function exitCodeOf(results: readonly FinishedHost[]): number {
  const has = (outcome: HostReport['outcome']) => results.some(({ report }) => report.outcome === outcome)
  if (has('interrupted')) return 130
  const failed = results.filter(({ report, error }) => report.outcome === 'failed' || error !== undefined)
  if (failed.length > 0) {
    return failed.every(({ error }) => error instanceof FitoutError && error.exitCode === 64) ? 64 : 1
  }
  // Hosts are left out only because others failed, also where these are not among the results.
  if (has('not-reached')) return 1
  if (has('reboot-due')) return 3
  return has('declined') ? 2 : 0
}
