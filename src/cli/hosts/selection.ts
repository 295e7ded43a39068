import type { Target } from '../../host/host.js'
import type { Selection } from '../../plan/assemble.js'
import type { Context } from '../command.js'
import type { FleetOptions, SelectionOptions } from '../options.js'
import { type Machines, recipesKnown, refuseRecipeNames } from './targets.js'

/**
 * Loads the recipes and chooses among them, for each machine what the command line and its fleet file say. From here on secret
 * values of options are hidden.
 *
 * @throws FitoutError for every wrong name or value.
 */
export async function selectionsOf(
  options: SelectionOptions & Pick<FleetOptions, 'recipe'>,
  machines: Machines,
  context: Context,
): Promise<(target: Target) => Selection> {
  const [all, { selectionsFor }] = await Promise.all([
    recipesKnown(options, machines.fleet, context),
    import('../../fleet/choice.js'),
  ])
  const { targets, hosts } = machines
  refuseRecipeNames(
    targets.filter(({ name }) => !hosts.has(name)),
    all.map(({ name }) => name),
  )
  const { only, skip, set } = options
  return selectionsFor(all, { only, skip, set }, machines, (value) => context.secrets.hide(value))
}
