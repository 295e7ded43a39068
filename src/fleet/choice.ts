import { FitoutError, usageError } from '../errors.js'
import type { Target } from '../host/host.js'
import type { Selection } from '../plan/assemble.js'
import { type Choice, choose, type FileChoice, chosenBy as recipesChosenBy, requireRecipe } from '../recipe/choose.js'
import type { Recipe } from '../recipe/recipe.js'
import { mergedOptions } from '../recipe/settings.js'
import { type FleetHost, type Level, optionsOf, type Sourced } from './fleet.js'
import { at } from './located.js'
import type { NamedMachines } from './machines.js'
import { locationText } from './problems.js'

/**
 * Which recipes the levels of a host choose, one level after the other: `only` begins anew, `add` and `skip` change what is chosen so
 * far. So a host can take back what its group leaves out.
 *
 * @returns `because`: what had the last word on each recipe that was named.
 */
export function chosenBy(levels: readonly Level[]) {
  let only: string[] = []
  let add = new Set<string>()
  let skip = new Set<string>()
  let because = new Map<string, Sourced<unknown>>()
  for (const { recipes } of levels) {
    if (recipes.only !== undefined) {
      only = recipes.only.value
      add = new Set()
      skip = new Set()
      because = new Map(only.map((name) => [name, recipes.only!]))
    }
    for (const name of recipes.add?.value ?? []) {
      add.add(name)
      skip.delete(name)
      because.set(name, recipes.add!)
    }
    for (const name of recipes.skip?.value ?? []) {
      skip.add(name)
      add.delete(name)
      because.set(name, recipes.skip!)
    }
  }
  return { only, add: [...add], skip: [...skip], because }
}

/** What was asked for beside any file, which comes before it. */
export interface ChoiceRequest extends Choice {
  /** Values of options, by recipe and option; `set` comes before them. */
  options?: Readonly<Record<string, Readonly<Record<string, unknown>>>> | undefined
}

/** The choice for one host: what was asked for over that of the file. */
export function choiceFor(host: FleetHost | undefined, asked: ChoiceRequest): Choice & FileChoice {
  const options = new Map(Object.entries(asked.options ?? {}))
  const { only: askedOnly, skip: askedSkip, set } = asked
  if (host === undefined) return { only: askedOnly, skip: askedSkip, set, values: options }
  const trees = optionsOf(host.levels)
  const values = new Map([...trees].map(([name, tree]) => [name, tree.value as Record<string, unknown>]))
  for (const [name, given] of options) {
    values.set(name, mergedOptions(values.get(name) ?? {}, given) as Record<string, unknown>)
  }
  const anew = (askedOnly ?? []).length > 0
  const { only, add, skip } = chosenBy(anew ? [] : host.levels)
  return {
    only: anew ? askedOnly : only,
    add,
    skip: [...skip, ...(askedSkip ?? [])],
    set,
    values,
    placeOf: (name, path) => {
      // The file does not answer for what was asked for beside it.
      if (Object.hasOwn(options.get(name) ?? {}, path[0] ?? '')) return undefined
      const tree = trees.get(name)
      return tree && locationText(at(tree, path).location)
    },
  }
}

/**
 * Chooses among the recipes, for each machine what was asked for and what its fleet says.
 *
 * @param hide told of every value of an option that must not be shown, before anything can be said of it.
 * @throws FitoutError for every wrong name or value.
 */
export function selectionsFor(
  all: readonly Recipe[],
  asked: ChoiceRequest,
  { targets, hosts }: NamedMachines,
  hide: (value: string) => void,
): (target: Target) => Selection {
  if (hosts.size === 0) {
    const selection = choose(all, choiceFor(undefined, asked), hide)
    refuseUnused(
      all,
      asked,
      selection.recipes.map(({ recipe }) => recipe.name),
    )
    return () => selection
  }
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
      of(host, () => recipesChosenBy(all, choiceFor(host, asked)).chosen.map(({ name }) => name)),
    ),
  )
  refuseUnused(all, asked, [...elsewhere])
  const chosen = new Map(
    [...kinds].map(([levels, host]) => [
      levels,
      of(host, () => choose(all, { ...choiceFor(host, asked), ...(kinds.size > 1 ? { elsewhere } : {}) }, hide)),
    ]),
  )
  return ({ name }) => chosen.get(hosts.get(name)?.levels)!
}

/** Options of a recipe that no host has are a mistake. */
function refuseUnused(all: readonly Recipe[], { options = {} }: ChoiceRequest, chosen: readonly string[]): void {
  for (const name of Object.keys(options)) {
    requireRecipe(name, '`options`', all)
    if (chosen.includes(name)) continue
    throw usageError(`\`options\` has values for the recipe \`${name}\`, which is not part of this run`)
  }
}
