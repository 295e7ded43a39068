import { errorData, FitoutError } from '../../errors.js'
import type { Emit } from '../../events.js'
import { type Ended, onEachHost } from '../../fleet/each-host.js'
import type { Host } from '../../host/host.js'
import { showFailures } from '../../ui/failures.js'
import { Gate } from '../../ui/gate.js'
import { errorWidthOf, writeLines } from '../../ui/io.js'
import { statusOn } from '../../ui/status.js'
import { leaveOnInterrupt } from '../apply/interrupt.js'
import type { Context } from '../command.js'
import { type HostOptions, hostOptions } from '../options.js'
import { type PaceOptions, paceOf, paceOptions } from './pace.js'
import { type Machines, type OpenSession, opening } from './targets.js'

/** Options of every command that only looks. */
export interface LookOptions extends HostOptions, PaceOptions {
  json?: boolean
}

export const lookOptions = [...paceOptions, ...hostOptions]

/**
 * The frame of every command that only looks: opens the hosts, keeps a status line on standard error meanwhile, works
 * on each host, and shows every failure at the end. What it returns is without secrets.
 */
export async function lookAtEach<Value>(
  machines: Machines,
  options: LookOptions,
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
  options: LookOptions,
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
  const stopWatching = leaveOnInterrupt(io, () => status.end())
  try {
    const emit: Emit = (event) => status.emit(secrets.in(event))
    const { open } = await opening({ options, machines, within, onQuestion, emit }, context)
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

/**
 * Shows every failure on standard error, of many each reason.
 *
 * @returns 0 without any, 130 where one was an interruption, 64 where all were bad input, else 1.
 */
export function showErrors<Value>(ended: readonly Ended<Value>[], context: Context): number {
  const errors = ended.flatMap((one) => ('error' in one ? [one] : []))
  const { io, verbose, paint, secrets } = context
  writeLines(io.stderr, showFailures(secrets.in(errors), { verbose, paint: paint.err, width: errorWidthOf(io.stderr) }))
  const codes = errors.map(({ error }) => (error instanceof FitoutError ? error.exitCode : 1))
  if (codes.length === 0) return 0
  if (codes.includes(130)) return 130
  return codes.every((code) => code === 64) ? 64 : 1
}

/** What came of the hosts on which the work did not fail. */
export function valuesOf<Value>(ended: readonly Ended<Value>[]): { host: string; value: Value }[] {
  return ended.flatMap((one) => ('value' in one ? [one] : []))
}

/** What `--json` says of each host: a document of what came of it, or its error. */
export function documentsOf<Value>(
  ended: readonly Ended<Value>[],
  { verbose }: Context,
  document: (host: string, value: Value) => object,
): object[] {
  return ended.map((one) =>
    'value' in one ? document(one.host, one.value) : { host: one.host, error: errorData(one.error, verbose) },
  )
}
