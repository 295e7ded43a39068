import type { Plan } from '../plan/plan.js'

/** One host's plan that waits for a yes. */
export interface Proposal {
  host: string
  plan: Plan
}

export interface ApprovalsOptions {
  hosts: readonly string[]
  /** Wait until every host has a plan, or needs none, and decide on all at once. */
  together: boolean
  /** Called once for all, or once a host; with no proposals where nothing would change anywhere. */
  decide(proposals: readonly Proposal[]): Promise<boolean>
}

export type Approvals = ReturnType<typeof approvals>

/** Collects the plans of hosts that work side by side, so that a person is shown all and asked once. */
export function approvals({ hosts, together, decide }: ApprovalsOptions) {
  const undecided = new Set(hosts)
  const waiting: (Proposal & { answer: (decision: boolean | Promise<boolean>) => void })[] = []
  /** What was agreed to, by host: the containers that may stop. */
  const agreed = new Map<string, Set<string>>()
  let open = true

  const decideAll = () => {
    if (!together || !open || undecided.size > 0) return
    open = false
    const decision = decide(waiting.map(({ host, plan }) => ({ host, plan })))
    for (const { answer } of waiting.splice(0)) answer(decision)
    // Without a proposal nobody waits for the answer; a failure to ask is then nobody's.
    decision.catch(() => undefined)
  }

  return {
    /** The host ended, or has nothing to change: others need not wait for it. */
    settle(host: string): void {
      if (undecided.delete(host)) decideAll()
    },
    async confirm(host: string, plan: Plan): Promise<boolean> {
      const before = agreed.get(host)
      // The host moved on after the yes. That holds as long as no other container stops.
      if (before !== undefined) return plan.stops.every(({ id }) => before.has(id))
      const decision = await new Promise<boolean>((answer) => {
        if (together && open) {
          waiting.push({ host, plan, answer })
          undecided.delete(host)
          decideAll()
        } else answer(decide([{ host, plan }]))
      })
      if (decision) agreed.set(host, new Set(plan.stops.map(({ id }) => id)))
      return decision
    },
  }
}
