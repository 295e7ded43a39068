import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { HostOutcome } from '../../../src/events.js'
import { Conductor, type ConductorOptions, type Wave } from '../../../src/fleet/conductor.js'
import {
  concurrencyOf,
  defaultConcurrency,
  failuresAllowed,
  maxFailuresOf,
  shareOf,
  waveSizes,
  wavesOf,
} from '../../../src/fleet/waves.js'

test.each([
  [20, '1,10%,100%', [1, 1, 18]],
  [300, '1,10%,100%', [1, 29, 270]],
  [300, '1,10%', [1, 29, 270]],
  [3, '1,10%,100%', [1, 2]],
  [1, '1,10%,100%', [1]],
  [5, '50', [5]],
  [10, '50%,3', [5, 5]],
])('%i hosts in waves of %s', (total, text, sizes) => expect(waveSizes(total, wavesOf(text))).toEqual(sizes))

test('waves leave nobody out and nobody twice', () => {
  const share = fc.oneof(
    fc.nat(2000).map((hosts) => ({ hosts })),
    fc.nat(100).map((percent) => ({ percent })),
  )
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2000 }), fc.array(share, { maxLength: 6 }), (total, waves) => {
      const sizes = waveSizes(total, waves)
      expect(sizes.every((size) => size > 0)).toBe(true)
      expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(total)
    }),
  )
})

test.each([
  ['', 'is no size of a wave'],
  ['0', '`0` is no size'],
  ['1,x', '`x` is no size'],
  ['1,-5', '`-5` is no size'],
  ['10%,5%', '5% after 10%'],
  ['4,1%,4', '4 after 4'],
  ['101%', '`101%` is no size'],
  ['1,,3', '`` is no size'],
])('--waves %s is refused with an example', (text, cause) => {
  expect(() => wavesOf(text)).toThrow(expect.objectContaining({ exitCode: 64 }))
  expect(() => wavesOf(text)).toThrow(expect.objectContaining({ why: expect.stringContaining(cause) }))
  expect(() => wavesOf(text)).toThrow(
    expect.objectContaining({ remedy: expect.stringContaining('--waves 1,10%,100%') }),
  )
})

test('numbers of hosts and of failures', () => {
  expect([concurrencyOf('32'), concurrencyOf(undefined)]).toEqual([32, undefined])
  for (const wrong of ['0', '-1', '1.5', 'many', '1001', '']) {
    expect(() => concurrencyOf(wrong)).toThrow(expect.objectContaining({ exitCode: 64 }))
  }
  expect([1, 2, 4, 64].map(defaultConcurrency)).toEqual([16, 32, 64, 64])
  expect(maxFailuresOf('5%')).toEqual({ percent: 5 })
  expect(failuresAllowed(30, { percent: 5 })).toBe(1)
  expect(failuresAllowed(30, { hosts: 4 })).toBe(4)
  expect(shareOf(' 3 ')).toEqual({ hosts: 3 })
  for (const wrong of ['a', '5 %', '%', '101%', '-2']) {
    expect(() => maxFailuresOf(wrong)).toThrow(expect.objectContaining({ exitCode: 64 }))
  }
})

const names = (count: number) => Array.from({ length: count }, (_, index) => `h${index + 1}`)
const tick = () => new Promise((done) => setImmediate(done))

/** Goes through all hosts; `at` says how each ends. */
async function through(options: ConductorOptions, at: (host: string) => HostOutcome = () => 'changed') {
  const waves: string[] = []
  let most = 0
  let now = 0
  const begun: string[] = []
  const states: string[] = []
  const onWave = ({ index, total, hosts }: Wave, state: string, because?: string) => {
    if (state === 'started') waves.push(`${index}/${total}: ${hosts.length}`)
    states.push([state, index, because].filter((word) => word !== undefined).join(' '))
  }
  const conductor = new Conductor({ ...options, onWave })
  await Promise.all(
    options.hosts.map(async (host) => {
      if (!(await conductor.begin(host))) return
      begun.push(host)
      now += 1
      most = Math.max(most, now)
      await tick()
      now -= 1
      conductor.ended(host, at(host))
      conductor.leave(host)
    }),
  )
  return { waves, states, most, begun, why: conductor.why }
}

test('at most so many at a time, in order, and all of them', async () => {
  const { most, begun, waves, why } = await through({ hosts: names(50), concurrency: 7 })
  expect([most, waves, why]).toEqual([7, [], undefined])
  expect(begun).toEqual(names(50))
})

test('a wave begins when those before have ended', async () => {
  const hosts = names(20)
  const { begun, waves, states } = await through({ hosts, concurrency: 64, waves: wavesOf('1,25%') })
  expect(waves).toEqual(['1/3: 1', '2/3: 4', '3/3: 15'])
  expect(begun).toEqual(hosts)
  expect(states).toEqual(['started 1', 'done 1', 'started 2', 'done 2', 'started 3', 'done 3'])
})

test('a failed canary stops the rest, and what fails is allowed where that was said', async () => {
  const failing = (host: string): HostOutcome => (host === 'h1' ? 'failed' : 'changed')
  const waves = wavesOf('1,10%')
  const stopped = await through({ hosts: names(20), concurrency: 64, waves }, failing)
  expect(stopped.begun).toEqual(['h1'])
  expect(stopped.why).toBe('1 host failed (h1) by wave 1 of 3, and none may')
  expect(stopped.states).toEqual(['started 1', `stopped 1 ${stopped.why}`])
  const allowed = await through({ hosts: names(20), concurrency: 64, waves, maxFailures: { percent: 5 } }, failing)
  expect([allowed.begun.length, allowed.why]).toEqual([20, undefined])
})

test('too many failures stop what has not begun, also without waves', async () => {
  const { begun, why, states } = await through(
    { hosts: names(20), concurrency: 2, maxFailures: { hosts: 2 } },
    () => 'failed',
  )
  // Without waves none begins or ends; that no more hosts are begun is told once.
  expect(states).toEqual([expect.stringMatching(/^stopped 1 3 hosts failed.*, and at most 2 may$/)])
  expect(begun.length).toBeLessThanOrEqual(4)
  // Two were at work when the third failure came.
  expect(why).toMatch(/^[34] hosts failed.*, and at most 2 may$/)
  const unlimited = await through({ hosts: names(20), concurrency: 2 }, () => 'failed')
  expect(unlimited.begun.length).toBe(20)
})

test('a host that fails before its wave counts when that begins; looking takes a slot and waits for no wave', async () => {
  const conductor = new Conductor({ hosts: names(4), concurrency: 1, waves: wavesOf('1,2') })
  const looks: string[] = []
  for (const host of names(4)) {
    await conductor.look(host)
    looks.push(host)
    if (host === 'h2') conductor.ended(host, 'failed')
    conductor.leave(host)
  }
  expect(looks).toEqual(names(4))
  expect(conductor.why).toBeUndefined()
  const rest = ['h1', 'h3', 'h4'].map((host) => conductor.begin(host))
  expect(await rest[0]).toBe(true)
  expect(conductor.why).toBeUndefined()
  conductor.ended('h1', 'changed')
  conductor.leave('h1')
  expect(await Promise.all(rest.slice(1))).toEqual([false, false])
  expect(conductor.why).toBe('1 host failed (h2) by wave 2 of 3, and none may')
})

test('who waits is let go when all is stopped', async () => {
  const stop = new AbortController()
  const conductor = new Conductor({ hosts: names(3), concurrency: 1, stop: stop.signal })
  const turns = names(3).map((host) => conductor.begin(host))
  await tick()
  stop.abort()
  expect(await Promise.all(turns)).toEqual([true, false, false])
  expect(await conductor.begin('h3')).toBe(false)
})
