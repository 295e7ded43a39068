import { FitoutError } from '../errors.js'
import type { HostReport } from '../events.js'

/** How one host ended, as far as grouping needs it; `unknown` and `not-reached` are of a run that was cut off. */
export interface Ending {
  host: string
  outcome: HostReport['outcome'] | 'unknown' | 'not-reached'
  /** One sentence; hosts with the same one belong together. */
  cause?: string | undefined
  remedy?: string | undefined
}

/** Hosts that ended the same way for the same reason. */
export interface Group {
  outcome: Ending['outcome']
  /** What they share; parts that differ from host to host are `…`. */
  cause?: string | undefined
  remedy?: string | undefined
  hosts: string[]
}

/** Outcomes in the order in which they want attention. */
export const outcomesByUrgency: readonly Ending['outcome'][] = [
  'failed',
  'interrupted',
  'unknown',
  'not-reached',
  'reboot-due',
  'declined',
  'changed',
  'unchanged',
]

/** Why a host did not end as wanted: its error, else its failed trial, else what is left to change. */
export function endingOf(report: HostReport, error?: unknown): Ending {
  const { host, outcome } = report
  const failed = report.trials.find((trial) => trial.outcome === 'failed')
  if (error instanceof FitoutError) return { host, outcome, cause: error.why, remedy: error.remedy }
  if (error !== undefined) return { host, outcome, cause: `a defect in fitout: ${String(error)}` }
  if (outcome === 'reboot-due') return { host, outcome, cause: report.reboot?.reason }
  if (outcome !== 'failed') return { host, outcome }
  if (failed !== undefined) {
    const because = failed.because === undefined ? '' : `: ${failed.because}`
    return { host, outcome, cause: `the trial ${failed.title} failed${because}`, remedy: failed.remedy }
  }
  if (report.notDone.length === 0) return { host, outcome }
  return { host, outcome, cause: `would change: ${report.notDone.join('; ')}` }
}

/**
 * Groups hosts by outcome and cause. Causes that differ only in numbers, addresses, paths of runs or the host's own name
 * are one: `12 hosts: apt's lock is held by unattended-upgrades (pid …)`.
 *
 * @returns what wants attention first, then the largest group first.
 */
export function grouped(endings: readonly Ending[]): Group[] {
  const groups = new Map<string, Group & { raw: Set<string> }>()
  for (const ending of endings) {
    const general = ending.cause === undefined ? undefined : generalCause(ending.cause, ending.host)
    const key = `${ending.outcome}\0${general ?? ''}`
    const group = groups.get(key)
    if (group === undefined) {
      groups.set(key, { ...ending, hosts: [ending.host], raw: new Set([ending.cause ?? '']) })
      continue
    }
    group.hosts.push(ending.host)
    group.raw.add(ending.cause ?? '')
    if (group.raw.size > 1) group.cause = general
    if (group.remedy !== ending.remedy) {
      const one = group.remedy === undefined ? undefined : generalCause(group.remedy, group.hosts[0]!)
      const other = ending.remedy === undefined ? undefined : generalCause(ending.remedy, ending.host)
      group.remedy = one === other ? one : undefined
    }
  }
  return [...groups.values()]
    .map(({ outcome, cause, remedy, hosts }) => ({ outcome, cause, remedy, hosts }))
    .sort(
      (one, other) =>
        outcomesByUrgency.indexOf(one.outcome) - outcomesByUrgency.indexOf(other.outcome) ||
        other.hosts.length - one.hosts.length,
    )
}

/** What varies from host to host becomes `…`: the name, addresses, long hexadecimal words, and every number. */
function generalCause(text: string, host: string): string {
  const withUser = host.replace(/:\d+$/, '')
  let general = text.slice(0, 2000)
  for (const name of [host, withUser, withUser.replace(/^.*@/, '')]) {
    const escaped = name.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
    if (name !== '') general = general.replace(new RegExp(`(?<![\\w-])${escaped}(?![\\w-])`, 'g'), '…')
  }
  return general
    .replace(/\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{7,64}\b/gi, '…')
    .replace(/\[?\b(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}\]?/gi, '…')
    .replace(/\d+(?:[.:T-]\d+)*/g, '…')
    .replace(/…(?:[\s:.…-]*…)+/g, '…')
}

/** Names, as many as have room, and how many more there are. */
export function someHosts(hosts: readonly string[], most = 6): string {
  // “and 1 more” takes the room of the one.
  if (hosts.length <= most + 1) return hosts.join(', ')
  return `${hosts.slice(0, most).join(', ')} and ${hosts.length - most} more`
}
