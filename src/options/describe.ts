import { z } from 'zod'
import type { Recipe } from '../recipe/recipe.js'

/** The parts of JSON Schema that speak of what a person may write. */
export interface InputSchema {
  $ref?: string
  $defs?: Record<string, InputSchema>
  type?: string | string[]
  anyOf?: InputSchema[]
  oneOf?: InputSchema[]
  allOf?: InputSchema[]
  enum?: unknown[]
  const?: unknown
  items?: InputSchema
  prefixItems?: InputSchema[]
  properties?: Record<string, InputSchema>
  additionalProperties?: boolean | InputSchema
  required?: string[]
  description?: string
  default?: unknown
  minimum?: number
  maximum?: number
  /** As `secret()` marks it. */
  secret?: boolean
}

/** One option of a recipe, for a person to read. */
export interface OptionDescription {
  name: string
  /** `text`, `number`, `true or false`, `list of text`, `auto | docker | distribution`, `object`. */
  type: string
  /** Undefined where there is none. */
  default?: unknown
  /** There is no default and it cannot be left out. */
  required: boolean
  description: string
  /** Its value is not shown. */
  secret?: true
  /** The keys of an object option, where they are known. */
  keys?: OptionDescription[]
}

/** What a recipe says of itself, as plain data. */
export interface RecipeDescription {
  name: string
  title: string
  about: string
  /** Everywhere, nowhere, or where: `on hosts with an NVIDIA GPU`. */
  byDefault: boolean | string
  after: string[]
  options: OptionDescription[]
}

/** The schema of what a person may write for an option, before defaults and transformations. */
export function inputSchema(option: z.ZodType): InputSchema {
  return z.toJSONSchema(option, { io: 'input', unrepresentable: 'any' }) as InputSchema
}

/** The schema that a reference leads to; of one that leads nowhere, one that allows anything. */
export function resolved(schema: InputSchema, root: InputSchema): InputSchema {
  if (schema.$ref === undefined) return schema
  return (schema.$ref === '#' ? root : root.$defs?.[schema.$ref.replace('#/$defs/', '')]) ?? {}
}

/** Schemas for the very value that this one is for. */
export function sameOf({ anyOf = [], oneOf = [], allOf = [] }: InputSchema): InputSchema[] {
  return [...anyOf, ...oneOf, ...allOf]
}

/** Whether `secret()` marks a value, or a part of it. */
export function marked(schema: InputSchema, root = schema, seen = new Set<InputSchema>()): boolean {
  if (seen.has(schema)) return false
  seen.add(schema)
  if (schema.secret === true) return true
  const { items, prefixItems = [], properties = {}, additionalProperties: more } = schema
  const inner = [
    ...prefixItems,
    ...Object.values(properties),
    ...[items, more].filter((one) => typeof one === 'object'),
  ]
  const parts = schema.$ref === undefined ? [...sameOf(schema), ...inner] : [resolved(schema, root)]
  return parts.some((part) => marked(part, root, seen))
}

/** The kinds that a schema allows, with references resolved and alternatives flattened. */
export function alternatives(schema: InputSchema, root: InputSchema = schema): InputSchema[] {
  if (schema.$ref !== undefined) return alternatives({ ...resolved(schema, root), $defs: root.$defs }, root)
  const several = schema.anyOf ?? schema.oneOf
  if (several !== undefined) return several.flatMap((one) => alternatives(one, root))
  if (Array.isArray(schema.type)) return schema.type.map((type) => ({ ...schema, type }))
  return [schema]
}

/** Documents a recipe from its own definition. */
export function describe(recipe: Recipe): RecipeDescription {
  return {
    name: recipe.name,
    title: recipe.title,
    about: recipe.about,
    byDefault: typeof recipe.byDefault === 'object' ? recipe.byDefault.when : (recipe.byDefault ?? false),
    after: [...(recipe.after ?? [])],
    options: Object.entries(recipe.options).map(([name, option]) => {
      const required = !option.safeParse(undefined).success
      return describeOption(name, inputSchema(option), required)
    }),
  }
}

function describeOption(name: string, schema: InputSchema, required: boolean, root = schema): OptionDescription {
  const { properties = {}, required: needed = [] } = schema
  const keys = Object.entries(properties)
  const isRequired = (key: string, inner: InputSchema) => needed.includes(key) && inner.default === undefined
  return {
    name,
    type: typeWords(schema, root),
    default: schema.default,
    required,
    description: schema.description ?? '',
    ...(marked(schema, root) ? { secret: true as const } : {}),
    ...(keys.length > 0
      ? { keys: keys.map(([key, inner]) => describeOption(key, inner, isRequired(key, inner), root)) }
      : {}),
  }
}

/** Types that are called otherwise for a person. */
const words: Record<string, string> = { string: 'text', integer: 'whole number', boolean: 'true | false' }

function typeWords(schema: InputSchema, root: InputSchema): string {
  const each = alternatives(schema, root).map((one) => {
    if (one.enum !== undefined) return one.enum.map(String).join(' | ')
    if (one.const !== undefined) return String(one.const)
    if (one.type === 'array') return `list of ${typeWords(one.items ?? {}, root)}`
    return typeof one.type === 'string' ? (words[one.type] ?? one.type) + range(one) : 'any value'
  })
  return [...new Set(each)].join(' | ')
}

function range({ minimum = -Infinity, maximum = Infinity }: InputSchema): string {
  // zod bounds whole numbers by what a double can hold; that is no news to a person.
  const low = minimum > Number.MIN_SAFE_INTEGER
  const high = maximum < Number.MAX_SAFE_INTEGER
  if (low && high) return ` from ${minimum} to ${maximum}`
  if (low) return ` of at least ${minimum}`
  return high ? ` of at most ${maximum}` : ''
}
