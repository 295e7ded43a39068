import type { Facts } from '../facts/facts.js'
import type { Answer } from '../shell/frame.js'

/**
 * Where in a run a change belongs; changes of one stage keep the order of their recipes. Services start after everything is
 * configured: one that does not come up because of its configuration would otherwise stop the run before that is mended.
 */
export const stages = ['prepare', 'packages', 'configure', 'services', 'reboot'] as const
export type Stage = (typeof stages)[number]

/** What a change does beyond making its resource true; a person should know of these before saying yes. */
export type Effect =
  | { kind: 'restarts-docker'; reason: string }
  | { kind: 'reloads-docker'; reason: string }
  /** It does not come back. */
  | { kind: 'stops-docker'; reason: string }
  | { kind: 'new-login'; user: string }
  | { kind: 'needs-reboot'; reason: string }

/** Packages to bring in and take out. All recipes' transactions become one. */
export interface Transaction {
  /** Who does it; apt unless said otherwise. */
  manager?: 'dnf' | undefined
  /** On dnf: repositories whose index is fetched anew before. */
  fresh?: string[] | undefined
  /** On dnf: packages that go with it, as it was simulated. Where others would, nothing is changed. */
  going?: string[] | undefined
  install: { name: string; version?: string | undefined; from?: string | undefined }[]
  /** Removed, never purged: configuration and data stay. On dnf: `byItself` where dnf removes it without being told. */
  remove: { name: string; version: string; byItself?: boolean | undefined }[]
  /** Whether an older version may replace a newer one. Only true when the plan says `downgrade`. */
  allowDowngrade: boolean
  /** Packages whose hold is lifted for the transaction, and set again when the options say so. */
  unhold: string[]
  hold: string[]
}

/** A runtime of Docker's: its name in daemon.json, and the program behind it. */
export interface DockerRuntime {
  name: string
  /** A path, or a name that the daemon looks up in its PATH. */
  path: string
  isDefault: boolean
}

/** What would make one resource true. */
export interface Change {
  /** The resource's id. */
  resource: string
  stage: Stage
  /** An imperative line for the plan and the progress: `Write /etc/docker/daemon.json`. */
  title: string
  /** Why it is not so already: `it does not exist`. */
  why: string
  /** More lines to show under the title. */
  details?: string[] | undefined
  /** A unified diff, where a file's content changes. */
  diff?: string | undefined
  /** Idempotent POSIX shell on top of `plan/prelude.sh`; may be empty where `transaction` or `refresh` says it all. */
  script: string
  effects: Effect[]
  transaction?: Transaction | undefined
  /** A runtime that the Docker daemon must have with this change; where it cannot, the old daemon.json goes back. */
  runtime?: DockerRuntime | undefined
  /** The package index must be fetched after this change; names the sources file that needs it (whole index when empty). */
  refresh?: string | undefined
}

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
  /** One resource of this and another with the same id, which a later recipe wants. */
  join?(other: Resource): Resource
}

/** Declares a resource; the type of what was seen stays between `read` and `plan`. */
export function defineResource<Seen>(resource: {
  id: string
  inspect: string
  shared?: string | undefined
  read(answer: Answer): Seen
  assume(facts: Facts): Seen
  plan(seen: Seen): Change | undefined
  join?(other: Resource): Resource
}): Resource {
  return { ...resource, plan: (seen) => resource.plan(seen as Seen) }
}
