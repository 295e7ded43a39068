import type { HostReport } from '../events.js'
import type { Plan } from '../plan/plan.js'
import { duration, hanging, type Paint, visible } from '../text.js'
import { showTrial } from './trials.js'

/** What `verify` found on one host: what would change, and how the trials ended. */
export function showVerified(
  report: HostReport,
  plan: Plan | undefined,
  view: { paint: Paint; width: number },
): string[] {
  const { paint, width } = view
  const changes = plan?.changes ?? []
  const sound = report.outcome !== 'failed'
  const verdict = sound ? paint('green', 'is as wanted') : paint('red', 'is not as wanted')
  const lines = [`${paint('bold', visible(report.host))} ${verdict} (${duration(report.milliseconds)})`]
  if (changes.length > 0) lines.push(paint('dim', '  would change'))
  for (const { title, why } of changes) lines.push(...hanging('    - ', visible(`${title}: ${why}`), width))
  if (report.trials.length > 0) lines.push(paint('dim', '  trials'))
  for (const trial of report.trials) lines.push(...showTrial(trial, { paint, width, indent: '    ' }))
  const notes = [...new Set(report.notes)]
  if (notes.length > 0) lines.push(paint('dim', '  notes'))
  for (const note of notes) lines.push(...hanging('    - ', visible(note), width))
  return lines
}
