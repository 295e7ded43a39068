import { usageError } from '../../errors.js'
import type { Ended } from '../../fleet/each-host.js'
import type { Selection } from '../../plan/assemble.js'
import type { Looked } from '../../run/look.js'
import { widthOf, writeJson, writeLines } from '../../ui/io.js'
import { type Context, command } from '../command.js'
import { documentsOf, type LookOptions, lookAtEach, lookOptions, showErrors, valuesOf } from '../hosts/looking.js'
import { selectionsOf } from '../hosts/selection.js'
import { type Machines, machinesOf } from '../hosts/targets.js'
import { jsonOption, type SelectionOptions, selectionOptions, targetsArgument } from '../options.js'

/** What is shown of a look. */
type Shown = Pick<Looked, 'facts' | 'plan'>

export const plan = command<SelectionOptions & LookOptions & { facts?: string }>({
  name: 'plan',
  summary: 'show what would change, and change nothing',
  about:
    'Shows for every host what is there, what would change and why, with file diffs and effects. Changes nothing. ' +
    'The exit status is 0 when nothing would change and 2 when something would.',
  arguments: [targetsArgument],
  options: [
    ...selectionOptions,
    {
      flags: '--facts <file>',
      description: 'plan from a file of `fitout facts --json`, with no host; - is standard input',
      brief: 'plan from a file of `fitout facts --json`',
      completes: 'file',
    },
    jsonOption,
    ...lookOptions,
  ],
  examples: [
    { line: 'fitout plan', does: 'what would change on this machine' },
    { line: 'fitout plan pi@pi.local rack7', does: 'on two hosts, the second an alias from ~/.ssh/config' },
    {
      line: 'fitout plan --only docker-engine,docker-group --set docker-group.users=dev',
      does: 'two recipes, one option',
    },
    { line: 'fitout plan --facts rack7.json', does: 'with no host at all' },
  ],
  run: async (args, options, context) => {
    if (options.facts !== undefined && args.length > 0) {
      throw usageError('a host and --facts cannot be planned together', 'leave one of them out')
    }
    const machines: Machines =
      options.facts === undefined ? await machinesOf(args, options, context) : { targets: [], hosts: new Map() }
    const selection = await selectionsOf(options, machines, context)
    const ended =
      options.facts === undefined
        ? await lookAtEach(machines, options, context, async (host, emit) => {
            const { look } = await context.services.engine()
            const { facts, plan } = await look(host, selection(host.target), emit)
            return { facts, plan }
          })
        : await fromFile(options.facts, selection({ kind: 'local', name: 'local' }), context)
    await show(ended, options.json === true, context)
    const failure = showErrors(ended, context)
    if (failure !== 0) return failure
    return valuesOf(ended).some(({ value }) => value.plan.changes.length > 0) ? 2 : 0
  },
})

async function fromFile(file: string, selection: Selection, context: Context): Promise<Ended<Shown>[]> {
  const [{ readFactsFile }, { planFromFacts }] = await Promise.all([
    import('../hosts/facts-file.js'),
    context.services.engine(),
  ])
  const chosen = selection.recipes.map(({ recipe }) => recipe)
  return (await readFactsFile(file, chosen)).map((recorded, index): Ended<Shown> => {
    const host = recorded.about?.host ?? `${file} ${index + 1}`
    try {
      return { host, value: { facts: recorded.facts, plan: planFromFacts(recorded, selection) } }
    } catch (error) {
      return { host, error }
    }
  })
}

async function show(ended: readonly Ended<Shown>[], json: boolean, context: Context): Promise<void> {
  const { io, paint } = context
  if (json) {
    writeJson(io.stdout, { hosts: documentsOf(ended, context, (host, value) => ({ host, ...value })) }, 2)
    return
  }
  const { showPlans } = await import('../../plan/show-many.js')
  const view = { paint: paint.out, width: widthOf(io.stdout) }
  const plans = valuesOf(ended).map(({ host, value }) => ({ host, plan: value.plan }))
  writeLines(io.stdout, showPlans(plans, view).slice(0, -1))
}
