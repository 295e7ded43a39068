import { rebootModes } from '../apply/reboot-mode.js'
import type { ChangeOptions } from '../apply/shown.js'
import { command } from '../command.js'
import { waveOptions } from '../hosts/pace.js'
import { selectionsOf } from '../hosts/selection.js'
import { machinesOf } from '../hosts/targets.js'
import { allowStopOption, eventsOption, hostOptions, selectionOptions, targetsArgument, yesOption } from '../options.js'
import { lastFailures, recordOption } from '../recording.js'

export const apply = command<ChangeOptions & { failed?: boolean }>({
  name: 'apply',
  summary: 'show the plan, ask, make it so, and prove it',
  about:
    'Shows the plan and asks; then applies it, looks again until nothing is left to change, and runs the trials. ' +
    'A host that is already as wanted is left alone.',
  arguments: [targetsArgument],
  options: [
    ...selectionOptions,
    yesOption,
    allowStopOption,
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
    eventsOption,
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
    const selection = await selectionsOf(options, machines, context)
    const { applyShown } = await import('../apply/shown.js')
    return await applyShown({ command: 'apply', args, machines, selection, options }, context)
  },
})
