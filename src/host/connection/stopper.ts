import { type ExecOptions, GivenUp } from './connection.js'

/**
 * Calls `stop` once when the caller's signal fires or its time is over.
 *
 * @returns a function that takes both back.
 */
export function onStop(options: ExecOptions, stop: (why: Error) => void): () => void {
  const { signal, timeout } = options
  let timer: NodeJS.Timeout | undefined
  const release = () => {
    clearTimeout(timer)
    signal?.removeEventListener('abort', aborted)
  }
  const aborted = () => {
    release()
    stop(new Error('interrupted', { cause: signal?.reason }))
  }
  if (signal?.aborted) {
    aborted()
    return release
  }
  signal?.addEventListener('abort', aborted, { once: true })
  if (timeout !== undefined) {
    timer = setTimeout(() => {
      release()
      stop(new GivenUp(`no end after ${timeout / 1000} s`))
    }, timeout)
  }
  return release
}

/** How work is told that it is no longer wanted, and why; it may itself be the first to find that. */
export interface Stopping {
  signal: AbortSignal
  why(): Error | undefined
  giveUp(reason: Error): void
}

/** Does work while it holds a slot. Who is no longer wanted does not wait for one. */
export async function inSlot<Result>(
  slots: Slots,
  options: ExecOptions,
  work: (stopping: Stopping) => Promise<Result>,
): Promise<Result> {
  const stopped = new AbortController()
  let why: Error | undefined
  const giveUp = (reason: Error) => {
    why ??= reason
    stopped.abort()
  }
  const release = onStop(options, giveUp)
  const slot = slots.take()
  try {
    await Promise.race([slot, untilAborted(stopped.signal)])
    return await work({ signal: stopped.signal, why: () => why, giveUp })
  } finally {
    release()
    slot.then((giveBack) => giveBack())
  }
}

/** Resolves after so many milliseconds, or at once when the signal fires. */
export function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, milliseconds)
    if (signal?.aborted) done()
    else signal?.addEventListener('abort', done, { once: true })
  })
}

/** Resolves when the signal fires, at once where it has already. */
export function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

/** At most `size` at a time; the others wait in line. */
export class Slots {
  #free: number
  readonly #waiting: (() => void)[] = []

  constructor(size: number) {
    this.#free = size
  }

  /** Resolves to a function that gives the slot back; calling it twice does no harm. */
  async take(): Promise<() => void> {
    if (this.#free > 0) this.#free -= 1
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
    let given = false
    return () => {
      if (given) return
      given = true
      const next = this.#waiting.shift()
      if (next) next()
      else this.#free += 1
    }
  }
}

let lastStart: Promise<void> = Promise.resolve()

/** Resolves when a process may be started: one in each round of the event loop, since every start blocks it for some milliseconds. */
export function startingTurn(): Promise<void> {
  const mine = lastStart
  lastStart = mine.then(() => new Promise((resolve) => setImmediate(resolve)))
  return mine
}
