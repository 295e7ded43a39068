import { FitoutError } from '../../errors.js'
import type { Facts } from '../../facts/facts.js'
import { allParts } from '../../facts/part.js'
import { decide, describeHost, resourcesOf } from '../../plan/assemble.js'
import { choose } from '../../recipe/choose.js'
import type { Recipe } from '../../recipe/recipe.js'
import type { Looked } from '../../run/look.js'

/** What a machine is and has, in the words of the wizard. */
export function briefOf(facts: Facts): { system: string; has: string[] } {
  return {
    system: describeHost(facts),
    has: [...allParts().flatMap(({ brief }) => brief?.(facts) ?? []), memoryText(facts.memoryMiB)],
  }
}

/** What the options that the wizard asks about would be on a machine if they are not set, by `recipe.option`. */
export function unsetOptions(facts: Facts, recipes: readonly Recipe[]): Record<string, readonly string[]> {
  return Object.fromEntries(
    recipes.flatMap(({ name, asks = [] }) =>
      asks.map(({ option, unset }) => [`${name}.${option}`, unset.values(facts)]),
    ),
  )
}

function memoryText(mib: number): string {
  return mib < 1000 ? `${mib} MiB of memory` : `${(mib / 1024).toFixed(1).replace(/\.0$/, '')} GiB of memory`
}

/** Why recipes make no sense on a machine, by name: what they throw when they are planned there, or where alone they suit. */
export function reasonsAgainst(facts: Facts, recipes: readonly Recipe[]): Record<string, string> {
  const reasons: Record<string, string> = {}
  for (const recipe of recipes) {
    const { name, byDefault } = recipe
    try {
      const decided = decide(facts, choose(recipes, { only: [name] }), {})
      if ('choices' in decided) resourcesOf(decided)
    } catch (error) {
      if (error instanceof FitoutError) reasons[name] = error.why
      else throw error
    }
    if (typeof byDefault === 'object' && !byDefault.suits(facts)) reasons[name] ??= `only ${byDefault.when}`
  }
  return reasons
}

/** Names of the recipes of a look for which nothing has to change. */
export function rightOf(looked: Looked): string[] {
  const changing = new Set(looked.plan.changes.map(({ resource }) => resource))
  return looked.selection.recipes.flatMap((chosen) => {
    const resources = resourcesOf({ ...looked, selection: { recipes: [chosen] } })
    const right = resources.length > 0 && resources.every(({ id }) => !changing.has(id))
    return right ? [chosen.recipe.name] : []
  })
}
