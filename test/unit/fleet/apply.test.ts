import { expect, test } from 'vitest'
import { FitoutError } from '../../../src/errors.js'
import type { FitoutEvent, HostReport } from '../../../src/events.js'
import { applyToFleet, type FleetRun } from '../../../src/fleet/apply.js'
import type { Host } from '../../../src/host/host.js'
import { parseTarget } from '../../../src/host/target.js'
import { endedReport } from '../../../src/run/ended.js'
import type { HostApplyOptions } from '../../../src/run/engine.js'
import { planOf, somePlan } from '../cli/stand-in.js'

/** Each host waits for what `gates` has for it before it is looked at, and asks to restart where it is in `restarts`. */
async function run(
  hosts: Record<string, 'fails' | 'changes' | 'restarts'>,
  parts: Partial<FleetRun> & Pick<FleetRun, 'pace' | 'together'>,
) {
  const changed: string[] = []
  const events: FitoutEvent[] = []
  let tell = () => {}
  const failed = new Promise<void>((resolve) => {
    tell = resolve
  })
  const applyTo = async (host: Host, _selection: unknown, options: HostApplyOptions): Promise<HostReport> => {
    const { name } = host.target
    const report = endedReport(name, 1, 'changed')
    const end = (outcome: HostReport['outcome'], error?: FitoutError) => {
      report.outcome = outcome
      options.emit({ type: 'host-done', host: name, outcome, report, ...(error ? { error } : {}) })
      return report
    }
    options.emit({ type: 'planned', host: name, plan: somePlan, round: 1 })
    // Where plans are not decided on together, the others are still being looked at when one fails.
    if (hosts[name] !== 'fails' && !parts.together) await failed
    const answer = await options.confirm(somePlan)
    if (answer !== true) return end(answer === false ? 'declined' : answer)
    if (hosts[name] === 'fails') return end('failed', new FitoutError({ doing: 'x', cause: 'y' }))
    if (hosts[name] === 'restarts') {
      if (parts.together) await failed
      if (!(await options.reboot({ host: name, local: false, reason: 'z', containers: [] }))) return end('reboot-due')
    }
    changed.push(name)
    return end('changed')
  }
  const results = await applyToFleet({
    targets: Object.keys(hosts).map((name) => parseTarget(name)),
    selection: () => ({ recipes: [] }),
    open: async (target) => ({ target, close: async () => undefined }) as unknown as Host,
    engine: { applyTo, restartHere: async () => undefined },
    emit: (event) => {
      events.push(event)
      // Behind the return of that host, so that its failure counts.
      if (event.type === 'host-done' && event.outcome === 'failed') setTimeout(tell, 5)
    },
    decide: async () => true,
    reboot: async (_due, { aside }) => aside(async () => true),
    allowStop: false,
    verify: false,
    ...parts,
  })
  return { outcomes: results.map(({ report }) => report.outcome), results, changed, events }
}

const none = { hosts: 0 }

type Work = (host: string, options: HostApplyOptions) => Promise<HostReport['outcome'] | HostReport>

/** Hosts on which `work` is done. */
async function running(
  hosts: string[],
  work: Work,
  parts: Partial<FleetRun> & { onHost?: (name: string) => void } = {},
) {
  const events: FitoutEvent[] = []
  const results = await applyToFleet({
    targets: hosts.map((name) => parseTarget(name)),
    selection: () => ({ recipes: [] }),
    open: async (target) => ({ target, close: async () => undefined }) as unknown as Host,
    engine: {
      applyTo: async (host, _selection, options) => {
        const { name } = host.target
        parts.onHost?.(name)
        const done = await work(name, options)
        const report = typeof done === 'string' ? endedReport(name, 1, done) : done
        options.emit({ type: 'host-done', host: name, outcome: report.outcome, report })
        return report
      },
      restartHere: async () => undefined,
    },
    emit: (event) => events.push(event),
    pace: { concurrency: 10 },
    together: true,
    decide: async () => true,
    reboot: async () => false,
    allowStop: false,
    verify: false,
    ...parts,
  })
  return { results, events, outcomes: results.map(({ report }) => report.outcome) }
}

const planned = (host: string, options: HostApplyOptions, plan = somePlan) =>
  options.emit({ type: 'planned', host, plan, round: 1 })
const agreed: Work = async (host, options) => {
  planned(host, options)
  const answer = await options.confirm(somePlan)
  return answer === true ? 'changed' : answer === false ? 'declined' : answer
}

test('a host that was being looked at while too much failed is not changed', async () => {
  const { outcomes, changed, results } = await run(
    { a: 'fails', b: 'changes' },
    { pace: { concurrency: 2, maxFailures: none }, together: false },
  )
  expect([outcomes, changed]).toEqual([['failed', 'not-reached'], []])
  expect(results[1]!.report.notes.join()).toContain('1 host failed (a)')
})

test('a host whose plan was agreed to is not changed once too much has failed', async () => {
  const { outcomes, changed } = await run(
    { a: 'fails', b: 'changes', c: 'changes' },
    { pace: { concurrency: 1, maxFailures: none }, together: true },
  )
  expect([outcomes, changed]).toEqual([['failed', 'not-reached', 'not-reached'], []])
})

test('a host does not restart once too much has failed, whatever the answer', async () => {
  const { outcomes, changed } = await run(
    { a: 'restarts', b: 'fails' },
    { pace: { concurrency: 2, maxFailures: none }, together: true },
  )
  expect([outcomes, changed]).toEqual([['reboot-due', 'failed'], []])
})

test('nobody is asked about plans that will not be carried out', async () => {
  const asked: string[] = []
  const refusing = new FitoutError({ doing: 'connecting', cause: 'nobody answers' })
  const { outcomes } = await run(
    { a: 'changes', b: 'changes' },
    {
      pace: { concurrency: 2, maxFailures: none },
      together: true,
      open: async (target) => {
        if (target.name === 'a') throw refusing
        await new Promise((done) => setTimeout(done, 20))
        return { target, close: async () => undefined } as unknown as Host
      },
      decide: async (proposals) => {
        asked.push(...proposals.map(({ host }) => host))
        return true
      },
    },
  )
  expect([outcomes, asked]).toEqual([['failed', 'not-reached'], []])
})

test('what is no failure of a host is said to be a defect, with the host, and only that host failed', async () => {
  const broken = new TypeError('x is not a function')
  const { results, events } = await running(['a', 'b'], agreed, {
    open: async (target) => {
      if (target.name === 'a') throw broken
      return { target, close: async () => undefined } as unknown as Host
    },
  })
  expect(results.map(({ report }) => report.outcome)).toEqual(['failed', 'changed'])
  expect(results[0]!.report).toEqual({
    host: 'a',
    outcome: 'failed',
    done: [],
    notDone: [],
    trials: [],
    notes: [],
    runs: [],
    milliseconds: expect.any(Number),
  })
  expect(results[0]!.report.milliseconds).toBeLessThan(1e9)
  const done = events.find((event) => event.type === 'host-done' && event.host === 'a')
  expect(done).toMatchObject({
    error: {
      host: 'a',
      why: 'this is a defect in fitout: x is not a function',
      doing: 'working on the host',
      cause: broken,
    },
  })
})

test('a failure names its host, and keeps the name of another that it has', async () => {
  const errors = [
    new FitoutError({ doing: 'x', cause: 'y' }),
    new FitoutError({ doing: 'x', cause: 'y', host: 'jump' }),
  ]
  await running(['a'], async (host, { emit }) => {
    const report = endedReport(host, 1, 'failed')
    for (const error of errors) emit({ type: 'host-done', host, outcome: 'failed', report, error })
    return report
  })
  expect(errors.map(({ host }) => host)).toEqual(['a', 'jump'])
})

test('waves are told of with their hosts: each that begins, each that is done, and why no other is begun', async () => {
  const begun: string[] = []
  const { events } = await running(['a', 'b', 'c', 'd'], async (host) => (host === 'b' ? 'failed' : 'changed'), {
    pace: { concurrency: 4, waves: [{ hosts: 1 }, { hosts: 1 }, { hosts: 2 }] },
    together: false,
    onWave: ({ index, hosts }) => begun.push(`${index}: ${hosts.join(' ')}`),
    onHost: (host) => begun.push(host),
  })
  expect(begun).toEqual(['1: a', 'a', '2: b', 'b'])
  expect(events.filter(({ type }) => type === 'wave')).toEqual([
    { type: 'wave', state: 'started', index: 1, total: 3, hosts: ['a'] },
    { type: 'wave', state: 'done', index: 1, total: 3, hosts: ['a'] },
    { type: 'wave', state: 'started', index: 2, total: 3, hosts: ['b'] },
    {
      type: 'wave',
      state: 'stopped',
      index: 2,
      total: 3,
      hosts: ['b'],
      because: '1 host failed (b) by wave 2 of 3, and none may',
    },
  ])
})

test('nobody is asked where nothing would change, and a host without changes does not keep others waiting', async () => {
  const asked: string[][] = []
  const decide: FleetRun['decide'] = async (proposals) => asked.push(proposals.map(({ host }) => host)) > 0
  const still: Work = async (host, options) => {
    planned(host, options, planOf([]))
    return 'unchanged'
  }
  expect((await running(['a', 'b'], still, { decide })).outcomes).toEqual(['unchanged', 'unchanged'])
  expect(asked).toEqual([])

  // The trials of one go on until the other has been changed.
  let changed = () => {}
  const isChanged = new Promise<void>((resolve) => {
    changed = resolve
  })
  const work: Work = async (host, options) => {
    if (host === 'b') {
      planned(host, options, planOf([]))
      await isChanged
      return 'unchanged'
    }
    const outcome = await agreed(host, options)
    changed()
    return outcome
  }
  expect((await running(['a', 'b'], work, { decide })).outcomes).toEqual(['changed', 'unchanged'])
  expect(asked).toEqual([['a']])
})

test('no more hosts than asked for are at work, also where their plans were decided on together', async () => {
  let working = 0
  let most = 0
  const work: Work = async (host, options) => {
    const atWork = async () => {
      working += 1
      most = Math.max(most, working)
      await new Promise((resolve) => setTimeout(resolve, 5))
      working -= 1
    }
    await atWork()
    planned(host, options)
    if ((await options.confirm(somePlan)) !== true) return 'declined'
    await atWork()
    if (!(await options.reboot({ host, local: false, reason: 'z', containers: [] }))) return 'reboot-due'
    await atWork()
    return 'changed'
  }
  const hosts = ['a', 'b', 'c', 'd', 'e', 'f', 'g']
  const pace = { concurrency: 2 }
  const { outcomes } = await running(hosts, work, { pace, reboot: (_due, { aside }) => aside(async () => true) })
  expect([outcomes, most]).toEqual([hosts.map(() => 'changed'), 2])
})

test('a host that has to be looked at once more keeps its slot and is asked about only where other containers stop', async () => {
  const container = (id: string) => ({ id, name: id, image: 'x', restartPolicy: 'no' }) as const
  const asked: number[] = []
  const answers: unknown[] = []
  const work: Work = async (host, options) => {
    planned(host, options)
    for (const stops of [['one'], ['one'], ['one', 'two']]) {
      answers.push(await options.confirm(planOf(somePlan.changes, { stops: stops.map(container) })))
    }
    return 'changed'
  }
  const decide = async (proposals: readonly unknown[]) => asked.push(proposals.length) > 0
  await running(['a'], work, { decide })
  expect([asked, answers]).toEqual([[1], [true, true, false]])

  const rounds: string[] = []
  const twice: Work = async (host, options) => {
    for (const round of [1, 2]) {
      await options.confirm(somePlan)
      rounds.push(`${host} ${round}`)
    }
    return 'changed'
  }
  await running(['a', 'b'], twice, { pace: { concurrency: 1 } })
  expect(rounds).toEqual(['a 1', 'a 2', 'b 1', 'b 2'])
})

test('a question that is interrupted is a no; a question that fails is a failure of that host', async () => {
  const answers: unknown[] = []
  const ask: Work = async (host, options) => {
    answers.push(await options.reboot({ host, local: false, reason: 'z', containers: [] }))
    return 'reboot-due'
  }
  const failing = (exitCode: number) => ({
    reboot: async () => Promise.reject(new FitoutError({ doing: 'asking', cause: 'no', exitCode })),
  })
  expect((await running(['a'], ask, failing(130))).outcomes).toEqual(['reboot-due'])
  expect(answers).toEqual([false])
  expect((await running(['a'], ask, failing(1))).outcomes).toEqual(['failed'])
  expect(answers).toEqual([false])
})

test('what restarts this machine is handed on only where that was agreed to and is still due', async () => {
  const ways = [
    [true, 'reboot-due', true],
    [false, 'reboot-due', false],
    [true, 'changed', false],
    [undefined, 'reboot-due', false],
  ] as const
  for (const [agreedTo, outcome, handed] of ways) {
    const { results } = await running(['a'], async (host) => ({
      ...endedReport(host, 1, outcome),
      ...(agreedTo === undefined ? {} : { reboot: { reason: 'z', agreed: agreedTo } }),
    }))
    expect([agreedTo, outcome, results[0]!.last !== undefined]).toEqual([agreedTo, outcome, handed])
  }
})

test('where the work is being stopped, a host whose plan was agreed to is interrupted, not left out for failures of others', async () => {
  const stop = new AbortController()
  const answers: unknown[] = []
  const work: Work = async (host, options) => {
    planned(host, options)
    answers.push(await options.confirm(somePlan))
    return 'interrupted'
  }
  const decide = async () => {
    stop.abort()
    return true
  }
  await running(['a', 'b'], work, { stop: stop.signal, decide })
  expect(answers).toEqual([true, true])
})

test('many hosts that listen for one signal are no leak', async () => {
  const warnings: string[] = []
  const onWarning = ({ name }: Error) => void warnings.push(name)
  process.on('warning', onWarning)
  const signals = { stop: new AbortController().signal, leave: new AbortController().signal }
  const work: Work = async (_host, { stop, leave }) => {
    for (const signal of [stop, leave]) signal?.addEventListener('abort', () => undefined)
    return 'unchanged'
  }
  await running(
    Array.from({ length: 30 }, (_, index) => `h${index}`),
    work,
    signals,
  )
  await new Promise((resolve) => setImmediate(resolve))
  process.off('warning', onWarning)
  expect(warnings).toEqual([])
})
