import { FitoutError } from '../errors.js'
import { myName } from '../home.js'
import { pause } from './connection/abort.js'
import type { Connection } from './connection/connection.js'
import { localConnection } from './connection/local.js'
import { connectInTurn } from './connection/max-startups.js'
import { withRoom } from './connection/sessions.js'
import type { Host, OpenOptions, Route, SshTarget, Target } from './host.js'
import { RunMemory } from './memory.js'
import { rootAccess } from './root/root.js'
import { asUserConnection } from './root/su.js'
import { findSsh, limitOf } from './ssh2/limits.js'

/**
 * Opens a machine: this one, or one over SSH. Asks, through `options.ask`, only what it cannot find out.
 *
 * @throws FitoutError naming cause and remedy.
 */
export async function openHost(target: Target, options: OpenOptions): Promise<Host> {
  if (target.kind === 'local') return openLocal(target, options)
  return await openSsh(target, options)
}

function openLocal(target: Target, options: OpenOptions): Host {
  const login = localConnection()
  const user = myName()
  const root = rootAccess(login, { name: 'local', address: `${user} on this machine`, user, options })
  return {
    target,
    address: 'local',
    login,
    root,
    // Groups are set at login; only root can log somebody in here without asking for a password again.
    freshLogin: async () => (process.getuid?.() === 0 ? login : asUserConnection(await root(), user)),
    reconnect: async () => {},
    close: async () => {},
  }
}

async function openSsh(target: SshTarget, options: OpenOptions): Promise<Host> {
  const named = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work
    } catch (error) {
      if (error instanceof FitoutError) error.host = target.name
      throw error
    }
  }
  const { route, link: first } = await named(firstLink(target, options))
  let link = first
  let closed = false
  const login = withRoom(
    () => link,
    () => connected(route, options),
  )
  return {
    target,
    address: route.address,
    login,
    root: rootAccess(login, { name: target.name, address: route.address, user: route.user, options }),
    freshLogin: () => named(connected(route, options)),
    reconnect: async (seconds) => {
      await link.close()
      link = await named(comeBack(route, seconds, () => closed))
      // Nobody waited for it any more.
      if (closed) await link.close()
    },
    close: async () => {
      closed = true
      await link.close()
    },
  }
}

/** Connects by the transport that was asked for; `auto` goes over to the system's `ssh` where ssh2 is at its limits. */
async function firstLink(target: SshTarget, options: OpenOptions): Promise<{ route: Route; link: Connection }> {
  const over = async (route: Route) => ({ route, link: await connected(route, options) })
  const openssh = async () => {
    const { opensshRoute } = await import('./openssh/openssh.js')
    return await over(await opensshRoute(target, options))
  }
  if (options.transport === 'openssh') return await openssh()
  try {
    const { sshRoute } = await import('./ssh2/ssh.js')
    return await over(sshRoute(target, options))
  } catch (error) {
    const reason = limitOf(error)
    if (reason === undefined || options.transport === 'ssh2' || findSsh() === undefined) throw error
    options.onNote?.(`reached through the system’s \`ssh\`, because of ${reason}`)
    return await openssh()
  }
}

function connected(route: Route, options: OpenOptions): Promise<Connection> {
  return connectInTurn(route.address, RunMemory.of(options.ask), () => route.connect())
}

/** Tries until it works or the time is over, ever less often, and not in step with the other hosts of a fleet. */
async function comeBack(route: Route, seconds: number, closed: () => boolean): Promise<Connection> {
  const until = Date.now() + seconds * 1_000
  let wait = 500
  for (;;) {
    try {
      // A machine that is going down swallows packets: no single attempt may eat all the time.
      return await route.connect(Math.max(1_000, Math.min(10_000, until - Date.now())))
    } catch (error) {
      // A host key does not change back. A login that is refused may be the last step of a boot (pam_nologin).
      const hopeless = !(error instanceof FitoutError) || error.doing === 'checking the host key'
      const pauseFor = wait * (0.75 + Math.random() / 2)
      if (hopeless || closed() || Date.now() + pauseFor >= until) throw error
      await pause(pauseFor)
      wait = Math.min(wait * 1.5, 5_000)
    }
  }
}
