import type { FinishedHost, HostReport } from '../events.js'
import { quote } from '../shell/quote.js'
import { counted, duration, hanging, type Paint, type Style, unpainted, visible } from '../text.js'
import { endingOf, grouped, someHosts } from './causes.js'
import { showTrials } from './trials.js'

const outcomes: Record<HostReport['outcome'], [Style, string]> = {
  unchanged: ['green', 'is as wanted, nothing had to change'],
  changed: ['green', 'is as wanted now'],
  failed: ['red', 'failed'],
  declined: ['yellow', 'was left as it is'],
  interrupted: ['yellow', 'was interrupted'],
  'reboot-due': ['yellow', 'waits for a reboot'],
  'not-reached': ['yellow', 'was not reached: nothing was changed'],
}

/** One host's end as lines: what was done and what was not, what was proven, notes, and where the record is. */
export function showReport(report: HostReport, { paint = unpainted as Paint, width = 80 } = {}): string[] {
  const [style, words] = outcomes[report.outcome]
  const list = (heading: string, items: readonly string[]) => showItems(heading, items, { paint, width })
  return [
    `${paint('bold', visible(report.host))} ${paint(style, words)} (${duration(report.milliseconds)})`,
    ...list('done', report.done),
    ...list(
      report.outcome === 'reboot-due' ? 'waits for the reboot, and so do the trials' : 'not done',
      report.notDone,
    ),
    ...list('reboot', report.reboot === undefined ? [] : [report.reboot.reason, afterReboot(report)]),
    ...showTrials(report.trials, { paint, width }),
    ...list('notes', [...new Set(report.notes)]),
    ...list('records on the host', report.runs),
  ]
}

/** Items below a heading; nothing where there are none. */
export function showItems(
  heading: string,
  items: readonly string[],
  { paint, width }: { paint: Paint; width: number },
): string[] {
  if (items.length === 0) return []
  return [paint('dim', `  ${heading}`), ...items.flatMap((item) => hanging('    - ', visible(item), width))]
}

/** What goes on after a reboot, and how. */
function afterReboot({ host, reboot }: HostReport): string {
  const again = `\`fitout apply --verify${host === 'local' ? '' : ` ${quote(host)}`}\``
  if (reboot?.resume !== undefined) {
    return `this machine restarts now, and ${reboot.resume} goes on once; \`journalctl -fu fitout-resume\` shows it`
  }
  if (reboot?.agreed) return `this machine restarts now; run ${again} with the same options afterwards`
  const whom = host === 'local' ? 'this machine' : host
  return `restart ${whom} when it suits, then run ${again} with the same options: it goes on from here`
}

/** One line for several hosts: `3 hosts: 2 changed, 1 failed`. */
export function tally(results: readonly FinishedHost[]): string {
  const counts = new Map<string, number>()
  for (const { report } of results) counts.set(report.outcome, (counts.get(report.outcome) ?? 0) + 1)
  return `${counted(results.length, 'host')}: ${[...counts].map(([outcome, count]) => `${count} ${outcome}`).join(', ')}`
}

/** Several hosts at the end: how many ended how, and each reason once with its hosts and what to do about it. */
export function showTally(results: readonly FinishedHost[], { paint = unpainted as Paint, width = 80 } = {}): string[] {
  const groups = grouped(results.map(({ report, error }) => endingOf(report, error)))
  const lines = [paint('bold', tally(results))]
  for (const { outcome, cause, remedy, hosts } of groups) {
    if (cause === undefined) continue
    const [first = '', ...more] = hanging('  ', `${counted(hosts.length, 'host')} ${outcome}: ${visible(cause)}`, width)
    lines.push(paint(outcomes[outcome as HostReport['outcome']][0], first), ...more)
    lines.push(...hanging('    ', visible(someHosts(hosts)), width).map((line) => paint('dim', line)))
    if (remedy !== undefined) lines.push(...hanging('    next  ', visible(remedy), width))
  }
  return lines
}

/** The first host of each reason, in the order of urgency. */
export function oneOfEach(results: readonly FinishedHost[]): FinishedHost[] {
  const byHost = new Map(results.map((result) => [result.report.host, result]))
  const groups = grouped(results.map(({ report, error }) => endingOf(report, error)))
  return groups.flatMap(({ hosts: [first = ''] }) => byHost.get(first) ?? [])
}
