import { failedAt } from '../errors.js'
import type { ErrorData } from '../events.js'
import { quote } from '../shell/quote.js'
import { duration, visible } from '../text.js'
import { type Ending, failedCause, type Group, grouped, type Outcome, outcomesByUrgency } from '../ui/causes.js'
import type { HostRecord, RecordedPlan } from './hosts.js'
import type { RunRecord } from './read.js'

/** How outcomes are told: a sign that needs no colour, a word, and the end of a sentence. */
export const outcomeWords: Record<Outcome, { sign: string; word: string; sentence: string }> = {
  failed: { sign: '✕', word: 'failed', sentence: 'failed' },
  interrupted: { sign: '‖', word: 'interrupted', sentence: 'was interrupted' },
  unknown: { sign: '?', word: 'end not seen', sentence: 'was at work when the record ends' },
  'not-reached': { sign: '○', word: 'not reached', sentence: 'was not reached' },
  'reboot-due': { sign: '↻', word: 'reboot due', sentence: 'waits for a reboot' },
  declined: { sign: '–', word: 'left as it is', sentence: 'was left as it is' },
  changed: { sign: '✓', word: 'changed', sentence: 'is as wanted now' },
  unchanged: { sign: '=', word: 'unchanged', sentence: 'is as wanted, nothing had to change' },
}

/** What is otherwise told of an undo. */
const undoSentences: Partial<Record<Outcome, string>> = {
  changed: 'is as before the run that was undone',
  unchanged: 'has nothing to undo',
}

export function isAsWanted(outcome: Outcome): boolean {
  return outcome === 'changed' || outcome === 'unchanged'
}

/** Why a host of a record ended as it did, for grouping. */
export function endingOfRecord(host: HostRecord): Ending {
  const { host: name, outcome, error } = host
  if (error !== undefined) {
    return { host: name, outcome, cause: error.cause ?? error.message, remedy: error.remedy }
  }
  if (outcome === 'reboot-due') return { host: name, outcome, cause: host.reboot }
  if (outcome !== 'failed') return { host: name, outcome }
  return { host: name, outcome, ...failedCause(host) }
}

/** What failed, and why. */
export function failureText({ doing, isStep, cause, message }: ErrorData): string {
  return `${doing === undefined ? '' : `${failedAt({ doing, isStep })}: `}${cause ?? message ?? ''}`
}

/** Groups of a run’s hosts by outcome and cause. */
export function groupsOf(record: RunRecord): Group[] {
  return grouped(record.hosts.map(endingOfRecord))
}

/** Hosts that want attention first; otherwise as they were named. */
export function byUrgency(hosts: readonly HostRecord[]): HostRecord[] {
  return hosts.toSorted(
    (one, other) => outcomesByUrgency.indexOf(one.outcome) - outcomesByUrgency.indexOf(other.outcome),
  )
}

/** `288 of 300 hosts are as wanted` */
export function headline(record: RunRecord): string {
  const all = record.hosts.length
  const wanted = record.hosts.filter(({ outcome }) => isAsWanted(outcome)).length
  if (all === 0) return 'a run without hosts'
  if (all === 1) {
    const [only] = record.hosts
    const undone = record.command === 'undo' ? undoSentences[only!.outcome] : undefined
    return `${visible(only!.host)} ${undone ?? outcomeWords[only!.outcome].sentence}`
  }
  if (wanted === all) return `all ${all} hosts are as wanted`
  return `${wanted} of ${all} hosts ${wanted === 1 ? 'is' : 'are'} as wanted`
}

/** `2026-11-21 02:30:00 UTC`, or the text itself where it is no date. */
export function moment(text: string | undefined): string {
  const date = text === undefined ? Number.NaN : Date.parse(text)
  if (Number.isNaN(date)) return visible(text ?? 'unknown')
  return `${new Date(date).toISOString().slice(0, 19).replace('T', ' ')} UTC`
}

/** From the first to the last that is known of a run, in milliseconds since 1970; `undefined` where nothing is. */
export function spanOf(record: RunRecord): { from: number; to: number } | undefined {
  const times = [
    Date.parse(record.begin ?? ''),
    Date.parse(record.end ?? ''),
    ...record.hosts.flatMap(({ from, to }) => [from ?? Number.NaN, to ?? Number.NaN]),
  ].filter((time) => !Number.isNaN(time))
  if (times.length === 0) return undefined
  let [from, to] = [times[0]!, times[0]!]
  for (const time of times) {
    from = Math.min(from, time)
    to = Math.max(to, time)
  }
  return { from, to }
}

/** How long the run took, and whether it came to an end. */
export function tookText(record: RunRecord): string {
  const span = spanOf(record)
  const took = span === undefined ? 'unknown' : duration(span.to - span.from)
  return record.end === undefined ? `${took} until the record ends; fitout was killed, or is still at work` : took
}

/** The command line as it can be copied, secrets masked. */
export function commandLine(record: RunRecord): string {
  return ['fitout', ...record.args.map((arg) => quote(visible(arg)))].join(' ')
}

/** Hosts with the same plan, the most first; plans without a change are left out. */
export function plansOf(record: RunRecord): { plan: RecordedPlan; hosts: string[] }[] {
  const changing = record.hosts.filter(({ plan }) => plan !== undefined && plan.changes.length > 0)
  return alike(changing, ({ plan }) => plan).map((hosts) => ({ plan: hosts[0]!.plan!, hosts: namesOf(hosts) }))
}

/** Hosts that are the same, as far as versions go; the most first. */
export function kindsOf(record: RunRecord) {
  const seen = record.hosts.filter(({ system }) => system !== undefined)
  const same = ({ system, kernel, versions }: HostRecord) =>
    JSON.stringify([system, kernel, Object.entries(versions).sort()])
  return alike(seen, same).map((hosts) => ({
    system: hosts[0]!.system!,
    kernel: hosts[0]!.kernel ?? '',
    versions: Object.entries(hosts[0]!.versions).sort(([one], [other]) => (one < other ? -1 : 1)),
    hosts: namesOf(hosts),
  }))
}

/** Hosts that have the same key, the most first. */
function alike(hosts: readonly HostRecord[], key: (host: HostRecord) => unknown): HostRecord[][] {
  const groups = new Map<unknown, HostRecord[]>()
  for (const host of hosts) {
    const same = groups.get(key(host))
    if (same === undefined) groups.set(key(host), [host])
    else same.push(host)
  }
  return [...groups.values()].sort((one, other) => other.length - one.length)
}

function namesOf(hosts: readonly HostRecord[]): string[] {
  return hosts.map(({ host }) => host)
}
