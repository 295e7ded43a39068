import type { Choice, FileChoice } from '../recipe/choose.js'
import { type FleetHost, type Level, optionsOf, type Sourced } from './fleet.js'
import { placeText } from './problems.js'
import { at } from './yaml-tree.js'

/** Which recipes the levels of a host choose. */
export interface ChosenByLevels {
  only: string[]
  add: string[]
  skip: string[]
  /** What had the last word on each recipe that was named; and on all others, where there is an `only`. */
  because: ReadonlyMap<string, Sourced<unknown>>
  onlyBecause?: Sourced<unknown> | undefined
}

/**
 * One level after the other: `only` begins anew, `add` and `skip` change what is chosen so far. So a host can take back
 * what its group leaves out.
 */
export function chosenBy(levels: readonly Level[]): ChosenByLevels {
  let only: string[] = []
  let add = new Set<string>()
  let skip = new Set<string>()
  let because = new Map<string, Sourced<unknown>>()
  let onlyBecause: Sourced<unknown> | undefined
  for (const { recipes } of levels) {
    if (recipes.only !== undefined) {
      only = recipes.only.value
      add = new Set()
      skip = new Set()
      onlyBecause = recipes.only
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
  return { only, add: [...add], skip: [...skip], because, onlyBecause }
}

/** The choice for one host: the command line’s over that of the file. */
export function choiceFor(host: FleetHost | undefined, asked: Choice): Choice & FileChoice {
  if (host === undefined) return asked
  const trees = optionsOf(host.levels)
  const anew = (asked.only ?? []).length > 0
  const { only, add, skip } = chosenBy(anew ? [] : host.levels)
  return {
    only: anew ? asked.only : only,
    add,
    skip: [...skip, ...(asked.skip ?? [])],
    set: asked.set,
    values: new Map([...trees].map(([name, tree]) => [name, tree.value as Record<string, unknown>])),
    placeOf: (name, path) => {
      const tree = trees.get(name)
      return tree && placeText(at(tree, path).place)
    },
  }
}
