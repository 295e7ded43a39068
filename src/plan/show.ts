import { foldedNames } from '../names.js'
import { type Change, type Effect, stages } from '../resource/resource.js'
import { allServices, does, onService } from '../resource/service.js'
import { counted, hanging, listed, type Paint, unpainted, visible, wrap } from '../text.js'
import type { Plan, RunningContainer } from './plan.js'

export interface ShowOptions {
  paint?: Paint
  /** Columns to wrap prose at; diffs are never broken. */
  width?: number
}

/**
 * A plan as lines for a person: what is there, what would change and why, and what comes with it.
 *
 * @param host or all hosts for which it is the same.
 */
export function showPlan(
  host: string | readonly string[],
  plan: Plan,
  { paint = unpainted, width = 80 }: ShowOptions = {},
): string[] {
  const [first = '', ...others] = typeof host === 'string' ? [host] : host
  const lines = [
    `${paint('bold', others.length > 0 ? counted(others.length + 1, 'host') : visible(first))}  ${visible(plan.host)}`,
  ]
  if (others.length > 0) lines.push(...hanging('  ', visible(foldedNames([first, ...others]).join(', ')), width))
  if (plan.changes.length === 0) {
    lines.push(
      ...hanging(
        '  ',
        `Nothing to change: ${listed(plan.recipes)} ${plan.recipes.length === 1 ? 'is' : 'are'} as wanted.`,
        width,
      ),
    )
  }
  for (const stage of stages) {
    const changes = plan.changes.filter((change) => change.stage === stage)
    if (changes.length > 0) lines.push('', `  ${paint('dim', stage)}`)
    for (const change of changes) lines.push(...showChange(change, paint, width))
  }
  lines.push(...showEffects(plan, paint, width))
  if (plan.notes.length > 0) {
    lines.push('', `  ${paint('dim', 'notes')}`)
    for (const note of plan.notes) lines.push(...hanging('    - ', visible(note), width))
  }
  if (plan.changes.length > 0)
    lines.push(
      '',
      `  ${counted(plan.changes.length, 'change')} for ${others.length > 0 ? `each of these ${others.length + 1} hosts` : first === 'local' ? 'this machine' : visible(first)}.`,
    )
  return lines
}

function showChange(change: Change, paint: Paint, width: number): string[] {
  const [title = '', ...more] = hanging('    + ', visible(change.title), width)
  const lines = [`    ${paint('green', '+')} ${paint('bold', title.slice(6))}`]
  lines.push(...more.map((line) => paint('bold', line)))
  const inner = (text: string) => wrap(visible(text), width - 8).map((line) => `        ${line}`)
  if (change.why !== '') lines.push(...inner(change.why).map((line) => paint('dim', line)))
  for (const detail of change.details ?? []) lines.push(...inner(detail))
  if (change.diff !== undefined) lines.push(...showDiff(change.diff, paint).map((line) => `        ${line}`))
  return lines
}

/** The lines of a unified diff, added green and removed red. */
export function showDiff(diff: string, paint: Paint): string[] {
  return diff
    .replace(/\n$/, '')
    .split('\n')
    .map((raw) => {
      const line = visible(raw)
      if (/^(\+\+\+|---|===|Index:)/.test(line)) return paint('dim', line)
      if (line.startsWith('@@')) return paint('cyan', line)
      if (line.startsWith('+')) return paint('green', line)
      return line.startsWith('-') ? paint('red', line) : line
    })
}

/** One effect as a line. */
function effectText(effect: Effect): string {
  if (effect.kind === 'new-login') return `${effect.user} has to log in anew before new groups count`
  if (effect.kind === 'needs-reboot')
    return `needs a reboot, which is asked for when all else is done: ${effect.reason}`
  const { does: what, service: name } = onService(effect)!
  const service = allServices().find((one) => one.name === name)
  const stays = what === 'reloads' && service?.running !== undefined ? ', containers go on' : ''
  return `${what} ${service?.title ?? name}${stays}: ${effect.reason}`
}

function showEffects(plan: Plan, paint: Paint, width: number): string[] {
  const texts = [...new Set(plan.effects.map((effect) => visible(effectText(effect))))]
  if (texts.length === 0 && plan.stops.length === 0 && plan.running.length === 0) return []
  const lines = ['', `  ${paint('dim', 'effects')}`]
  for (const text of texts) lines.push(...hanging('    ! ', text, width).map((line) => paint('yellow', line)))
  const stays = plan.running.filter(({ id }) => !plan.stops.some((stopped) => stopped.id === id))
  if (plan.stops.length > 0) {
    lines.push(paint('red', `    ! stops ${counted(plan.stops.length, 'running container')}:`))
    lines.push(...plan.stops.flatMap((container) => hanging('        ', stoppedText(container), width)))
  }
  if (stays.length > 0) {
    const reboot = plan.effects.some(({ kind }) => kind === 'needs-reboot')
    lines.push(
      `      running now ${reboot ? 'and stopped by the reboot' : 'and left running'}: ${counted(stays.length, 'container')}`,
    )
    const text = reboot ? stoppedText : containerText
    lines.push(...stays.flatMap((container) => hanging('        ', text(container), width)))
  }
  const restarts = plan.effects.some((effect) => does(effect, 'restarts'))
  if (restarts && plan.running.length === 0) lines.push('      no container is running now')
  return lines
}

/** `web (nginx:1.27, 3f2a91c04d1e)` */
function containerText({ id, name, image }: RunningContainer): string {
  return visible(`${name} (${image}, ${id.slice(0, 12)})`)
}

/** A container that would be stopped, and what becomes of it afterwards. */
export function stoppedText(container: RunningContainer): string {
  const policy = container.restartPolicy
  const after =
    policy === 'always' || policy === 'unless-stopped'
      ? `it is started again (${policy})`
      : `it stays down (restart policy ${policy === '' ? 'no' : visible(policy)})`
  return `${containerText(container)}: ${after}`
}
