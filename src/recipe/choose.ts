import { z } from 'zod'
import { FitoutError, usageError } from '../errors.js'
import { secretValues } from '../options/secrets.js'
import type { Selection } from '../plan/assemble.js'
import type { Recipe } from './recipe.js'
import { mergedOptions, optionsFromSettings } from './settings.js'
import { didYouMean } from './suggest.js'

/** What a person chose on the command line. Names may stand alone or in comma lists. */
export interface Choice {
  only?: readonly string[] | undefined
  skip?: readonly string[] | undefined
  /** `recipe.option=value` */
  set?: readonly string[] | undefined
}

/** What a fleet file says beside that. Its names are known to exist. */
export interface FileChoice {
  /** Beside the others; they count as asked for. */
  add?: readonly string[] | undefined
  /** Options by recipe. `set` comes before them; those of recipes that are not chosen are passed over. */
  values?: ReadonlyMap<string, Record<string, unknown>> | undefined
  /** Where an option is written: `fitout.yaml:12`. */
  placeOf?: ((recipe: string, path: readonly PropertyKey[]) => string | undefined) | undefined
  /** Recipes that other hosts of the same run have: a `set` for one of them is passed over here. */
  elsewhere?: ReadonlySet<string> | undefined
}

/**
 * Turns a person's choice into recipes with validated options, in the order in which they apply: those of `only`, or
 * all that are part of a run by default, less those of `skip`.
 *
 * @param hide told of every value that must not be shown, before anything can be said of it.
 * @throws FitoutError for a name that no recipe or option has (with the one that was probably meant), a value of the
 * wrong type, an option of a recipe that is not chosen, or recipes that come after each other in a circle.
 */
export function choose(
  recipes: readonly Recipe[],
  choice: Choice & FileChoice = {},
  hide: (value: string) => void = () => undefined,
): Selection {
  const { values = new Map(), elsewhere, placeOf } = choice
  const { chosen, asked } = chosenBy(recipes, choice)
  const settings = (choice.set ?? []).filter((setting) => {
    const [name = ''] = setting.split(/[.=]/, 1)
    return !elsewhere?.has(name) || chosen.some((recipe) => recipe.name === name)
  })
  const set = optionsFromSettings(settings, recipes, chosen)
  return {
    recipes: chosen.map((recipe) => {
      const { name } = recipe
      const given = set.get(name) ?? {}
      const options = mergedOptions(values.get(name) ?? {}, given) as Record<string, unknown>
      // What the command line says of an option is answered for there.
      const place = (path: readonly PropertyKey[]) =>
        Object.hasOwn(given, path[0] ?? '') ? undefined : placeOf?.(name, path)
      return { recipe, options: validated(recipe, options, place, hide), asked: asked.has(name) }
    }),
  }
}

/**
 * The recipes of a choice, in the order in which they apply, and the names of those that were asked for.
 *
 * @throws FitoutError for a name that no recipe has, or when none is left.
 */
export function chosenBy(
  recipes: readonly Recipe[],
  choice: Choice & FileChoice,
): { chosen: Recipe[]; asked: ReadonlySet<string> } {
  const only = names(choice.only, '--only', recipes)
  const skip = names(choice.skip, '--skip', recipes)
  const asked = new Set([...only, ...(choice.add ?? [])])
  const chosen = inOrder(recipes).filter(
    ({ name, byDefault }) =>
      (asked.has(name) || (only.length === 0 && (byDefault ?? false) !== false)) && !skip.includes(name),
  )
  if (chosen.length === 0) {
    throw usageError('no recipe is left to apply', 'see `fitout recipes` for what there is, and name some with --only')
  }
  return { chosen, asked }
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
  const known = recipes.map((recipe) => recipe.name)
  throw usageError(
    name === '' ? `${where} names no recipe` : `${where} names the recipe \`${name}\`, which does not exist`,
    didYouMean(name, known, 'see `fitout recipes` for what there is'),
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

/** Making one costs more than using it, and thousands of hosts may each have options of their own. */
const schemas = new WeakMap<Recipe, z.ZodObject>()

function validated(
  recipe: Recipe,
  values: Record<string, unknown>,
  placeOf: (path: readonly PropertyKey[]) => string | undefined,
  hide: (value: string) => void,
): Record<string, unknown> {
  const schema = schemas.get(recipe) ?? z.strictObject(recipe.options)
  schemas.set(recipe, schema)
  for (const value of secretValues(recipe, values)) hide(value)
  const result = schema.safeParse(values)
  if (result.success) for (const value of secretValues(recipe, result.data)) hide(value)
  const refusal = result.success ? recipe.refuses?.(result.data) : undefined
  if (result.success && refusal === undefined) return result.data
  const issue = result.error?.issues[0] ?? { path: [refusal!.option], message: refusal!.because }
  const where = [recipe.name, ...issue.path].join('.')
  if (refusal === undefined && issue.path.length === 1 && values[String(issue.path[0])] === undefined) {
    throw usageError(
      `the recipe \`${recipe.name}\` needs its option \`${String(issue.path[0])}\``,
      `say \`--set ${where}=…\`; \`fitout recipes ${recipe.name}\` explains it`,
    )
  }
  const place = placeOf(issue.path)
  throw usageError(
    `${place === undefined ? '' : `${place}: `}${where}: ${issue.message.replace(/^Invalid \w+: /, '')}`,
    `\`fitout recipes ${recipe.name}\` lists its options and what they take`,
  )
}
