import { connect, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { type Attempt, attempted } from '../connection/attempts.js'
import { busyWords, droppedEarly } from '../connection/max-startups.js'
import { timeouts } from '../connection/timeouts.js'
import type { OpenOptions, Route } from '../host.js'
import { ShownKey } from '../host-keys/shown-key.js'
import { Deadline, RunMemory, remembered } from '../memory.js'
import {
  addressOf,
  refuseCircle,
  resolveSshConfig,
  type SshRequest,
  type SshSettings,
} from '../ssh-config/ssh-config.js'
import { parseTarget } from '../target.js'
import { Authentication, type Login } from './auth.js'
import { handshakeFailure, unreachable } from './errors.js'
import { refuseUnsupported } from './limits.js'
import { SshLink } from './link.js'
import { Askings } from './server-prompts.js'

const fastKex = [
  'curve25519-sha256',
  'curve25519-sha256@libssh.org',
  'ecdh-sha2-nistp256',
  'ecdh-sha2-nistp384',
  'ecdh-sha2-nistp521',
  'diffie-hellman-group14-sha256',
  'diffie-hellman-group16-sha512',
  'diffie-hellman-group18-sha512',
]
/** Blocks this process for 1.5 s each time, hence only where there is nothing else. */
const slowKex = ['diffie-hellman-group-exchange-sha256', 'diffie-hellman-group14-sha1']

interface SshRoute extends Route<SshLink> {
  readonly alias: string
}

/**
 * Finds the way to a machine, through ssh_config and its jump hosts; nothing is connected yet.
 *
 * @param jumps the jump hosts before it, where it is one itself; unset, ssh_config says it.
 * @param depth how many hosts behind it are reached through it.
 */
export function sshRoute(asked: SshRequest, options: OpenOptions, jumps?: string[], depth = 0): SshRoute {
  refuseCircle(asked.host, depth)
  const { configs } = RunMemory.of(options.ask)
  const settings = resolveSshConfig(asked, { configFile: options.sshConfigFile, read: configs })
  refuseUnsupported(settings, mayPassOn(options))
  for (const note of settings.notes) options.onNote?.(note)
  // The last jump is reached through those before it; the first goes its own configured way.
  const chain = jumps ?? settings.proxyJump?.split(',').map((hop) => hop.trim()) ?? []
  const last = chain.at(-1)
  let jump: SshRoute | undefined
  if (last !== undefined) {
    const hop = parseTarget(last)
    const before = chain.slice(0, -1)
    const where = hop.kind === 'local' ? { host: 'local' } : hop
    // A password in the options is the host's own.
    jump = sshRoute(where, { ...options, password: undefined }, before.length > 0 ? before : undefined, depth + 1)
  }
  const { alias, user } = settings
  const address = addressOf(settings)
  return { alias, address, user, connect: (limit) => dial(settings, address, jump, options, limit) }
}

/** Whether what is beyond ssh2 may be left to the system's `ssh`. */
function mayPassOn(options: OpenOptions): boolean {
  return (options.transport ?? 'auto') === 'auto' && RunMemory.of(options.ask).hasSsh
}

async function dial(
  settings: SshSettings,
  address: string,
  jump: SshRoute | undefined,
  options: OpenOptions,
  limit = Number.POSITIVE_INFINITY,
): Promise<SshLink> {
  const memory = RunMemory.of(options.ask)
  // Costs 60 ms: only who goes over SSH pays it.
  const { default: ssh2 } = await import('ssh2')
  const login: Login = { ssh2, settings, address, options, memory, askings: new Askings() }
  return await attempted(async () => {
    // A host that is reached directly is nobody else’s door: however slow it is, it delays nobody.
    if (jump === undefined) return await dialOnce({ ...login, limit })
    // The jump host comes first: it takes a turn of its own, and must not wait for those who wait for it.
    const via = await throughJump(jump, settings, memory, limit)
    return await memory.handshakes.during(() => dialOnce({ ...login, via, limit }))
  })
}

/** A stream through a jump host, and the way to say that it is no longer needed. */
interface Via {
  stream: Duplex
  release: () => void
}

/** One connection to be made. */
interface Dial extends Login {
  via?: Via
  /** Milliseconds. */
  limit: number
}

async function dialOnce(dial: Dial): Promise<Attempt<SshLink>> {
  const { ssh2, settings, address, via, options, memory, limit } = dial
  const wait = Math.min(limit, settings.connectTimeout ? settings.connectTimeout * 1_000 : timeouts.connect)
  const socket = via ? via.stream : await tcp(settings, wait)
  const client = new ssh2.Client()
  let settled = false
  let shaken = false
  let foreign = false

  return await new Promise((resolve) => {
    const fail = (error: Error & { level?: string }) => {
      if (settled) return
      settled = true
      deadline.clear()
      clearTimeout(greeting)
      client.destroy()
      socket.destroy()
      via?.release()
      const kex = /no matching key exchange/i.test(error.message) && !memory.groupExchange.has(address)
      if (kex) memory.groupExchange.add(address)
      const failure = hostKey.refused ?? handshakeFailure(error, settings, address, authentication)
      if (failure.doing === 'logging in') authentication.failed()
      if (!foreign && !shaken && isDrop(error)) droppedEarly(failure)
      // A host loses its patience while a person looks for a passphrase; now it is known, so that a second try succeeds.
      const late = deadline.asked && failure.verdict === 'retry'
      resolve({ failure, again: !hostKey.refused && (kex || late) })
    }
    const deadline = new Deadline(Math.min(limit, timeouts.login), () => fail(new Error('timed out')))
    const passOn = mayPassOn(options)
    const hostKey = new ShownKey(settings, options, deadline, passOn)
    // A machine that is hung still takes connections; sshd says who it is before it does anything else.
    const greeting = setTimeout(() => fail(new Error('said nothing')), wait)
    const end = () => fail(Object.assign(new Error('asked too often'), { level: 'client-authentication' }))
    const authentication = new Authentication({ ...dial, deadline, end, passOn })

    client.on('error', (error: Error & { level?: string }) => {
      if (error.level === 'agent') return // One key less; the next attempt follows.
      fail(error)
    })
    client.on('close', () => fail(new Error('closed by the other side')))
    client.on('handshake', () => {
      shaken = true
      // Only now has the host proved that the key is its own.
      hostKey.keep()
    })
    client.on('ready', () => {
      if (settled) return
      settled = true
      deadline.clear()
      authentication.succeeded()
      const link = new SshLink(client, settings.alias)
      if (via) link.onEnd(via.release)
      resolve({ link })
    })

    client.connect({
      sock: socket as Socket,
      username: settings.user,
      readyTimeout: 0, // The deadline above knows when a person is being asked.
      keepaliveInterval: 10_000,
      keepaliveCountMax: 3,
      algorithms: {
        kex: (memory.groupExchange.has(address) ? [...fastKex, ...slowKex] : fastKex) as never,
        serverHostKey: hostKey.algorithms as never,
      },
      hostVerifier: hostKey.check,
      authHandler: authentication.handler as never,
    })
    socket.once('data', (first: Buffer) => {
      clearTimeout(greeting)
      const words = first.toString('latin1', 0, 200)
      foreign = !words.startsWith('SSH-') && !busyWords.test(words)
    })
  })
}

/** Whether the other side closed the connection. */
function isDrop(error: NodeJS.ErrnoException): boolean {
  return /before handshake|ECONNRESET|closed by the other side/.test(`${error.message} ${error.code ?? ''}`)
}

/** Our own socket, because ssh2 leaves Nagle's algorithm on: 50 ms for each script. */
async function tcp(settings: SshSettings, wait: number): Promise<Socket> {
  return await new Promise((resolve, reject) => {
    const socket = connect({ host: settings.hostName, port: settings.port, noDelay: true })
    const give = (error: Error) => {
      clearTimeout(timer)
      socket.destroy()
      reject(unreachable(error, settings))
    }
    const timer = setTimeout(() => give(Object.assign(new Error('timed out'), { code: 'ETIMEDOUT' })), wait)
    socket.once('error', give)
    socket.once('connect', () => {
      clearTimeout(timer)
      socket.off('error', give)
      resolve(socket)
    })
  })
}

/** Reaches on through a jump host, whose connection all hosts behind it share and the last one closes. */
async function throughJump(jump: SshRoute, settings: SshSettings, memory: RunMemory, limit: number): Promise<Via> {
  const id = `${jump.alias} ${jump.address}`
  const mine = remembered(memory.jumps, id, () => ({ link: jump.connect(limit), users: 0 }))
  const forget = () => {
    if (memory.jumps.get(id) === mine) memory.jumps.delete(id)
  }
  let released = false
  const release = () => {
    if (released) return
    released = true
    mine.users -= 1
    if (mine.users > 0) return
    forget()
    mine.link.then((link) => link.close()).catch(() => {})
  }
  mine.users += 1
  let link: SshLink
  try {
    link = await mine.link
  } catch (error) {
    forget()
    throw error
  }
  link.onEnd(forget)
  try {
    return { stream: await link.forward(settings.hostName, settings.port), release }
  } catch (error) {
    release()
    throw unreachable(error as NodeJS.ErrnoException, settings, jump.address)
  }
}
