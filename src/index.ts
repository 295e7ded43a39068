/** What a program imports: the work of the command line, without a terminal. See docs/library.md. */
export { recipes } from '../recipes/index.js'
export { FitoutError, type Verdict } from './errors.js'
export type { FitoutEvent, HostOutcome, HostReport, Phase, TrialResult } from './events.js'
export type { Facts } from './facts/facts.js'
export type { Proposal } from './fleet/approvals.js'
export type { Fleet, FleetHost } from './fleet/fleet.js'
export type { Asker, Target, Transport } from './host/host.js'
export { facts, fitOut } from './library/fit-out.js'
export { type LoadOptions, loadFleet, planFromFacts } from './library/load.js'
export type {
  ApplyOptions,
  ApplyResult,
  ChoiceOptions,
  FactsResult,
  FitOutOptions,
  HostResult,
  MachineOptions,
  PlanOptions,
  PlanResult,
  VerifyOptions,
  VerifyResult,
} from './library/options.js'
export type { Plan, RunningContainer } from './plan/plan.js'
export type { Recipe } from './recipe/recipe.js'
export type { Change, Effect } from './resource/resource.js'
export type { RebootDue } from './run/engine.js'
export type { FactsFile } from './run/look.js'
export { version } from './version.js'
