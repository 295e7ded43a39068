import type { Plan } from './plan.js'
import { type ShowOptions, showPlan } from './show.js'

/** One host’s plan. */
export interface HostPlan {
  host: string
  plan: Plan
}

/** Hosts whose plans read the same, line by line. */
export interface SamePlan {
  hosts: string[]
  plan: Plan
}

/** Puts hosts together whose plans would be shown the same, in the order in which they come. */
export function samePlans(plans: readonly HostPlan[]): SamePlan[] {
  const groups = new Map<string, SamePlan>()
  for (const { host, plan } of plans) {
    const shown = showPlan('', plan).join('\n')
    const group = groups.get(shown)
    if (group === undefined) groups.set(shown, { hosts: [host], plan })
    else group.hosts.push(host)
  }
  return [...groups.values()]
}

/** The plans of several hosts as lines: each that is the same for several hosts once, with their names. */
export function showPlans(plans: readonly HostPlan[], options: ShowOptions = {}): string[] {
  return samePlans(plans).flatMap(({ hosts, plan }) => [...showPlan(hosts, plan, options), ''])
}
