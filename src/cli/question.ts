import type { Proposal } from '../fleet/approvals.js'
import { foldedNames } from '../names.js'
import type { RunningContainer } from '../plan/plan.js'
import { stoppedText } from '../plan/show.js'
import { counted, listed, visible } from '../text.js'
import type { RebootMode } from './reboots.js'

export interface Reboots {
  reboot: RebootMode
  asking: boolean
  resume: boolean
  /** How many waves it is done in. */
  waves?: number
}

/**
 * The one question for all hosts. Where containers would stop they are listed, and the preset answer is no. What becomes of
 * a reboot that the changes may lead to is said.
 */
export function questionFor(
  proposals: readonly Proposal[],
  reboots: Reboots = { reboot: 'ask', asking: true, resume: false },
): { text: string; preset: boolean } {
  const changes = proposals.reduce((sum, { plan }) => sum + plan.changes.length, 0)
  const where =
    proposals.length <= 3
      ? listed(proposals.map(({ host }) => (host === 'local' ? 'this machine' : visible(host))))
      : counted(proposals.length, 'host')
  const stopped = proposals.flatMap(({ host, plan }) => plan.stops.map((container) => ({ host, container })))
  const stops = stopped.length > mostStops ? alike(stopped) : stopped.map(stopText)
  const ask = `${rebootText(proposals, reboots)}Make ${changes === 1 ? 'this change' : `these ${changes} changes`} to ${where}${(reboots.waves ?? 1) > 1 ? `, in ${reboots.waves} waves` : ''}?`
  if (stops.length === 0) return { text: ask, preset: true }
  const them = stopped.length === 1 ? 'a running container' : `${stopped.length} running containers`
  return { text: `This stops ${them}:\n${stops.join('\n')}\n${ask}`, preset: false }
}

/** More lines than these are put together where containers are alike. */
const mostStops = 20

type Stop = { host: string; container: RunningContainer }

function stopText({ host, container }: Stop): string {
  return `  ${visible(host)}: ${stoppedText(container)}`
}

/** Containers of the same name, image and restart policy as one line, with all their hosts. */
function alike(stops: readonly Stop[]): string[] {
  const groups = new Map<string, Stop[]>()
  for (const stop of stops) {
    const { name, image, restartPolicy } = stop.container
    const key = JSON.stringify([name, image, restartPolicy])
    groups.set(key, [...(groups.get(key) ?? []), stop])
  }
  return [...groups.values()].map((group) => {
    const [first] = group
    if (first === undefined || group.length === 1) return first === undefined ? '' : stopText(first)
    const { name, image } = first.container
    return `  ${visible(`${name} (${image}) on ${counted(group.length, 'host')}: ${foldedNames(group.map(({ host }) => host)).join(', ')}`)}`
  })
}

function rebootText(proposals: readonly Proposal[], { reboot, asking, resume }: Reboots): string {
  const due = proposals.filter(({ plan }) => plan.effects.some(({ kind }) => kind === 'needs-reboot'))
  if (due.length === 0) return ''
  const who = listed(foldedNames(due.map(({ host }) => (host === 'local' ? 'this machine' : visible(host)))))
  const after = resume ? ', and fitout-resume.service goes on after it' : ''
  if (reboot === 'if-needed') return `This restarts ${who} where that turns out to be needed${after}.\n`
  return reboot === 'ask' && asking
    ? `This leads to a restart of ${who}: you are asked again before it${after}.\n`
    : `This leads to a restart of ${who}, which is left to you.\n`
}
