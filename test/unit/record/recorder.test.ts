import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { z } from 'zod'
import { FitoutError } from '../../../src/errors.js'
import type { FitoutEvent, HostReport } from '../../../src/events.js'
import { eventSchema } from '../../../src/events.js'
import { homeFolder } from '../../../src/home.js'
import { secret, secretsOf } from '../../../src/options/secrets.js'
import { recipe } from '../../../src/recipe/recipe.js'
import { newRecordId, prune, recordIds, runsFolder } from '../../../src/record/folder.js'
import { findRecord, readRecord } from '../../../src/record/read.js'
import { noRecord, type RecordStart, startRecord } from '../../../src/record/recorder.js'
import { mask, Redactor, redactedArgs, withoutCredentials } from '../../../src/redact.js'
import { withSource } from '../../support/source.js'
import { change, planOf, somePlan } from '../cli/stand-in.js'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fitout-record-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const host = 'web1'
const report: HostReport = {
  host,
  outcome: 'failed',
  done: [],
  notDone: ['Write x'],
  trials: [],
  notes: [],
  runs: [],
  milliseconds: 1500,
}
const start = (parts: Partial<RecordStart> = {}) =>
  startRecord({
    folder: join(folder, 'runs'),
    command: 'apply',
    args: ['apply', host],
    targets: [host],
    secrets: new Redactor(),
    onTrouble: (text) => expect.unreachable(text),
    ...parts,
  })
const turn = () => new Promise((done) => setImmediate(done))
const written = (place: string | undefined) => readFileSync(join(place!, 'events.jsonl'), 'utf8')
const eventsIn = (place: string | undefined) =>
  written(place)
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))

test('events are there while the run goes on, for their owner alone; the end is in the summary', async () => {
  const record = start({ repeat: { only: ['docker-group'] } })
  record.emit({ type: 'host-started', host })
  record.emit({ type: 'planned', host, plan: somePlan, round: 1 })
  await turn()
  expect(eventsIn(record.folder).map(({ type }) => type)).toEqual(['host-started', 'planned'])
  const summary = () => JSON.parse(readFileSync(join(record.folder!, 'run.json'), 'utf8'))
  expect(summary()).toMatchObject({ targets: [host], repeat: { only: ['docker-group'] }, hosts: [] })
  expect(summary().end).toBeUndefined()

  const error = new FitoutError({ doing: 'installing', cause: 'no answer', said: ['E: x'] })
  record.emit({ type: 'host-done', host, outcome: 'failed', report, error })
  record.end([{ report, error }], 1)
  expect(summary()).toMatchObject({
    exitCode: 1,
    hosts: [{ host, outcome: 'failed', milliseconds: 1500, error: { cause: 'no answer', said: ['E: x'] } }],
  })
  expect(eventsIn(record.folder).at(-1)).toMatchObject({ type: 'host-done', error: { cause: 'no answer' } })
  expect(eventsIn(record.folder).filter((event) => !eventSchema.safeParse(event).success)).toEqual([])
  const mode = (path: string) => statSync(path).mode & 0o777
  expect(mode(record.folder!)).toBe(0o700)
  expect(readdirSync(record.folder!).map((name) => [name, mode(join(record.folder!, name))])).toEqual([
    ['events.jsonl', 0o600],
    ['run.json', 0o600],
  ])
})

test('the shell of a plan is left out, its diffs are kept', async () => {
  const record = start()
  record.emit({
    type: 'planned',
    host,
    plan: planOf([change({ title: 'x', diff: '+y\n', script: 'hunter2' })]),
    round: 1,
  })
  await turn()
  expect(eventsIn(record.folder)[0].plan).toMatchObject({ script: '', changes: [{ script: '', diff: '+y\n' }] })
  record.end([], 0)
})

describe('secrets', () => {
  const word = `p"a'ss%word`
  const recipes = [
    recipe({
      name: 'registry',
      title: 't',
      about: 'a',
      options: {
        token: secret(z.string()).optional().describe('d'),
        logins: z.array(z.object({ user: z.string(), password: secret(z.string()) })).default([]),
        image: z.string().default('x'),
      },
    }),
  ]
  const options = { token: word, logins: [{ user: 'dora', password: 'second-word' }], image: 'nginx' }
  const secrets = secretsOf(recipes, [{ recipes: [{ recipe: recipes[0]!, options, asked: true }] }])

  test('are found where a recipe marks them, deep inside too', () => {
    expect(secrets.options).toEqual(new Set(['registry.token', 'registry.logins']))
    expect(secrets.values).toEqual([word, 'second-word'])
  })

  test('get into no file, in none of the forms that files and scripts have', async () => {
    const redactor = new Redactor(secrets.values)
    const record = start({
      args: ['apply', '--set', `registry.token=${word}`, '--set=registry.logins=[]', '--set', 'registry.image=nginx'],
      repeat: { set: [`registry.token=${word}`, 'registry.image=nginx'] },
      secrets: redactor,
      recipes,
    })
    redactor.hide('typed at the prompt')
    const lines = [
      word,
      JSON.stringify({ auth: word }),
      `login '${word.replaceAll("'", "'\\''")}'`,
      encodeURIComponent(word),
      'second-word',
      'typed at the prompt',
      'Err:1 https://dora:hunter2@mirror.example/debian trixie InRelease',
      '"splunk-token": "hunter2"',
      'curl --token=hunter2',
    ]
    for (const line of lines) record.emit({ type: 'output', host, line })
    record.emit({
      type: 'planned',
      host,
      plan: planOf([change({ title: 'x', diff: `+"a": ${JSON.stringify(word)}` })]),
      round: 1,
    })
    const error = new FitoutError({ doing: 'x', cause: `${word} is wrong`, said: [`https://dora:hunter2@mirror`] })
    record.emit({ type: 'host-done', host, outcome: 'failed', report, error })
    record.end([{ report, error }], 1)
    const all = written(record.folder) + readFileSync(join(record.folder!, 'run.json'), 'utf8')
    for (const piece of [word, 'ss%word', 'ss%25word', 'second-word', 'typed at', 'hunter2'])
      expect(all).not.toContain(piece)
    expect(all).toContain(`"registry.token=${mask}"`)
    expect(all).toContain(`"--set=registry.logins=${mask}"`)
    expect(all).toContain('registry.image=nginx')
    expect(all).toContain(`https://${mask}@mirror.example/debian trixie InRelease`)
  })

  test.each([
    ['http://u:p@h/x', `http://${mask}@h/x`],
    ['http://u:p@ss@h', `http://${mask}@h`],
    ['https://ghp_token@github.com', `https://${mask}@github.com`],
    ['ssh://root@h', 'ssh://root@h'],
    ['ssh://root:p@h', `ssh://${mask}@h`],
    ['https://h/a@b', 'https://h/a@b'],
    ['two http://a:b@c and http://d:e@f', `two http://${mask}@c and http://${mask}@f`],
  ])('%s', (text, clean) => expect(withoutCredentials(text)).toBe(clean))

  test('a short value is masked on the command line and blots out no word elsewhere', () => {
    const redactor = new Redactor(['on'])
    expect(redactor.text('one connection')).toBe('one connection')
    expect(redactedArgs(['--set', 'a.b=on'], new Set(['a.b']), redactor)).toEqual(['--set', `a.b=${mask}`])
  })

  test('prose about passwords stays', () => {
    const prose = 'the password: it is asked for; token bucket; secret = no'
    expect(new Redactor().text(prose)).toBe(prose)
  })

  test('hostile text does not take for ever, and comes out as it was', () => {
    const redactor = new Redactor(['secret-word'])
    for (const text of [
      'a'.repeat(1e6),
      '://'.repeat(3e5),
      '://@'.repeat(2e5),
      'token="'.repeat(1e5),
      'token="\\'.repeat(1e5),
    ])
      expect(redactor.text(text).length).toBeGreaterThan(0)
  })
})

test('a host that prints without end has its share, and its last lines when it fails', async () => {
  const record = start()
  const line = 'x'.repeat(100)
  for (let at = 0; at < 20_000; at++) {
    record.emit({ type: 'output', host, line: `${at} ${line}` })
    if (at % 1000 === 0) await turn()
  }
  record.emit({ type: 'output', host, line: 'y'.repeat(1e6) })
  await turn()
  const before = written(record.folder).length
  expect(before).toBeGreaterThan(100_000)
  expect(before).toBeLessThan(500_000)
  record.emit({ type: 'step', host, index: 1, total: 1, title: 't', state: 'failed' })
  record.emit({ type: 'host-done', host, outcome: 'failed', report })
  record.end([{ report }], 1)
  const events = eventsIn(record.folder) as (FitoutEvent & { line: string })[]
  expect(events.slice(-3).map(({ type }) => type)).toEqual(['output', 'step', 'host-done'])
  expect(events.some(({ line: text }) => /^… \d+ lines are left out here/.test(text))).toBe(true)
  expect(events.some(({ line: text }) => text?.startsWith('19999 '))).toBe(true)
  expect(written(record.folder).length).toBeLessThan(before + 20_000)
})

describe('a run is worth more than its record', { timeout: 30_000 }, () => {
  test('a folder that cannot be made is told once', () => {
    writeFileSync(join(folder, 'runs'), 'a file')
    const told: string[] = []
    const record = start({ onTrouble: (text) => told.push(text) })
    record.emit({ type: 'host-started', host })
    record.end([{ report }], 1)
    expect(record).toBe(noRecord)
    expect(told).toEqual([expect.stringContaining('this run is not recorded')])
  })

  test('a disk that fills up is told once, and what was written stays', async () => {
    // A limit on the size of files is the full disk that every user may have.
    const program = `
      import { startRecord } from ${JSON.stringify(join(import.meta.dirname, '../../../src/record/recorder.ts'))}
      import { Redactor } from ${JSON.stringify(join(import.meta.dirname, '../../../src/redact.ts'))}
      const record = startRecord({ folder: ${JSON.stringify(join(folder, 'runs'))}, command: 'apply', args: [], targets: ['a'], secrets: new Redactor(),
        onTrouble: (text) => console.log('TOLD', text) })
      for (let turn = 0; turn < 40; turn++) {
        record.emit({ type: 'note', host: 'a', text: 'x'.repeat(1000) })
        await new Promise((done) => setImmediate(done))
      }
      record.end([], 0)
      console.log('END')`
    const file = join(folder, 'fill.mts')
    writeFileSync(file, program)
    const tsx = join(import.meta.dirname, '../../../node_modules/.bin/tsx')
    const out = execFileSync('bash', ['-c', `trap '' XFSZ; ulimit -f 16; exec ${tsx} ${file}`], { encoding: 'utf8' })
    expect(out).toMatch(/^TOLD the record of this run ends here: EFBIG[^\n]*\nEND\n$/)
    const [id = ''] = recordIds(join(folder, 'runs'))
    const { hosts } = await readRecord(join(folder, 'runs'), id)
    expect(hosts[0]!.notes.length).toBeGreaterThan(10)
    expect(hosts[0]!.notes.length).toBeLessThan(20)
    expect(hosts[0]!.outcome).toBe('unknown')
  })

  test('a controller that is killed leaves what was seen', async () => {
    const program = `
      import { startRecord } from ${JSON.stringify(join(import.meta.dirname, '../../../src/record/recorder.ts'))}
      import { Redactor } from ${JSON.stringify(join(import.meta.dirname, '../../../src/redact.ts'))}
      const record = startRecord({ folder: ${JSON.stringify(join(folder, 'runs'))}, command: 'apply', args: [], targets: ['a', 'b'], secrets: new Redactor(),
        onTrouble: () => undefined })
      record.emit({ type: 'host-started', host: 'a' })
      record.emit({ type: 'note', host: 'a', text: 'seen' })
      setTimeout(() => console.log('now'), 50)
      setInterval(() => undefined, 1000)`
    const file = join(folder, 'killed.mts')
    writeFileSync(file, program)
    const child = spawn(process.execPath, [...withSource, file], {
      cwd: join(import.meta.dirname, '../../..'),
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await new Promise((done) => child.stdout.once('data', done))
    child.kill('SIGKILL')
    await new Promise((done) => child.once('exit', done))
    const [id = ''] = recordIds(join(folder, 'runs'))
    const record = await readRecord(join(folder, 'runs'), id)
    expect(record).toMatchObject({ problems: [], targets: ['a', 'b'] })
    expect(record.end).toBeUndefined()
    expect(record.hosts).toMatchObject([
      { host: 'a', outcome: 'unknown', notes: ['seen'] },
      { host: 'b', outcome: 'not-reached' },
    ])
  })
})

test('the newest fifty are kept, none for longer than thirty days but the last', () => {
  const runs = join(folder, 'runs')
  const now = new Date('2026-11-21T02:30:00Z')
  const before = (days: number) => new Date(now.getTime() - days * 86_400_000)
  const make = (date: Date) => {
    const id = newRecordId(date)
    mkdirSync(join(runs, id), { recursive: true })
    return id
  }
  const old = make(before(40))
  prune(runs, now)
  expect(recordIds(runs)).toEqual([old])
  const some = [make(before(31)), make(before(29)), make(before(1))]
  mkdirSync(join(runs, 'mine'))
  prune(runs, now)
  expect(recordIds(runs)).toEqual([some[2], some[1]])
  for (let at = 0; at < 60; at++) make(new Date(now.getTime() - at * 1000))
  prune(runs, now)
  expect(recordIds(runs)).toHaveLength(50)
  expect(readdirSync(runs)).toContain('mine')
})

test.each([
  [{ XDG_STATE_HOME: '/s', HOME: '/h' }, 'linux', '/s/fitout/runs'],
  [{ XDG_STATE_HOME: 'relative', HOME: '/h' }, 'linux', '/h/.local/state/fitout/runs'],
  [{ XDG_STATE_HOME: '', HOME: '/h' }, 'darwin', '/h/.local/state/fitout/runs'],
  [{}, 'linux', '/home/of/passwd/.local/state/fitout/runs'],
  [{ LOCALAPPDATA: '/c/local' }, 'win32', '/c/local/fitout/runs'],
] as const)('%j on %s: %s', (env, platform, place) => {
  expect(runsFolder(env, { platform, home: () => '/home/of/passwd' })).toBe(place)
})

test('a relative HOME is no home: records, keys and known hosts would be another’s wherever one is', () => {
  vi.stubEnv('HOME', 'relative')
  onTestFinished(() => {
    vi.unstubAllEnvs()
  })
  expect(homeFolder()).toBe(userInfo().homedir)
  expect(runsFolder({ HOME: 'relative' })).toBe(join(userInfo().homedir, '.local/state/fitout/runs'))
})

test('a folder that cannot be found is said once, and the run goes on', () => {
  const said: string[] = []
  const failing = () => {
    throw new Error('no home')
  }
  expect(start({ folder: failing, onTrouble: (text) => said.push(text) })).toBe(noRecord)
  expect(said).toEqual(['this run is not recorded: no home'])
})

test('a record has its name once its summary is there; what never got so far is passed over and swept', async () => {
  const runs = join(folder, 'runs')
  mkdirSync(join(runs, '.new-20261120-101500-00012'), { recursive: true })
  mkdirSync(join(runs, '20991120-101500-00012'))
  const record = start()
  expect(readdirSync(record.folder!)).toContain('run.json')
  const id = record.folder!.split('/').at(-1)!
  expect(recordIds(runs)).toEqual(['20991120-101500-00012', id])
  // That of a full disk, or of an older fitout that was killed as it began, is not the last run.
  expect(findRecord(runs)).toBe(id)
  writeFileSync(join(runs, '20991120-101500-00012/run.json'), '')
  expect(findRecord(runs)).toBe(id)
  prune(runs, new Date('2026-11-21T10:15:00Z'))
  expect(readdirSync(runs).filter((name) => name.startsWith('.new'))).toEqual(['.new-20261120-101500-00012'])
  prune(runs, new Date('2026-11-21T10:16:00Z'))
  expect(readdirSync(runs).filter((name) => name.startsWith('.new'))).toEqual([])
  record.end([], 0)
})
