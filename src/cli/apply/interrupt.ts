import { type Io, say } from '../../ui/io.js'

/**
 * For commands that change nothing: Ctrl-C ends the process at once, saying so.
 *
 * @returns a function that stops watching.
 */
export function leaveOnInterrupt(io: Io, beforehand: () => void): () => void {
  return watch(['SIGINT', 'SIGTERM'], () => leaveUnchanged(beforehand, (text) => say(io.stderr, text)))
}

function leaveUnchanged(beforehand: () => void, tell: (text: string) => void): never {
  beforehand()
  tell('interrupted; nothing was changed')
  process.exit(130)
}

export interface InterruptOptions {
  /** Whether a host is being changed now. While none is, the first interruption ends the process. */
  changing(): boolean
  say(text: string): void
  /** Takes moving things off the screen before the process ends. */
  beforehand(): void
}

/**
 * For `apply`: the first Ctrl-C lets every host finish its current step, the second stops watching, a third ends the
 * process at once. A terminal that goes away counts as the second.
 */
export function interruptible({ changing, say, beforehand }: InterruptOptions) {
  const stop = new AbortController()
  const leave = new AbortController()
  const onSignal = () => {
    if (!changing()) leaveUnchanged(beforehand, say)
    if (!stop.signal.aborted) {
      stop.abort()
      say('finishing the current step; Ctrl-C again: stop watching')
    } else if (!leave.signal.aborted) {
      leave.abort()
      say('no longer watching: what was started continues; the next `fitout apply` follows it')
    } else {
      beforehand()
      process.exit(130)
    }
  }
  const onHangUp = () => {
    if (!changing()) process.exit(130)
    stop.abort()
    leave.abort()
  }
  const unwatch = [watch(['SIGINT', 'SIGTERM'], onSignal), watch(['SIGHUP'], onHangUp)]
  const end = () => {
    for (const one of unwatch) one()
  }
  return { stop: stop.signal, leave: leave.signal, end }
}

function watch(signals: NodeJS.Signals[], listener: () => void): () => void {
  for (const signal of signals) process.on(signal, listener)
  return () => {
    for (const signal of signals) process.off(signal, listener)
  }
}
