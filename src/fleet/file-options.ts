import { alternatives, type InputSchema, inputSchema } from '../options/describe.js'
import type { Recipe } from '../recipe/recipe.js'
import { nearest } from '../recipe/suggest.js'
import { listed } from '../text.js'
import { at, type Located } from './located.js'
import type { Location } from './problems.js'
import type { LevelWords } from './shape.js'
import { schemasAt, shortened, takes } from './wording.js'

/** Checks what a fleet file sets of recipes, each value by the schema of its option. */
export class Options {
  readonly #inputs = new Map<Recipe['options'][string], InputSchema>()

  /** @param ownRead whether `recipes` has those of the modules that the file names; if not, recipes that are not known may be theirs. */
  constructor(
    private readonly recipes: readonly Recipe[],
    private readonly ownRead: boolean,
    private readonly note: (location: Location, text: string, remedy?: string) => void,
  ) {}

  /** Made once an option: thousands of hosts may set it. */
  #inputOf(schema: Recipe['options'][string]): InputSchema {
    const known = this.#inputs.get(schema) ?? inputSchema(schema)
    this.#inputs.set(schema, known)
    return known
  }

  checked(tree: Located, words: NonNullable<LevelWords['set']>): Map<string, Located> {
    const set = new Map<string, Located>()
    for (const [name, options] of Object.entries(words)) {
      const recipeTree = at(tree, [name])
      const recipe = this.recipes.find((one) => one.name === name)
      if (recipe === undefined && !this.ownRead) continue
      if (recipe === undefined) {
        this.note(
          recipeTree.key ?? recipeTree.location,
          `the recipe \`${shortened(name)}\` does not exist`,
          recipeMeant(name, this.recipes),
        )
        continue
      }
      const inner = new Map<string | number, Located>()
      for (const option of Object.keys(options ?? {})) {
        const written = at(recipeTree, [option])
        const schema = Object.hasOwn(recipe.options, option) ? recipe.options[option] : undefined
        if (schema === undefined) {
          this.note(
            written.key ?? written.location,
            `the recipe \`${name}\` has no option \`${shortened(option)}\``,
            optionMeant(recipe, option),
          )
          continue
        }
        const located = asWritten(written, this.#inputOf(schema))
        inner.set(option, located)
        this.#check(name, option, schema, located)
      }
      const value = Object.fromEntries([...inner].map(([key, one]) => [key, one.value]))
      set.set(name, { ...recipeTree, value, inner })
    }
    return set
  }

  #check(recipe: string, option: string, schema: Recipe['options'][string], located: Located): void {
    for (const issue of schema.safeParse(located.value).error?.issues ?? []) {
      const holder = at(located, issue.path)
      const value = issue.path.reduce<unknown>(
        (here, step) => (here as Record<PropertyKey, unknown> | undefined)?.[step],
        located.value,
      )
      const strange = issue.code === 'unrecognized_keys' ? issue.keys : undefined
      // What is missing here may stand in another level.
      if (issue.path.length > 0 && value === undefined && strange === undefined) continue
      const { location } = strange === undefined ? holder : at(holder, [strange[0] ?? ''])
      const what =
        strange === undefined
          ? takes(issue, value)
          : `has no key ${listed(strange.map((key) => `\`${shortened(key)}\``))}`
      const full = [recipe, option, ...issue.path.map(String)].join('.')
      this.note(location, `\`${full}\` ${what}`, `see \`fitout recipes ${recipe}\``)
    }
  }
}

/** What was probably meant by the name of a recipe that there is none of. */
export function recipeMeant(name: string, recipes: readonly Recipe[]): string {
  const meant = nearest(
    name,
    recipes.map((recipe) => recipe.name),
  )
  return meant === undefined ? 'see `fitout recipes`' : `did you mean \`${meant}\`?`
}

function optionMeant(recipe: Recipe, option: string): string {
  const known = Object.keys(recipe.options)
  const meant = nearest(option, known)
  if (meant !== undefined) return `did you mean \`${meant}\`?`
  return known.length === 0 ? 'it has none at all' : `its options are ${listed(known)}`
}

/** Where text is wanted, a number means what was written: `version: 28.10` is not version 28.1. */
function asWritten(located: Located, schema: InputSchema, root = schema): Located {
  const allowed = alternatives(schema, root)
  const takesKind = (...types: string[]) => allowed.some(({ type }) => types.includes(String(type)))
  const anything = allowed.some(({ type, enum: values, const: only }) => (type ?? values ?? only) === undefined)
  if (located.source !== undefined) {
    const kind = typeof located.value
    const fits = anything || (kind === 'number' ? takesKind('number', 'integer') : takesKind('boolean'))
    return fits || !takesKind('string') ? located : { ...located, value: located.source }
  }
  if (located.inner === undefined) return located
  const inner = new Map<string | number, Located>()
  for (const [key, one] of located.inner) {
    const schemas = schemasAt(allowed, key, root)
    inner.set(key, schemas.length === 0 ? one : asWritten(one, { anyOf: schemas }, root))
  }
  const value = Array.isArray(located.value)
    ? [...inner.values()].map((one) => one.value)
    : Object.fromEntries([...inner].map(([key, one]) => [key, one.value]))
  return { ...located, value, inner }
}
