import { z } from 'zod'
import { FitoutError, usageError } from '../errors.js'
import type { Selection } from '../run/engine.js'
import type { Recipe } from './recipe.js'
import { optionsFromSettings } from './settings.js'
import { nearest } from './suggest.js'

/** What a person chose on the command line. Names may stand alone or in comma lists. */
export interface Choice {
  only?: readonly string[] | undefined
  skip?: readonly string[] | undefined
  /** `recipe.option=value` */
  set?: readonly string[] | undefined
}

/**
 * Turns a person's choice into recipes with validated options, in the order in which they apply: those of `only`, or
 * all that are part of a run by default, less those of `skip`.
 *
 * @throws FitoutError for a name that no recipe or option has (with the one that was probably meant), a value of the
 * wrong type, an option of a recipe that is not chosen, or recipes that come after each other in a circle.
 */
export function choose(recipes: readonly Recipe[], choice: Choice = {}): Selection {
  const only = names(choice.only, '--only', recipes)
  const skip = names(choice.skip, '--skip', recipes)
  const chosen = inOrder(recipes).filter(
    ({ name, byDefault }) =>
      (only.length > 0 ? only.includes(name) : (byDefault ?? false) !== false) && !skip.includes(name),
  )
  if (chosen.length === 0) {
    throw usageError('no recipe is left to apply', 'see `fitout recipes` for what there is, and name some with --only')
  }
  const values = optionsFromSettings(choice.set ?? [], recipes, chosen)
  return {
    recipes: chosen.map((recipe) => ({
      recipe,
      options: validated(recipe, values.get(recipe.name) ?? {}),
      asked: only.includes(recipe.name),
    })),
  }
}

function names(given: readonly string[] | undefined, flag: string, recipes: readonly Recipe[]): string[] {
  const wanted = (given ?? []).flatMap((list) => list.split(',')).map((name) => name.trim())
  for (const name of wanted) requireRecipe(name, flag, recipes)
  return wanted
}

/** @throws FitoutError that names the recipe that was probably meant. */
export function requireRecipe(name: string, where: string, recipes: readonly Recipe[]): Recipe {
  const found = recipes.find((recipe) => recipe.name === name)
  if (found !== undefined) return found
  const meant = nearest(
    name,
    recipes.map((recipe) => recipe.name),
  )
  throw usageError(
    name === '' ? `${where} names no recipe` : `${where} names the recipe \`${name}\`, which does not exist`,
    meant === undefined ? 'see `fitout recipes` for what there is' : `did you mean \`${meant}\`?`,
  )
}

/**
 * All recipes, each behind those that it names in `after`; otherwise as they are listed.
 *
 * @throws FitoutError that names the circle, when there is one.
 */
export function inOrder(recipes: readonly Recipe[]): Recipe[] {
  const byName = new Map(recipes.map((recipe) => [recipe.name, recipe]))
  const ordered = new Set<Recipe>()
  const visit = (recipe: Recipe, path: string[]) => {
    if (ordered.has(recipe)) return
    if (path.includes(recipe.name)) {
      const circle = [...path.slice(path.indexOf(recipe.name)), recipe.name]
      throw new FitoutError({
        doing: 'putting recipes in order',
        cause: `they wait for each other: ${circle.join(' comes after ')}`,
        remedy: 'take one of these names out of `after` in its recipe',
      })
    }
    for (const name of recipe.after ?? []) {
      const earlier = byName.get(name)
      if (earlier !== undefined) visit(earlier, [...path, recipe.name])
    }
    ordered.add(recipe)
  }
  for (const recipe of recipes) visit(recipe, [])
  return [...ordered]
}

function validated(recipe: Recipe, values: Record<string, unknown>): Record<string, unknown> {
  const result = z.strictObject(recipe.options).safeParse(values)
  if (result.success) return result.data
  const issue = result.error.issues[0]!
  const where = [recipe.name, ...issue.path].join('.')
  if (issue.path.length === 1 && values[String(issue.path[0])] === undefined) {
    throw usageError(
      `the recipe \`${recipe.name}\` needs its option \`${String(issue.path[0])}\``,
      `say \`--set ${where}=…\`; \`fitout recipes ${recipe.name}\` explains it`,
    )
  }
  throw usageError(
    `${where}: ${issue.message.replace(/^Invalid \w+: /, '')}`,
    `\`fitout recipes ${recipe.name}\` lists its options and what they take`,
  )
}
