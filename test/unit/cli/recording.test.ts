import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { run } from '../../../src/cli/run.js'
import { services as real } from '../../../src/cli/services.js'
import { FitoutError } from '../../../src/errors.js'
import { recordIds } from '../../../src/record/folder.js'
import { readRecord } from '../../../src/record/read.js'
import { mask } from '../../../src/record/redact.js'
import { planOf, type Script, standIn } from './stand-in.js'

let state: string
const runs = () => join(state, 'fitout/runs')
beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), 'fitout-state-'))
})
afterEach(() => rmSync(state, { recursive: true, force: true }))

/** A command line whose runs are recorded; records of one millisecond have no order, so each gets a later name. */
async function fitout(args: string, scripts: Record<string, Script> = {}) {
  const out: string[] = []
  const err: string[] = []
  const services = { ...standIn(scripts), records: real.records }
  const io = {
    stdin: {},
    stdout: { write: (text: string) => out.push(text) },
    stderr: { write: (text: string) => err.push(text) },
    env: { XDG_STATE_HOME: state },
  }
  await new Promise((done) => setTimeout(done, 2))
  const code = await run(args.split(' '), io, services)
  return { code, out: out.join(''), err: err.join(''), applied: services.applied.sort() }
}
const last = () => readRecord(runs(), recordIds(runs())[0]!)
const unreachable = { openError: new FitoutError({ doing: 'connecting', cause: 'no route to host' }) }
const nothing = { plan: planOf([]) }

test('apply is recorded: targets, command line, each host’s end; --no-record leaves nothing', async () => {
  await fitout('apply --yes --no-record web1')
  expect(recordIds(runs())).toEqual([])
  const { code } = await fitout('apply --yes --only docker-group web1 bad same', { bad: unreachable, same: nothing })
  expect(code).toBe(1)
  expect(await last()).toMatchObject({
    command: 'apply',
    args: ['apply', '--yes', '--only', 'docker-group', 'web1', 'bad', 'same'],
    repeat: { only: ['docker-group'] },
    exitCode: 1,
    problems: [],
    hosts: [
      { host: 'web1', outcome: 'changed', trials: [{ title: 'hello-world' }] },
      { host: 'bad', outcome: 'failed', error: { cause: 'no route to host' } },
      { host: 'same', outcome: 'unchanged' },
    ],
  })
})

test('verify is recorded, hosts that were never reached too', async () => {
  const { code } = await fitout('verify bad same', { bad: unreachable, same: nothing })
  const record = await last()
  expect(record).toMatchObject({ command: 'verify', exitCode: code, problems: [] })
  expect(record.hosts.map(({ host, outcome }) => [host, outcome])).toEqual([
    ['bad', 'failed'],
    ['same', 'unchanged'],
  ])
})

test('--failed repeats the hosts that failed with the recipes of then, until none is left', async () => {
  const first = await fitout('apply --yes --only docker-engine --set docker-engine.hold=true web1 web2 bad', {
    web2: { failAt: 2 },
    bad: unreachable,
  })
  expect(first.applied).toEqual(['web1', 'web2'])
  const second = await fitout('apply --yes --failed', { bad: unreachable })
  expect(second.err).toContain(
    'fitout: again on web2 and bad, with --only docker-engine and --set docker-engine.hold=true as then\n',
  )
  expect([second.code, second.applied]).toEqual([1, ['web2']])
  const third = await fitout('apply --yes --failed')
  expect([third.code, third.applied]).toEqual([0, ['bad']])
  expect((await last()).repeat).toMatchObject({ only: ['docker-engine'] })
  const fourth = await fitout('apply --yes --failed')
  expect([fourth.code, fourth.applied]).toEqual([0, []])
  expect(fourth.err).toContain('nothing is left to repeat')
})

test('recipes that are chosen anew beside --failed have the last word; consent is never taken over', async () => {
  await fitout('apply --yes --allow-stop --only docker-engine web1', { web1: { failAt: 1 } })
  const { err } = await fitout('apply --yes --failed --only docker-group', { web1: { failAt: 1 } })
  expect(err).toContain('again on web1\n')
  expect((await last()).repeat).toEqual({ only: ['docker-group'] })
  expect(await fitout('apply --failed')).toMatchObject({
    code: 64,
    err: expect.stringContaining('no terminal to ask on'),
  })
})

test('--failed refuses without a record, beside hosts, and where a value was not recorded', async () => {
  expect(await fitout('apply --yes --failed')).toMatchObject({
    code: 64,
    err: expect.stringContaining('there is none in'),
  })
  await fitout('apply --yes --set docker-daemon.proxy.http=http://dora:hunter2@proxy --only docker-daemon web1', {
    web1: { failAt: 1 },
  })
  const text = readFileSync(join(runs(), recordIds(runs())[0]!, 'run.json'), 'utf8')
  expect(text).not.toContain('hunter2')
  const again = await fitout('apply --yes --failed')
  expect(again.code).toBe(64)
  expect(again.err).toContain(`docker-daemon.proxy.http=http://${mask}@proxy`)
  expect((await fitout('apply --yes --failed web1')).code).toBe(64)
})
