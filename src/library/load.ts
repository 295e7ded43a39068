import { usageError } from '../errors.js'
import { selectionsFor } from '../fleet/choice.js'
import type { Fleet } from '../fleet/fleet.js'
import { fleetSource } from '../fleet/machines.js'
import { fleetOrigin } from '../fleet/origin.js'
import type { Target } from '../host/host.js'
import { modules } from '../modules.js'
import type { Plan } from '../plan/plan.js'
import type { Recipe } from '../recipe/recipe.js'
import type { FactsFile } from '../run/look.js'
import type { ChoiceOptions } from './options.js'

export interface LoadOptions {
  /** The file is an inventory of Ansible; an executable one is run. */
  inventory?: boolean | undefined
  /** The recipes that the file may name; unset: those that fitout brings. */
  recipes?: readonly Recipe[] | undefined
}

/**
 * Reads a fleet file, which runs the code of the modules that it names below `recipeFiles`.
 *
 * @param file unset: what the variable FITOUT_FLEET names, else `fitout.yaml` in the working directory.
 * @throws FitoutError (`exitCode` 64) with every mistake of the file, each with its line and column; where there is no file; and
 * where nobody named it and somebody else may have written it.
 */
export async function loadFleet(file?: string | undefined, options: LoadOptions = {}): Promise<Fleet> {
  const kind = options.inventory ? 'inventory' : 'fleet'
  const origin = file === undefined ? fleetOrigin(['all'], {}, process.env) : ({ kind, file } as const)
  if (origin === undefined)
    throw usageError('there is no fitout.yaml here', 'name the file, or write one: `fitout init`')
  return await fleetSource(origin, options.recipes ?? (await modules.recipes()), process.env).whole()
}

/**
 * Plans from what `fitout facts --json` wrote, with no host at all; what the file does not say is assumed to be a bare host’s.
 *
 * @throws FitoutError where the choice makes no sense, or the host cannot be fitted out so.
 */
export async function planFromFacts(recorded: FactsFile, choice: ChoiceOptions = {}): Promise<Plan> {
  const here: Target = { kind: 'local', name: 'local' }
  const machines = { targets: [here], hosts: new Map() }
  // What a program has set, it may see.
  const selection = selectionsFor(choice.recipes ?? (await modules.recipes()), choice, machines, () => undefined)
  const look = await import('../run/look.js')
  return look.planFromFacts(recorded, selection(here))
}
