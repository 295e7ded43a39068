// A series of kills where dnf is: it is killed at its Nth write in the transaction of an `apply`, alone or with the whole run; the next
// `apply` must end with all that was wanted, and `undo` must take all of it back.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { end } from './cleanup.js'
import { run } from './command.js'
import { type DnfHost, startDnfHost } from './dnf-host.js'
import { below, processesOf, randomOf, shellsOf, withLimit } from './kills.js'
import { type Running, startApply } from './support/disturbed.js'
import { fromMirror, set } from './support/fitout.js'
import { tool } from './tools.js'

const older = `cd /build && rpm -i --nosignature --nodeps docker/docker-ce-28.4.0*.rpm docker/docker-ce-cli-28.4.0*.rpm docker/containerd.io*.rpm \
docker/docker-buildx-plugin*.rpm docker/docker-compose-plugin*.rpm base/container-selinux*.rpm base/iptables-nft*.rpm 2>/dev/null`

/** What a host is like before. */
const states = {
  absent: ':',
  older,
  held: `${older} && dnf -y -q versionlock add docker-ce docker-ce-cli`,
  'podman in the way': 'dnf -y -q install podman-docker docker-compose',
} as const
type State = keyof typeof states
const stateNames = Object.keys(states) as State[]

/** Who is killed, always with SIGKILL. */
const kinds = ['dnf', 'the run', 'the run, and fitout'] as const

/** dnf's writes into its and rpm's databases, and its putting of files into place. */
const calls = ['pwrite64', 'renameat'] as const

export interface DnfKill {
  number: number
  seed: number
  major: 4 | 5
  state: State
  kind: (typeof kinds)[number]
  /** At which call of which kind. */
  call: (typeof calls)[number]
  at: number
  /** Packages that were in two versions then, files half-written, and so on. */
  left: string
  first: number | null
  second: number | null
  /** What the second `apply` did. */
  did: string[]
  /** What is not as it should be; empty where all is. */
  wrong: string[]
}

/** Kills of one dnf. */
export class DnfKillLab {
  readonly #counts = new Map<State, Promise<Record<string, number>>>()
  private constructor(
    readonly program: string,
    readonly major: 4 | 5,
    readonly folder: string,
  ) {}

  static async start(program: string, major: 4 | 5): Promise<DnfKillLab> {
    return new DnfKillLab(program, major, await mkdtemp(join(tmpdir(), 'fitout-dnf-kills-')))
  }

  async stop(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true })
  }

  /** One kill of the series that begins with `seed`; the same numbers choose the same. */
  async kill(number: number, seed: number): Promise<DnfKill> {
    const random = randomOf(seed * 1_000_003 + number)
    const state = stateNames[number % stateNames.length]!
    const kind = kinds[Math.floor(random() * kinds.length)]!
    const call = calls[random() < 0.8 ? 0 : 1]!
    const at = Math.max(1, Math.ceil(random() * ((await this.#countsOf(state))[call] ?? 1)))
    return this.#on(state, (host) => this.#killOn(host, { number, seed, major: this.major, state, kind, call, at }))
  }

  async #killOn(host: DnfHost, one: Omit<DnfKill, 'left' | 'first' | 'second' | 'did' | 'wrong'>): Promise<DnfKill> {
    const { kind, call, at } = one
    const before = await packagesOf(host)
    const running = this.#apply(host)
    const pid = await dnfOf(host, running)
    const shells = [...shellsOf('runner', processesOf(host)), ...shellsOf('script', processesOf(host))]
    // The script must not notice that dnf ended before it is killed, too.
    if (kind !== 'dnf') for (const shell of shells) end(shell, 'SIGSTOP')
    await traced(pid, ['-e', `trace=${call}`, '-e', `inject=${call}:signal=SIGKILL:when=${at}`], this.folder)
    if (kind !== 'dnf') {
      if (kind === 'the run, and fitout') running.child.kill('SIGKILL')
      for (const shell of shells) for (const victim of below(shell, processesOf(host))) end(victim, 'SIGKILL')
    }
    const left = (
      await host.sh(`rpm -qa --qf '%{NAME}\\n' | sort | uniq -d | grep -v gpg-pubkey; ls /usr/bin | grep ';'; :`)
    ).stdout
    const first = await withLimit(running.ended, 300, () => running.child.kill('SIGKILL'))
    const second = this.#apply(host)
    const code = await withLimit(second.ended, 300, () => second.child.kill('SIGKILL'))
    const wrong: string[] = []
    const ended = second.events.findLast((event) => event.type === 'host-done')
    if (code !== 0)
      wrong.push(`the next apply ended with ${code}: ${JSON.stringify(ended?.error ?? second.stderr().slice(-600))}`)
    const plan = await this.#fitout(host, 'plan')
    if (plan.code !== 0) wrong.push(`then plan ended with ${plan.code}: ${(plan.stdout + plan.stderr).slice(-1200)}`)
    wrong.push(...(await looked(host, one.state)))
    for (let tries = 0; tries < 4; tries++) {
      const undone = await this.#fitout(host, 'undo')
      if (undone.code !== 0)
        wrong.push(`undo ended with ${undone.code}: ${(undone.stdout + undone.stderr).slice(-1200)}`)
      if (undone.code !== 0 || undone.stdout.includes('no run is left to undo')) break
    }
    const after = await packagesOf(host)
    if (after !== before) wrong.push(`undone: ${after.replaceAll('\n', ' ')}, before: ${before.replaceAll('\n', ' ')}`)
    return {
      ...one,
      left: left.trim().replaceAll('\n', ' '),
      first,
      second: code,
      did: ended?.report.done ?? [],
      wrong,
    }
  }

  get #env(): NodeJS.ProcessEnv {
    return { ...process.env, XDG_STATE_HOME: join(this.folder, 'state') }
  }

  #options(host: DnfHost): string[] {
    const mirror = { url: host.mirror, keyFile: host.keyFile, fingerprint: host.fingerprint }
    return ['--only', 'docker-engine', ...fromMirror(mirror), ...set('docker-engine.version=28.5.x')]
  }

  #apply(host: DnfHost): Running {
    const where = ['--ssh-config', host.sshConfigFile, `root@${host.destination}`]
    return startApply(this.program, ['--yes', ...this.#options(host), ...where], this.#env)
  }

  #fitout(host: DnfHost, command: 'plan' | 'undo') {
    const own = command === 'plan' ? this.#options(host) : ['--yes']
    const where = ['--ssh-config', host.sshConfigFile, `root@${host.destination}`]
    return run('node', [this.program, command, ...own, ...where], { check: false, timeout: 200, env: this.#env })
  }

  /** How many calls of each kind an undisturbed transaction makes. */
  #countsOf(state: State): Promise<Record<string, number>> {
    const known = this.#counts.get(state)
    if (known) return known
    const counts = this.#on(state, async (host) => {
      const running = this.#apply(host)
      const trace = await traced(await dnfOf(host, running), ['-e', `trace=${calls.join(',')}`], this.folder)
      const code = await running.ended
      if (code !== 0) throw new Error(`undisturbed, from ${state}: ${code} ${running.stderr()}`)
      return Object.fromEntries(calls.map((call) => [call, trace.split(`${call}(`).length - 1]))
    })
    this.#counts.set(state, counts)
    return counts
  }

  async #on<T>(state: State, action: (host: DnfHost) => Promise<T>): Promise<T> {
    const host = await startDnfHost(this.major)
    try {
      await host.sh(states[state])
      return await action(host)
    } finally {
      await host.stop()
    }
  }
}

/** One line for a kill. */
export function dnfKillLine(kill: DnfKill): string {
  const { seed, number, major, state, kind, call, at, left, first, second, did, wrong } = kill
  return `${seed}/${number} dnf ${major} ${state}: ${kind} at ${call} ${at} (${left || 'nothing half-way'}); ended ${first}, then ${second} [${did.join('; ')}] ${wrong.length === 0 ? 'ok' : `WRONG ${wrong.join(' | ')}`}`
}

/** The dnf that changes packages, once it is there. */
async function dnfOf(host: DnfHost, running: Running): Promise<number> {
  for (;;) {
    const found = processesOf(host).find(
      ({ words }) =>
        words.some((word) => /(^|\/)dnf5?$/.test(word)) &&
        words.some((word) => ['install', 'shell', 'do'].includes(word)) &&
        !words.includes('--assumeno') &&
        words[0] !== 'env' &&
        words[0] !== 'timeout',
    )
    if (found) return found.pid
    if (running.child.exitCode !== null)
      throw new Error(
        `apply ended before its transaction: ${running.stderr()} ${JSON.stringify(running.events.at(-1))}`,
      )
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
}

/** Follows a process by strace until it ends. @returns what strace wrote. */
async function traced(pid: number, args: readonly string[], folder: string): Promise<string> {
  const { path, env } = await tool('strace')
  const file = join(folder, `trace-${pid}`)
  const strace = spawn(path, ['-f', '-q', '-o', file, ...args, '-p', String(pid)], { stdio: 'ignore', env })
  await once(strace, 'close')
  const text = await readFile(file, 'utf8')
  await rm(file)
  return text
}

async function packagesOf(host: DnfHost): Promise<string> {
  return (await host.sh("rpm -qa --qf '%{NAME} %{EVR}\\n' | grep -v '^gpg-pubkey ' | sort")).stdout
}

/** What is not as it should be on the host. */
async function looked(host: DnfHost, state: State): Promise<string[]> {
  const packages = 'docker-ce docker-ce-cli containerd.io docker-buildx-plugin docker-compose-plugin'
  const { stdout } = await host.sh(
    `wrong() { printf '%s: %s\\n' "$1" "$(printf '%s' "$2" | tr '\\n' ' ')"; }
said=$(rpm -qa --qf '%{NAME}\\n' | sort | uniq -d | grep -v gpg-pubkey); [ -z "$said" ] || wrong twice "$said"
said=$(dnf -q check 2>&1) || wrong 'dnf check' "$said"
said=$(rpm -V ${packages} 2>&1) || wrong verify "$said"
[ "$(rpm -q --qf '%{VERSION}' docker-ce)" = 28.5.2 ] || wrong version "$(rpm -q docker-ce)"
getent group docker >/dev/null || wrong group 'its script did not run'
said=$(find /usr /etc -name '*;[0-9a-f]*'); [ -z "$said" ] || wrong half-written "$said"
said=$(find / -xdev \\( -name '*.fitout-new' -o -name 'fitout-probe.*' -o -name lifted-holds\\* -o -name open-transaction\\* \\) ! -path '/proc/*'); [ -z "$said" ] || wrong leftovers "$said"
said=$(rpm -q podman-docker runc docker-compose 2>/dev/null | grep -v 'not installed'); [ -z "$said" ] || wrong 'in the way' "$said"
cat /etc/dnf/plugins/versionlock.list /etc/dnf/versionlock.toml 2>/dev/null | grep -q docker-ce-cli ${state === 'held' ? '||' : '&&'} wrong lock other
docker -H unix:///var/run/docker.sock version >/dev/null || wrong docker 'does not answer'
:`,
    { check: false },
  )
  return stdout.split('\n').filter(Boolean)
}
