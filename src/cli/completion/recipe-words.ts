import { alternatives, inputSchema } from '../../options/describe.js'
import type { Recipe } from '../../recipe/recipe.js'

export type RecipeWords = ReturnType<typeof recipeWords>

/** What completion says of a recipe. */
export function recipeWords({ name, title, options }: Recipe) {
  return {
    name,
    title,
    options: Object.entries(options).map(([option, type]) => {
      const schema = inputSchema(type)
      const kinds = alternatives(schema)
      const values = kinds.flatMap((kind) =>
        kind.type === 'boolean' ? ['true', 'false'] : (kind.enum ?? (kind.const === undefined ? [] : [kind.const])),
      )
      return {
        name: option,
        about: schema.description ?? '',
        object: kinds.length > 0 && kinds.every(({ type }) => type === 'object'),
        values: values.filter((value) => value !== null).map(String),
      }
    }),
  }
}
