import { readdirSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { FitoutError, usageError } from '../errors.js'
import { refusalOf, requireOwn } from '../own-file.js'
import { literally } from '../text.js'
import { importNamed, importOwn } from './modules.js'
import { isRecipe, type Recipe } from './recipe.js'

/** A module with recipes, or a folder of them, as somebody wrote it. */
export interface NamedModule {
  /** Absolute, or from the working directory. */
  path: string
  /** Who wrote it, for messages: `--recipe`, `fitout.yaml:3`. */
  by: string
  /** A file names it, not the person: its code is run only if it is the person’s own. */
  mustBeOwn?: boolean | undefined
}

const endings = /\.(m?js|m?ts)$/

/** What was loaded already, by absolute path: a module has one set of recipes, however often it is named. */
const loaded = new Map<string, Promise<readonly Recipe[]>>()
/** The file that each came from. */
const origins = new WeakMap<Recipe, string>()

/**
 * Loads recipes from modules: whatever they export that `recipe()` of `fitout/recipe` made. This runs their code.
 *
 * @param known the recipes that there are already, whose names are taken.
 * @throws FitoutError (64) that names the file: it is not there, cannot be loaded, exports no recipe, or one that makes no sense.
 */
export async function loadRecipes(named: readonly NamedModule[], known: readonly Recipe[]): Promise<Recipe[]> {
  const found: Recipe[] = []
  const taken = new Map(known.map((one) => [one.name, one]))
  const seen = new Set<string>()
  for (const one of named) {
    for (const file of modulesIn(one)) {
      if (seen.has(file)) continue
      seen.add(file)
      const recipes = loaded.get(file) ?? importRecipes(file, one.mustBeOwn === true)
      loaded.set(file, recipes)
      for (const recipe of await recipes) {
        const other = taken.get(recipe.name)
        if (other === recipe) continue
        if (other !== undefined) {
          const by = origins.get(other) ?? 'fitout itself'
          throw usageError(`${file}: the name \`${recipe.name}\` is taken by ${by}`, 'give the recipe another name')
        }
        taken.set(recipe.name, recipe)
        origins.set(recipe, file)
        found.push(recipe)
      }
    }
  }
  return found
}

function modulesIn({ path, by, mustBeOwn }: NamedModule): string[] {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (stat === undefined) {
    const name = /^[a-z0-9-]+$/.test(path) ? `; to choose a recipe, \`--only ${path}\`` : ''
    throw usageError(
      `${by} names ${path}, which does not exist`,
      `name a module with recipes, or a folder of them${name}`,
    )
  }
  const all = stat.isDirectory()
    ? readdirSync(path)
        .filter((name) => endings.test(name) && !name.endsWith('.d.ts') && !name.startsWith('.'))
        .sort()
        .map((name) => join(path, name))
    : [path]
  if (all.length === 0) throw usageError(`${by} names ${path}, a folder without modules`, 'put `NAME.mjs` there')
  // What was loaded already, the person has named. Each module is judged when it is read; here, who may put one there.
  if (mustBeOwn && stat.isDirectory() && all.some((file) => !loaded.has(resolve(file)))) {
    try {
      requireOwn(path)
    } catch (error) {
      throw refusalOf(error, `fitout does not run what lies in ${path}`, `if you trust it, say \`--recipe ${path}\``)
    }
  }
  return all.map((file) => resolve(file))
}

async function importRecipes(file: string, mustBeOwn: boolean): Promise<readonly Recipe[]> {
  let exported: Record<string, unknown>
  try {
    exported = await (mustBeOwn ? importOwn(file) : importNamed(file))
  } catch (error) {
    throw notLoaded(file, error)
  }
  return recipesAmong(exported, file)
}

function notLoaded(file: string, error: unknown): FitoutError {
  if (error instanceof FitoutError) return error
  const { code } = error as NodeJS.ErrnoException
  if (code === 'ERR_UNKNOWN_FILE_EXTENSION' && /\.m?ts$/.test(file)) {
    return usageError(
      `${file}: Node.js ${process.versions.node} does not run TypeScript`,
      'use Node.js 22.18 or newer, or write it in JavaScript, as a file that ends in .mjs',
    )
  }
  // Of a syntax error only the stack knows the place.
  const line = new RegExp(`${literally(pathToFileURL(file).href)}:(\\d+)`).exec(
    error instanceof Error ? (error.stack ?? '') : '',
  )
  return new FitoutError(
    {
      doing: 'reading what you asked for',
      cause: `${file}${line ? `:${line[1]}` : ''} cannot be loaded: ${inWords(error)}`,
      remedy:
        error instanceof SyntaxError && !line
          ? `\`node --check ${file}\` shows the place`
          : '`-v` shows where it happened',
      exitCode: 64,
    },
    { cause: error },
  )
}

function inWords(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
}

/**
 * The recipes among the exports of a module, each of which names its file when it fails.
 *
 * @throws FitoutError (64) where there is none, or one that makes no sense.
 */
function recipesAmong(exported: Readonly<Record<string, unknown>>, file: string): Recipe[] {
  const values = [...new Set(Object.values(exported).flat())]
  const recipes = values.filter(isRecipe)
  if (recipes.length === 0) {
    const foreign = values.some(
      (value) => typeof value === 'object' && value !== null && 'name' in value && 'options' in value,
    )
    throw usageError(
      `${file} exports no recipe`,
      foreign
        ? "declare it with `recipe({ … })` of 'fitout/recipe'"
        : "export what `recipe({ … })` of 'fitout/recipe' returns; docs/writing-recipes.md has an example",
    )
  }
  for (const recipe of recipes) {
    const mistake = mistakeIn(recipe)
    if (mistake !== undefined) throw usageError(`${file}: ${mistake}`, 'see docs/writing-recipes.md')
  }
  return recipes.map((recipe) => answeringFor(recipe, file))
}

/** What a type checker would have found, in modules that none has seen. */
function mistakeIn({ name, title, about, options, after, symptoms = {} }: Recipe): string | undefined {
  if (typeof name !== 'string' || !/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name)) {
    return `\`${String(name)}\` cannot be the name of a recipe: it is made of small letters, digits and single dashes`
  }
  for (const [key, value] of Object.entries({ title, about })) {
    if (typeof value !== 'string' || value.trim() === '') return `the recipe \`${name}\` has no \`${key}\``
  }
  if (typeof options !== 'object' || options === null)
    return `the recipe \`${name}\` has no \`options\`; none are \`{}\``
  const wrong = Object.entries(options).find(
    ([, schema]) => typeof schema !== 'object' || schema === null || !('_zod' in schema),
  )
  if (wrong !== undefined) {
    return `\`${name}.${wrong[0]}\` is no type of option: make it with \`z\` of 'fitout/recipe', as in \`z.string()\``
  }
  if (after !== undefined && !(Array.isArray(after) && after.every((one) => typeof one === 'string'))) {
    return `\`after\` of the recipe \`${name}\` is no list of names`
  }
  const symptom = Object.values(symptoms)
    .flat()
    .find(
      ({ match, cause, remedy }) =>
        !(match instanceof RegExp && typeof cause === 'string' && typeof remedy === 'string'),
    )
  if (symptom !== undefined) {
    return `the symptom \`${symptom.id}\` of the recipe \`${name}\` needs a \`match\` (a regular expression), a \`cause\` and a \`remedy\``
  }
  return undefined
}

const asked = ['resources', 'trials', 'notes'] as const

/** The same recipe; what one of its functions throws by mistake is said to be its file’s, not fitout’s. */
function answeringFor(recipe: Recipe, file: string): Recipe {
  const mistake = (what: string, error: unknown) =>
    error instanceof FitoutError
      ? error
      : new FitoutError(
          {
            doing: `asking the recipe ${recipe.name} for its ${what}`,
            cause: `${file}: ${inWords(error)}`,
            remedy: 'mend that file; `-v` shows where in it',
          },
          { cause: error },
        )
  const same = { ...recipe } as Record<string, unknown>
  for (const what of asked) {
    const call = recipe[what] as ((...args: unknown[]) => unknown) | undefined
    if (call === undefined) continue
    same[what] = (...args: unknown[]) => {
      try {
        return call.apply(recipe, args)
      } catch (error) {
        throw mistake(what, error)
      }
    }
  }
  if (recipe.decide === undefined) return same as unknown as Recipe
  const decide: Recipe['decide'] = function* (context) {
    try {
      return yield* recipe.decide!(context)
    } catch (error) {
      throw mistake('decision', error)
    }
  }
  return { ...same, decide } as unknown as Recipe
}
