import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import ssh2 from 'ssh2'
import { findProgram } from '../../../src/host/connection/find-program.js'
import type { Asker, OpenOptions, Target, Transport } from '../../../src/host/host.js'

const program = findProgram('sshd', `${process.env.PATH}:/usr/sbin:/usr/local/sbin:/sbin`)

/** Whether there is an sshd to test with (package openssh-server). */
export const hasSshd = program !== undefined

/** A real sshd on loopback for the current user, with all that belongs to it in one temporary folder. */
export interface TestSshd {
  port: number
  folder: string
  /** The private key that may log in. */
  key: string
  knownHosts: string
  target: Target & { kind: 'ssh' }
  /** Options that know this host and this key and nothing of the person who runs the tests. */
  options(overrides?: Partial<OpenOptions>): OpenOptions
  /** Lets one more key log in. */
  authorize(key: string): void
  /** Starts an agent with these keys and gives the path of its socket; it ends with the sshd. */
  agent(keys: string[]): Promise<string>
  /** Writes an ssh_config for these tests and gives its path. */
  config(text: string): string
  /** Comes back once sshd has written these words to its log. */
  logged(words: string): Promise<void>
  /** Ends the listener and every connection, as a power cut would. */
  kill(): void
  /** Ends every connection and nothing else: what runs in them is left to itself. */
  cut(): void
  restart(): Promise<void>
  stop(): Promise<void>
}

/** A new public key as SSH sends it; no program makes it, so that tests of keys alone need none. */
export function publicKey(type: 'ed25519' | 'ecdsa'): Buffer {
  const pair =
    type === 'ecdsa' ? ssh2.utils.generateKeyPairSync('ecdsa', { bits: 256 }) : ssh2.utils.generateKeyPairSync(type)
  return Buffer.from(pair.public.split(' ')[1]!, 'base64')
}

/** Makes a key pair and gives the path of the private one. */
export function makeKey(folder: string, name: string, options: { type?: string; passphrase?: string } = {}): string {
  const file = join(folder, name)
  const { type = 'ed25519', passphrase = '' } = options
  execFileSync('ssh-keygen', ['-q', '-t', type, '-N', passphrase, '-C', `test ${name}`, '-f', file])
  return file
}

export const nobody: Asker = { secret: async () => undefined, confirm: async () => undefined }

/**
 * Starts an sshd; lines of sshd_config come in front of the usual ones, so that they win. `under`: words before its command, as
 * `unshare` wants them.
 */
export async function startSshd(
  settings: { config?: string[]; hostKeys?: string[]; transport?: Transport; under?: readonly string[] } = {},
): Promise<TestSshd> {
  if (!program) throw new Error('no sshd here: install openssh-server')
  // As root, sshd wants its empty folder, which a package makes at boot.
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 })
  const folder = mkdtempSync(join(tmpdir(), 'fitout-sshd-'))
  const port = await freePort()
  const hostKeys = (settings.hostKeys ?? ['ed25519']).map((type) => makeKey(folder, `host_${type}`, { type }))
  const key = makeKey(folder, 'user')
  const authorized = join(folder, 'authorized_keys')
  writeFileSync(authorized, readFileSync(`${key}.pub`))
  const knownHosts = join(folder, 'known_hosts')
  const publicKey = readFileSync(`${hostKeys[0]}.pub`, 'utf8').split(' ').slice(0, 2).join(' ')
  writeFileSync(knownHosts, `[127.0.0.1]:${port} ${publicKey}\n`)
  writeFileSync(
    join(folder, 'sshd_config'),
    [
      ...(settings.config ?? []),
      // Keeps the start-up files of whoever runs the tests out of them.
      `SetEnv HOME=${folder}`,
      'ListenAddress 127.0.0.1',
      ...hostKeys.map((file) => `HostKey ${file}`),
      `AuthorizedKeysFile ${authorized}`,
      `PidFile ${join(folder, 'pid')}`,
      'UsePAM no',
      'StrictModes no',
      'PermitRootLogin yes',
      'PasswordAuthentication no',
      'KbdInteractiveAuthentication no',
      // Of this one sshd takes the last.
      ...(settings.config?.some((line) => line.startsWith('MaxStartups')) ? [] : ['MaxStartups 100']),
      '',
    ].join('\n'),
  )

  const agents: ChildProcess[] = []
  let daemon: ChildProcess | undefined
  let log = ''
  const start = async () => {
    // A process group of its own: the connections are children of the listener and die with it.
    const words = [program, '-f', join(folder, 'sshd_config'), '-D', '-e', '-p', String(port)]
    const [first = program, ...more] = [...(settings.under ?? []), ...words]
    daemon = spawn(first, more, {
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: true,
    })
    daemon.stderr?.on('data', (text) => {
      log += text
    })
    await untilListening(port, () => {
      if (daemon?.exitCode !== null) throw new Error(`sshd ended: ${log}`)
    })
  }
  const kill = () => {
    for (const pid of [...descendants(daemon?.pid), daemon?.pid]) if (pid !== undefined) killIfThere(pid)
  }
  await start()

  const config = (text: string) => {
    const file = join(mkdtempSync(join(folder, 'config-')), 'ssh_config')
    writeFileSync(file, text)
    return file
  }
  const usual = config(`IdentityFile ${key}\nIdentitiesOnly yes\nIdentityAgent none\n`)
  return {
    port,
    folder,
    key,
    knownHosts,
    target: { kind: 'ssh', name: 'box', host: '127.0.0.1', user: userInfo().username, port },
    options: (overrides) => ({
      ask: nobody,
      sshConfigFile: usual,
      knownHostsFiles: [knownHosts],
      transport: settings.transport,
      ...overrides,
    }),
    authorize: (file) => appendFileSync(authorized, readFileSync(`${file}.pub`)),
    agent: async (files) => {
      const socket = join(folder, `agent_${agents.length}`)
      agents.push(spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' }))
      while (!existsSync(socket)) await new Promise((resolve) => setTimeout(resolve, 10))
      execFileSync('ssh-add', ['-q', ...files], { env: { ...process.env, SSH_AUTH_SOCK: socket }, stdio: 'ignore' })
      return socket
    },
    config,
    logged: async (words) => {
      while (!log.includes(words)) {
        if (daemon?.exitCode !== null) throw new Error(`sshd ended and never said "${words}": ${log}`)
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
    },
    kill,
    cut: () => {
      for (const pid of descendants(daemon?.pid)) killIfThere(pid, 'sshd')
    },
    restart: async () => {
      kill()
      await start()
    },
    stop: async () => {
      kill()
      for (const agent of agents) agent.kill()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Kills a process that was seen a moment ago and may have ended since; if a name is given, only one whose program's name begins so. */
export function killIfThere(pid: number, name = ''): void {
  try {
    if (readFileSync(`/proc/${pid}/comm`, 'utf8').startsWith(name)) process.kill(pid, 'SIGKILL')
  } catch (error) {
    if (!/^(ENOENT|ESRCH)$/.test((error as NodeJS.ErrnoException).code ?? '')) throw error
  }
}

/** All children of a process, and theirs: sshd puts each connection into a session of its own. */
function descendants(pid: number | undefined): number[] {
  if (pid === undefined) return []
  const table = execFileSync('ps', ['-eo', 'pid=,ppid='], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
  const below = (parent: number): number[] =>
    table.flatMap(([child, of]) => (of === parent && child !== undefined ? [child, ...below(child)] : []))
  return below(pid)
}

export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}

async function untilListening(port: number, check: () => void): Promise<void> {
  const until = Date.now() + 10_000
  for (;;) {
    check()
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1')
      socket.once('connect', () => resolve(true))
      socket.once('error', () => resolve(false))
      socket.once('connect', () => socket.destroy())
    })
    if (open) return
    if (Date.now() > until) throw new Error('sshd does not listen')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
