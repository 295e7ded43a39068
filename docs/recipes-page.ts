import { recipes } from '../recipes/index.js'
import { choose, inOrder } from '../src/recipe/choose.js'
import { describe, type OptionDescription, type RecipeDescription } from '../src/recipe/describe.js'

/** The page `docs/recipes.md`, from what the recipes say of themselves. */
export function recipesPage(): string {
  const described = inOrder(recipes).map(describe)
  const byDefault = choose(recipes).recipes.length
  return `${[
    '# Recipes',
    'Made from [the recipes](../recipes) themselves; `fitout recipes NAME` says the same on a terminal.',
    byDefault === recipes.length
      ? 'All of them are part of every run, in this order, unless `--only` or `--skip` says otherwise.'
      : 'Those marked so are part of every run unless `--only` or `--skip` says otherwise; they apply in this order.',
    described.map(({ name, title }) => `- [${name}](#${name}): ${title}`).join('\n'),
    'An option is set with `--set recipe.option=value`. Lists take their values with commas between them. An object takes JSON, or one key at a time: `--set recipe.option.key=value`.',
    ...described.flatMap(section),
  ].join('\n\n')}\n`
}

function section({ name, title, about, byDefault, after, options }: RecipeDescription): string[] {
  return [
    `## ${name}`,
    `**${title}.** ${about}`,
    [
      typeof byDefault === 'string'
        ? `Part of every run ${byDefault}.`
        : byDefault
          ? 'Part of every run.'
          : `Only where chosen: \`--only ${name}\`.`,
      ...(after.length > 0 ? [`Comes after ${after.map((other) => `\`${other}\``).join(', ')}.`] : []),
      ...(options.length === 0 ? ['It has no options.'] : []),
    ].join(' '),
    ...(options.length === 0 ? [] : [options.flatMap((option) => item(option, name)).join('\n')]),
  ]
}

function item(option: OptionDescription, place: string): string[] {
  const path = `${place}.${option.name}`
  const about = [`\`${path}\`: ${option.type}`, ...defaultOf(option)].join(', ')
  return [`- ${about}`, `  <br>${option.description}`, ...(option.keys ?? []).flatMap((key) => item(key, path))]
}

function defaultOf({ required, default: value }: OptionDescription): string[] {
  if (required) return ['required']
  if (value === undefined || value === null || JSON.stringify(value) === '{}') return []
  return [`by default \`${typeof value === 'string' ? value : JSON.stringify(value)}\``]
}
