import { FitoutError, usageError } from '../errors.js'
import type { HostResult } from '../events.js'
import { waveSizes } from '../fleet/waves.js'
import { quote } from '../shell/quote.js'
import { asker } from '../ui/ask.js'
import { showError } from '../ui/errors.js'
import { canAsk, errorWidthOf, writeLines } from '../ui/io.js'
import { both, mostRows, screenFor } from '../ui/screen.js'
import { exitCodeOf, oneOfEach } from '../ui/summary.js'
import { command } from './command.js'
import { type HostOptions, hostOptions, type SelectionOptions, selectionOptions, targetsArgument } from './options.js'
import { paceOf, type WaveOptions, waveOptions } from './pace.js'
import { rebootModeOf, rebootModes, refuseResume, resumeUnitFor } from './reboots.js'
import { lastFailures, type RecordOptions, recordOf, recordOption } from './recording.js'
import { selectionsOf } from './selection.js'
import { machinesOf, opener } from './targets.js'

interface Options extends SelectionOptions, HostOptions, RecordOptions, WaveOptions {
  failed?: boolean
  yes?: boolean
  allowStop?: boolean
  verify?: boolean
  reboot?: string
  resume?: boolean
  json?: boolean
}

export const apply = command<Options>({
  name: 'apply',
  summary: 'show the plan, ask, make it so, and prove it',
  about:
    'Shows the plan and asks; then applies it, looks again until nothing is left to change, and runs the trials. ' +
    'A host that is already as wanted is left alone.',
  arguments: [targetsArgument],
  options: [
    ...selectionOptions,
    {
      flags: '-y, --yes',
      description: 'do not ask; running containers are still not stopped',
      brief: 'do not ask; stops no running container',
    },
    { flags: '--allow-stop', description: 'running containers may be stopped' },
    { flags: '--verify', description: 'run the trials even when nothing had to change' },
    {
      flags: '--reboot <when>',
      description: 'where changes need one: ask (default; not with --yes), never, or if-needed, which is a yes to it',
      brief: 'where changes need one: ask, never, if-needed',
      values: rebootModes,
    },
    {
      flags: '--failed',
      description: 'only the hosts that failed in the last run, with its recipes',
      brief: 'only the hosts that failed in the last run',
    },
    {
      flags: '--resume',
      description: 'go on by itself after this machine’s restart (one-time systemd unit)',
      brief: 'go on by itself after this machine’s restart',
    },
    { flags: '--json', description: 'print events as JSON lines', topic: 'Output' },
    recordOption,
    ...waveOptions,
    ...hostOptions,
  ],
  examples: [
    { line: 'fitout apply', does: 'fit this machine out, after a look at the plan' },
    { line: 'fitout apply --yes pi@pi.local rack7', does: 'two hosts side by side, without a question' },
    {
      line: 'fitout apply web1 --only docker-engine --set docker-engine.version=latest',
      does: 'upgrade Docker on web1',
    },
    {
      line: 'fitout apply --yes --reboot if-needed rack7',
      does: 'restart rack7 where the changes need it, wait for it to come back, and go on',
    },
  ],
  run: async (named, given, context) => {
    const again = given.failed ? await lastFailures(named, given, context) : undefined
    if (again?.hosts.length === 0) return 0
    const { hosts: args, options } = again ?? { hosts: named, options: given }
    const machines = await machinesOf(args, options, context)
    const { targets } = machines
    const selection = await selectionsOf(options, machines, context)
    const asking = options.yes !== true
    const pace = paceOf(options, machines)
    const reboot = rebootModeOf(options.reboot)
    if (options.resume) refuseResume({ targets, reboot, asking })
    if (asking && !canAsk(context.io)) throw nobodyToAsk(args)

    const { runApply } = await import('./apply-run.js')
    const { io, paint, verbose } = context
    const hosts = targets.map(({ name }) => name)
    const screen = await screenFor({
      io,
      hosts,
      json: options.json === true,
      verbose,
      asking,
      waves: waveSizes(hosts.length, pace.waves ?? []).length > 1,
      paint,
    })
    const record = await recordOf(
      {
        command: 'apply',
        targets,
        selections: [...new Set(targets.map(selection))],
        options: { ...options, ...machines.found },
        onTrouble: screen.say,
      },
      context,
    )
    const seen = { ...screen, emit: both(screen.emit, record.emit) }
    const person = asker({ io, onQuestion: screen.question, onSecret: record.hide })
    const onNote = (host: string, text: string) => seen.emit({ type: 'note', host, text })
    const results = await runApply({
      targets,
      selection,
      open: await opener(context, { options, machines, person, onNote }),
      engine: await context.services.engine(),
      screen: seen,
      ask: asking ? (question, preset) => person.yes(question, preset) : undefined,
      pace,
      together: asking || screen.together,
      allowStop: options.allowStop === true,
      verify: options.verify === true,
      reboot,
      resumeUnit: options.resume ? resumeUnitFor({ ...options, ...machines.found }) : undefined,
    })
    record.end(results, exitCodeOf(results))
    await screen.end(results)
    const failures = results.filter(({ report, error }) => error !== undefined && report.outcome !== 'interrupted')
    // Where the summary of many hosts stands on the same terminal, it has told each reason: only what a host said is added.
    const told = results.length > mostRows && io.stdout.isTTY === true && io.stderr.isTTY === true && !options.json
    const more = ({ error }: HostResult) => !told || verbose || !(error instanceof FitoutError) || error.said.length > 0
    // Of many, each reason is told in full once: who else has it stands in the summary.
    for (const { report, error } of (failures.length > mostRows ? oneOfEach(failures) : failures).filter(more)) {
      writeLines(io.stderr, [
        '',
        ...showError(error, { host: report.host, verbose, paint: paint.err, width: errorWidthOf(io.stderr) }),
      ])
    }
    for (const { last } of results) await last?.()
    return exitCodeOf(results)
  },
})

function nobodyToAsk(args: readonly string[]): FitoutError {
  const hosts = args.map((arg) => ` ${quote(arg)}`).join('')
  return usageError(`there is no terminal to ask on: run \`fitout plan${hosts}\`, then \`fitout apply --yes${hosts}\``)
}
