import { FitoutError } from '../errors.js'
import type { HostOutcome, HostReport } from '../events.js'
import { hanging, literally, type Style, visible } from '../text.js'
import type { View } from './io.js'

/** How a host ended; `unknown` in the record of a run that was cut off. */
export type Outcome = HostOutcome | 'unknown'

interface Ended<Kind> {
  outcome: Kind
  /** One sentence; hosts with the same one belong together. */
  cause?: string | undefined
  remedy?: string | undefined
}

/** How one host ended, as far as grouping needs it. */
export type Ending<Kind = Outcome> = Ended<Kind> & { host: string }

/** Hosts that ended the same way for the same reason; parts of it that differ from host to host are `…`. */
export type Group<Kind = Outcome> = Ended<Kind> & { hosts: string[] }

/** Outcomes in the order in which they want attention. */
export const outcomesByUrgency: readonly Outcome[] = [
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
  if (error instanceof FitoutError) return { host, outcome, cause: error.why, remedy: error.remedy }
  if (error !== undefined) return { host, outcome, cause: `a defect in fitout: ${String(error)}` }
  if (outcome === 'reboot-due') return { host, outcome, cause: report.reboot?.reason }
  if (outcome === 'not-reached') {
    const remedy = 'see to what failed, then run `fitout apply --failed`: it goes on with these, too'
    return { host, outcome, cause: report.notes.at(-1), remedy }
  }
  if (outcome !== 'failed') return { host, outcome }
  return { host, outcome, ...failedCause(report) }
}

/** Why a host failed that has no error: a trial did, or something is left to change. */
export function failedCause({
  trials,
  notDone,
}: Pick<HostReport, 'trials' | 'notDone'>): Pick<Ending, 'cause' | 'remedy'> {
  const failed = trials.find((trial) => trial.outcome === 'failed')
  if (failed === undefined) return notDone.length === 0 ? {} : { cause: `would change: ${notDone.join('; ')}` }
  const because = failed.because === undefined ? '' : `: ${failed.because}`
  return { cause: `the trial ${failed.title} failed${because}`, remedy: failed.remedy }
}

/**
 * Groups hosts by outcome and cause. Causes that differ only in numbers, addresses, runs or the host's own name are one, with
 * `…` where they differ: `12 hosts: apt's lock is held by unattended-upgrades (pid …)`.
 *
 * @param byUrgency what else hosts have in common than outcomes has an order of its own.
 * @returns what wants attention first, then the largest group first.
 */
export function grouped<Kind extends string>(
  endings: readonly Ending<Kind>[],
  byUrgency: readonly string[] = outcomesByUrgency,
): Group<Kind>[] {
  const groups = new Map<string, { outcome: Kind; cause: Words; remedy: Words; hosts: string[] }>()
  for (const { outcome, host, cause, remedy } of endings) {
    const why = new Words(cause, host)
    const next = new Words(remedy, host)
    const key = `${outcome}\0${why.fixed}`
    const group = groups.get(key) ?? { outcome, cause: why, remedy: next, hosts: [] }
    groups.set(key, group)
    group.hosts.push(host)
    group.cause.join(why)
    group.remedy.join(next)
  }
  return [...groups.values()]
    .map(({ outcome, cause, remedy, hosts }) => ({ outcome, cause: cause.text, remedy: remedy.text, hosts }))
    .sort(
      (one, other) =>
        byUrgency.indexOf(one.outcome) - byUrgency.indexOf(other.outcome) || other.hosts.length - one.hosts.length,
    )
}

/** What varies from host to host beside its name: names of runs, long hexadecimal words, IPv6 addresses, and every number. */
const varying = [
  String.raw`\b\d{8}[T-]\d{4,6}-[0-9a-f]{4,8}\b`,
  String.raw`\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{7,64}\b`,
  String.raw`\[?\b(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}\]?`,
  String.raw`\d+(?:[.:-]\d+)*`,
]

/** A sentence whose varying parts are known. */
class Words {
  /** Fixed and varying parts take turns, a fixed one first. */
  #parts: string[] | undefined

  constructor(text: string | undefined, host: string) {
    if (text === undefined) return
    const withUser = host.replace(/:\d+$/, '')
    const names = [host, withUser, withUser.replace(/^.*@/, '')]
      .filter((name) => name !== '')
      .map((name) => `(?<![\\w-])${literally(name)}(?![\\w-])`)
    this.#parts = text.slice(0, 2000).split(new RegExp(`(${[...names, ...varying].join('|')})`, 'gi'))
  }

  /** What hosts with the same cause have in common. */
  get fixed(): string {
    return this.#parts?.filter((_part, at) => at % 2 === 0).join('…') ?? ''
  }

  /** Leaves open where another differs; all of it where the other is another sentence. */
  join(other: Words): void {
    if (this.fixed !== other.fixed) this.#parts = undefined
    this.#parts = this.#parts?.map((part, at) => (part === other.#parts?.[at] ? part : '…'))
  }

  get text(): string | undefined {
    return this.#parts?.join('')
  }
}

/** A group as lines: what its hosts share, which they are, and what to do about it. */
export function showGroup(
  { cause = '', remedy, hosts }: Group<string>,
  heading: string,
  style: Style,
  { paint, width }: View,
): string[] {
  const [first = '', ...more] = hanging('  ', `${heading}: ${visible(cause)}`, width)
  return [
    paint(style, first),
    ...more,
    ...hanging('    ', visible(someHosts(hosts)), width).map((line) => paint('dim', line)),
    ...(remedy === undefined ? [] : hanging('    next  ', visible(remedy), width)),
  ]
}

/** `2 changed, 1 failed` */
export function countsOf(words: Iterable<string>): string {
  const counts = new Map<string, number>()
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1)
  return [...counts].map(([word, count]) => `${count} ${word}`).join(', ')
}

/** Names, as many as have room, and how many more there are. */
export function someHosts(hosts: readonly string[], most = 6): string {
  // “and 1 more” takes the room of the one.
  if (hosts.length <= most + 1) return hosts.join(', ')
  return `${hosts.slice(0, most).join(', ')} and ${hosts.length - most} more`
}
