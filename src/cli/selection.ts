import { FitoutError } from '../errors.js'
import type { FleetHost } from '../fleet/fleet.js'
import type { Target } from '../host/host.js'
import type { Choice } from '../recipe/choose.js'
import type { Selection } from '../run/engine.js'
import type { Context } from './command.js'
import type { SelectionOptions } from './options.js'
import { type Machines, refuseRecipeNames } from './targets.js'

/**
 * Loads the recipes and chooses among them, for each machine what the command line and its fleet file say.
 *
 * @throws FitoutError for every wrong name or value.
 */
export async function selectionsOf(
  options: SelectionOptions,
  machines: Machines,
  context: Context,
): Promise<(target: Target) => Selection> {
  const [all, { choose, chosenBy }] = await Promise.all([context.services.recipes(), import('../recipe/choose.js')])
  const { targets, hosts } = machines
  refuseRecipeNames(
    targets.filter(({ name }) => !hosts.has(name)),
    all.map(({ name }) => name),
  )
  const asked: Choice = { only: options.only, skip: options.skip, set: options.set }
  if (hosts.size === 0) {
    const selection = choose(all, asked)
    return () => selection
  }
  const { choiceFor } = await import('../fleet/choice.js')
  // Hosts that share their levels share their selection: there may be thousands.
  const kinds = new Map<FleetHost['levels'] | undefined, FleetHost | undefined>()
  for (const { name } of targets) {
    const host = hosts.get(name)
    if (!kinds.has(host?.levels)) kinds.set(host?.levels, host)
  }
  const of = <Result>(host: FleetHost | undefined, choosing: () => Result): Result => {
    try {
      return choosing()
    } catch (error) {
      // Where all hosts are alike, it is not about one of them.
      if (kinds.size > 1 && host !== undefined && error instanceof FitoutError) error.host ??= host.name
      throw error
    }
  }
  // A `--set` is for the hosts that have its recipe; where none has, it is a mistake.
  const elsewhere = new Set(
    [...kinds.values()].flatMap((host) =>
      of(host, () => chosenBy(all, choiceFor(host, asked)).chosen.map(({ name }) => name)),
    ),
  )
  const chosen = new Map(
    [...kinds].map(([levels, host]) => [
      levels,
      of(host, () => choose(all, { ...choiceFor(host, asked), ...(kinds.size > 1 ? { elsewhere } : {}) })),
    ]),
  )
  return ({ name }) => chosen.get(hosts.get(name)?.levels)!
}
