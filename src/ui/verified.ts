import type { HostReport } from '../events.js'
import type { Plan } from '../plan/plan.js'
import { duration, type Paint, visible } from '../text.js'
import { showItems } from './summary.js'
import { showTrials } from './trials.js'

/** What `verify` found on one host: what would change, and how the trials ended. */
export function showVerified(
  report: HostReport,
  plan: Plan | undefined,
  view: { paint: Paint; width: number },
): string[] {
  const verdict =
    report.outcome === 'failed' ? view.paint('red', 'is not as wanted') : view.paint('green', 'is as wanted')
  const changes = plan?.changes ?? []
  return [
    `${view.paint('bold', visible(report.host))} ${verdict} (${duration(report.milliseconds)})`,
    ...showItems(
      'would change',
      changes.map(({ title, why }) => `${title}: ${why}`),
      view,
    ),
    ...showTrials(report.trials, view),
    ...showItems('notes', [...new Set(report.notes)], view),
  ]
}
