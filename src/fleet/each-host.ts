import { setMaxListeners } from 'node:events'
import { FitoutError } from '../errors.js'
import { Slots } from '../host/connection/slots.js'
import type { Host, Target } from '../host/host.js'

/** How the work on one host ended. */
export type Ended<Value> = { host: string; value: Value } | { host: string; error: unknown }

/**
 * Opens hosts side by side, so many at a time, works on each and closes it. All hosts finish, whatever happens to one;
 * results come in the order of the targets, and errors know their host.
 *
 * @param stop when it is aborted, what is not done yet ends with exit status 130 and its connections are closed: for work
 * that changes nothing.
 */
export function onEachHost<Value>(
  targets: readonly Target[],
  open: (target: Target) => Promise<Host>,
  work: (host: Host) => Promise<Value>,
  concurrency: number,
  stop?: AbortSignal,
): Promise<Ended<Value>[]> {
  const slots = new Slots(concurrency)
  // One listener a host is no leak.
  if (stop !== undefined) setMaxListeners(0, stop)
  const onHost = async (target: Target): Promise<Ended<Value>> => {
    const done = await slots.take()
    let opening: Promise<Host> | undefined
    try {
      const value = await unlessStopped(stop, async () => {
        opening = open(target)
        return work(await opening)
      })
      return { host: target.name, value }
    } catch (error) {
      if (error instanceof FitoutError) error.host ??= target.name
      return { host: target.name, error }
    } finally {
      const closing = opening?.then((host) => host.close()).catch(() => undefined)
      // The next host does not wait for the goodbye of this one.
      done()
      // One that is still on its way is closed as soon as it is there; nobody waits for that.
      if (stop?.aborted !== true) await closing
    }
  }
  return Promise.all(targets.map(onHost))
}

function unlessStopped<Value>(stop: AbortSignal | undefined, work: () => Promise<Value>): Promise<Value> {
  const stopped = () => new FitoutError({ doing: 'looking at the host', cause: 'it was interrupted', exitCode: 130 })
  if (stop === undefined) return work()
  if (stop.aborted) return Promise.reject(stopped())
  return new Promise((done, failed) => {
    const onAbort = () => failed(stopped())
    stop.addEventListener('abort', onAbort, { once: true })
    work()
      .then(done, failed)
      .finally(() => stop.removeEventListener('abort', onAbort))
  })
}
