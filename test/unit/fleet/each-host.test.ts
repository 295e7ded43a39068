import { expect, test } from 'vitest'
import { onEachHost } from '../../../src/fleet/each-host.js'
import type { Host, Target } from '../../../src/host/host.js'

const targets: Target[] = Array.from({ length: 40 }, (_, index) => ({
  kind: 'ssh',
  name: `h${index}`,
  host: `h${index}`,
}))
const tick = () => new Promise<void>((done) => setImmediate(done))

test('many hosts on one signal are no leak of listeners, and a slow goodbye delays no other host', async () => {
  const warnings: Error[] = []
  const onWarning = (warning: Error) => warnings.push(warning)
  process.on('warning', onWarning)
  const stop = new AbortController()
  let goodbye = () => {}
  const slow = new Promise<void>((done) => {
    goodbye = done
  })
  const begun: string[] = []
  const open = async (target: Target) => {
    begun.push(target.name)
    await tick()
    return { target, close: () => slow } as unknown as Host
  }
  const all = onEachHost(targets, open, async ({ target }) => target.name, 15, stop.signal)
  for (let turn = 0; turn < 20; turn += 1) await tick()
  expect(begun).toHaveLength(targets.length)
  let ended = false
  void all.then(() => {
    ended = true
  })
  await tick()
  expect(ended).toBe(false)
  goodbye()
  expect((await all).map(({ host }) => host)).toEqual(targets.map(({ name }) => name))
  process.off('warning', onWarning)
  expect(warnings).toEqual([])
})
