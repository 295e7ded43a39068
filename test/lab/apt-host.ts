import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, connect as dial, type Server } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { sourceLine } from './apt-root.js'
import { cached } from './cached.js'
import { atExit, end } from './cleanup.js'
import { run, type ShResult } from './command.js'
import { debianSource } from './debian.js'
import { labKey } from './keys.js'
import { type ShOptions, sshScript, waitForSsh } from './ssh.js'
import { tool } from './tools.js'

/**
 * A Debian 13 in namespaces, at this machine's own speed: real dpkg, apt and sshd, systemd if asked for, a network of its own. What it wrote stays
 * when it is killed, and it starts again over that.
 */
export interface AptHost {
  /** What to connect to, as root, with the file of settings. */
  destination: string
  sshConfigFile: string
  /** Path on this machine of a path of the host, which has to run. */
  path(path: string): string
  sh(script: string, options?: ShOptions): Promise<ShResult>
  /** Kills every process of it at once, as a power cut would. Nothing that was written is lost: its file system is memory. */
  powerOff(): Promise<void>
  /** Starts it, as another boot. */
  powerOn(): Promise<void>
  stop(): Promise<void>
}

/** This machine's address as the hosts see it, once there is one. */
export const machineAddress = '10.78.0.1'

/** Asked for once: what it depends on takes apt a second to say. */
let base: Promise<string> | undefined

const hostScript = fileURLToPath(new URL('apt-host.sh', import.meta.url))

/**
 * Starts one. Needs root.
 *
 * @param folder a new folder on a file system in memory, which takes what the host writes; `folder/upper` is a layer for others
 * afterwards.
 * @param layers root folders above the plain Debian, the upper ones first.
 * @param number of its network, from 1 to 250; one host each.
 * @param init `systemd`: it has one, in a tree of control groups without controllers; Docker needs the cgroupfs driver there.
 */
export async function startAptHost(
  folder: string,
  layers: readonly string[] = [],
  number = 1,
  init: 'none' | 'systemd' = 'none',
): Promise<AptHost> {
  if (process.getuid?.() !== 0) throw new Error('the host is made of namespaces: run as root')
  base ??= builtBase()
  const root = join(await base, 'base')
  await mkdir(folder, { recursive: true })
  const words = [hostScript, String(number), folder, [...layers, root].join(':'), ...(init === 'systemd' ? [init] : [])]
  const script = spawn('sh', words, { stdio: ['pipe', 'ignore', 'pipe'], detached: true })
  let said = ''
  script.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-4096)
  })
  const ended = once(script, 'close')
  const forget = atExit(() => script.stdin.end())
  const destination = 'killed'
  const { keyFile } = await labKey()
  const knownHosts = join(folder, 'known_hosts')
  const address = `10.78.${number}.2`
  const hostKey = await readFile(join(root, 'etc/ssh/ssh_host_ed25519_key.pub'), 'utf8')
  await writeFile(knownHosts, `${address} ${hostKey.split(' ').slice(0, 2).join(' ')}\n`)
  const sshConfigFile = join(folder, 'ssh_config')
  await writeFile(
    sshConfigFile,
    `Host ${destination}
  HostName ${address}
  User root
  IdentityFile "${keyFile}"
  IdentitiesOnly yes
  UserKnownHostsFile "${knownHosts}"
  GlobalKnownHostsFile /dev/null
  StrictHostKeyChecking yes
`,
  )
  let boots = 0
  let first = 0
  const powerOn = async () => {
    boots++
    const boot = join(folder, `boot-${boots}`)
    const id = `${'0'.repeat(8)}-0000-4000-8000-${String(boots).padStart(12, '0')}`
    await writeFile(boot, `${id}\n`)
    script.stdin.write(`${boot}\n`)
    first = await firstProcess(number, init === 'systemd' ? 'systemd' : 'tini').catch((error: Error) => {
      throw new Error(`${error.message}: ${said}`)
    })
    await waitForSsh(sshConfigFile, destination, 30)
  }
  const powerOff = async () => {
    end(first, 'SIGKILL')
    while ((await pidsOf(number)).length > 0) await new Promise((resolve) => setTimeout(resolve, 20))
  }
  const host: AptHost = {
    destination,
    sshConfigFile,
    path: (path) => join(`/proc/${first}/root`, path),
    sh: (text, options) => sshScript(sshConfigFile, destination, text, options),
    powerOff,
    powerOn,
    async stop() {
      script.stdin.end()
      await ended
      forget()
    },
  }
  await powerOn()
  return host
}

/** Has hosts reach what listens on loopback; given back is how that is stopped. */
export async function forwarded(port: number): Promise<() => Promise<void>> {
  const server: Server = createServer((socket) => {
    const other = dial(port, '127.0.0.1')
    socket.pipe(other).pipe(socket)
    socket.on('error', () => other.destroy())
    other.on('error', () => socket.destroy())
  })
  server.listen(port, machineAddress)
  await once(server, 'listening')
  return async () => {
    server.close()
  }
}

async function pidsOf(number: number): Promise<number[]> {
  const { stdout } = await run('ip', ['netns', 'pids', `fitout-kills-${number}`], { check: false })
  return stdout.split('\n').filter(Boolean).map(Number)
}

/** The host's first process, once there is one. */
async function firstProcess(number: number, name: string): Promise<number> {
  for (let tries = 0; tries < 200; tries++) {
    for (const pid of await pidsOf(number)) {
      const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
      if (status.startsWith(`Name:\t${name}\n`) && /^NSpid:\t\d+\t1$/m.test(status)) return pid
    }
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error('the host does not start')
}

/** A folder with `base`: Debian 13 with what Docker's packages depend on, the user `dev`, and no package source. */
async function builtBase(): Promise<string> {
  const { publicKey } = await labKey()
  const { archive } = await debianSource()
  const packages = 'openssh-server,sudo,ca-certificates,iproute2,procps,tini,iptables,apparmor,passwd'
  return cached('apt-host', [publicKey, archive, packages, 1], async (unfinished) => {
    const { path, env } = await tool('mmdebstrap')
    const base = join(unfinished, 'base')
    const source = sourceLine({ url: archive, suite: 'trixie' })
    await run(path, ['--mode=root', '--variant=minbase', `--include=${packages}`, 'trixie', base, source], { env })
    await rm(join(base, 'etc/apt/sources.list'), { force: true })
    await run('chroot', [base, 'useradd', '--create-home', '--shell', '/bin/sh', 'dev'])
    await mkdir(join(base, 'root/.ssh'), { recursive: true, mode: 0o700 })
    await writeFile(join(base, 'root/.ssh/authorized_keys'), `${publicKey}\n`, { mode: 0o600 })
  })
}
