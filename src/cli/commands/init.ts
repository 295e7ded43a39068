import { dirname, join } from 'node:path'
import { usageError } from '../../errors.js'
import { fleetFileName } from '../../fleet/origin.js'
import { writeLines } from '../../ui/io.js'
import { command } from '../command.js'
import { recipesKnown } from '../hosts/targets.js'
import { recipeOption } from '../options.js'

export const init = command<{ force?: boolean; schema?: boolean; recipe?: string[] }>({
  name: 'init',
  summary: 'write a fleet file to begin with',
  about:
    'Writes a commented fleet file, and beside it its JSON Schema, with which editors complete and check it. A file ' +
    'that is there is left alone.',
  arguments: [{ syntax: '[file]', description: `what to write; ${fleetFileName} when left out`, completes: 'file' }],
  options: [
    { flags: '--force', description: 'replace a fleet file that is there' },
    { flags: '--schema', description: 'write only the schema, as after an upgrade of fitout' },
    { ...recipeOption, description: 'a module with recipes of your own, which the schema then knows' },
  ],
  examples: [{ line: 'fitout init', does: 'fitout.yaml, with everything in it to be uncommented' }],
  run: async (args, options, context) => {
    const { io } = context
    if (args.length > 1) throw usageError('one fleet file at a time is written', `say \`fitout init ${args[0]}\``)
    const [file = fleetFileName] = args
    const [{ writeNew, writeOver }, { sample, schemaFileName }, { fleetJsonSchema }, recipes] = await Promise.all([
      import('../../writing.js'),
      import('../../fleet/sample.js'),
      import('../../fleet/shape.js'),
      recipesKnown(options, undefined, context),
    ])
    const guarded = (path: string, write: () => void) => {
      try {
        write()
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException
        if (code === 'EEXIST') {
          throw usageError(`${path} is there already`, '`--force` replaces it; `--schema` writes only the schema anew')
        }
        throw usageError(`${path} cannot be written: ${code}`, 'see to its folder')
      }
    }
    // Values of options may be secrets.
    if (!options.schema) guarded(file, () => (options.force ? writeOver : writeNew)(file, sample))
    const schema = join(dirname(file), schemaFileName)
    const text = `${JSON.stringify(fleetJsonSchema(recipes), undefined, 2)}\n`
    guarded(schema, () => writeOver(schema, text, 0o644))
    writeLines(
      io.stdout,
      options.schema
        ? [`wrote ${schema}`]
        : [`wrote ${file}, and ${schema} for editors`, 'fill it in, then look with `fitout hosts`'],
    )
    return 0
  },
})
