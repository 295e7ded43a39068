// What is left of a fleet, or of a host, when those die that should take it down: nothing, or what `npm run lab -- clean` removes.
import { type ChildProcess, spawn } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { end, isAlive } from './cleanup.js'
import { run } from './command.js'
import { startFleet } from './index.js'
import { runDir } from './paths.js'
import { newLab } from './support/lab.js'

const lab = newLab()
const root = fileURLToPath(new URL('../..', import.meta.url))
const size = 3
const fleet = `const { startFleet } = await import('./test/lab/fleet.ts')
await startFleet(${size})
console.log('up')`
const host = `const { startHost } = await import('./test/lab/host.ts')
await startHost('debian13', { name: 'cleaned' })
console.log('up')`

const others: ChildProcess[] = []
afterEach(() => {
  for (const { pid } of others.splice(0)) end(pid!, 'SIGKILL')
})

/** Another process with a fleet, or what the program starts, from that it is up. */
async function ofAnother(program = fleet): Promise<ChildProcess> {
  const words = ['--import', 'tsx', '--input-type=module', '--eval', program]
  const other = spawn('node', words, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] })
  others.push(other)
  await new Promise<void>((resolve, reject) => {
    other.stdout!.once('data', () => resolve())
    other.once('close', (code) => reject(new Error(`it ended with ${code}`)))
  })
  return other
}

/** Namespaces, links and folders of fleets. */
async function traces(): Promise<string[]> {
  const [namespaces, links] = await Promise.all([run('ip', ['netns', 'list']), run('ip', ['-o', 'link'])])
  return [
    ...(namespaces.stdout.match(/^fitout-lab-\d+/gm) ?? []),
    ...(links.stdout.match(/(?<=^\d+: )(lab\d+|fitout-lab)/gm) ?? []),
    ...(await readdir(runDir)).filter((name) => name.startsWith('fleet')),
  ]
}

async function processes(): Promise<number[]> {
  const all = await Promise.all(
    Array.from({ length: size }, (_, index) => run('ip', ['netns', 'pids', `fitout-lab-${index + 1}`])),
  )
  return all.flatMap(({ stdout }) => stdout.split('\n').filter(Boolean).map(Number))
}

/** A process that was killed is there until its parent, now the first process of this machine, has taken notice. */
const gone = (pids: readonly number[]) => expect.poll(() => pids.filter(isAlive), { timeout: 60_000 }).toEqual([])

const clean = () => run('node', ['--import', 'tsx', 'test/lab/cli.ts', 'clean'], { cwd: root })

it('a process that is killed takes its fleet with it', async () => {
  const other = await ofAnother()
  const pids = await processes()
  expect(pids.length).toBeGreaterThanOrEqual(2 * size)
  other.kill('SIGKILL')
  await expect.poll(traces, { timeout: 60_000 }).toEqual([])
  await gone(pids)
})

it('clean removes what is left when that was killed, too', async () => {
  const other = await ofAnother()
  const pids = await processes()
  end(Number(await readFile('/sys/class/net/fitout-lab/ifalias', 'utf8')), 'SIGKILL')
  other.kill('SIGKILL')
  await new Promise((resolve) => other.once('close', resolve))
  expect(await traces()).toHaveLength(2 * size + 2)
  expect(pids.filter(isAlive)).toEqual(pids)
  expect((await clean()).stdout).toContain(`removed ${size} hosts of a fleet\nremoved fleet-${other.pid}\n`)
  expect(await traces()).toEqual([])
  await gone(pids)
  expect((await clean()).stdout).not.toContain('fleet')
})

it('a fleet that runs stays, and the next one starts as soon as it has stopped', async () => {
  const fleet = await lab.with(startFleet(size))
  expect((await clean()).stdout).not.toContain('fleet')
  const { stdout } = await run('ssh', ['-F', fleet.sshConfigFile, fleet.hosts[1]!.address, 'hostname'])
  expect(stdout).toBe('h2\n')
  await fleet.stop()
  for (let time = 0; time < 5; time++) await (await startFleet(size)).stop()
  expect(await traces()).toEqual([])
})

describe('a host', () => {
  /** Its first process as this machine sees it, and whatever names it: folders, control groups. */
  async function traces(): Promise<string[]> {
    const { stdout } = await run('sh', [
      '-c',
      'find /sys/fs/cgroup -maxdepth 2 -name "fitout-cleaned-*"; ps -e -o args=',
    ])
    return [
      ...stdout.split('\n').filter((line) => line.includes('cleaned-')),
      ...(await readdir(runDir)).filter((name) => name.startsWith('cleaned')),
    ]
  }
  /** Processes of the host, whose control groups only it has. */
  async function hostProcesses(): Promise<number[]> {
    const script =
      'find /sys/fs/cgroup/*fitout-cleaned-* /sys/fs/cgroup/unified/fitout-cleaned-* -name cgroup.procs -exec cat {} + 2>/dev/null'
    return (await run('sh', ['-c', script], { check: false })).stdout.split('\n').filter(Boolean).map(Number)
  }

  it('goes with the process that started it', async () => {
    const other = await ofAnother(host)
    const pids = await hostProcesses()
    expect(pids.length).toBeGreaterThan(5)
    other.kill('SIGKILL')
    await expect.poll(traces, { timeout: 60_000 }).toEqual([])
    await gone(pids)
  })

  it('goes with its script, and clean removes the rest', async () => {
    const other = await ofAnother(host)
    const pids = await hostProcesses()
    const folder = (await traces()).find((name) => name.startsWith('cleaned'))!
    end(Number(await readFile(`${runDir}/${folder}/pid`, 'utf8')), 'SIGKILL')
    other.kill('SIGKILL')
    await new Promise((resolve) => other.once('close', resolve))
    await gone(pids)
    expect((await clean()).stdout).toContain(`removed ${folder}\n`)
    expect(await traces()).toEqual([])
  })
})
