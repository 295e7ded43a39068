import { z } from 'zod'
import type { Selection } from '../plan/assemble.js'
import type { Recipe } from '../recipe/recipe.js'
import { type InputSchema, inputSchema, marked, resolved, sameOf } from './describe.js'

/** Marks an option, or a part of one, whose value no record and no report may show. */
export function secret<Schema extends z.ZodType>(schema: Schema): Schema {
  return schema.meta({ ...schema.meta(), secret: true }) as Schema
}

/** What must not be shown of a selection. */
export interface Secrets {
  /** `recipe.option` of every option that is marked, or holds something that is. */
  options: ReadonlySet<string>
  /** The values that were chosen for them. */
  values: readonly string[]
}

/** The secrets among the options of recipes, with the values that selections have for them. */
export function secretsOf(recipes: readonly Recipe[], selections: readonly Selection[] = []): Secrets {
  const options = new Set<string>()
  for (const recipe of recipes) for (const name of markedOf(recipe).keys()) options.add(`${recipe.name}.${name}`)
  const chosen = selections.flatMap((selection) => selection.recipes)
  const values = chosen.flatMap(({ recipe, options }) => secretValues(recipe, options))
  return { options, values: [...new Set(values)] }
}

/** Whether a recipe has an option that is marked, or holds something that is. */
export function takesSecret(recipe: Recipe): boolean {
  return markedOf(recipe).size > 0
}

/** What must not be shown of values for the options of a recipe, whether they were validated or not. */
export function secretValues(recipe: Recipe, values: Readonly<Record<string, unknown>>): string[] {
  const found: string[] = []
  for (const [name, schemas] of markedOf(recipe))
    if (Object.hasOwn(values, name)) for (const schema of schemas) collect(schema, values[name], found, schema)
  return [...new Set(found)]
}

/** Whether an option is marked, or holds something that is. */
export function isSecret(option: z.ZodType): boolean {
  return schemasOf(option).some((schema) => marked(schema))
}

/** By option. Both sides of what transforms a value can bear the mark. */
const known = new WeakMap<Recipe, ReadonlyMap<string, InputSchema[]>>()

function markedOf(recipe: Recipe): ReadonlyMap<string, InputSchema[]> {
  const all = () => Object.entries(recipe.options).map(([name, option]) => [name, schemasOf(option)] as const)
  const found = known.get(recipe) ?? new Map(all().filter(([, schemas]) => schemas.some((one) => marked(one))))
  known.set(recipe, found)
  return found
}

function schemasOf(option: z.ZodType): InputSchema[] {
  if (!mayBear(option)) return []
  return [inputSchema(option), z.toJSONSchema(option, { io: 'output', unrepresentable: 'any' }) as InputSchema]
}

/**
 * Whether a mark can be anywhere in a schema: any that is there, and whatever says what it is only when it is asked. Most options
 * bear none, and this look costs nothing, while the first JSON Schema of a process takes 30 ms.
 */
function mayBear(part: unknown, seen = new Set<unknown>()): boolean {
  if (typeof part !== 'object' || part === null || seen.has(part)) return false
  seen.add(part)
  if (!(part instanceof z.core.$ZodType)) return Object.values(part).some((one) => mayBear(one, seen))
  const { def, toJSONSchema } = part._zod
  return (
    def.type === 'lazy' ||
    toJSONSchema !== undefined ||
    z.globalRegistry.get(part)?.secret === true ||
    mayBear(def, seen)
  )
}

function collect(given: InputSchema, value: unknown, found: string[], root: InputSchema): void {
  const schema = resolved(given, root)
  if (given.secret === true || schema.secret === true) {
    leaves(value, found)
    return
  }
  for (const same of sameOf(schema)) collect(same, value, found, root)
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      const part = schema.prefixItems?.[index] ?? schema.items
      if (part !== undefined) collect(part, item, found, root)
    }
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) {
      const part = schema.properties?.[key] ?? schema.additionalProperties
      if (typeof part === 'object') collect(part, item, found, root)
    }
  }
}

function leaves(value: unknown, found: string[]): void {
  if (typeof value === 'string') found.push(value)
  else if (typeof value === 'number' || typeof value === 'bigint') found.push(String(value))
  else if (typeof value === 'object' && value !== null) for (const item of Object.values(value)) leaves(item, found)
}
