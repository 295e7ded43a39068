import { expect, it } from 'vitest'
import { dockerToolkit } from '../../../../recipes/nvidia-container-toolkit/docker-toolkit.js'
import { bareDebian } from '../../../support/facts.js'

/** What a host answers: dockerd started at `started`, the hook is there since `hooks`; it is 10,000 o’clock. */
const seen = (started: number | undefined, ...hooks: number[]) => {
  const boot = 1000
  const stat = `ticks S 1 ${'0 '.repeat(17)}${((started ?? 0) - boot) * 100} 0 0\n`
  const text = `now 10000\nhertz 100\n${started === undefined ? '' : `boot ${boot}\n${stat}`}${hooks.map((time) => `hook ${time}\n`).join('')}`
  return dockerToolkit(false).read({ text, code: 0 })
}

it('reads when the daemon started, and since when the hook is there', () => {
  expect(seen(5000.5, 4000, 3000)).toEqual({ now: 10_000, started: 5000.5, since: 3000 })
})

it.each<[string, unknown, boolean, boolean]>([
  ['the toolkit came after the daemon', seen(5000, 6000), false, true],
  ['it came before', seen(5000, 4000), false, false],
  ['both came in one second', seen(5000, 5001), false, false],
  ['it was upgraded, and its link is of before', seen(5000, 6000, 4000), false, false],
  ['its time lies in the future', seen(5000, 99_000), false, false],
  ['there is none, and none comes', seen(5000), false, false],
  ['there is none, and this plan brings it', seen(5000), true, true],
  ['there is one, of which this plan does not know', seen(5000, 4000), true, false],
  ['no daemon runs', seen(undefined), true, false],
  ['no daemon runs beside the toolkit', seen(undefined, 4000), true, false],
  ['only facts are known', dockerToolkit(true).assume(bareDebian()), true, false],
])('where %s', (_, what, brought, restarts) => {
  const change = dockerToolkit(brought).plan(what)
  expect(change?.effects ?? []).toEqual(
    restarts ? [{ kind: 'restarts-docker', reason: 'the NVIDIA Container Toolkit is new to the running daemon' }] : [],
  )
})
