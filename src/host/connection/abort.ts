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
