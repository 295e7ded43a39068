import type { Emit, HostReport } from '../events.js'
import type { Facts } from '../facts/facts.js'
import type { Host } from '../host/host.js'
import type { Plan } from '../plan/plan.js'
import type { Recipe } from '../recipe/recipe.js'

/** The recipes of one run with their validated options, in the order in which they apply. */
export interface Selection {
  recipes: { recipe: Recipe; options: Record<string, unknown> }[]
}

/** A file that `fitout facts --json` writes and `fitout plan --facts` reads. */
export interface FactsFile {
  about?: { host?: string; source?: string; recorded?: boolean }
  facts: Facts
  /** What inspecting found, by resource id; without it a bare host is assumed. */
  seen?: Record<string, unknown>
}

export interface Looked {
  facts: Facts
  plan: Plan
}

export interface ApplyOptions {
  emit: Emit
  /** Shown the plan before anything is touched. */
  confirm(plan: Plan): Promise<boolean>
  /** Running containers may be stopped. */
  allowStop: boolean
  /** Run the trials even when nothing had to change. */
  verify: boolean
  /** Aborted at the first Ctrl-C: the current change is finished, then the run stops. */
  stop?: AbortSignal | undefined
  /** Aborted at the second Ctrl-C: stops watching; the host goes on by itself. */
  leave?: AbortSignal | undefined
}

/** Connect → facts → inspect → plan; changes nothing. */
export declare function look(host: Host, selection: Selection, emit: Emit): Promise<Looked>

/** Plans from recorded facts, with no host at all. */
export declare function planFromFacts(file: FactsFile, selection: Selection): Plan

/** The whole loop; never rejects for a failure of the host: the report and the `host-done` event carry it. */
export declare function applyTo(host: Host, selection: Selection, options: ApplyOptions): Promise<HostReport>

/** Looks, and runs the trials; changes nothing. Outcome `failed` when something would change or a trial failed. */
export declare function verifyHost(host: Host, selection: Selection, emit: Emit): Promise<HostReport>
