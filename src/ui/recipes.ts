import type { OptionDescription, RecipeDescription } from '../options/describe.js'
import { hanging, wrap } from '../text.js'
import type { View } from './io.js'

/** The list of recipes, a line or two each. */
export function showRecipes(recipes: readonly RecipeDescription[], { paint, width }: View): string[] {
  const column = Math.max(...recipes.map(({ name }) => name.length)) + 4
  const lines = recipes.flatMap(({ name, title, byDefault }) => {
    const lead = `${byDefault ? '*' : ' '} ${name}`.padEnd(column)
    const [first = '', ...more] = hanging(lead, title, width)
    return [paint('bold', first.slice(0, column)) + first.slice(column), ...more]
  })
  return [
    ...lines,
    '',
    '* part of every run; the others are chosen with --only.',
    '`fitout recipes NAME` documents one and its options.',
  ]
}

/** One recipe with its options. */
export function showRecipe(recipe: RecipeDescription, { paint, width }: View): string[] {
  const lines = [`${paint('bold', recipe.name)}  ${recipe.title}`, '']
  lines.push(...wrap(recipe.about.replace(/\s+/g, ' ').trim(), width - 2).map((line) => `  ${line}`), '')
  lines.push(
    typeof recipe.byDefault === 'string'
      ? `  Part of every run ${recipe.byDefault}.`
      : recipe.byDefault
        ? '  Part of every run.'
        : `  Only where chosen: --only ${recipe.name}`,
  )
  if (recipe.after.length > 0) lines.push(`  Comes after ${recipe.after.join(', ')}.`)
  if (recipe.options.length === 0) return [...lines, '', '  It has no options.']
  lines.push('', `  ${paint('dim', 'options')}`)
  for (const option of recipe.options) lines.push(...showOption(option, recipe.name, { paint, width }))
  return lines
}

function showOption(option: OptionDescription, of: string, view: View, indent = '    '): string[] {
  const path = `${of}.${option.name}`
  const { paint, width } = view
  const lines = [`${indent}${paint('bold', `${path}`)}  ${paint('cyan', option.type)}`]
  const inner = `${indent}    `
  const preset = defaultWords(option.default)
  const fallback = option.required ? '(required)' : preset === undefined ? '' : `(default: ${preset})`
  const text = [option.description, fallback].filter((part) => part !== '').join(' ')
  lines.push(...wrap(text.replace(/\s+/g, ' '), width - inner.length).map((line) => inner + line))
  for (const key of option.keys ?? []) lines.push(...showOption(key, path, view, inner))
  return lines
}

/** A default as text; nothing if that says nothing. */
export function defaultWords(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  const empty = value === undefined || value === null || (typeof value === 'object' && Object.keys(value).length === 0)
  return empty ? undefined : JSON.stringify(value)
}
