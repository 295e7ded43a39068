import { usageError } from '../../errors.js'
import { widthOf, writeJson, writeLines } from '../../ui/io.js'
import { command } from '../command.js'
import { recipesKnown } from '../hosts/targets.js'
import { jsonOption, recipeOption } from '../options.js'

export const recipes = command<{ json?: boolean; recipe?: string[] }>({
  name: 'recipes',
  summary: 'list recipes, or document one and its options',
  arguments: [{ syntax: '[name]', description: 'the recipe to document', completes: 'recipe' }],
  options: [recipeOption, jsonOption],
  examples: [
    { line: 'fitout recipes', does: 'what there is' },
    { line: 'fitout recipes docker-daemon', does: 'what one does, and its options' },
    { line: 'fitout recipes --recipe motd.mjs motd', does: 'the same of one of your own' },
  ],
  run: async (args, options, context) => {
    const { io, paint } = context
    if (args.length > 1)
      throw usageError('one recipe at a time is documented', `run it once for each: ${args.join(', ')}`)
    const [all, { requireRecipe }, { describe }, { showRecipe, showRecipes }] = await Promise.all([
      recipesKnown(options, undefined, context),
      import('../../recipe/choose.js'),
      import('../../options/describe.js'),
      import('../../ui/recipes.js'),
    ])
    const [name] = args
    const chosen = name === undefined ? all : [requireRecipe(name, '`fitout recipes`', all)]
    const described = chosen.map(describe)
    const view = { paint: paint.out, width: widthOf(io.stdout) }
    if (options.json) writeJson(io.stdout, name === undefined ? described : described[0], 2)
    else writeLines(io.stdout, name === undefined ? showRecipes(described, view) : showRecipe(described[0]!, view))
    return 0
  },
})
