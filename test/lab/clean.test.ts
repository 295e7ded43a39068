// What is left of a fleet when those die that should take it down: nothing, or what `npm run lab -- clean` removes.
import { type ChildProcess, spawn } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, it } from 'vitest'
import { end, isAlive } from './cleanup.js'
import { run } from './command.js'
import { startFleet } from './index.js'
import { runDir } from './paths.js'
import { newLab } from './support/lab.js'

const lab = newLab()
const root = fileURLToPath(new URL('../..', import.meta.url))
const size = 3
const program = `const { startFleet } = await import('./test/lab/fleet.ts')
await startFleet(${size})
console.log('up')`

const others: ChildProcess[] = []
afterEach(() => {
  for (const { pid } of others.splice(0)) end(pid!, 'SIGKILL')
})

/** Another process with a fleet, from that it is up. */
async function fleetOfAnother(): Promise<ChildProcess> {
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
  const other = await fleetOfAnother()
  const pids = await processes()
  expect(pids.length).toBeGreaterThanOrEqual(2 * size)
  other.kill('SIGKILL')
  await expect.poll(traces, { timeout: 60_000 }).toEqual([])
  await gone(pids)
})

it('clean removes what is left when that was killed, too', async () => {
  const other = await fleetOfAnother()
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
