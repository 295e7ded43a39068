import stringWidth from 'string-width'
import { recipes } from '../recipes/index.js'
import { describe, type OptionDescription, type RecipeDescription } from '../src/options/describe.js'
import { inOrder } from '../src/recipe/choose.js'

/** The page `docs/recipes.md`: which there are, from what the recipes say of themselves. */
export function recipesPage(): string {
  const described = inOrder(recipes).map(describe)
  const when = ({ byDefault }: RecipeDescription) =>
    typeof byDefault === 'string' ? byDefault : byDefault ? 'always' : 'where chosen'
  return `${[
    '# Recipes',
    'Made from [the recipes](../recipes) themselves, as is the page of each; `fitout recipes NAME` says the same on a terminal.',
    'They apply in this order. The last column says which are part of a run by themselves; `--only` and `--skip` choose otherwise.',
    table(
      ['recipe', 'what it brings', 'part of a run'],
      described.map((one) => [`[${one.name}](recipes/${one.name}.md)`, one.title, when(one)]),
    ),
    'An option is set with `--set recipe.option=value`, or below `set:` in a [fleet file](fleet.md). Lists take their values with commas between them. An object takes JSON, or one key at a time: `--set recipe.option.key=value`.',
    'Yours can stand beside them: [writing a recipe](writing-recipes.md).',
  ].join('\n\n')}\n`
}

/** A table as the formatter leaves it. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((word, at) =>
    Math.max(...[word, ...rows.map((row) => row[at] ?? '')].map((cell) => stringWidth(cell))),
  )
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, at) => cell + ' '.repeat((widths[at] ?? 0) - stringWidth(cell))).join(' | ')} |`
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n')
}

/** The pages `docs/recipes/NAME.md`, by name. */
export function recipePages(): Map<string, string> {
  return new Map(
    inOrder(recipes)
      .map(describe)
      .map((one) => [one.name, `${[...section(one), '[All recipes](../recipes.md)'].join('\n\n')}\n`]),
  )
}

function section({ name, title, about, byDefault, after, options }: RecipeDescription): string[] {
  const others = after.map((other) => `[\`${other}\`](${other}.md)`)
  return [
    `# ${name}`,
    `**${title}.** ${about}`,
    [
      typeof byDefault === 'string'
        ? `Part of every run ${byDefault}.`
        : byDefault
          ? 'Part of every run.'
          : `Only where chosen: \`--only ${name}\`.`,
      ...(others.length > 0 ? [`Comes after ${others.join(', ')}.`] : []),
      ...(options.length === 0 ? ['It has no options.'] : []),
    ].join(' '),
    ...(options.length === 0 ? [] : ['## Options', options.flatMap((option) => item(option, name)).join('\n')]),
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
