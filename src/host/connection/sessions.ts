import { FitoutError } from '../../errors.js'
import type { Connection } from './connection.js'

/** sshd allows ten sessions over one connection, and frees one only after it has seen ours close. */
export const sessionsAtOnce = 4

const refused = new WeakSet<Error>()

/** Marks the failure of a script that was not begun, because the host opens no further session over that connection. */
export function sessionRefused<Failure extends Error>(failure: Failure): Failure {
  refused.add(failure)
  return failure
}

/** Explains why a script was not begun. */
export function noSession(name: string, said: string, cause?: Error): FitoutError {
  return new FitoutError(
    {
      doing: 'running a script',
      cause: `${name} does not open a session: ${said}`,
      remedy: 'see its sshd log; MaxSessions or a ForceCommand may forbid it',
      verdict: 'retry',
    },
    { cause },
  )
}

/**
 * The same machine, also where its sshd allows fewer sessions over one connection than are wanted at once (MaxSessions):
 * what a long script leaves no session for, such as the request to stop it, goes over a connection of its own.
 *
 * @param first the connection of now; another one after a reconnection.
 * @param another opens one more.
 */
export function withRoom(first: () => Connection, another: () => Promise<Connection>): Connection {
  return {
    exec: async (script, options) => {
      try {
        return await first().exec(script, options)
      } catch (error) {
        if (!(error instanceof Error) || !refused.has(error)) throw error
      }
      const link = await another()
      try {
        return await link.exec(script, { ...options, another: false })
      } finally {
        await link.close()
      }
    },
    close: () => first().close(),
  }
}

/** What carries sessions, ends once, and tells whoever wants to know. */
export abstract class Carrier {
  /** Whether it is gone. */
  ended = false
  readonly #whenEnded = new Set<() => void>()

  /**
   * Calls back when it has gone, at once when it has already.
   *
   * @returns a function that takes it back.
   */
  onEnd(tell: () => void): () => void {
    if (this.ended) tell()
    else this.#whenEnded.add(tell)
    return () => this.#whenEnded.delete(tell)
  }

  protected tellEnd(): void {
    if (this.ended) return
    this.ended = true
    for (const tell of this.#whenEnded) tell()
    this.#whenEnded.clear()
  }

  abstract close(): Promise<void>
}
