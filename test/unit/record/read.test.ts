import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { failedTargets, stillRuns } from '../../../src/record/failed.js'
import { findRecord, readRecord } from '../../../src/record/read.js'
import { withSource } from '../../support/source.js'

const folder = mkdtempSync(join(tmpdir(), 'fitout-read-'))
const id = '20261121-023000-123ab'
const place = join(folder, id)
afterAll(() => rmSync(folder, { recursive: true, force: true }))
beforeEach(() => {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(place, { recursive: true })
})

const at = '2026-11-21T02:30:00.000Z'
const later = '2026-11-21T02:30:07.000Z'
const line = (event: object, when = at) => `${JSON.stringify({ at: when, ...event })}\n`
const report = { done: [], notDone: ['Write y'], trials: [], notes: ['n'], runs: [], milliseconds: 7000 }
const step = { type: 'step', host: 'a', index: 1, total: 2, title: 'Install x' }
const facts = { type: 'facts', host: 'a', system: 'Debian 13', kernel: '6.12', versions: { 'docker-ce': '29' } }
const plan = { recipes: ['docker-engine'], host: 'h', notes: [], effects: [], running: [], stops: [], script: '' }
const changes = [
  { resource: 'r', stage: 'packages', title: 'Install x', why: 'w', script: '', effects: [], diff: '+a' },
]
const events = [
  line({ type: 'host-started', host: 'a' }),
  line({ type: 'phase', host: 'a', phase: 'facts', state: 'started' }),
  line({ type: 'phase', host: 'a', phase: 'facts', state: 'done', milliseconds: 7000 }, later),
  line(facts),
  line({ type: 'planned', host: 'a', round: 1, plan: { ...plan, changes } }),
  line({ type: 'planned', host: 'b', round: 1, plan: { ...plan, changes } }),
  line({ type: 'run', host: 'a', id: 'r', folder: '/var/lib/fitout/runs/r', state: 'started' }),
  line({ ...step, state: 'started' }),
  line({ type: 'output', host: 'a', line: 'E: no' }),
  line({ ...step, state: 'failed' }, later),
  line(
    {
      type: 'host-done',
      host: 'a',
      outcome: 'failed',
      report: { host: 'a', outcome: 'failed', ...report },
      error: { doing: 'd', cause: 'c' },
    },
    later,
  ),
].join('')
const summary = { format: 1, id, command: 'apply', args: ['apply'], targets: ['a', 'b', 'c'], begin: at }

const write = (name: string, content: string | Buffer) => writeFileSync(join(place, name), content)
const read = () => readRecord(folder, id)

test('events become hosts: phases, steps, plan, output, why it failed', async () => {
  write('run.json', JSON.stringify(summary))
  write('events.jsonl', events)
  const record = await read()
  expect(record.problems).toEqual([])
  expect(record.hosts.map(({ host, outcome }) => [host, outcome])).toEqual([
    ['a', 'failed'],
    ['b', 'unknown'],
    ['c', 'not-reached'],
  ])
  const [a, b] = record.hosts
  const began = Date.parse(at)
  expect(a).toMatchObject({
    system: 'Debian 13',
    versions: { 'docker-ce': '29' },
    phases: [{ phase: 'facts', from: began, to: began + 7000 }],
    steps: [{ index: 1, title: 'Install x', state: 'failed', from: began, to: began + 7000 }],
    plan: { changes: [{ title: 'Install x', diff: '+a' }] },
    runs: ['/var/lib/fitout/runs/r'],
    output: ['E: no'],
    notDone: ['Write y'],
    error: { doing: 'd', cause: 'c' },
  })
  expect(a!.plan).toBe(b!.plan)
  expect(failedTargets(record)).toEqual(['a', 'b', 'c'])
})

describe('a damaged record', () => {
  test('without a summary, cut in the middle of a line', async () => {
    write('events.jsonl', events.slice(0, -30))
    const record = await read()
    expect(record.hosts.map(({ host, outcome }) => [host, outcome])).toEqual([
      ['a', 'unknown'],
      ['b', 'unknown'],
    ])
    expect(record.problems).toHaveLength(2)
    expect(record.problems.join()).toMatch(/run\.json could not be read.*1 line\(s\)/)
  })

  test('what lies about its types is passed over, what is right is read', async () => {
    write(
      'run.json',
      JSON.stringify({ ...summary, targets: 7, args: [1], hosts: [{ host: {} }], controller: [], exitCode: 'x' }),
    )
    const lies = [
      'null',
      '[]',
      '7',
      '"a"',
      '{"at":1}',
      '{}',
      line({ ...step, index: 'one' }),
      line({ type: 'new', host: 'a' }),
    ]
    write('events.jsonl', `${lies.map((lie) => `${lie.trim()}\n`).join('')}${events}`)
    const record = await read()
    expect(record.targets).toEqual([])
    expect(record.hosts.map(({ host, outcome }) => [host, outcome])).toEqual([
      ['a', 'failed'],
      ['b', 'unknown'],
    ])
    expect(record.problems).toEqual([expect.stringContaining(`${lies.length} line(s)`)])
  })

  test('names of prototypes are names', async () => {
    write(
      'events.jsonl',
      `${line({ type: 'note', host: '__proto__', text: 'x' })}${line({ ...facts, versions: JSON.parse('{"__proto__":"1"}') })}`,
    )
    const { hosts } = await read()
    expect(hosts.map(({ host }) => host)).toEqual(['__proto__', 'a'])
    expect(({} as Record<string, unknown>)['1']).toBeUndefined()
  })

  test('fifos, folders and links in the place of files are no files', async () => {
    execFileSync('mkfifo', [join(place, 'events.jsonl')])
    symlinkSync('/dev/zero', join(place, 'run.json'))
    const record = await read()
    expect([record.hosts, record.problems.length]).toEqual([[], 2])
  })

  test('any bytes: no crash', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 4000 }), fc.uint8Array({ maxLength: 400 }), async (one, other) => {
        write('events.jsonl', Buffer.from(one))
        write('run.json', Buffer.from(other))
        expect((await read()).hosts).toEqual([])
      }),
      { numRuns: 200 },
    )
  })

  test('real events with any part replaced, cut or doubled: no crash, no hosts that nobody named', async () => {
    const lines = events.trim().split('\n')
    const anything = fc.jsonValue({ maxDepth: 3 })
    const mutated = fc.array(
      fc.record({ at: fc.nat(lines.length - 1), key: fc.nat(12), value: anything, cut: fc.option(fc.nat(200)) }),
      { maxLength: 30 },
    )
    await fc.assert(
      fc.asyncProperty(mutated, anything, async (changes, top) => {
        const text = changes.map(({ at: index, key, value, cut }) => {
          const event = JSON.parse(lines[index]!) as Record<string, unknown>
          const name = Object.keys(event)[key]
          if (name !== undefined && name !== 'host') event[name] = value
          const whole = JSON.stringify(event)
          return cut === null ? whole : whole.slice(0, cut)
        })
        write('events.jsonl', text.join('\n'))
        write('run.json', JSON.stringify({ ...summary, targets: ['a', 'b'], repeat: top, hosts: [top], versions: top }))
        const record = await read()
        expect(record.hosts.map(({ host }) => host)).toEqual(['a', 'b'])
      }),
      { numRuns: 300 },
    )
  })
})

describe('no memory without bound', { timeout: 60_000 }, () => {
  /** Reads the record in a process with little memory. */
  const readWith = (megabytes: number) => {
    const program = `
      import { readRecord } from ${JSON.stringify(join(import.meta.dirname, '../../../src/record/read.ts'))}
      const { hosts, problems } = await readRecord(${JSON.stringify(folder)}, ${JSON.stringify(id)})
      console.log(JSON.stringify({ hosts: hosts.length, problems }))`
    const file = join(folder, 'read.mts')
    writeFileSync(file, program)
    const out = execFileSync(process.execPath, [`--max-old-space-size=${megabytes}`, ...withSource, file], {
      cwd: join(import.meta.dirname, '../../..'),
      encoding: 'utf8',
      maxBuffer: 1e8,
    })
    return JSON.parse(out) as { hosts: number; problems: string[] }
  }

  test('one line of 200 megabytes, and what follows it', () => {
    write('events.jsonl', `{"at":"${at}","type":"note","host":"a","text":"${'x'.repeat(200_000_000)}"}\n${events}`)
    const { hosts, problems } = readWith(120)
    expect([hosts, problems.length]).toEqual([2, 2])
    expect(problems.join()).toContain('1 line(s)')
  })

  test('brackets without end', () => {
    write('events.jsonl', `${'['.repeat(3_000_000)}\n${`{"a":`.repeat(600_000)}\n${events}`)
    expect(readWith(200).hosts).toBe(2)
  })

  test('more output, notes and hosts than anybody prints', () => {
    const pieces: string[] = []
    for (let at = 0; at < 25_000; at++) pieces.push(line({ type: 'output', host: `h${at}`, line: 'x'.repeat(3900) }))
    for (let at = 0; at < 2000; at++) pieces.push(line({ type: 'note', host: 'a', text: `${at}${'y'.repeat(60_000)}` }))
    write('events.jsonl', pieces.join(''))
    const { hosts, problems } = readWith(400)
    expect(hosts).toBe(20_000)
    expect(problems.length).toBeGreaterThan(1)
  })
})

describe('finding a record', () => {
  test('the last one, one by its beginning, or a clear refusal', () => {
    for (const name of ['20261121-023000-000aa', '20261122-000000-000bb', 'other']) mkdirSync(join(folder, name))
    expect(findRecord(folder)).toBe('20261122-000000-000bb')
    expect(findRecord(folder, '20261122')).toBe('20261122-000000-000bb')
    expect(() => findRecord(folder, '20261121')).toThrow(/2 runs begin with/)
    expect(() => findRecord(folder, '../../etc')).toThrow(/no run is called/)
    expect(() => findRecord(folder, '')).toThrow(/no run is called/)
    expect(() => findRecord(join(folder, 'none'))).toThrow(/there is none in/)
  })
})

test('a run goes on while its process lives on this machine', async () => {
  write('run.json', JSON.stringify({ ...summary, controller: { host: 'here', pid: 77 } }))
  const record = await read()
  const here = (hostname: string, living: boolean) => stillRuns(record, { hostname, alive: () => living })
  expect([here('here', true), here('here', false), here('there', true)]).toEqual([true, false, false])
  expect(stillRuns({ ...record, end: at }, { hostname: 'here', alive: () => true })).toBe(false)
})
