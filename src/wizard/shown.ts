import { foldedNames } from '../names.js'
import { counted, visible } from '../text.js'
import type { SeenHost } from './state.js'

/** More machines than this are counted instead of named. */
const mostHosts = 8
/** More changes than this are counted instead of named: the plan has them all. */
const mostChanges = 4

/** What was found and what is proposed, as lines for above a question. */
export function proposalLines(hosts: readonly SeenHost[], current: boolean): string[] {
  const [only] = hosts
  if (only !== undefined && hosts.length === 1) return oneHost(only, current)
  const systems = new Map<string, string[]>()
  for (const host of hosts) {
    const what = `${host.system ?? 'unknown'}: ${stateOf(host, current)}`
    systems.set(what, [...(systems.get(what) ?? []), host.name])
  }
  const lines = [...systems].map(([what, names]) => visible(`${foldedNames(names).join(', ')}  ${what}`))
  const shown =
    lines.length <= mostHosts
      ? lines
      : [...lines.slice(0, mostHosts - 1), `and ${lines.length - mostHosts + 1} more kinds`]
  return [counted(hosts.length, 'host'), ...shown.map((line) => `  ${line}`)]
}

function stateOf({ plan, error }: SeenHost, current: boolean): string {
  if (error !== undefined) return error.why
  if (plan === undefined || !current) return 'looked at'
  return plan.changes.length === 0 ? 'is as wanted' : counted(plan.changes.length, 'change')
}

function oneHost(host: SeenHost, current: boolean): string[] {
  const { name, system, has, right, plan, error } = host
  const lines = [
    visible(`${name === 'local' ? 'This machine' : name}: ${system ?? 'nothing is known of it'}`),
    ...(has.length > 0 ? [visible(`  ${has.join(', ')}`)] : []),
  ]
  const list = (lead: string, items: readonly string[]) => {
    const first = items.slice(0, items.length > mostChanges + 1 ? mostChanges : items.length)
    const rest = items.length - first.length
    for (const [index, item] of [...first, ...(rest > 0 ? [`and ${rest} more`] : [])].entries())
      lines.push(`  ${(index === 0 ? lead : '').padEnd(14)} ${visible(item)}`)
  }
  if (error !== undefined) {
    list('no plan', [error.why])
    if (error.remedy !== undefined) list('next', [error.remedy])
    return lines
  }
  if (!current || plan === undefined) return lines
  if (right.length > 0) list('right already', [right.join(', ')])
  if (plan.changes.length === 0) list('would change', ['nothing'])
  else
    list(
      'would change',
      plan.changes.map(({ title }) => title),
    )
  return lines
}
