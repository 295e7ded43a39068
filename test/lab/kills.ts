// A series of kills: `fitout apply` is killed at a random moment, here or on the host, and the next `apply` must end with all that
// was wanted, and nothing half-way.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type AptHost, forwarded, machineAddress, startAptHost } from './apt-host.js'
import { AptRoot } from './apt-root.js'
import { cached } from './cached.js'
import { end } from './cleanup.js'
import { run } from './command.js'
import { debianSource } from './debian.js'
import { lock } from './lock.js'
import { type Mirror, startMirror } from './mirror.js'
import { indexFlat, makeSigningKey, stopAgent } from './repository.js'
import { serveFolder } from './static-server.js'
import { type Running, startApply } from './support/disturbed.js'
import { fromMirror, set } from './support/fitout.js'

/** What a host is like before: its script runs on an older Docker's host, or on one that never had any. */
const states = {
  absent: { on: 'plain', script: ':' },
  removed: {
    on: 'older',
    script: 'apt-get -qy remove docker-ce docker-ce-cli containerd.io docker-buildx-plugin docker-compose-plugin',
  },
  purged: {
    on: 'older',
    script: 'apt-get -qy purge docker-ce docker-ce-cli containerd.io docker-buildx-plugin docker-compose-plugin',
  },
  older: { on: 'older', script: ':' },
  held: { on: 'older', script: 'apt-mark hold docker-ce docker-ce-cli containerd.io' },
  'half-configured': {
    on: 'older',
    // The engine's next version, whose script is killed while it is set up.
    script: `cd /tmp && apt-get download docker-ce/trixie && dpkg --unpack --force-depends ./docker-ce_*.deb && rm ./docker-ce_*.deb
cp /var/lib/dpkg/info/docker-ce.postinst /tmp/own
printf '#!/bin/sh\\nkill -9 $PPID\\n' >/var/lib/dpkg/info/docker-ce.postinst
dpkg --configure --force-depends docker-ce || :
cp /tmp/own /var/lib/dpkg/info/docker-ce.postinst
dpkg --audit | grep -q 'half configured'`,
  },
} as const
export type State = keyof typeof states
const stateNames = Object.keys(states) as State[]

/** Who is killed, always with SIGKILL. */
const kinds = {
  'the power of the host': 'the host’s first process, and with it all others; it starts again at once',
  'the power of the host, and fitout': 'both at once',
  fitout: 'this side alone: the run goes on',
  'the run': 'every process of the run on the host',
  'the run’s script': 'the script alone: its children go on',
  'the run’s shells': 'the script and what waits for it: their children go on',
  dpkg: 'every dpkg of the run',
  'apt-get': 'apt-get alone: dpkg goes on',
  'a maintainer script': 'the script of a package',
} as const
type Kind = keyof typeof kinds
const kindNames = Object.keys(kinds) as Kind[]

/** When: milliseconds after fitout or the run began, or some more after a line of the run's log or of dpkg's. */
interface Moment {
  of: 'looking' | 'time' | 'log' | 'dpkg'
  /** Milliseconds, or how many lines. */
  at: number
  more: number
}

export interface Kill {
  number: number
  seed: number
  state: State
  kind: Kind
  moment: Moment
  /** What the host's dpkg had last written then. */
  during: string
  /** How the killed `apply` ended, and how the next one did; what that one did. */
  first: number | null
  second: number | null
  did: string[]
  seconds: number
  /** What is not as it should be; empty where all is. */
  wrong: string[]
}

/** What an undisturbed run of a state took: the range of moments. */
interface Span {
  looking: number
  time: number
  log: number
  dpkg: number
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))

/** A machine that is killed, and what it is made of. */
export class KillLab {
  readonly #folder: string
  readonly #program: string
  readonly #stops: (() => unknown)[]
  readonly #spans = new Map<State, Promise<Span>>()
  readonly #args: string[]
  /** The layers of each state that was built. */
  readonly #layers = new Map<string, string[]>()
  readonly #building = new Map<State, Promise<string[]>>()
  #hosts = 0

  private constructor(folder: string, mirror: Mirror, program: string, stops: (() => unknown)[]) {
    this.#folder = folder
    this.#program = program
    this.#stops = stops
    const address = `http://${machineAddress}:${new URL(mirror.hostUrl).port}/linux/debian`
    this.#args = [
      ...['--yes', '--skip', 'hello-world', ...fromMirror({ ...mirror, url: address })],
      ...set('docker-group.users=["dev"]', 'docker-daemon.config.labels=["a=b"]'),
    ]
  }

  /** @param program the built command line. */
  static async start(program: string): Promise<KillLab> {
    const release = await lock('kills')
    // In memory: what costs is the kernel's, not the disk's.
    const folder = await mkdtemp('/dev/shm/fitout-kills-')
    const stops: (() => unknown)[] = [release, () => rm(folder, { recursive: true, force: true })]
    const mirror = await startMirror()
    stops.push(() => mirror.stop())
    const own = await serveFolder(await builtDistribution())
    stops.push(() => own.stop())
    const lab = new KillLab(folder, mirror, program, stops)
    const ports = [new URL(mirror.hostUrl).port, own.port].map(Number)
    await lab.#layer('plain', [], async (host) => {
      // What every Debian has, so that a fresh engine takes it along.
      await host.sh(`dpkg --purge apparmor
echo 'deb [trusted=yes] http://${machineAddress}:${own.port}/ ./' >/etc/apt/sources.list.d/distribution.list`)
    })
    // The address is there once a host was.
    await lab.#layer('older', lab.#layers.get('plain')!, async (host) => {
      for (const port of ports) stops.push(await forwarded(port))
      await host.sh('apt-get -qq update')
      const running = await lab.#apply(host, '26.x')
      const code = await running.ended
      if (code !== 0) throw new Error(`the older engine could not be installed: ${code} ${running.stderr()}`)
      await host.sh(
        'kill "$(cat /run/docker.pid)"; while pidof dockerd >/dev/null; do sleep 0.1; done; rm -rf /var/lib/fitout',
      )
    })
    return lab
  }

  async stop(): Promise<void> {
    for (const stop of this.#stops.reverse()) await stop()
  }

  /** One kill of the series that begins with `seed`; the same numbers choose the same. */
  async kill(number: number, seed: number): Promise<Kill> {
    const random = randomOf(seed * 1_000_003 + number)
    const state = stateNames[number % stateNames.length]!
    const kind = kindNames[Math.floor(random() * kindNames.length)]!
    const span = await this.#spanOf(state)
    const moment = momentOf(kind, span, random)
    const layers = await this.#layersOf(state)
    return this.#on(layers, (host) => this.#killOn(host, { number, seed, state, kind, moment }))
  }

  async #killOn(host: AptHost, one: Pick<Kill, 'number' | 'seed' | 'state' | 'kind' | 'moment'>): Promise<Kill> {
    const { kind, moment } = one
    const holds = (await host.sh('apt-mark showhold | sort')).stdout
    const first = this.#apply(host)
    const running = await first
    await this.#await(host, running, moment)
    const during = lastLine(host, '/var/log/dpkg.log')
    await strike(host, running, kind)
    const began = Date.now()
    const alive = running.child.exitCode === null && running.child.signalCode === null
    const firstCode = alive
      ? await withLimit(running.ended, 300, () => running.child.kill('SIGKILL'))
      : running.child.exitCode
    const second = await this.#apply(host)
    const secondCode = await withLimit(second.ended, 300, () => second.child.kill('SIGKILL'))
    const seconds = (Date.now() - began) / 1000
    const wrong: string[] = []
    const ended = second.events.findLast((event) => event.type === 'host-done')
    const did = ended?.report.done ?? []
    if (secondCode !== 0)
      wrong.push(
        `the next apply ended with ${secondCode}: ${JSON.stringify(ended?.error ?? second.stderr().slice(-600))}`,
      )
    const plan = await run('node', [this.#program, 'plan', ...this.#options(host)], {
      check: false,
      timeout: 120,
      env: this.#env,
    })
    if (plan.code !== 0)
      wrong.push(`then plan ended with ${plan.code}: ${plan.stdout.slice(-800)}${plan.stderr.slice(-400)}`)
    wrong.push(...(await looked(host, holds)))
    return { ...one, during, first: firstCode, second: secondCode, did, seconds, wrong }
  }

  get #env(): NodeJS.ProcessEnv {
    return { ...process.env, XDG_STATE_HOME: join(this.#folder, 'state') }
  }

  #options(host: AptHost, version = '28.x'): string[] {
    const own = [...this.#args, ...set(`docker-engine.version=${version}`), '--ssh-config', host.sshConfigFile]
    return [...own.filter((word) => word !== '--yes'), host.destination]
  }

  async #apply(host: AptHost, version?: string): Promise<Running> {
    return startApply(this.#program, ['--yes', ...this.#options(host, version)], this.#env)
  }

  /** Waits for the moment; not longer than `apply` takes. */
  async #await(host: AptHost, running: Running, moment: Moment): Promise<void> {
    const lines = (path: string) => read(host, path).split('\n').length - 1
    const before = lines('/var/log/dpkg.log')
    if (moment.of === 'looking') return void (await Promise.race([pause(moment.at), running.ended]))
    let over = false
    void running.ended.then(() => {
      over = true
    })
    const started = running.until((event) => event.type === 'run').catch(() => undefined)
    if (moment.of === 'time') {
      await started
      return void (await Promise.race([pause(moment.at), running.ended]))
    }
    const count = () =>
      moment.of === 'dpkg' ? lines('/var/log/dpkg.log') - before : read(host, newestLog(host)).split('\n').length - 1
    while (!over && count() < moment.at) await pause(2)
    await pause(moment.more)
  }

  /** How long each part of an undisturbed `apply` is. */
  #spanOf(state: State): Promise<Span> {
    const known = this.#spans.get(state)
    if (known) return known
    const span = this.#layersOf(state).then((layers) => this.#undisturbed(state, layers))
    this.#spans.set(state, span)
    return span
  }

  #undisturbed(state: State, layers: string[]): Promise<Span> {
    return this.#on(layers, async (host) => {
      const lines = () => read(host, '/var/log/dpkg.log').split('\n').length
      const before = lines()
      const began = Date.now()
      const running = await this.#apply(host)
      await running.until((event) => event.type === 'run')
      const looking = Date.now() - began
      const code = await running.ended
      const done = running.events.findLast((event) => event.type === 'host-done')
      if (code !== 0) throw new Error(`undisturbed, from ${state}: ${code} ${JSON.stringify(done?.error)}`)
      const time = Date.now() - began - looking
      return { looking, time, log: read(host, newestLog(host)).split('\n').length, dpkg: lines() - before }
    })
  }

  #layersOf(state: State): Promise<string[]> {
    const known = this.#building.get(state)
    if (known) return known
    const { on, script } = states[state]
    const below = this.#layers.get(on)!
    const building =
      script === ':' ? Promise.resolve(below) : this.#layer(`state-${state}`, below, (host) => host.sh(script))
    this.#building.set(state, building)
    return building
  }

  /** Makes a layer of what `make` does on a host that consists of others; gives back all of them. */
  async #layer(name: string, below: string[], make: (host: AptHost) => Promise<unknown>): Promise<string[]> {
    await this.#on(below, make, name)
    const layers = [join(this.#folder, name, 'upper'), ...below]
    this.#layers.set(name, layers)
    return layers
  }

  /** Starts a host on layers. With a name, what it wrote is kept. */
  async #on<T>(layers: string[], action: (host: AptHost) => Promise<T>, name?: string): Promise<T> {
    this.#hosts = (this.#hosts % 250) + 1
    const folder = join(this.#folder, name ?? `host-${this.#hosts}`)
    const host = await startAptHost(folder, layers, this.#hosts)
    try {
      return await action(host)
    } finally {
      await host.stop()
      if (name === undefined) await rm(folder, { recursive: true, force: true })
    }
  }
}

/** A series, so many hosts at a time, since a kill waits more than it works; `each` hears of every kill as it is done. */
export async function killSeries(
  lab: KillLab,
  count: number,
  seed: number,
  each: (kill: Kill) => void,
  atATime = 3,
): Promise<Kill[]> {
  const kills: Kill[] = []
  let next = 0
  const work = async () => {
    while (next < count) {
      const kill = await lab.kill(next++, seed)
      kills.push(kill)
      each(kill)
    }
  }
  await Promise.all(Array.from({ length: atATime }, work))
  return kills
}

/** One line for a kill. */
export function killLine(kill: Kill): string {
  const { of, at, more } = kill.moment
  const when =
    of === 'dpkg' || of === 'log' ? `${of === 'dpkg' ? 'dpkg’s log' : 'log'} line ${at} + ${more} ms` : `${of} ${at} ms`
  const end = kill.wrong.length === 0 ? 'ok' : `WRONG ${kill.wrong.join(' | ')}`
  return `${kill.seed}/${kill.number} ${kill.state}: ${kill.kind}; ${when} (${kill.during}); ended ${kill.first}, then ${kill.second} after ${kill.seconds.toFixed(0)} s [${kill.did.join('; ')}] ${end}`
}

/** How many of each state and kind, and how many of those went wrong. */
export function killTable(kills: readonly Kill[]): string {
  const row = (kind: string, of: readonly Kill[]) => {
    const cells = [...stateNames.map((state) => of.filter((one) => one.state === state)), of]
    return `| ${kind} | ${cells.map((cell) => `${cell.length}${cell.some(({ wrong }) => wrong.length > 0) ? ` (${cell.filter(({ wrong }) => wrong.length > 0).length} wrong)` : ''}`).join(' | ')} |`
  }
  const rows = kindNames.map((kind) =>
    row(
      kind,
      kills.filter((one) => one.kind === kind),
    ),
  )
  return [
    `| killed | ${stateNames.join(' | ')} | all |`,
    `| --- |${' --- |'.repeat(stateNames.length + 1)}`,
    ...rows,
    row('all', kills),
  ].join('\n')
}

function momentOf(kind: Kind, span: Span, random: () => number): Moment {
  const up = (most: number) => Math.max(1, Math.ceil(random() * most))
  const more = Math.floor(random() * 40)
  const choice = random()
  const whole = kind === 'fitout' || kind.startsWith('the power')
  if (whole && choice < 0.15) return { of: 'looking', at: up(span.looking), more: 0 }
  if (choice < 0.35) return { of: 'time', at: up(span.time), more: 0 }
  if (choice < 0.5) return { of: 'log', at: up(span.log), more }
  return { of: 'dpkg', at: up(span.dpkg), more }
}

/** Kills. What is not there at the moment is waited for, as long as the run is there. */
async function strike(host: AptHost, running: Running, kind: Kind): Promise<void> {
  if (kind === 'fitout' || kind === 'the power of the host, and fitout') running.child.kill('SIGKILL')
  if (kind.startsWith('the power')) {
    await host.powerOff()
    await host.powerOn()
  }
  if (kind === 'fitout') await running.ended
  if (kind === 'fitout' || kind.startsWith('the power')) return
  for (;;) {
    const victims = victimsOf(kind, processesOf(host))
    for (const pid of victims) end(pid, 'SIGKILL')
    if (victims.length > 0 || running.child.exitCode !== null) return
    await pause(1)
  }
}

/** A process of a host, by its id on this machine. */
export interface HostProcess {
  pid: number
  parent: number
  words: string[]
}

function victimsOf(kind: Kind, all: readonly HostProcess[]): number[] {
  const called = (test: (words: string[]) => boolean) => all.filter(({ words }) => test(words)).map(({ pid }) => pid)
  const shell = (file: 'runner' | 'script') => shellsOf(file, all)
  switch (kind) {
    case 'the run':
      return shell('runner').flatMap((pid) => below(pid, all))
    case 'the run’s script':
      return shell('script').slice(0, 1)
    case 'the run’s shells':
      return [...shell('runner'), ...shell('script')]
    case 'dpkg':
      return called(([word]) => /(^|\/)dpkg$/.test(word ?? ''))
    case 'apt-get':
      return called(([word]) => word === 'apt-get')
    case 'a maintainer script':
      return called((words) =>
        words.some((word) => /^\/var\/lib\/dpkg\/(info\/.*\.|tmp\.ci\/)(pre|post)(inst|rm)$/.test(word)),
      )
    default:
      return []
  }
}

/** The shells of a run: its script, or what waits for that. */
export function shellsOf(file: 'runner' | 'script', all: readonly HostProcess[]): number[] {
  return all
    .filter(
      ({ words: [shell = '', script = ''] }) =>
        /(^|\/)(da)?sh$/.test(shell) && script.endsWith(`/${file}`) && script.includes('/fitout/runs/'),
    )
    .map(({ pid }) => pid)
}

/** A process and all that it started. */
export function below(pid: number, all: readonly HostProcess[]): number[] {
  return [pid, ...all.filter(({ parent }) => parent === pid).flatMap((one) => below(one.pid, all))]
}

/** The host's processes by their ids here. At once, so that what is short is seen. */
export function processesOf(host: Pick<AptHost, 'path'>): HostProcess[] {
  const space = link(join(host.path('/'), '../ns/pid'))
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name) || link(`/proc/${name}/ns/pid`) !== space) return []
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8')
      const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
      const words = readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0').slice(0, -1)
      return [{ pid: Number(name), parent, words }]
    } catch {
      return []
    }
  })
}

function link(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}

function read(host: AptHost, path: string): string {
  try {
    return readFileSync(host.path(path), 'utf8')
  } catch {
    return ''
  }
}

function lastLine(host: AptHost, path: string): string {
  return read(host, path).trimEnd().split('\n').at(-1)?.slice(20) ?? ''
}

/** The log of the latest run. */
function newestLog(host: AptHost): string {
  const runs = '/var/lib/fitout/runs'
  try {
    return join(runs, readdirSync(host.path(runs)).sort().at(-1) ?? '', 'log')
  } catch {
    return join(runs, 'none')
  }
}

/** What is not as it should be on the host. */
async function looked(host: AptHost, holds: string): Promise<string[]> {
  const packages = 'docker-ce docker-ce-cli containerd.io docker-buildx-plugin docker-compose-plugin apparmor'
  const { stdout, stderr, code } = await host.sh(
    `wrong() { printf '%s: %s\\n' "$1" "$(printf '%s' "$2" | tr '\\n' ' ')"; }
said=$(dpkg --audit 2>&1); [ -z "$said" ] || wrong audit "$said"
said=$(apt-get -qq check 2>&1) || wrong 'apt-get check' "$said"
# dpkg leaves this word in the place of a checksum where it was cut off right after it had put a configuration file in place.
said=$(dpkg --verify ${packages} 2>&1 | while read -r line; do grep -q "^ \${line##* } newconffile$" /var/lib/dpkg/status || printf '%s\\n' "$line"; done); [ -z "$said" ] || wrong verify "$said"
for name in ${packages}; do said=$(dpkg-query -W -f='\${db:Status-Status}' $name 2>&1); [ "$said" = installed ] || wrong "$name" "$said"; done
dpkg-query -W -f='\${Version}' docker-ce | grep -q '^5:28' || wrong version "$(dpkg-query -W docker-ce)"
ls /var/lib/dpkg/updates | grep -q '^[0-9]' && wrong updates "$(ls /var/lib/dpkg/updates)"
said=$(find / -xdev \\( -name '*.fitout-new' -o -name '*.fitout-kept' -o -name 'fitout-probe.*' -o -name lifted-holds\\* \\) 2>/dev/null); [ -z "$said" ] || wrong leftovers "$said"
read -r pid _ 2>/dev/null </run/fitout/lock && [ -e "/proc/$pid" ] && wrong lock "$(cat /run/fitout/lock)"
id -nG dev | grep -qw docker || wrong group "$(id dev)"
grep -q '"a=b"' /etc/docker/daemon.json || wrong daemon.json "$(cat /etc/docker/daemon.json)"
docker version --format '{{.Server.Version}}' 2>&1 | grep -q '^28' || wrong docker "$(docker version 2>&1 | tail -n 2)"
[ "$(pidof dockerd | wc -w)" = 1 ] || wrong dockerd "$(pidof dockerd)"
printf 'holds: %s\\n' "$(apt-mark showhold | sort | tr '\\n' ' ')"`,
    { check: false, timeout: 60 },
  )
  if (code !== 0) return [`the host could not be looked at: ${stderr}`]
  const lines = stdout.trimEnd().split('\n')
  const held = lines.pop()
  const wanted = `holds: ${holds.split('\n').join(' ')}`
  return [...lines, ...(held?.trimEnd() === wanted.trimEnd() ? [] : [`${held}, before ${wanted}`])]
}

/** Waits for the end of a command; after so many seconds it is given up. */
export async function withLimit(
  ended: Promise<number | null>,
  seconds: number,
  give: () => void,
): Promise<number | null> {
  const timer = setTimeout(give, seconds * 1000)
  return ended.finally(() => clearTimeout(timer))
}

/** Numbers from 0 to 1 that a seed decides (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

/** A flat repository that stands for the distribution's own: Debian's apparmor, which a fresh engine takes along. */
async function builtDistribution(): Promise<string> {
  const { archive } = await debianSource()
  const folder = await cached('kills-distribution', [archive, 1], async (unfinished) => {
    const apt = await AptRoot.open(join(unfinished, 'apt'), [{ url: archive, suite: 'trixie' }])
    const root = join(unfinished, 'www')
    await mkdir(root)
    const deb = await apt.download('apparmor', 'trixie')
    await writeFile(join(root, 'apparmor.deb'), await readFile(deb))
    const key = await makeSigningKey(join(unfinished, 'gnupg'), join(root, 'key.asc'))
    await rm(join(root, 'key.asc'))
    await indexFlat(root, key)
    await stopAgent(key)
    await rm(join(unfinished, 'apt'), { recursive: true })
  })
  return join(folder, 'www')
}
