import { spawn } from 'node:child_process'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { sourceLine } from './apt-root.js'
import { cached } from './cached.js'
import { failure, run } from './command.js'
import { debianSource } from './debian.js'
import { labKey } from './keys.js'
import { lockFile } from './lock.js'
import { newRunFolder } from './paths.js'
import { tool } from './tools.js'

/** Many small hosts: each an overlay of one root folder in its own namespaces, with sshd. No systemd, no Docker. */
export interface Fleet {
  /** Reached on port 22 of their addresses, as root, by the key. */
  hosts: { name: string; address: string }[]
  keyFile: string
  /** Holds every host's key (they share one) by address. */
  knownHostsFile: string
  /** An ssh_config that has both, and the user, for every host. */
  sshConfigFile: string
  /** Milliseconds of processor time that the hosts have used since they started, whatever else the machine did meanwhile. */
  cpu(): Promise<number>
  /** Runs a script on every host as root, from inside and not over SSH; how it ends does not count. */
  onAll(script: string): Promise<void>
  stop(): Promise<void>
}

const hostsScript = fileURLToPath(new URL('fleet.sh', import.meta.url))

/**
 * Start `count` (at most 2000) hosts: 2 to 3 MB of memory each. Needs root. Only one fleet runs at a time on a machine,
 * since all use one bridge; a second waits for the first to stop.
 *
 * @param python hosts with Python, which fitout does not need but others do.
 */
export async function startFleet(count: number, { python = false } = {}): Promise<Fleet> {
  if (process.getuid?.() !== 0) throw new Error('the fleet makes namespaces and a bridge: run as root')
  const base = await builtBase(python)
  const folder = await newRunFolder('fleet')
  const stop = await runScript(folder, base, count)
  const hosts = Array.from({ length: count }, (_, index) => ({ name: `h${index + 1}`, address: addressOf(index + 1) }))
  const hostKey = (await readFile(join(base, 'etc/ssh/ssh_host_ed25519_key.pub'), 'utf8')).split(' ').slice(0, 2)
  const knownHostsFile = join(folder, 'known_hosts')
  await writeFile(knownHostsFile, hosts.map(({ address }) => `${address} ${hostKey.join(' ')}\n`).join(''))
  const { keyFile } = await labKey()
  const sshConfigFile = join(folder, 'ssh_config')
  const options = [
    'User root',
    `IdentityFile "${keyFile}"`,
    'IdentitiesOnly yes',
    `UserKnownHostsFile "${knownHostsFile}"`,
  ]
  await writeFile(sshConfigFile, ['Host *', ...options, ''].join('\n'))
  const { first, all } = await lastingProcesses()
  const onAll = async (script: string) => {
    const each = first.map((pid) => `nsenter -t ${pid} -m -u -i -n -p -r -w sh -c "$0" || true`)
    await run('sh', ['-c', each.join('\n'), script])
  }
  return { hosts, keyFile, knownHostsFile, sshConfigFile, cpu: () => cpuOf(all), onAll, stop }
}

/**
 * Take down what is left of a fleet that was killed with all that would have taken it down; none that runs. Says what that was;
 * nothing where there is nothing, or where this is not root, whose fleets are.
 */
export async function sweepFleet(): Promise<string | undefined> {
  if (process.getuid?.() !== 0) return undefined
  const busy = 75
  const options = ['--close', '--nonblock', '--conflict-exit-code', String(busy), await lockFile('fleet')]
  const ended = await run('flock', [...options, 'sh', hostsScript, 'sweep'], { check: false })
  if (ended.code !== 0 && ended.code !== busy) throw failure('fleet.sh sweep', ended)
  return ended.stdout.trim() || undefined
}

/**
 * Runs the script that makes the hosts, until they are up. It holds the lock, hears by its standard input when this process
 * ends, and takes down everything then; in a session of its own, so that Ctrl-C leaves it the time.
 */
async function runScript(folder: string, base: string, count: number): Promise<() => Promise<void>> {
  // The hosts do not inherit the lock.
  const words = ['--close', await lockFile('fleet'), 'sh', hostsScript, 'run', folder, base, String(count)]
  const script = spawn('flock', words, { stdio: ['pipe', 'pipe', 'pipe'], detached: true })
  let stderr = ''
  script.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const ended = new Promise<void>((resolve, reject) => {
    script.once('error', reject)
    script.once('close', (code) => {
      if (code === 0) resolve()
      else reject(failure(`fleet.sh run ${folder}`, { code, stdout: '', stderr }))
    })
  })
  const up = new Promise((resolve) => script.stdout.once('data', resolve))
  await Promise.race([up, ended])
  return () => {
    script.stdin.end()
    return ended
  }
}

/** The fields of `/proc/PID/stat` behind the name of the program: state, parent, … */
async function statOf(pid: string): Promise<{ name: string; fields: string[] }> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  const [before = '', after = ''] = text.split(/\) (?=[A-Z] )/)
  return { name: before.replace(/^.*\(/, ''), fields: after.split(' ') }
}

/** The first process of each host and its sshd: all others are theirs, and what those used is added to them. */
async function lastingProcesses(): Promise<{ first: string[]; all: string[] }> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const all = await Promise.all(pids.map(async (pid) => ({ pid, ...(await statOf(pid)) })))
  const first = new Set(all.filter(({ name }) => name === 'tini').map(({ pid }) => pid))
  const lasting = all.filter(({ pid, fields }) => first.has(pid) || first.has(fields[1] ?? ''))
  return { first: [...first], all: lasting.map(({ pid }) => pid) }
}

async function cpuOf(pids: readonly string[]): Promise<number> {
  const ticks = await Promise.all(
    pids.map(async (pid) => {
      // Its own in user mode and in the kernel, then the same of the children that it has waited for.
      const { fields } = await statOf(pid)
      return fields.slice(11, 15).reduce((sum, text) => sum + Number(text), 0)
    }),
  )
  return ticks.reduce((sum, one) => sum + one, 0) * 10
}

/** The same as in fleet.sh: 200 hosts to a block of 256. */
function addressOf(number: number): string {
  return `10.77.${Math.floor(number / 200)}.${(number % 200) + 2}`
}

async function builtBase(python: boolean): Promise<string> {
  const { publicKey } = await labKey()
  const { archive } = await debianSource()
  const packages = `openssh-server,sudo,ca-certificates,iproute2,procps,tini${python ? ',python3' : ''}`
  const folder = await cached(
    python ? 'fleet-python' : 'fleet',
    [publicKey, archive, packages, 1],
    async (unfinished) => {
      const { path, env } = await tool('mmdebstrap')
      const base = join(unfinished, 'base')
      const source = sourceLine({ url: archive, suite: 'trixie' })
      await run(path, ['--mode=root', '--variant=minbase', `--include=${packages}`, 'trixie', base, source], { env })
      await mkdir(join(base, 'root/.ssh'), { recursive: true, mode: 0o700 })
      await writeFile(join(base, 'root/.ssh/authorized_keys'), `${publicKey}\n`, { mode: 0o600 })
    },
  )
  return join(folder, 'base')
}
