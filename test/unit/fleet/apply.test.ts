import { expect, test } from 'vitest'
import { FitoutError } from '../../../src/errors.js'
import type { FitoutEvent, HostReport } from '../../../src/events.js'
import { applyToFleet, endedReport, type FleetRun } from '../../../src/fleet/apply.js'
import type { Host } from '../../../src/host/host.js'
import { parseTarget } from '../../../src/host/target.js'
import type { ApplyOptions } from '../../../src/run/engine.js'
import { somePlan } from '../cli/stand-in.js'

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
  const applyTo = async (host: Host, _selection: unknown, options: ApplyOptions): Promise<HostReport> => {
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
