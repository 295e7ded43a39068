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
    const [{ writeFile }, { sample, schemaFileName }, { fleetJsonSchema }, recipes] = await Promise.all([
      import('node:fs/promises'),
      import('../../fleet/sample.js'),
      import('../../fleet/shape.js'),
      recipesKnown(options, undefined, context),
    ])
    const write = async (path: string, text: string, over: boolean) => {
      try {
        await writeFile(path, text, { flag: over ? 'w' : 'wx' })
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException
        if (code === 'EEXIST') {
          throw usageError(`${path} is there already`, '`--force` replaces it; `--schema` writes only the schema anew')
        }
        throw usageError(`${path} cannot be written: ${code}`, 'see to its folder')
      }
    }
    if (!options.schema) await write(file, sample, options.force === true)
    const schema = join(dirname(file), schemaFileName)
    await write(schema, `${JSON.stringify(fleetJsonSchema(recipes), undefined, 2)}\n`, true)
    writeLines(
      io.stdout,
      options.schema
        ? [`wrote ${schema}`]
        : [`wrote ${file}, and ${schema} for editors`, 'fill it in, then look with `fitout hosts`'],
    )
    return 0
  },
})
