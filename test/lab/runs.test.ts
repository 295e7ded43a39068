import { beforeAll, describe, expect, it } from 'vitest'
import type { FitoutEvent } from '../../src/events.js'
import { type Machine, type Mirror, startHost, startMirror } from './index.js'
import { applierOf, outcomeOf, unpacking } from './support/disturbed.js'
import { type Built, buildCli } from './support/fitout.js'
import { newLab } from './support/lab.js'

const lab = newLab()
let mirror: Mirror
let built: Built
let vm: Machine

beforeAll(async () => {
  built = await lab.with(buildCli())
  mirror = await lab.with(startMirror())
  vm = await lab.with(startHost('debian13'))
})

/** An apply that can be disturbed while it runs. */
const apply = (version: string, ...options: string[]) => applierOf(built, vm, mirror)(version, ...options)

const outputOf = (events: FitoutEvent[]) => events.flatMap((event) => (event.type === 'output' ? [event.line] : []))
const healthy = async () => {
  expect((await vm.sh('dpkg --audit')).stdout).toBe('')
  expect((await vm.sh('ls /run/fitout')).stdout).not.toContain('lock')
}

// What breaks from outside while dpkg unpacks is in faults.test.ts.
describe('a run that a person disturbs while dpkg unpacks', () => {
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

  it('lets only one run at a time work on a host', async () => {
    const runs = async () => {
      const { stdout } = await vm.sh(
        'cd /var/lib/fitout/runs && for run in *; do read -r code <"$run/exit"; echo "$run:$code"; done',
      )
      return stdout.trim().split('\n')
    }
    const before = await runs()
    const [one, two] = [apply('28.x'), apply('28.x')]
    expect(await Promise.all([one.ended, two.ended])).toEqual([0, 0])
    // Where both begin before either has the lock, one is refused it (75), and then follows the other.
    const ends = (await runs()).filter((run) => !before.includes(run)).map((run) => Number(run.split(':')[1]))
    expect(ends.filter((code) => code !== 75)).toEqual([0])
    const states = [...one.events, ...two.events].flatMap((event) => (event.type === 'run' ? [event.state] : []))
    expect(states.filter((state) => state === 'found')).toEqual(['found'])
    await healthy()
  })
})
