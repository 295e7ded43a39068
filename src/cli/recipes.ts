import { usageError } from '../errors.js'
import { widthOf, writeLines } from '../ui/io.js'
import { command } from './command.js'
import { jsonOption } from './options.js'

export const recipes = command<{ json?: boolean }>({
  name: 'recipes',
  summary: 'list recipes, or document one and its options',
  arguments: [{ syntax: '[name]', description: 'the recipe to document', completes: 'recipe' }],
  options: [jsonOption],
  examples: [
    { line: 'fitout recipes', does: 'what there is' },
    { line: 'fitout recipes docker-daemon', does: 'what one does, and its options' },
  ],
  run: async (args, options, { io, services, paint }) => {
    if (args.length > 1)
      throw usageError('one recipe at a time is documented', `run it once for each: ${args.join(', ')}`)
    const [all, { requireRecipe }, { describe }, { showRecipe, showRecipes }] = await Promise.all([
      services.recipes(),
      import('../recipe/choose.js'),
      import('../recipe/describe.js'),
      import('../ui/recipes.js'),
    ])
    const [name] = args
    const chosen = name === undefined ? all : [requireRecipe(name, '`fitout recipes`', all)]
    const described = chosen.map(describe)
    const view = { paint: paint.out, width: widthOf(io.stdout) }
    if (options.json)
      io.stdout.write(`${JSON.stringify(name === undefined ? described : described[0], undefined, 2)}\n`)
    else writeLines(io.stdout, name === undefined ? showRecipes(described, view) : showRecipe(described[0]!, view))
    return 0
  },
})
