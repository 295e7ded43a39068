import { errorData, usageError } from '../../errors.js'
import type { FactsFile } from '../../run/look.js'
import { writeJson, writeLines } from '../../ui/io.js'
import { version } from '../../version.js'
import { command } from '../command.js'
import { type LookOptions, lookAtEach, lookOptions, showErrors, valuesOf } from '../hosts/looking.js'
import { selectionsOf } from '../hosts/selection.js'
import { machinesOf, recipesKnown } from '../hosts/targets.js'
import { type SelectionOptions, selectionOptions, targetsArgument } from '../options.js'

export const facts = command<SelectionOptions & LookOptions & { inspect?: boolean }>({
  name: 'facts',
  summary: 'print what a host is',
  about:
    'Prints what a host is: its release, architecture, init, packages that matter, GPUs. Needs no root, but with ' +
    '--inspect, which also keeps what the chosen recipes look at, so that a plan from the file is the exact one.',
  arguments: [targetsArgument],
  options: [
    {
      flags: '--json',
      description: 'print one JSON document: an object for one host, an array for several',
      brief: 'print one JSON document',
    },
    { flags: '--inspect', description: 'with --json: also what recipes look at on the host' },
    ...selectionOptions,
    ...lookOptions,
  ],
  examples: [
    { line: 'fitout facts pi@pi.local', does: 'what that Raspberry Pi is' },
    { line: 'fitout facts --json rack7 > rack7.json', does: 'keep it, to plan from later with `fitout plan --facts`' },
  ],
  run: async (args, options, context) => {
    const machines = await machinesOf(args, options, context)
    if (options.inspect && !options.json) throw usageError('--inspect is for a file', 'say `--json --inspect`')
    // What they bring to the facts is asked, too.
    await recipesKnown(options, machines.fleet, context)
    const selection = options.inspect ? await selectionsOf(options, machines, context) : undefined
    const ended = await lookAtEach(machines, options, context, async (host, emit): Promise<FactsFile> => {
      if (selection !== undefined) {
        const { look } = await context.services.engine()
        const looked = await look(host, selection(host.target), emit)
        const { resourcesOf } = await import('../../plan/assemble.js')
        // Where a secret option goes, another may be there now.
        for (const { id, secret } of resourcesOf(looked)) if (secret) looked.seen.delete(id)
        const { facts, seen, probed } = looked
        return { facts, seen: Object.fromEntries(seen), probed: probed as FactsFile['probed'] }
      }
      emit({ type: 'phase', host: host.target.name, phase: 'facts', state: 'started' })
      return { facts: await context.services.gatherFacts(host.login, { alone: true }) }
    })
    if (options.json) {
      const documents = ended.map((one) => ({
        about: { host: one.host, source: `fitout ${version}`, recorded: true },
        ...('value' in one ? one.value : { error: errorData(one.error, context.verbose) }),
      }))
      const document = machines.targets.length === 1 ? documents[0] : documents
      if (ended.some((one) => 'value' in one)) writeJson(context.io.stdout, document, 2)
    } else {
      const { showFacts } = await import('../../ui/facts.js')
      for (const { host, value } of valuesOf(ended)) {
        writeLines(context.io.stdout, showFacts(host, value.facts, context.paint.out))
      }
    }
    return showErrors(ended, context)
  },
})
