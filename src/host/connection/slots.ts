import { onStop, untilAborted } from './abort.js'
import type { ExecOptions } from './connection.js'

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

  /** Does work while it holds a slot. */
  async during<Result>(work: () => Promise<Result>): Promise<Result> {
    const done = await this.take()
    try {
      return await work()
    } finally {
      done()
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

/** How work is told that it is no longer wanted, and why; it may itself be the first to find that. */
export interface Stopping {
  signal: AbortSignal
  why(): Error | undefined
  giveUp(reason: Error): void
}

/** The same for what may be no longer wanted: that does not wait for a slot. */
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
