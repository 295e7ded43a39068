import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isMainThread } from 'node:worker_threads'
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { run } from '../../../src/cli/run.js'
import { services as real } from '../../../src/cli/services.js'
import { FitoutError } from '../../../src/errors.js'
import { recordIds } from '../../../src/record/folder.js'
import { readRecord, readRepeat, readSummaryOf } from '../../../src/record/read.js'
import { mask } from '../../../src/redact.js'
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
const lastRepeat = async () => (await readRepeat(runs(), recordIds(runs())[0]!, {})).repeat
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
    exitCode: 1,
    problems: [],
    hosts: [
      { host: 'web1', outcome: 'changed', trials: [{ title: 'hello-world' }] },
      { host: 'bad', outcome: 'failed', error: { cause: 'no route to host' } },
      { host: 'same', outcome: 'unchanged' },
    ],
  })
  expect(await lastRepeat()).toEqual({ only: ['docker-group'] })
})

test('undo is recorded, and is no run that --failed repeats', async () => {
  const failing = { openError: new FitoutError({ doing: 'connecting', cause: 'no route to host' }) }
  await fitout('undo --yes --no-record bad', { bad: failing })
  expect(recordIds(runs())).toEqual([])
  const { code } = await fitout('undo --yes --keep-packages bad', { bad: failing })
  expect(code).toBe(1)
  expect(await last()).toMatchObject({
    command: 'undo',
    args: ['undo', '--yes', '--keep-packages', 'bad'],
    exitCode: 1,
    hosts: [{ host: 'bad', outcome: 'failed', error: { cause: 'no route to host' } }],
  })
  expect((await fitout('report --format markdown')).out).toMatch(/^# fitout undo: bad failed/)
  expect((await fitout('apply --yes --failed')).err).toContain('which `--failed` does not repeat')
  await fitout('apply --yes web1', { web1: { failAt: 1 } })
  await fitout('undo --yes bad', { bad: failing })
  expect((await fitout('apply --yes --failed')).err).toContain('again on web1')
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
  expect(await lastRepeat()).toMatchObject({ only: ['docker-engine'] })
  const fourth = await fitout('apply --yes --failed')
  expect([fourth.code, fourth.applied]).toEqual([0, []])
  expect(fourth.err).toContain('nothing is left to repeat')
})

test('recipes that are chosen anew beside --failed have the last word; consent is never taken over', async () => {
  await fitout('apply --yes --allow-stop --only docker-engine web1', { web1: { failAt: 1 } })
  const { err } = await fitout('apply --yes --failed --only docker-group', { web1: { failAt: 1 } })
  expect(err).toContain('again on web1\n')
  expect(await lastRepeat()).toEqual({ only: ['docker-group'] })
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

describe('fitout report', () => {
  test('writes the last run as a page and says where; Markdown and JUnit XML go to standard output', async () => {
    await fitout('apply --yes web1 bad', { bad: unreachable })
    const file = join(state, 'page.html')
    const page = await fitout(`report --output ${file}`)
    expect(page).toMatchObject({ code: 0, out: `${file}\n`, err: '' })
    expect(readFileSync(file, 'utf8')).toContain('<h1>1 of 2 hosts is as wanted</h1>')
    expect((await fitout('report --format markdown')).out).toMatch(/^# fitout apply: 1 of 2 hosts is as wanted/)
    expect((await fitout('report --format junit')).out).toContain('<failure message="no route to host"')
    expect((await fitout('report --output -')).out).toContain('<!doctype html>')
  })

  test('lists what there is, the last first, and takes the beginning of a name', async () => {
    expect(await fitout('report --list')).toMatchObject({
      code: 0,
      out: '',
      err: expect.stringContaining('no run is recorded'),
    })
    await fitout('apply --yes web1')
    await fitout('verify bad same', { bad: unreachable, same: nothing })
    const [second = '', first = ''] = recordIds(runs())
    const { out } = await fitout('report --list')
    expect(out).toMatch(
      new RegExp(
        `^${second}  verify  2 hosts: status 1 after .*, 1 failed\n${first}  apply   web1: status 0 after .*\n$`,
      ),
    )
    expect((await fitout(`report ${first.slice(0, -1)} --format markdown`)).out).toContain(
      'fitout apply: web1 is as wanted now',
    )
  })

  test('refuses a run that is not there, a format that nobody knows, and a place that cannot be written', async () => {
    expect(await fitout('report')).toMatchObject({ code: 64, err: expect.stringContaining('there is none in') })
    await fitout('apply --yes web1')
    expect((await fitout('report 1999')).code).toBe(64)
    expect((await fitout('report --format pdf')).err).toContain('html, markdown or junit')
    expect((await fitout('report --output /no/such/folder/x')).code).toBe(1)
  })

  test('lists damaged records too', async () => {
    mkdirSync(join(runs(), '20260101-000000-000aa'), { recursive: true })
    mkdirSync(join(runs(), '20260101-000001-000aa'), { recursive: true })
    writeFileSync(join(runs(), '20260101-000000-000aa', 'run.json'), '{"targets":7,"command":"\x1b[2J","hosts":[{}]}')
    const { out, code } = await fitout('report --list')
    expect([code, out.trim().split('\n').length]).toEqual([0, 2])
    expect(out).not.toContain('\x1b')
    expect((await fitout('report --output -')).out).toContain('This record is not whole')
  })
})

test('a report is for its owner alone, also in the place of one that others could read; a link is followed where it was named', async () => {
  await fitout('apply --yes web1')
  const file = join(state, 'report.html')
  const mode = () => statSync(file).mode & 0o777
  expect((await fitout(`report --output ${file}`)).code).toBe(0)
  expect(mode()).toBe(0o600)
  writeFileSync(file, 'old')
  chmodSync(file, 0o644)
  await fitout(`report --output ${file}`)
  expect([mode(), readFileSync(file, 'utf8').includes('<h1>')]).toEqual([0o600, true])
  symlinkSync('report.html', join(state, 'link.html'))
  await fitout(`report --format markdown --output ${join(state, 'link.html')}`)
  expect(readFileSync(file, 'utf8')).toMatch(/^#/)
  expect(readdirSync(state).filter((name) => name.includes('.new'))).toEqual([])

  chmodSync(file, 0o644)
  await fitout(`report --output ${join(state, 'link.html')}`)
  expect(mode()).toBe(0o600)
  rmSync(file)
  await fitout(`report --output ${join(state, 'link.html')}`)
  expect([mode(), readFileSync(file, 'utf8').includes('<h1>')]).toEqual([0o600, true])
})

// A thread cannot set the umask, and mutations are tried in threads.
test.skipIf(!isMainThread)('no file here is wider than said, whatever the umask (not in a thread)', async () => {
  const before = process.umask(0)
  onTestFinished(() => void process.umask(before))
  const mode = (name: string) => statSync(join(state, name)).mode & 0o777
  await fitout('apply --yes web1')
  await fitout(`init ${join(state, 'fitout.yaml')}`)
  await fitout(`report --output ${join(state, 'report.html')}`)
  expect(['fitout.yaml', 'report.html', 'fitout.schema.json'].map((name) => [name, mode(name)])).toEqual([
    ['fitout.yaml', 0o600],
    ['report.html', 0o600],
    ['fitout.schema.json', 0o644],
  ])
  const record = join('fitout/runs', recordIds(runs())[0]!)
  expect([record, join(record, 'run.json'), join(record, 'events.jsonl')].map(mode)).toEqual([0o700, 0o600, 0o600])
  chmodSync(join(state, 'fitout.yaml'), 0o666)
  expect((await fitout(`init --force ${join(state, 'fitout.yaml')}`)).code).toBe(0)
  expect(mode('fitout.yaml')).toBe(0o600)
})

test('a state folder in which nothing can be made is told in one line, and the run goes on', async () => {
  const services = { ...standIn({}), records: real.records }
  const err: string[] = []
  const stderr = { write: (text: string) => err.push(text) }
  const io = { stdin: {}, stdout: { write: () => true }, stderr, env: { XDG_STATE_HOME: '/proc/1' } }
  expect(await run(['apply', '--yes', 'web1'], io, services)).toBe(0)
  expect(err.join('')).toMatch(/^fitout: this run is not recorded: [^\n]*\/proc\/1\/fitout[^\n]*\n$/)
})

test('only a record of one’s own says what is asked for again: it names hosts, and files whose code would run', async () => {
  const otherwise = process.getuid?.() === 0 ? [...'0123'] : [...'01']
  await fitout('apply --yes bad', { bad: unreachable })
  const place = join(runs(), recordIds(runs())[0]!)
  for (const how of otherwise) {
    const theirs = [
      () => chmodSync(runs(), 0o777),
      () => chmodSync(join(place, 'run.json'), 0o666),
      () => chownSync(place, 54_321, 0),
      () => chownSync(join(place, 'events.jsonl'), 54_321, 0),
    ][Number(how)]!
    theirs()
    for (const command of ['apply --yes --failed', 'logs', 'logs --list', 'logs --json']) {
      const { code, err, applied } = await fitout(`${command}${command.startsWith('logs') ? '' : ' --no-record'}`)
      expect(err).toMatch(/so fitout does not repeat what a record there says\n {2}next {3}name the hosts yourself/)
      expect([code, applied]).toEqual([64, []])
    }
    chmodSync(runs(), 0o700)
    chmodSync(join(place, 'run.json'), 0o600)
    if (how >= '2') for (const path of [place, join(place, 'events.jsonl')]) chownSync(path, 0, 0)
  }
  // Who only shows a record is not even handed that.
  expect(await last()).not.toHaveProperty('repeat')
  expect(await readSummaryOf(runs(), recordIds(runs())[0]!)).not.toHaveProperty('repeat')
})
