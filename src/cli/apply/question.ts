import type { Proposal } from '../../fleet/approvals.js'
import { foldedNames } from '../../names.js'
import type { Plan, RunningContainer } from '../../plan/plan.js'
import { stoppedText } from '../../plan/show.js'
import type { Change } from '../../resource/resource.js'
import { does } from '../../resource/service.js'
import { counted, listed, visible } from '../../text.js'
import type { RebootMode } from './reboot-mode.js'

export interface Reboots {
  reboot: RebootMode
  asking: boolean
  resume: boolean
  /** How many waves it is done in. */
  waves?: number
}

/**
 * The one question for all hosts. Containers that would stop are listed, packages that would be removed are named, and what
 * becomes of a reboot that the changes may lead to is said. The preset answer is yes only if nothing is stopped, removed,
 * replaced or restarted.
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
  const preset = reboots.reboot !== 'if-needed' || !proposals.some(({ plan }) => needsReboot(plan))
  const text = `${removedText(proposals)}${ask}`
  if (stops.length === 0) return { text, preset: preset && !proposals.some(({ plan }) => plan.changes.some(takes)) }
  const them = stopped.length === 1 ? 'a running container' : `${stopped.length} running containers`
  return { text: `This stops ${them}:\n${stops.join('\n')}\n${text}`, preset: false }
}

/** Whether a change takes, replaces, stops or restarts something that is there now; one that does not say so may. */
function takes({ adds, effects }: Change): boolean {
  return adds !== true || effects.some((effect) => does(effect, 'stops') || does(effect, 'restarts'))
}

/** More names than these are counted. */
const mostRemoved = 8

function removedText(proposals: readonly Proposal[]): string {
  const removed = proposals.flatMap(({ plan }) => plan.changes.flatMap(({ transaction }) => transaction?.remove ?? []))
  const names = [...new Set(removed.map(({ name }) => visible(name)))].sort()
  if (names.length === 0) return ''
  return `This removes ${names.length > mostRemoved ? counted(names.length, 'package') : listed(names)}.\n`
}

function needsReboot(plan: Plan): boolean {
  return plan.effects.some(({ kind }) => kind === 'needs-reboot')
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
    const first = group[0]!
    if (group.length === 1) return stopText(first)
    const { name, image } = first.container
    return `  ${visible(`${name} (${image}) on ${counted(group.length, 'host')}: ${foldedNames(group.map(({ host }) => host)).join(', ')}`)}`
  })
}

function rebootText(proposals: readonly Proposal[], { reboot, asking, resume }: Reboots): string {
  const due = proposals.filter(({ plan }) => needsReboot(plan))
  if (due.length === 0) return ''
  const who = listed(foldedNames(due.map(({ host }) => (host === 'local' ? 'this machine' : visible(host)))))
  const after = resume ? ', and fitout-resume.service goes on after it' : ''
  if (reboot === 'if-needed') return `This restarts ${who} where that turns out to be needed${after}.\n`
  return reboot === 'ask' && asking
    ? `This leads to a restart of ${who}: you are asked again before it${after}.\n`
    : `This leads to a restart of ${who}, which is left to you.\n`
}
