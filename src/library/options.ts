import type { FitoutError } from '../errors.js'
import type { FitoutEvent, HostReport } from '../events.js'
import type { Facts } from '../facts/facts.js'
import type { Proposal } from '../fleet/approvals.js'
import type { Fleet } from '../fleet/fleet.js'
import type { Asker, Target, Transport } from '../host/host.js'
import type { Plan } from '../plan/plan.js'
import type { Recipe } from '../recipe/recipe.js'
import type { RebootDue } from '../run/engine.js'

/** Which machines, and how they are reached. */
export interface MachineOptions {
  /** From `loadFleet`. Without `targets` all of its hosts are meant. */
  fleet?: Fleet | undefined
  /**
   * As on the command line: `local`, `user@host:port`, an alias of ssh_config; with a fleet also its hosts, groups, globs, `all`,
   * and `!name` to leave one out. An empty list names none.
   */
  targets?: string | readonly string[] | undefined
  /** Answers what hosts ask: passwords, passphrases, whether an unknown host key is trusted. What is absent is refused. */
  ask?: Partial<Asker> | undefined
  /** Unset: what the fleet says of the host, else `auto`. */
  transport?: Transport | undefined
  /** Trust host keys that no known_hosts file mentions, and add them. */
  acceptNewHostKeys?: boolean | undefined
  /** Instead of `~/.ssh/config`. */
  sshConfig?: string | undefined
  /** Instead of `~/.ssh/known_hosts`. */
  knownHosts?: readonly string[] | undefined
  /** Hosts at work at a time, 1 to 1000; unset: what the fleet says, else 16 a core here, at most 64. */
  concurrency?: number | undefined
  /**
   * Aborted: no further host is begun. One that is only looked at ends as interrupted, at once; one that is being changed finishes
   * its current step.
   */
  signal?: AbortSignal | undefined
  /** Told of everything that happens, as it happens. */
  onEvent?: ((event: FitoutEvent) => void) | undefined
}

/** Which recipes, with which options; both come before what a fleet says. */
export interface ChoiceOptions {
  /** What there is to choose from; unset: the recipes that fitout brings. With others, put those first: `[...recipes, mine]`. */
  recipes?: readonly Recipe[] | undefined
  /** These recipes instead of the default ones. */
  only?: readonly string[] | undefined
  /** Not these. */
  skip?: readonly string[] | undefined
  /** Values of options, by recipe: `{ 'docker-engine': { version: '^28' } }`. */
  options?: Readonly<Record<string, Readonly<Record<string, unknown>>>> | undefined
  /** The same as texts, `recipe.option=value`, which come before `options`. */
  set?: readonly string[] | undefined
}

interface FitOutBase extends MachineOptions, ChoiceOptions {}

/** Looks, and changes nothing. */
export interface PlanOptions extends FitOutBase {
  mode: 'plan'
}

/** Whether a run is written down on this side, as the command line’s are. */
interface RecordedOptions {
  /**
   * `true`: in the folder of the command line’s records, where `fitout report` and `fitout apply --failed` find it; a text: in
   * that folder instead. Unset: nowhere.
   */
  record?: boolean | string | undefined
}

/** Looks, and runs the trials; changes nothing but what trials clean up themselves. */
export interface VerifyOptions extends FitOutBase, RecordedOptions {
  mode: 'verify'
}

/** Makes it so, looks again until nothing is left to change, and runs the trials. */
export interface ApplyOptions extends FitOutBase, RecordedOptions {
  mode: 'apply'
  /**
   * The word that hosts may be changed. `true`: each host is changed as soon as it has its plan. A function is given all plans
   * once every host has one, and is asked again about a host whose plan has come to stop other containers since.
   */
  confirm: true | ((proposals: readonly Proposal[]) => boolean | Promise<boolean>)
  /** Running containers may be stopped (default: a plan that stops some fails before it changes anything). */
  allowStop?: boolean | undefined
  /**
   * Where changes lead to a restart: `never` (default; the host ends as `reboot-due`), `if-needed` (but with containers running only
   * with `allowStop`), or a function whose yes covers the containers that it is told of. Over SSH the host is waited for; this
   * machine is not restarted before you call `restart` of its result.
   */
  reboot?: 'never' | 'if-needed' | ((due: RebootDue) => boolean | Promise<boolean>) | undefined
  /** Run the trials even where nothing had to change. */
  verify?: boolean | undefined
  /** Canaries first, `1,10%,100%`: sizes count from the first host on; a failure ends it with its wave. */
  waves?: string | undefined
  /** So many hosts, or `N%`, may fail before no more are begun. */
  maxFailures?: number | string | undefined
  /** Aborted: hosts are no longer watched; what was started there goes on by itself, and a later `apply` follows it. */
  detach?: AbortSignal | undefined
}

export type FitOutOptions = PlanOptions | ApplyOptions | VerifyOptions

/** How it ended on one host. */
export interface HostResult {
  /** The name of the target. */
  host: string
  target: Target
  /** Nothing failed, and nothing is left open: for `plan` that it has a plan, else that the host is as wanted. */
  ok: boolean
  error?: FitoutError | undefined
  /** What would change, or what was to be changed; absent where it did not come to a plan. */
  plan?: Plan | undefined
}

export interface PlanResult extends HostResult {
  facts?: Facts | undefined
}

export interface VerifyResult extends HostResult {
  report: HostReport
}

export interface ApplyResult extends HostResult {
  report: HostReport
  /** Restarts this machine: there where `reboot` agreed to it, and left to you because your program ends with it. */
  restart?: (() => Promise<void>) | undefined
}

export interface FactsResult extends Omit<HostResult, 'plan'> {
  facts?: Facts | undefined
}
