import { FitoutError } from '../../errors.js'
import type { Connection } from '../connection/connection.js'
import type { Host, OpenOptions } from '../host.js'
import { RunMemory } from '../memory.js'
import { mostTries } from './asked-secret.js'
import { checkPassword, noSudo, probeRoot, sudoConnection, sudoRefusal, WrongPassword } from './sudo.js'

/** Who logs in where, and what is said of passwords. */
export interface LoginFacts {
  name: string
  address: string
  user: string
  options: OpenOptions
}

/** The way to root, found once; a failure that may pass is not kept, nor a wrong password. */
export function rootAccess(login: Connection, facts: LoginFacts): Host['root'] {
  let found: Promise<Connection> | undefined
  return (known) => {
    if (known?.uid === 0) found ??= Promise.resolve(login)
    found ??= becomeRoot(login, facts).catch((error) => {
      if (error instanceof FitoutError) {
        error.host = facts.name
        if (error.verdict !== 'fatal' || error instanceof WrongPassword) found = undefined
      }
      throw error
    })
    return found
  }
}

async function becomeRoot(login: Connection, { address, user, options }: LoginFacts): Promise<Connection> {
  const memory = RunMemory.of(options.ask)
  const askPassword = async (said: string): Promise<string> => {
    const source = options.sudoPassword ?? memory.secret(`sudo password of ${address}`)
    const refused: string[] = []
    let by = address
    for (;;) {
      const password = await source.get(refused, by)
      if (password === undefined) throw sudoRefusal(said || 'sudo: a password is required')
      try {
        await checkPassword(login, password)
        source.accept(password)
        return password
      } catch (error) {
        if (!(error instanceof WrongPassword)) throw error
        if (error.whose !== undefined) by = `${address} wants the password of ${error.whose} for sudo, and`
        refused.push(password)
        if (!source.refuse(password) || refused.length === mostTries) throw error
      }
    }
  }
  const probe = await probeRoot(login)
  switch (probe.access) {
    case 'is-root':
      return login
    case 'no-sudo':
      throw noSudo(user)
    case 'free':
      return sudoConnection(login, undefined, () => askPassword(''))
    case 'password':
      return sudoConnection(login, await askPassword(probe.said.join('\n')))
    default:
      throw sudoRefusal(probe.said.join('\n'))
  }
}
