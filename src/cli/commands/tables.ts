import { widthOf, writeJson, writeLines } from '../../ui/io.js'
import { command } from '../command.js'
import { recipesKnown } from '../hosts/targets.js'
import { jsonOption, recipeOption } from '../options.js'

export const tables = command<{ json?: boolean; recipe?: string[] }>({
  name: 'tables',
  summary: 'list what fitout knows by heart, and how old it is',
  arguments: [],
  options: [recipeOption, jsonOption],
  examples: [{ line: 'fitout tables', does: 'each table with its age and its sources' }],
  run: async (_args, options, context) => {
    const { io, paint } = context
    const [all, { showTables }, { monthsOld }] = await Promise.all([
      recipesKnown(options, undefined, context),
      import('../../ui/tables.js'),
      import('../../recipe/known-table.js'),
    ])
    const known = [...new Set(all.flatMap((recipe) => recipe.tables ?? []))]
    const now = new Date()
    if (options.json)
      writeJson(
        io.stdout,
        known.map((table) => ({ ...table, monthsOld: monthsOld(table, now) })),
        2,
      )
    else writeLines(io.stdout, showTables(known, now, { paint: paint.out, width: widthOf(io.stdout) }))
    return 0
  },
})
