import type { Emit } from '../../events.js'
import { type Ended, onEachHost } from '../../fleet/each-host.js'
import type { Host } from '../../host/host.js'
import { asker } from '../../ui/ask.js'
import { showFailures } from '../../ui/failures.js'
import { Gate } from '../../ui/gate.js'
import { errorWidthOf, writeLines } from '../../ui/io.js'
import { statusOn } from '../../ui/status.js'
import { leaveOnInterrupt } from '../apply/interrupt.js'
import type { OpenSession } from '../apply/shown.js'
import { type Context, hiding } from '../command.js'
import type { HostOptions } from '../options.js'
import { errorsOf, exitCodeOfErrors } from './errors-of.js'
import { type PaceOptions, paceOf } from './pace.js'
import { type Machines, opener } from './targets.js'

/**
 * The frame of every command that only looks: opens the hosts, keeps a status line on standard error meanwhile, works
 * on each host, and shows every failure at the end.
 *
 * @param within the conversation that this look is a part of: who is asked, and hosts that stay open.
 */
export async function lookAtEach<Value>(
  machines: Machines,
  options: HostOptions & PaceOptions,
  context: Context,
  work: (host: Host, emit: Emit) => Promise<Value>,
  within?: OpenSession,
): Promise<Ended<Value>[]> {
  const screen = new Gate(context.io.stderr)
  const status = statusOn(screen, context.io.env)
  const onQuestion = (state: 'asked' | 'answered') => {
    if (state === 'answered') return screen.letGo()
    status.clear()
    screen.hold()
  }
  const person =
    within?.person({ onQuestion, onSecret: hiding(context) }) ??
    asker({ io: context.io, onQuestion, onSecret: hiding(context) })
  const stopWatching = leaveOnInterrupt(context.io, () => status.end())
  try {
    const emit = status.emit
    const opening = await opener(context, {
      options,
      machines,
      person,
      onNote: (host, text) => emit({ type: 'note', host, text }),
    })
    const open = within?.opener(opening) ?? opening
    return await onEachHost(
      machines.targets,
      (target) => {
        emit({ type: 'host-started', host: target.name })
        return open(target)
      },
      (host) => work(host, emit),
      paceOf(options, machines).concurrency,
    )
  } finally {
    status.end()
    stopWatching()
  }
}

/** Shows every failure on standard error, of many each reason. @returns the exit status that they ask for, 0 without any. */
export function showErrors<Value>(ended: readonly Ended<Value>[], context: Context): number {
  const errors = errorsOf(ended)
  const { io, verbose, paint } = context
  writeLines(io.stderr, showFailures(errors, { verbose, paint: paint.err, width: errorWidthOf(io.stderr) }))
  return exitCodeOfErrors(errors)
}
