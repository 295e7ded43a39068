import { usageError } from '../../errors.js'
import type { Emit } from '../../events.js'
import type { Host } from '../../host/host.js'
import { counted, visible } from '../../text.js'
import { writeLines, writeScript } from '../../ui/io.js'
import type { ChangeOptions } from '../apply/shown.js'
import { command } from '../command.js'
import { lookAtEach, showErrors, valuesOf, workOnEach } from '../hosts/looking.js'
import { machinesOf, recipesKnown } from '../hosts/targets.js'
import { allowStopOption, eventsOption, hostOptions, targetsArgument, yesOption } from '../options.js'
import { recordOption } from '../recording.js'

interface Options extends ChangeOptions {
  run?: string
  list?: boolean
  script?: boolean
  keepPackages?: boolean
  leave?: string[]
}

export const undo = command<Options>({
  name: 'undo',
  summary: 'take back what a run did to a host',
  about:
    'Takes back the newest run on a host that is not undone yet, from the journal that it left there: files, packages, ' +
    'groups, holds and services as before. Shows the plan and asks. What was changed since is left, and said.',
  arguments: [targetsArgument],
  options: [
    {
      flags: '--run <id>',
      description: 'this run; one that undid another can be undone as well',
      brief: 'this run of `--list`',
    },
    { flags: '--list', description: 'show the runs of each host; change nothing' },
    { flags: '--keep-packages', description: 'packages stay as they are' },
    { flags: '--leave <what>', description: 'these packages or files stay (comma list)', repeats: true },
    yesOption,
    allowStopOption,
    { flags: '--script', description: 'print the shell that would run; change nothing' },
    eventsOption,
    recordOption,
    ...hostOptions,
  ],
  examples: [
    { line: 'fitout undo --list web1', does: 'what fitout did there, run by run' },
    { line: 'fitout undo web1', does: 'take the newest run back, after a look at the plan' },
  ],
  run: async (args, options, context) => {
    const { list, script, run: id } = options
    if (list && script) throw usageError('--list and --script are two answers', 'leave one of them out')
    if (id !== undefined && !/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(id)) {
      throw usageError(`--run ${visible(id)} is no id of a run`, 'see `fitout undo --list`')
    }
    const machines = await machinesOf(args, options, context)
    if (id !== undefined && machines.targets.length > 1) {
      throw usageError('a run is on one host only', 'name that host alone with --run')
    }
    // Their services are restarted for what comes back.
    await recipesKnown(options, machines.fleet, context)
    const choice = {
      run: id,
      keepPackages: options.keepPackages === true,
      leave: (options.leave ?? []).flatMap((words) => words.split(',')).filter(Boolean),
    }
    const { pastRuns, lookUndo, undoOn } = await import('../../run/undo.js')
    if (list) {
      const ended = await lookAtEach(machines, options, context, (host) => pastRuns(host))
      const { showRuns } = await import('../../ui/runs.js')
      const lines = valuesOf(ended).flatMap(({ host, value }) => showRuns(host, value, context.paint.out))
      writeLines(context.io.stdout, lines)
      return showErrors(ended, context)
    }
    if (script) {
      if (machines.targets.length > 1) throw usageError('a script is for exactly one host', 'name one')
      const looking = async (host: Host, emit: Emit) => (await lookUndo(host, choice, emit)).plan
      const ended = await workOnEach(machines, options, context, looking)
      for (const { host, value } of valuesOf(ended)) {
        writeScript(context.io.stdout, value.script)
        writeLines(context.io.stderr, [`${host}: ${counted(value.changes.length, 'change')}`])
      }
      return showErrors(ended, context)
    }
    const { applyShown } = await import('../apply/shown.js')
    const nothing = { recipes: [] }
    return await applyShown(
      {
        command: 'undo',
        args,
        machines,
        selection: () => nothing,
        options: { ...options, reboot: 'never' },
        applyTo: (host, _selection, withIt) => undoOn(host, choice, withIt),
      },
      context,
    )
  },
})
