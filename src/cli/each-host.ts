import { FitoutError } from '../errors.js'
import { defaultConcurrency } from '../fleet/waves.js'
import type { Host, Target } from '../host/host.js'
import { Slots } from '../host/stopper.js'

/** How the work on one host ended. */
export type Ended<Value> = { host: string; value: Value } | { host: string; error: unknown }

/**
 * Opens hosts side by side, so many at a time, works on each and closes it. All hosts finish, whatever happens to one;
 * results come in the order of the targets, and errors know their host.
 */
export function onEachHost<Value>(
  targets: readonly Target[],
  open: (target: Target) => Promise<Host>,
  work: (host: Host) => Promise<Value>,
  concurrency = defaultConcurrency(),
): Promise<Ended<Value>[]> {
  const slots = new Slots(concurrency)
  return Promise.all(
    targets.map(async (target) => {
      const done = await slots.take()
      let host: Host | undefined
      try {
        host = await open(target)
        return { host: target.name, value: await work(host) }
      } catch (error) {
        if (error instanceof FitoutError) error.host ??= target.name
        return { host: target.name, error }
      } finally {
        await host?.close().catch(() => undefined)
        done()
      }
    }),
  )
}

/** The results that are errors. */
export function errorsOf<Value>(ended: readonly Ended<Value>[]): { host: string; error: unknown }[] {
  return ended.flatMap((one) => ('error' in one ? [one] : []))
}

/** 0 without errors, 130 where one was an interruption, 64 where all were bad input, else 1. */
export function exitCodeOfErrors(errors: readonly { error: unknown }[]): number {
  const codes = errors.map(({ error }) => (error instanceof FitoutError ? error.exitCode : 1))
  if (codes.length === 0) return 0
  if (codes.includes(130)) return 130
  return codes.every((code) => code === 64) ? 64 : 1
}
