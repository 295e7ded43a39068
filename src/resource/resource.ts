import type { Facts } from '../facts/facts.js'
import type { Answer } from '../shell/frame.js'
import type { Change } from './change.js'

export type { Change, Effect, Runtime, Transaction } from './change.js'

/**
 * Where in a run a change belongs; changes of one stage keep the order of their recipes. Services start after everything is
 * configured: one that does not come up because of its configuration would otherwise stop the run before that is mended.
 */
export const stages = ['prepare', 'packages', 'configure', 'services', 'reboot'] as const
export type Stage = (typeof stages)[number]

/**
 * One thing that should be so on a host. It knows the question to ask (`inspect`, POSIX shell run as root that changes
 * nothing), how to read the answer (`read`), and, from what was seen, what would have to change (`plan`, pure).
 */
export interface Resource {
  /** Unique in a plan: kind and name, `file /etc/docker/daemon.json`. */
  id: string
  /** Empty where the facts say it all already: `assume` then reads them. */
  inspect: string
  /** Shell that this and other resources' questions share; run once before them, what it sets is theirs to read. */
  shared?: string | undefined
  /** Turns the answer into plain data, which a facts file may hold instead. */
  read(answer: Answer): unknown
  /** What to assume where only facts are known: a bare host, as far as the facts do not say otherwise. */
  assume(facts: Facts): unknown
  /**
   * @param seen what `read` returned.
   * @throws FitoutError when the resource cannot be made true: nothing at all is then touched on this host.
   */
  plan(seen: unknown): Change | undefined
  /** Its text may hold a secret: no diff of it is shown. */
  secret?: true
  /** One resource of this and another with the same id, which a later recipe wants. */
  join?(other: Resource): Resource
}

/** A change, which is its resource's unless it says otherwise. */
export type PlannedChange = Omit<Change, 'resource'> & Partial<Change>

/** Declares a resource; the type of what was seen stays between `read` and `plan`. */
export function defineResource<Seen>(
  resource: Omit<Resource, 'read' | 'assume' | 'plan'> & {
    read(answer: Answer): Seen
    assume(facts: Facts): Seen
    plan(seen: Seen): PlannedChange | undefined
  },
): Resource {
  const planned = (change: PlannedChange | undefined) => change && { resource: resource.id, ...change }
  return { ...resource, plan: (seen) => planned(resource.plan(seen as Seen)) }
}
