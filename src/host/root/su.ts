import { quote } from '../../shell/quote.js'
import { fedTo, watched } from '../../shell/script.js'
import type { Connection } from '../connection/connection.js'

/**
 * A new login of a user on a machine where root is had: through PAM, with the groups that the user has by now.
 *
 * @param root a connection as root; it is not closed with this one.
 */
export function asUserConnection(root: Connection, user: string): Connection {
  return {
    exec: (script, options) => root.exec(asUserScript(script, user), { ...options, handsOn: true }),
    close: async () => {},
  }
}

/**
 * Turns a script into one for root that runs it in a login of `user`, with that user's groups and PAM's environment. No shell of the user's
 * comes between, nor its files: `env` stands in the shell's place. It is to be run with `handsOn`.
 */
export function asUserScript(script: string, user: string): string {
  return fedTo(`su -l -s "$(command -v env)" -- ${quote(user)} sh`, `printf '%s' ${quote(watched(script))}`)
}
