import { usageError } from '../../errors.js'
import type { Host } from '../../host/host.js'
import { exitCodeOf } from '../../run/ended.js'
import { quote } from '../../shell/quote.js'
import { counted, visible } from '../../text.js'
import { asker } from '../../ui/ask.js'
import { showError } from '../../ui/errors.js'
import { canAsk, errorWidthOf, writeLines, writeScript } from '../../ui/io.js'
import { both, screenFor } from '../../ui/screen.js'
import { type Context, command } from '../command.js'
import { lookAtEach, showErrors, workOnEach } from '../hosts/looking.js'
import { type Machines, machinesOf, opener, recipesKnown } from '../hosts/targets.js'
import { type HostOptions, hostOptions, targetsArgument } from '../options.js'
import { type RecordOptions, recordOf, recordOption } from '../recording.js'

interface Options extends HostOptions, RecordOptions {
  run?: string
  list?: boolean
  script?: boolean
  keepPackages?: boolean
  leave?: string[]
  yes?: boolean
  allowStop?: boolean
  json?: boolean
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
    {
      flags: '-y, --yes',
      description: 'do not ask; running containers are still not stopped',
      brief: 'do not ask; stops no running container',
    },
    { flags: '--allow-stop', description: 'running containers may be stopped' },
    { flags: '--script', description: 'print the shell that would run; change nothing' },
    { flags: '--json', description: 'print events as JSON lines', topic: 'Output' },
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
      const found = ended.flatMap((one) => ('value' in one ? [one] : []))
      writeLines(
        context.io.stdout,
        found.flatMap(({ host, value }) => showRuns(host, value, context.paint.out)),
      )
      return showErrors(ended, context)
    }
    if (script) {
      if (machines.targets.length > 1) throw usageError('a script is for exactly one host', 'name one')
      const ended = await workOnEach(
        machines,
        options,
        context,
        async (host, emit) => (await lookUndo(host, choice, emit)).plan,
      )
      for (const one of ended) {
        if (!('value' in one)) continue
        writeScript(context.io.stdout, one.value.script)
        writeLines(context.io.stderr, [`${one.host}: ${counted(one.value.changes.length, 'change')}`])
      }
      return showErrors(ended, context)
    }
    return undoEach(args, machines, options, context, (host, withIt) => undoOn(host, choice, withIt))
  },
})

type Undoing = (
  host: Host,
  options: Parameters<typeof import('../../run/undo.js').undoOn>[2],
) => ReturnType<typeof import('../../run/undo.js').undoOn>

/** The same frame as `apply` has: plans, one question, progress, a report for each host. */
async function undoEach(
  args: readonly string[],
  machines: Machines,
  options: Options,
  context: Context,
  undoing: Undoing,
): Promise<number> {
  const { io, paint, verbose, secrets } = context
  const asking = options.yes !== true
  if (asking && !canAsk(io)) {
    const hosts = args.map((arg) => ` ${quote(arg)}`).join('')
    throw usageError(
      `there is no terminal to ask on: see the script with \`fitout undo --script${hosts}\`, then \`fitout undo --yes${hosts}\``,
    )
  }
  const [{ runApply }, { paceOf }, { restartHere }] = await Promise.all([
    import('../apply/run.js'),
    import('../hosts/pace.js'),
    context.services.engine(),
  ])
  const hosts = machines.targets.map(({ name }) => name)
  const screen = await screenFor({ io, hosts, json: options.json === true, verbose, asking, paint }, secrets)
  const record = await recordOf(
    {
      command: 'undo',
      targets: machines.targets,
      selections: [],
      options: { ...options, ...machines.found },
      onTrouble: screen.say,
    },
    context,
  )
  const seen = { ...screen, emit: both(screen.emit, record.emit) }
  const person = asker({ io, secrets, onQuestion: screen.question })
  const results = await runApply({
    targets: machines.targets,
    selection: () => ({ recipes: [] }),
    open: await opener(context, {
      options,
      machines,
      person,
      onNote: (host, text) => seen.emit({ type: 'note', host, text }),
    }),
    engine: { applyTo: (host, _selection, withIt) => undoing(host, withIt), restartHere },
    screen: seen,
    secrets,
    // It removes what a run brought, whatever that is.
    ask: asking ? (question) => person.yes(question, false) : undefined,
    pace: paceOf({}, machines),
    together: asking || screen.together,
    allowStop: options.allowStop === true,
    verify: false,
    reboot: 'never',
    resumeUnit: undefined,
  })
  record.end(results, exitCodeOf(results))
  await screen.end(results)
  for (const { report, error } of secrets.in(results)) {
    if (error === undefined || report.outcome === 'interrupted') continue
    const view = { host: report.host, verbose, paint: paint.err, width: errorWidthOf(io.stderr) }
    writeLines(io.stderr, ['', ...showError(error, view)])
  }
  return exitCodeOf(results)
}
