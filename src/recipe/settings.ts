import { usageError } from '../errors.js'
import { alternatives, type InputSchema, inputSchema } from '../options/describe.js'
import { isSecret } from '../options/secrets.js'
import { mask } from '../redact.js'
import type { Recipe } from './recipe.js'
import { didYouMean } from './suggest.js'

/**
 * Reads `recipe.option=value` settings into raw option values by recipe name. The option's own schema says what a text
 * means; `recipe.option.key.key=value` sets one key inside an object option.
 *
 * @throws FitoutError that names the setting and the remedy.
 */
export function optionsFromSettings(
  settings: readonly string[],
  recipes: readonly Recipe[],
  chosen: readonly Recipe[],
): Map<string, Record<string, unknown>> {
  const values = new Map<string, Record<string, unknown>>()
  const seen = new Set<string>()
  for (const setting of settings) {
    const equals = setting.indexOf('=')
    if (equals === -1) {
      // What stands behind a name may be the value, behind a wrong sign.
      const [name] = /^[\w-]*(\.[\w-]*)?/.exec(setting)!
      throw usageError(`--set ${name} has no value`, 'write it as `--set recipe.option=value`')
    }
    const optionPath = setting.slice(0, equals)
    const [recipeName = '', optionName, ...keys] = optionPath.split('.')
    const recipe = recipeOf(recipeName, optionPath, recipes, chosen)
    const schema = optionOf(optionName, optionPath, recipe)
    if (keys.includes(''))
      throw usageError(`--set ${optionPath} has an empty key`, 'write it as `--set recipe.option.key=value`')
    if (seen.has(optionPath)) {
      throw usageError(
        `--set ${optionPath} is given twice`,
        'give it once; a list takes its values with commas between them',
      )
    }
    seen.add(optionPath)
    const inner = schemaAt(schema, keys, `${recipeName}.${optionName}`)
    // A part of an option that is marked may be as secret.
    const shown = isSecret(recipe.options[optionName!]!) ? mask : undefined
    const value = typed(setting.slice(equals + 1), inner, optionPath, shown)
    const nested = [optionName!, ...keys].reduceRight<unknown>((inner, key) => ({ [key]: inner }), value)
    values.set(recipeName, mergedOptions(values.get(recipeName) ?? {}, nested) as Record<string, unknown>)
  }
  return values
}

function recipeOf(name: string, optionPath: string, recipes: readonly Recipe[], chosen: readonly Recipe[]): Recipe {
  const recipe = recipes.find((one) => one.name === name)
  if (recipe === undefined) {
    const all = recipes.map((one) => one.name)
    throw usageError(
      `--set ${optionPath} names the recipe \`${name}\`, which does not exist`,
      didYouMean(name, all, `the recipes are ${all.join(', ')}`, (meant) => optionPath.replace(name, meant)),
    )
  }
  if (!chosen.includes(recipe)) {
    const only = [...chosen.map((one) => one.name), name].join(',')
    throw usageError(
      `--set ${optionPath} is for the recipe \`${name}\`, which is not part of this run`,
      `choose it with \`--only ${only}\`, or leave the setting out`,
    )
  }
  return recipe
}

function optionOf(name: string | undefined, optionPath: string, recipe: Recipe): InputSchema {
  const known = Object.keys(recipe.options)
  const option = name !== undefined && Object.hasOwn(recipe.options, name) ? recipe.options[name] : undefined
  if (option !== undefined) return inputSchema(option)
  const all = known.length === 0 ? 'it has no options at all' : `its options are ${known.join(', ')}`
  throw usageError(
    name === undefined || name === ''
      ? `--set ${optionPath} names no option`
      : `the recipe \`${recipe.name}\` has no option \`${name}\``,
    didYouMean(name ?? '', known, all, (meant) => `${recipe.name}.${meant}`),
  )
}

/** The schema of what stands at `keys` inside an option. */
function schemaAt(schema: InputSchema, keys: readonly string[], optionPath: string, root = schema): InputSchema {
  const [key, ...rest] = keys
  if (key === undefined) return { ...schema, $defs: root.$defs }
  const objects = alternatives(schema, root).filter(({ type }) => type === undefined || type === 'object')
  if (objects.length === 0) {
    throw usageError(`\`${optionPath}\` takes one value and has no key \`${key}\``, `say \`--set ${optionPath}=value\``)
  }
  for (const object of objects) {
    const property = Object.hasOwn(object.properties ?? {}, key) ? object.properties?.[key] : undefined
    if (property !== undefined) return schemaAt(property, rest, `${optionPath}.${key}`, root)
    const more = object.additionalProperties
    if (typeof more === 'object') return schemaAt(more, rest, `${optionPath}.${key}`, root)
    if (more === true || object.properties === undefined) return {}
  }
  const known = objects.flatMap((object) => Object.keys(object.properties ?? {}))
  throw usageError(
    `\`${optionPath}\` has no key \`${key}\``,
    didYouMean(key, known, `its keys are ${known.join(', ')}`, (meant) => `${optionPath}.${meant}`),
  )
}

/**
 * What a text means under a schema; the narrowest reading that the schema allows wins.
 *
 * @param shown stands for the text in errors.
 */
function typed(text: string, schema: InputSchema, optionPath: string, shown?: string): unknown {
  const allowed = alternatives(schema)
  const takes = (...types: string[]) => allowed.find(({ type }) => types.includes(type as string))
  const anything = allowed.some(({ type, enum: values, const: only }) => (type ?? values ?? only) === undefined)

  const exact = allowed.flatMap((one) => one.enum ?? (one.const === undefined ? [] : [one.const]))
  const same = exact.find((value) => String(value) === text)
  if (same !== undefined) return same

  const json = parsed(text)
  if (json !== undefined) {
    const kind = kindOf(json)
    if (anything || (kind !== 'string' && takes(kind, kind === 'number' ? 'integer' : kind))) return json
  }
  const list = takes('array')
  if (list !== undefined && takes('string') === undefined) {
    if (text.startsWith('[')) throw notJson(optionPath, 'a list', '["one","two"]')
    return text === '' ? [] : text.split(',').map((part) => typed(part.trim(), list.items ?? {}, optionPath, shown))
  }
  const isClosed = allowed.every((one) => (one.enum ?? one.const) !== undefined)
  const takesText = anything || takes('string') !== undefined
  if (exact.length > 0 && (isClosed || !takesText)) throw notOneOf(text, exact.map(String), optionPath, shown)
  if (takesText) return text
  if (takes('object')) throw notJson(optionPath, 'an object', '{"key":"value"}')
  const wanted = takes('boolean') ? 'true or false' : takes('integer') ? 'a whole number' : 'a number'
  throw usageError(
    `${optionPath} takes ${wanted}, not \`${shown ?? text}\``,
    `say \`--set ${optionPath}=${takes('boolean') ? 'true' : '1'}\``,
  )
}

function notJson(optionPath: string, what: string, example: string) {
  return usageError(
    `${optionPath} takes ${what}, and what stands there is not valid JSON`,
    `say \`--set '${optionPath}=${example}'\``,
  )
}

function notOneOf(text: string, known: string[], optionPath: string, shown = text) {
  const setting = (value?: string) => `--set ${optionPath}=${value}`
  return usageError(
    `${optionPath} takes ${known.join(' or ')}, not \`${shown}\``,
    didYouMean(text, known, `say \`${setting(known[0])}\``, setting),
  )
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'array' : typeof value
}

/** One value over another: objects merge key by key, everything else is replaced. */
export function mergedOptions(base: unknown, over: unknown): unknown {
  if (kindOf(base) !== 'object' || kindOf(over) !== 'object') return over
  const before = new Map(Object.entries(base as object))
  const merged = Object.entries(over as object).map(([key, value]) => [key, mergedOptions(before.get(key), value)])
  // Both ways make of a key such as `__proto__` a key like any other.
  return { ...(base as object), ...Object.fromEntries(merged) }
}
