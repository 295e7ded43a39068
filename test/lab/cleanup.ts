import { constants } from 'node:os'

const stops = new Set<() => void>()

/**
 * Have `stop` called when this process exits in any way that it can notice; it must be synchronous. Returns the
 * function that takes it off the list again.
 */
export function atExit(stop: () => void): () => void {
  if (stops.size === 0) listen()
  stops.add(stop)
  return () => {
    stops.delete(stop)
  }
}

let listening = false

function listen(): void {
  if (listening) return
  listening = true
  process.on('exit', () => {
    for (const stop of stops) {
      try {
        stop()
      } catch {
        // the next one is stopped all the same
      }
    }
  })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => process.exit(128 + constants.signals[signal]))
  }
}

/** End a process by its id, if it is still there; `signal` as for process.kill. */
export function end(pid: number, signal: NodeJS.Signals = 'SIGTERM'): void {
  try {
    process.kill(pid, signal)
  } catch {
    // gone already
  }
}

/** Whether a process of this id is there. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
