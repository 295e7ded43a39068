import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { resolve as absolute } from 'node:path'
import { FitoutError } from '../../errors.js'
import { textIfReadable } from '../../own-file.js'
import { writeOver } from '../../writing.js'
import { type Attempt, attempted } from '../connection/attempts.js'
import type { Connection } from '../connection/connection.js'
import { withoutUser } from '../connection/max-startups.js'
import { startingTurn } from '../connection/slots.js'
import { timeouts } from '../connection/timeouts.js'
import type { OpenOptions, Route, SshTarget } from '../host.js'
import { Deadline, RunMemory } from '../memory.js'
import { mostTries } from '../root/asked-secret.js'
import { addressOf, type Strictness } from '../ssh-config/ssh-config.js'
import { findSsh } from '../ssh2/limits.js'
import { Askings } from '../ssh2/server-prompts.js'
import { addJumps, loginArgs, type Resolved, resolve } from './config.js'
import { opensshFailure } from './errors.js'
import { fileWord } from './file-word.js'
import { OpensshLink } from './link.js'
import { Master } from './master.js'
import { Prompts } from './prompts.js'
import { OpensshWorkspace } from './workspace.js'

/** As `OpensshWays` has it: enough for a busy machine to take hold of a master that has just begun. */
const persistence = 10

/** How `ssh` is driven; the platform decides unless a test does. */
interface OpensshWays {
  /** Whether several sessions share a connection (ControlMaster); OpenSSH for Windows cannot. */
  multiplex?: boolean | undefined
  /** Seconds that a master lives on when this process was killed. */
  persistence?: number | undefined
}

/**
 * Finds the way to a machine for the system's `ssh`, which reads its own configuration; nothing is connected yet.
 *
 * @throws FitoutError when there is no `ssh`, or it does not understand its configuration.
 */
export async function opensshRoute(target: SshTarget, options: OpenOptions, ways: OpensshWays = {}): Promise<Route> {
  const program = findSsh()
  if (program === undefined) {
    throw new FitoutError({
      doing: 'connecting',
      cause: 'the transport is openssh, and there is no `ssh` on this machine',
      remedy: 'install OpenSSH’s client (package openssh-client), or use `--transport ssh2`',
      host: target.name,
    })
  }
  const resolved = await resolve(program, target, options)
  const address = addressOf(resolved)
  const strictness = new Map<string, Strictness>()
  const last = await addJumps(program, resolved, options, strictness, 0)
  const through = last && addressOf(last)
  const login: Login = { program, target, options, resolved, address, through, strictness, ways }
  return { address, user: resolved.user, connect: (limit) => connect(login, limit) }
}

/** A login through the system's `ssh`. */
export interface Login {
  program: string
  target: SshTarget
  options: OpenOptions
  resolved: Resolved
  /** `user@host:port` */
  address: string
  /** The last jump host, `user@host:port`. */
  through: string | undefined
  /** What ssh_config says of unknown keys, by the names of known_hosts; the jump hosts' among them. */
  strictness: ReadonlyMap<string, Strictness>
  ways: OpensshWays
}

async function connect(login: Login, limit = Number.POSITIVE_INFINITY): Promise<Connection> {
  const memory = RunMemory.of(login.options.ask)
  const askings = new Askings()
  const attempts = () => attempted(() => connectOnce(login, memory, askings, limit))
  const { through } = login
  if (through === undefined) return await attempts()
  // Each `ssh` makes a connection of its own to the jump host, whose sshd counts them. A queue apart from that of hosts, which
  // wait in theirs already.
  return await memory.loginSlots(`jump ${withoutUser(through)}`).during(attempts)
}

async function connectOnce(
  login: Login,
  memory: RunMemory,
  askings: Askings,
  limit: number,
): Promise<Attempt<Connection>> {
  const workspace = await OpensshWorkspace.use(memory)
  const name = workspace.next()
  const release = () => {
    workspace.forget(name)
    workspace.release()
  }
  const multiplex = login.ways.multiplex ?? process.platform !== 'win32'
  const stop = new AbortController()
  let late = false
  const wait = Math.min(limit, timeouts.connect)
  const deadline = new Deadline(wait + Math.min(limit, timeouts.login), () => {
    late = true
    stop.abort()
  })
  const read = (kind: 'log' | 'err') => textIfReadable(workspace.path(`${name}.${kind}`))
  const serverAsks = () => asksForServer(read('log')) || asksForServer(read('err'))
  const prompts = new Prompts({ ...login, memory, askings, serverAsks }, deadline, () => stop.abort())
  let link: Connection | undefined
  let trouble: FitoutError | undefined
  try {
    writeOver(workspace.path(`${name}.conf`), configText(login.resolved, login.options, wait))
    const started: Started = { login, workspace, name, limit, prompts, stop: stop.signal, release }
    link = await (multiplex ? startMaster(started) : trySingle(started))
  } catch (error) {
    trouble = error instanceof FitoutError ? error : notDriven(login, error as Error)
  }
  const { asked } = deadline
  deadline.clear()
  const log = read('log')
  const said = read('err')
  if (link) {
    prompts.succeeded(!multiplex)
    noteNewKeys(login, `${said}\n${log}`)
    return { link }
  }
  release()
  const failure = prompts.refused ?? trouble ?? opensshFailure({ ...login, prompts, log, said, late })
  prompts.failed(failure.verdict !== 'retry')
  // A host loses its patience while a person looks for a passphrase; now it is known, so that a second try succeeds.
  return { failure, again: !prompts.refused && asked && failure.verdict === 'retry' }
}

/** Whether the last that a log of `ssh -v` tells of the login is keyboard-interactive, in which the server asks. */
function asksForServer(log: string): boolean {
  const last = [...log.matchAll(/^debug1: (Next authentication method: .*|Authentication succeeded.*)$/gm)].at(-1)?.[1]
  return last?.startsWith('Next authentication method: keyboard-interactive') === true
}

/** One attempt to log in. */
interface Started {
  login: Login
  workspace: OpensshWorkspace
  /** Names its files in the workspace. */
  name: string
  /** Milliseconds; infinite when the usual ones hold. */
  limit: number
  prompts: Prompts
  /** Ends the attempt. */
  stop: AbortSignal
  /** To be called when the connection is closed. */
  release: () => void
}

/** What every `ssh` of a host is given, whichever way. */
function commonArgs({ login, workspace, name, limit }: Started): string[] {
  const identities = login.target.identityFiles ?? []
  const { version } = login.resolved
  return [
    ...['-F', workspace.path(`${name}.conf`), '-E', workspace.path(`${name}.log`), '-T', '-x'],
    // Without it `ssh` sends to nowhere what jump hosts and proxy commands say; the log is for failures.
    '-v',
    ...['ClearAllForwardings=yes', 'RemoteCommand=none', 'Tunnel=no'].flatMap(option),
    ...(Number.isFinite(limit) ? option(`ConnectTimeout=${seconds(Math.min(limit, timeouts.connect))}`) : []),
    // Not -i, which looks for the file before it expands its name.
    ...identities.map((file) => `IdentityFile=${fileWord(absolute(file), 'IdentityFile', version)}`).flatMap(option),
    ...loginArgs(login.target),
  ]
}

/** A master in the background, over which all sessions go; nothing when it could not log in. */
async function startMaster(started: Started): Promise<Connection | undefined> {
  const { login, workspace, name, prompts, stop, release } = started
  const { program, resolved } = login
  const path = workspace.path(name)
  const shared = ['-S', path]
  const args = [
    ...commonArgs(started),
    ...shared,
    ...['ControlMaster=yes', `ControlPersist=${login.ways.persistence ?? persistence}`].flatMap(option),
    ...['-N', '--', login.target.host],
  ]
  // A file, not a pipe: proxy commands live on with it, and would end when a pipe has no reader.
  const errors = openSync(workspace.path(`${name}.err`), 'w', 0o600)
  const env = workspace.environment(name, prompts.answer)
  await startingTurn()
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', errors], env, detached: true })
  closeSync(errors)
  workspace.guard(child)
  // It goes to the background once the login stands.
  if ((await exitOf(child, stop)) !== 0) return undefined
  const master = await Master.hold(program, path)
  // Never a connection of its own, should the master be gone.
  const only = ['ControlMaster=no', 'ProxyCommand=false', 'BatchMode=yes'].flatMap(option)
  const sessions = ['-F', 'none', ...shared, '-T', '-x', ...only, '--', 'fitout']
  return new OpensshLink({ program, args: sessions, env: process.env }, resolved.alias, master, release)
}

/** A connection for each session, proven by a first one; nothing when that could not log in. */
async function trySingle(started: Started): Promise<Connection | undefined> {
  const { login, workspace, name, prompts, stop, release } = started
  const { program, resolved } = login
  const own = ['ControlMaster=no', 'ControlPath=none'].flatMap(option)
  const args = [...commonArgs(started), ...own, '--', login.target.host]
  const env = workspace.environment(name, prompts.answer)
  const link = new OpensshLink({ program, args, env }, resolved.alias, undefined, release)
  return (await link.exec(':', { signal: stop })).code === 0 ? link : undefined
}

function notDriven({ resolved, program }: Login, error: Error): FitoutError {
  return new FitoutError(
    {
      doing: 'connecting',
      cause: `${program} could not be run for ${resolved.alias}: ${error.message}`,
      remedy: `try \`ssh -v ${resolved.alias}\``,
      host: resolved.alias,
      verdict: 'retry',
    },
    { cause: error },
  )
}

function noteNewKeys({ resolved, options }: Login, text: string): void {
  if (['none', '/dev/null'].includes(resolved.knownHostsFile)) return
  for (const [, name = ''] of text.matchAll(/^Warning: Permanently added '([^']+)'/gm)) {
    const shown = name === resolved.knownName ? resolved.alias : name
    options.onNote?.(`host key of ${shown} added to ${resolved.knownHostsFile}`)
  }
}

/**
 * The configuration of one connection: what fitout insists on, then the person's own files, then what it would have
 * where these say nothing. As a file it holds for jump hosts, too.
 */
function configText({ files, version }: Resolved, options: OpenOptions, wait: number): string {
  const known = options.knownHostsFiles?.map((file) => fileWord(absolute(file), 'UserKnownHostsFile', version))
  return [
    'BatchMode no',
    `NumberOfPasswordPrompts ${mostTries}`,
    // The answer is ours, see prompts.ts.
    'StrictHostKeyChecking ask',
    ...(known === undefined
      ? []
      : [`UserKnownHostsFile ${known.join(' ') || '/dev/null'}`, 'GlobalKnownHostsFile /dev/null']),
    // A frozen link says so after half a minute.
    'ServerAliveInterval 10',
    'ServerAliveCountMax 3',
    ...files.map((file) => `Include ${fileWord(file, 'Include', version)}`),
    `ConnectTimeout ${seconds(wait)}`,
    '',
  ].join('\n')
}

function option(text: string): string[] {
  return ['-o', text]
}

function seconds(milliseconds: number): number {
  return Math.max(1, Math.ceil(milliseconds / 1_000))
}

function exitOf(child: ChildProcess, stop: AbortSignal): Promise<number | null> {
  return new Promise((done, failed) => {
    stop.addEventListener('abort', () => child.kill('SIGTERM'), { once: true })
    if (stop.aborted) child.kill('SIGTERM')
    child.once('error', failed)
    // Not `close`: what a proxy command holds open is none of ours.
    child.once('exit', done)
  })
}
