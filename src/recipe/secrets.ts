import type { z } from 'zod'
import type { Selection } from '../plan/assemble.js'
import { type InputSchema, inputSchema } from './describe.js'
import type { Recipe } from './recipe.js'

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
export function secretsOf(recipes: readonly Recipe[], selections: readonly Selection[]): Secrets {
  const options = new Set<string>()
  const values: string[] = []
  for (const recipe of recipes) {
    for (const [name, option] of Object.entries(recipe.options)) {
      const schema = inputSchema(option)
      if (!marked(schema)) continue
      options.add(`${recipe.name}.${name}`)
      for (const selection of selections) {
        const chosen = selection.recipes.find((one) => one.recipe.name === recipe.name)?.options[name]
        collect(schema, chosen, values)
      }
    }
  }
  return { options, values: [...new Set(values)] }
}

function partsOf(schema: InputSchema): InputSchema[] {
  const { anyOf = [], oneOf = [], allOf = [], items, properties = {}, additionalProperties } = schema
  const more = typeof additionalProperties === 'object' ? [additionalProperties] : []
  return [...anyOf, ...oneOf, ...allOf, ...(items === undefined ? [] : [items]), ...Object.values(properties), ...more]
}

function marked(schema: InputSchema, depth = 0): boolean {
  return schema.secret === true || (depth < 16 && partsOf(schema).some((part) => marked(part, depth + 1)))
}

function collect(schema: InputSchema, value: unknown, found: string[]): void {
  if (schema.secret === true) {
    leaves(value, found)
    return
  }
  for (const same of [...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.allOf ?? [])]) {
    collect(same, value, found)
  }
  if (Array.isArray(value)) {
    if (schema.items !== undefined) for (const item of value) collect(schema.items, item, found)
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) {
      const part = schema.properties?.[key] ?? schema.additionalProperties
      if (typeof part === 'object') collect(part, item, found)
    }
  }
}

function leaves(value: unknown, found: string[]): void {
  if (typeof value === 'string') found.push(value)
  else if (typeof value === 'number') found.push(String(value))
  else if (typeof value === 'object' && value !== null) for (const item of Object.values(value)) leaves(item, found)
}
