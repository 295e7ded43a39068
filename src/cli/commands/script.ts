import { usageError } from '../../errors.js'
import { counted } from '../../text.js'
import { writeLines, writeScript } from '../../ui/io.js'
import { command } from '../command.js'
import { showErrors, valuesOf, workOnEach } from '../hosts/looking.js'
import { selectionsOf } from '../hosts/selection.js'
import { machinesOf } from '../hosts/targets.js'
import { type HostOptions, hostOptions, type SelectionOptions, selectionOptions, targetsArgument } from '../options.js'

export const script = command<SelectionOptions & HostOptions>({
  name: 'script',
  summary: 'print the shell script that apply would run',
  about:
    'Prints the POSIX script that `fitout apply` would run on one host: complete, with exact versions, and refusing ' +
    'to run where the host is no longer the one it was planned for. Standard output carries only the script.',
  arguments: [{ ...targetsArgument, syntax: '[target]' }],
  options: [...selectionOptions, ...hostOptions],
  examples: [
    { line: 'fitout script > fit.sh && sudo sh fit.sh', does: 'read what would be done here, then do it by hand' },
    { line: 'fitout script web1 | less', does: 'what would run on web1' },
  ],
  run: async (args, options, context) => {
    const machines = await machinesOf(args, options, context)
    const names = machines.targets.map(({ name }) => name)
    if (names.length > 1)
      throw usageError('a script is for exactly one host', `run it once for each: ${names.slice(0, 8).join(', ')}`)
    const selection = await selectionsOf(options, machines, context)
    const ended = await workOnEach(machines, options, context, async (host, emit) => {
      const { look } = await context.services.engine()
      return (await look(host, selection(host.target), emit)).plan
    })
    for (const { host, value } of valuesOf(ended)) {
      const { changes, script: text } = value
      if (text !== '') writeScript(context.io.stdout, text)
      writeLines(context.io.stderr, [
        changes.length === 0
          ? `${host}: nothing to change, so there is no script`
          : `${host}: ${counted(changes.length, 'change')}; run it there with \`sudo sh\``,
      ])
    }
    return showErrors(ended, context)
  },
})
