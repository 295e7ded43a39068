import { stoppedText } from '../plan/show.js'
import { counted, listed, visible } from '../text.js'
import type { Proposal } from './approvals.js'

/**
 * The one question for all hosts. Where containers would stop they are listed, and the preset answer is no.
 */
export function questionFor(proposals: readonly Proposal[]): { text: string; preset: boolean } {
  const changes = proposals.reduce((sum, { plan }) => sum + plan.changes.length, 0)
  const where =
    proposals.length <= 3
      ? listed(proposals.map(({ host }) => (host === 'local' ? 'this machine' : visible(host))))
      : counted(proposals.length, 'host')
  const stops = proposals.flatMap(({ host, plan }) =>
    plan.stops.map((container) => `  ${visible(host)}: ${stoppedText(container)}`),
  )
  const ask = `Make ${changes === 1 ? 'this change' : `these ${changes} changes`} to ${where}?`
  if (stops.length === 0) return { text: ask, preset: true }
  const them = stops.length === 1 ? 'a running container' : `${stops.length} running containers`
  return { text: `This stops ${them}:\n${stops.join('\n')}\n${ask}`, preset: false }
}
