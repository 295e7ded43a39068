import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { type Fleet, startFleet } from '../lab/index.js'
import type { Built } from '../lab/support/fitout.js'
import { type Ansible, startAnsible } from './ansible.js'
import { type Measured, measure, median } from './measure.js'

export interface FleetSize {
  hosts: number
  concurrency: number
}

export interface FleetBench extends FleetSize {
  /** Which comparisons: `facts`, `fresh`, `wanted`. */
  parts: readonly string[]
  times: number
  /** Runs of Ansible, which takes minutes. */
  ansibleTimes: number
  /** Program of another fitout, as of the version before; it is compared as well. */
  other: string | undefined
}

/** What watch-loop.mjs writes, in milliseconds. */
interface Watched {
  longest: number
  p99: number
  cpu: number
  turns: { wall: number; worked: number; waited: number }[]
}

/** What a person would check by hand of a host that is to have its docker group, in one script. */
const checkByHand = `
set -e
. /etc/os-release
[ "$ID" = debian ] && [ "$(dpkg --print-architecture)" = amd64 ]
getent group docker >/dev/null
id -nG root | grep -qw docker
echo "os.id $ID"
`

const playbooks = {
  facts: `- hosts: all
  tasks:
    - ansible.builtin.setup: { gather_subset: [min] }
`,
  apply: `- hosts: all
  tasks:
    - ansible.builtin.setup: { gather_subset: [min] }
    - ansible.builtin.group: { name: docker }
    - ansible.builtin.user: { name: root, groups: [docker], append: true }
`,
}

/** fitout on many hosts, side by side with what else one would do: one run, the same hosts, the same concurrency. */
export async function benchFleet(
  built: Built,
  { ansibleTimes, times, parts, other, ...size }: FleetBench,
): Promise<void> {
  await withFleet(built, size, async (fleet, ways, folder) => {
    const ansible = ansibleTimes > 0 ? await startAnsible(fleet, size.concurrency, playbooks) : undefined
    console.log(`${size.hosts} hosts, ${size.concurrency} at a time${ansible ? `; Ansible ${ansible.version}` : ''}\n`)

    /** All contestants in turn, the order changing. */
    const compare = async (part: string, title: string, contestants: Record<string, Contestant>) => {
      if (!parts.includes(part)) return undefined
      const results = new Map<string, Timed[]>(Object.keys(contestants).map((name) => [name, []]))
      for (let round = 0; round < times; round++) {
        const order = Object.entries(contestants)
        if (round % 2 === 1) order.reverse()
        for (const [name, { command, before, most = times }] of order) {
          if (round >= most) continue
          await before?.()
          results.get(name)!.push(await timedOn(fleet, command, ways.env, ansible))
        }
      }
      console.log(title)
      const ours = median([...results.values()][0]!.map(({ milliseconds }) => milliseconds))
      for (const [name, all] of results) if (all.length > 0) show(name, all, ours)
      console.log()
      return results
    }
    try {
      // The first logins find nothing in any cache.
      await measure(ways.bare(ways.factsScript))
      const rarely = { most: ansibleTimes }
      const ofOther = (args: Args, rest: Partial<Contestant> = {}) =>
        other && { [`fitout ${args[0]}, the other`]: { command: ways.of(other, args), ...rest } }
      const facts = await compare('facts', 'facts: fitout, and by hand the very script that fitout sends', {
        'fitout facts': { command: ways.fitout('facts') },
        ...ofOther(['facts']),
        'bare ssh2 loop': { command: ways.bare(ways.factsScript) },
        'xargs -P and ssh': { command: ways.xargs(ways.factsScript) },
        ...(ansible && { 'Ansible, setup (subset min)': { command: ansible.playbook('facts'), ...rarely } }),
      })
      const undone = () => fleet.onAll('groupdel docker')
      const fresh = await compare('fresh', 'a light recipe on fresh hosts (docker-group)', {
        'fitout apply': { command: ways.fitout('apply', '--yes', ...recipe), before: undone },
        ...ofOther(['apply', '--yes', ...recipe], { before: undone }),
        ...(ansible && { Ansible: { command: ansible.playbook('apply'), before: undone, ...rarely } }),
      })
      if (parts.includes('wanted')) await measure(ways.fitout('apply', '--yes', ...recipe), '', ways.env)
      const wanted = await compare('wanted', 'hosts that are as wanted; by hand a check of the same things', {
        'fitout apply': { command: ways.fitout('apply', '--yes', ...recipe) },
        ...ofOther(['apply', '--yes', ...recipe]),
        'fitout plan': { command: ways.fitout('plan', ...recipe) },
        ...ofOther(['plan', ...recipe]),
        'bare ssh2 loop': { command: ways.bare(ways.checkScript) },
        'xargs -P and ssh': { command: ways.xargs(ways.checkScript) },
        ...(ansible && { Ansible: { command: ansible.playbook('apply'), ...rarely } }),
      })
      if (fresh === undefined && wanted === undefined) return
      const page = join(folder, 'report.html')
      const report = await measure(['node', built.program, 'report', '--output', page], '', ways.env)
      const size = Math.round((await readFile(page)).length / 1024)
      console.log(`fitout report: ${seconds(report.milliseconds)}, ${size} KiB of HTML\n`)

      await showMemory(ways, 'facts', ['facts'], facts?.get('fitout facts'))
      await showMemory(ways, 'plan', ['plan', ...recipe], wanted?.get('fitout plan'))
      await showMemory(ways, 'apply', ['apply', '--yes', ...recipe], wanted?.get('fitout apply'))
      await showMemory(ways, 'apply on fresh hosts', ['apply', '--yes', ...recipe], fresh?.get('fitout apply'))
    } finally {
      await ansible?.stop()
    }
  })
}

/** How long fitout's event loop is held up with many hosts. */
export async function benchFleetLoop(built: Built, size: FleetSize): Promise<void> {
  await withFleet(built, size, showLoop)
}

type Ways = Awaited<ReturnType<typeof waysTo>>

async function withFleet(
  built: Built,
  { hosts, concurrency }: FleetSize,
  work: (fleet: Fleet, ways: Ways, folder: string) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'fitout-bench-'))
  let fleet: Fleet | undefined
  try {
    fleet = await startFleet(hosts, { python: true })
    await work(fleet, await waysTo(fleet, built, folder, concurrency), folder)
  } finally {
    await fleet?.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

type Args = [command: string, ...options: string[]]

const recipe = ['--only', 'docker-group', '--set', 'docker-group.users=root']

/** What is looked at for stalls. */
const watched: { name: string; args: Args; fresh?: boolean }[] = [
  { name: 'facts', args: ['facts'] },
  { name: 'plan', args: ['plan', ...recipe] },
  { name: 'apply', args: ['apply', '--yes', ...recipe] },
  { name: 'apply, fresh hosts', args: ['apply', '--yes', ...recipe], fresh: true },
  { name: 'verify', args: ['verify', ...recipe] },
]

interface Contestant {
  command: string[]
  /** Puts the hosts as they have to be; does not count. */
  before?(): Promise<void>
  /** Runs, where fewer than those of the others. */
  most?: number
}

/** The commands that are compared. */
async function waysTo(fleet: Fleet, built: Built, folder: string, concurrency: number) {
  const config = join(folder, 'ssh_config')
  const of = (text: string) => `  ${text}\n`
  await writeFile(
    config,
    `Host *\n${[
      'User root',
      `IdentityFile "${fleet.keyFile}"`,
      'IdentitiesOnly yes',
      `UserKnownHostsFile "${fleet.knownHostsFile}"`,
      'StrictHostKeyChecking yes',
      'KexAlgorithms curve25519-sha256',
    ]
      .map(of)
      .join('')}`,
  )
  const names = fleet.hosts.map(({ address }) => address)
  const hostsFile = join(folder, 'hosts')
  await writeFile(hostsFile, names.map((name) => `${name}\n`).join(''))
  const factsScript = join(folder, 'facts.sh')
  await writeFile(factsScript, await factsSnippet(folder))
  const checkScript = join(folder, 'check.sh')
  await writeFile(checkScript, checkByHand)
  const bareLoop = fileURLToPath(new URL('bare-ssh2.mjs', import.meta.url))
  const on = (some: string[], args: Args, program = built.program) => [
    ...['node', program, ...args],
    ...['--concurrency', String(concurrency), '--ssh-config', config, ...some],
  ]
  return {
    factsScript,
    checkScript,
    names,
    env: { ...process.env, XDG_STATE_HOME: join(folder, 'state') },
    fitout: (...args: Args) => on(names, args),
    of: (program: string, args: Args) => on(names, args, program),
    onOne: (...args: Args) => on(names.slice(0, 1), args),
    bare: (script: string) => [
      ...['node', bareLoop, String(concurrency)],
      ...[fleet.keyFile, fleet.knownHostsFile, script, hostsFile],
    ],
    xargs: (script: string) => [
      ...['xargs', '-a', hostsFile, '-P', String(concurrency), '-I', '{}'],
      ...['sh', '-c', `ssh -F ${config} {} sh <${script} >/dev/null`],
    ],
  }
}

/** The script by which fitout asks a host for its facts. */
async function factsSnippet(folder: string): Promise<string> {
  const outfile = join(folder, 'gather.mjs')
  await build({
    stdin: {
      contents: `
        export { recipes } from './recipes/index.js' // each brings its part
        import { factsSnippet } from './src/facts/gather.js'
        import { framed } from './src/shell/frame.js'
        export const script = () => framed([{ id: 'facts', script: factsSnippet() }], 'bench')`,
      resolveDir: fileURLToPath(new URL('../..', import.meta.url)),
    },
    bundle: true,
    format: 'esm',
    platform: 'node',
    // As in build.mjs.
    mainFields: ['module', 'main'],
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    loader: { '.sh': 'text', '.asc': 'text', '.txt': 'text' },
    outfile,
    logLevel: 'error',
  })
  return ((await import(outfile)) as { script(): string }).script()
}

interface Timed extends Measured {
  /** Milliseconds of processor time of all hosts together. */
  hostsCpu: number
}

async function timedOn(fleet: Fleet, command: string[], env: NodeJS.ProcessEnv, ansible?: Ansible): Promise<Timed> {
  const before = await fleet.cpu()
  const measured = await measure(command, '', env)
  await ansible?.disconnect()
  // Sessions end a little after their connection.
  await new Promise((done) => setTimeout(done, 1_500))
  return { ...measured, hostsCpu: (await fleet.cpu()) - before }
}

function show(name: string, all: readonly Timed[], ours: number): void {
  if (all.length === 0) return
  const wall = median(all.map(({ milliseconds }) => milliseconds))
  const own = median(all.map(({ cpu }) => cpu))
  const hosts = median(all.map(({ hostsCpu }) => hostsCpu))
  const each = all.map(({ milliseconds }) => seconds(milliseconds)).join(' ')
  console.log(
    `  ${name.padEnd(34)} ${seconds(wall).padStart(8)}  fitout/this ${(ours / wall).toFixed(2)}` +
      `  processor: its own ${seconds(own)}, hosts’ ${seconds(hosts)}  (${each})`,
  )
}

/** What a host more costs the controller: the largest peak with all hosts beside that with one. */
async function showMemory(ways: Ways, name: string, args: Args, all: readonly Measured[] | undefined): Promise<void> {
  if (all === undefined) return
  const one = await measure(ways.onOne(...args), '', ways.env)
  const peak = Math.max(...all.map(({ peakMiB }) => peakMiB))
  const each = (peak - one.peakMiB) / (ways.names.length - 1)
  console.log(
    `memory, ${name}: ${one.peakMiB.toFixed(0)} MiB with one host, ${peak.toFixed(0)} MiB with all: ${each.toFixed(2)} MiB a host`,
  )
}

/**
 * The longest turns of the event loop: how long they were, how much of that the process worked, and how long it was ready
 * and had no processor, since the hosts have the same ones; then again with a processor for the controller, as it has
 * where hosts are machines of their own.
 */
async function showLoop(fleet: Fleet, ways: Ways, folder: string): Promise<void> {
  const file = join(folder, 'loop.json')
  const watch = fileURLToPath(new URL('watch-loop.mjs', import.meta.url))
  // Hosts that are as wanted: `plan` exits with 2 where changes are pending.
  await measure(ways.fitout('apply', '--yes', ...recipe), '', ways.env)
  const first = ['setsid', '-w', 'sh', '-c', 'echo -20 >/proc/self/autogroup && exec nice -n -20 "$@"', 'sh']
  for (const [title, before] of [
    ['beside the hosts on the same processors', []],
    ['before the hosts on these processors', first],
  ] as const) {
    console.log(`turns of the event loop, ${title}`)
    for (const { name, args, fresh } of watched) {
      if (fresh) await fleet.onAll('groupdel docker')
      const [node = '', program = '', ...rest] = ways.fitout(...args)
      const env = { ...ways.env, FITOUT_BENCH_LOOP: file }
      await measure([...before, node, '--import', watch, program, ...rest], '', env)
      const { longest, p99, turns } = JSON.parse(await readFile(file, 'utf8')) as Watched
      const most = Math.max(0, ...turns.map(({ worked }) => worked))
      const [worst] = turns
      console.log(
        `  ${name.padEnd(22)} longest ${longest.toFixed(0)} ms, 99% below ${p99.toFixed(0)} ms` +
          (worst === undefined
            ? ''
            : `; the longest worked ${worst.worked.toFixed(0)} ms and waited ${worst.waited.toFixed(0)} ms for a processor; ` +
              `none worked more than ${most.toFixed(0)} ms`),
      )
    }
  }
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(milliseconds < 10_000 ? 2 : 1)} s`
}
