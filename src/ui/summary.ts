import type { FinishedHost, HostReport } from '../events.js'
import type { Plan } from '../plan/plan.js'
import { quote } from '../shell/quote.js'
import { counted, duration, hanging, type Paint, type Style, unpainted, visible } from '../text.js'
import { countsOf, endingOf, grouped, showGroup } from './causes.js'
import type { View } from './io.js'
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

/** What `verify` found on one host: what would change, and how the trials ended. */
export function showVerified(report: HostReport, plan: Plan | undefined, view: View): string[] {
  const { paint } = view
  const verdict = report.outcome === 'failed' ? paint('red', 'is not as wanted') : paint('green', 'is as wanted')
  const changes = plan?.changes.map(({ title, why }) => `${title}: ${why}`) ?? []
  return [
    `${paint('bold', visible(report.host))} ${verdict} (${duration(report.milliseconds)})`,
    ...showItems('would change', changes, view),
    ...showTrials(report.trials, view),
    ...showItems('notes', [...new Set(report.notes)], view),
  ]
}

/** Items below a heading; nothing where there are none. */
function showItems(heading: string, items: readonly string[], { paint, width }: View): string[] {
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
  return `${counted(results.length, 'host')}: ${countsOf(results.map(({ report }) => report.outcome))}`
}

/** Several hosts at the end: how many ended how, and each reason once with its hosts and what to do about it. */
export function showTally(results: readonly FinishedHost[], { paint = unpainted as Paint, width = 80 } = {}): string[] {
  const lines = groupsOf(results)
    .filter(({ cause }) => cause !== undefined)
    .flatMap((group) => {
      const [style] = outcomes[group.outcome as HostReport['outcome']]
      return showGroup(group, `${counted(group.hosts.length, 'host')} ${group.outcome}`, style, { paint, width })
    })
  return [paint('bold', tally(results)), ...lines]
}

/** The first host of each reason, in the order of urgency. */
export function oneOfEach(results: readonly FinishedHost[]): FinishedHost[] {
  const byHost = new Map(results.map((result) => [result.report.host, result]))
  return groupsOf(results).flatMap(({ hosts: [first = ''] }) => byHost.get(first) ?? [])
}

function groupsOf(results: readonly FinishedHost[]) {
  return grouped(results.map(({ report, error }) => endingOf(report, error)))
}
