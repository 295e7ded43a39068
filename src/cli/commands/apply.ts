import { type FitoutError, usageError } from '../../errors.js'
import { quote } from '../../shell/quote.js'
import { canAsk } from '../../ui/io.js'
import { rebootModeOf, rebootModes, refuseResume } from '../apply/reboot-mode.js'
import { command } from '../command.js'
import { paceOf, type WaveOptions, waveOptions } from '../hosts/pace.js'
import { selectionsOf } from '../hosts/selection.js'
import { machinesOf } from '../hosts/targets.js'
import { type HostOptions, hostOptions, type SelectionOptions, selectionOptions, targetsArgument } from '../options.js'
import { lastFailures, type RecordOptions, recordOption } from '../recording.js'

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

    const { applyShown } = await import('../apply/shown.js')
    return await applyShown(
      {
        machines,
        selection,
        options,
        pace,
        asking,
        allowStop: options.allowStop === true,
        verify: options.verify === true,
        reboot,
        resume: options.resume === true,
        json: options.json === true,
      },
      context,
    )
  },
})

function nobodyToAsk(args: readonly string[]): FitoutError {
  const hosts = args.map((arg) => ` ${quote(arg)}`).join('')
  return usageError(`there is no terminal to ask on: run \`fitout plan${hosts}\`, then \`fitout apply --yes${hosts}\``)
}
