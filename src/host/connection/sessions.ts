import type { Connection } from './connection.js'

const refused = new WeakSet<Error>()

/** Marks the failure of a script that was not begun, because the host opens no further session over that connection. */
export function sessionRefused<Failure extends Error>(failure: Failure): Failure {
  refused.add(failure)
  return failure
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
