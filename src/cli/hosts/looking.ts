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
import type { Context } from '../command.js'
import type { HostOptions } from '../options.js'
import { errorsOf, exitCodeOfErrors } from './errors-of.js'
import { type PaceOptions, paceOf } from './pace.js'
import { type Machines, opener } from './targets.js'

/**
 * The frame of every command that only looks: opens the hosts, keeps a status line on standard error meanwhile, works
 * on each host, and shows every failure at the end. What it returns is without secrets.
 */
export async function lookAtEach<Value>(
  machines: Machines,
  options: HostOptions & PaceOptions,
  context: Context,
  work: (host: Host, emit: Emit) => Promise<Value>,
): Promise<Ended<Value>[]> {
  return context.secrets.in(await workOnEach(machines, options, context, work))
}

/**
 * The same with what the hosts said as it is, secrets and all: for a script, which has to hold what it is to write, and for what is worked
 * with later.
 *
 * @param within the conversation that this look is a part of: who is asked, and hosts that stay open.
 */
export async function workOnEach<Value>(
  machines: Machines,
  options: HostOptions & PaceOptions,
  context: Context,
  work: (host: Host, emit: Emit) => Promise<Value>,
  within?: OpenSession,
): Promise<Ended<Value>[]> {
  const { io, secrets } = context
  const screen = new Gate(io.stderr)
  const status = statusOn(screen, io.env)
  const onQuestion = (state: 'asked' | 'answered') => {
    if (state === 'answered') return screen.letGo()
    status.clear()
    screen.hold()
  }
  const person = within?.person({ onQuestion }) ?? asker({ io, secrets, onQuestion })
  const stopWatching = leaveOnInterrupt(io, () => status.end())
  try {
    const emit: Emit = (event) => status.emit(secrets.in(event))
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
  const { io, verbose, paint, secrets } = context
  writeLines(io.stderr, showFailures(secrets.in(errors), { verbose, paint: paint.err, width: errorWidthOf(io.stderr) }))
  return exitCodeOfErrors(errors)
}
