import type { Target } from '../host/host.js'
import type { Selection } from '../run/engine.js'
import type { Context } from './command.js'
import type { SelectionOptions } from './options.js'
import { refuseRecipeNames } from './targets.js'

/** Loads the recipes and chooses among them. @throws FitoutError for every wrong name or value. */
export async function selectionOf(
  options: SelectionOptions,
  targets: readonly Target[],
  context: Context,
): Promise<Selection> {
  const [all, { choose }] = await Promise.all([context.services.recipes(), import('../recipe/choose.js')])
  refuseRecipeNames(
    targets,
    all.map(({ name }) => name),
  )
  return choose(all, options)
}
