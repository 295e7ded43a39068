import { type ChildProcess, spawn } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { FitoutEvent } from '../../src/events.js'
import { type Mirror, startMirror, startVm, type Vm } from './index.js'
import { type Built, buildCli } from './support/fitout.js'

let mirror: Mirror
let built: Built
let vm: Vm

beforeAll(async () => {
  ;[mirror, built] = await Promise.all([startMirror(), buildCli()])
  vm = await startVm('debian13')
})
afterAll(async () => {
  await vm?.stop()
  await Promise.all([mirror?.stop(), built?.remove()])
})

interface Running {
  child: ChildProcess
  events: FitoutEvent[]
  /** Resolves once an event is so; rejects when the command ends before. */
  until(is: (event: FitoutEvent) => boolean): Promise<FitoutEvent>
  ended: Promise<number | null>
}

/** An apply that can be disturbed while it runs. */
function apply(version: string): Running {
  const child = spawn(
    'node',
    [
      built.program,
      'apply',
      ...['--yes', '--json', '--skip', 'hello-world', '--ssh-config', vm.sshConfigFile],
      ...['--set', `docker-engine.mirror=${mirror.url}`],
      ...['--set', `docker-engine.mirrorKey=${mirror.keyFile}:${mirror.fingerprint}`],
      ...['--set', `docker-engine.version=${version}`],
      `${vm.name}-root`,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const events: FitoutEvent[] = []
  const watchers = new Set<(event: FitoutEvent) => void>()
  let open = ''
  child.stdout!.setEncoding('utf8')
  child.stdout!.on('data', (text: string) => {
    const lines = (open + text).split('\n')
    open = lines.pop()!
    for (const line of lines) {
      const event = JSON.parse(line) as FitoutEvent
      events.push(event)
      for (const tell of watchers) tell(event)
    }
  })
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve))
  return {
    child,
    events,
    ended,
    until: (is) =>
      new Promise((resolve, reject) => {
        const already = events.find(is)
        if (already) return resolve(already)
        watchers.add((event) => {
          if (is(event)) resolve(event)
        })
        void ended.then((code) => reject(new Error(`it ended with ${code} first: ${JSON.stringify(events.at(-1))}`)))
      }),
  }
}

const unpacking = (event: FitoutEvent) => event.type === 'output' && /^Unpacking /.test(event.line)
const outcomeOf = (events: FitoutEvent[]) => events.find((event) => event.type === 'host-done')
const outputOf = (events: FitoutEvent[]) => events.flatMap((event) => (event.type === 'output' ? [event.line] : []))
const healthy = async () => {
  expect((await vm.sh('dpkg --audit')).stdout).toBe('')
  expect((await vm.sh('ls /run/fitout')).stdout).not.toContain('lock')
}
const version = async () => (await vm.sh("dpkg-query -W -f='${Version}' docker-ce")).stdout

describe('a run that is disturbed while dpkg unpacks', () => {
  it('stops after the step at work when it is interrupted, says what was not done, and goes on the next time', async () => {
    const first = apply('26.x')
    await first.until(unpacking)
    first.child.kill('SIGINT')
    expect(await first.ended).toBe(130)
    const done = outcomeOf(first.events)!
    expect(done.outcome).toBe('interrupted')
    expect(done.report.done.some((title) => title.startsWith('Install '))).toBe(true)
    expect(done.report.notDone).toContain('Start Docker')
    await healthy()
    const second = apply('26.x')
    expect(await second.ended).toBe(0)
    expect(outputOf(second.events).some((line) => line.startsWith('Unpacking'))).toBe(false)
  })

  it('outlives a controller that is killed; the next one finds it and follows it to its end', async () => {
    const first = apply('28.x')
    await first.until(unpacking)
    first.child.kill('SIGKILL')
    await first.ended
    const second = apply('28.x')
    const found = await second.until((event) => event.type === 'run' && event.state === 'found')
    expect(found).toMatchObject({ state: 'found' })
    expect(await second.ended).toBe(0)
    expect(await version()).toMatch(/^5:28/)
    await healthy()
  })

  it('goes on after the network was away, with no line of its log lost', async () => {
    const run = apply('26.x')
    await run.until(unpacking)
    await vm.link(false)
    await new Promise((resolve) => setTimeout(resolve, 45_000))
    await vm.link(true)
    expect(await run.ended).toBe(0)
    expect(run.events.some((event) => event.type === 'run' && event.state === 'reconnecting')).toBe(true)
    expect(await version()).toMatch(/^5:26/)
    await healthy()
    const started = run.events.find((event) => event.type === 'run')!
    const log = await vm.sh(`grep -v '^==>' ${'folder' in started ? started.folder : ''}/log`)
    expect(outputOf(run.events)).toEqual(log.stdout.split('\n').slice(0, -1))
  })

  it('lets only one run at a time work on a host', async () => {
    const [one, two] = [apply('28.x'), apply('28.x')]
    expect(await Promise.all([one.ended, two.ended])).toEqual([0, 0])
    const states = [...one.events, ...two.events].flatMap((event) => (event.type === 'run' ? [event.state] : []))
    expect(states.sort()).toEqual(['found', 'started'])
    await healthy()
  })
})
