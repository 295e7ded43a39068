import { expect, test } from 'vitest'
import { FitoutError } from '../../../src/errors.js'
import type { FitoutEvent } from '../../../src/events.js'
import { endedReport } from '../../../src/run/ended.js'
import { columnsOf } from '../../../src/ui/columns.js'
import { Gate } from '../../../src/ui/gate.js'
import { doingText, jsonLinesTo, linesTo } from '../../../src/ui/lines.js'
import { statusOn, statusText } from '../../../src/ui/status.js'
import { tasksOn } from '../../../src/ui/tasks.js'
import { planOf, somePlan } from '../cli/stand-in.js'

const now = () => new Date('2026-11-21T02:30:00.123Z')
const host = 'web1'
const report = endedReport(host, 1500, 'failed')
const error = new FitoutError({ doing: 'Install docker-ce', isStep: true, cause: 'no answer', host })
const events: FitoutEvent[] = [
  { type: 'host-started', host },
  { type: 'phase', host, phase: 'facts', state: 'started' },
  { type: 'phase', host, phase: 'facts', state: 'done', milliseconds: 300 },
  { type: 'planned', host, plan: planOf([]), round: 2 },
  { type: 'run', host, id: 'r1', folder: '/var/lib/fitout/runs/r1', state: 'started' },
  { type: 'step', host, index: 1, total: 2, title: 'Install x', state: 'started' },
  { type: 'output', host, line: 'Get:1\r\x1b[1mGet:2\x1b[0m' },
  { type: 'note', host, text: 'a note' },
  { type: 'host-done', host, outcome: 'failed', report, error },
]

function recorder() {
  const written: string[] = []
  return { written, write: (text: string) => written.push(text), isTTY: true, columns: 80, rows: 24 }
}

test('plain lines are dated and say no more than -v allows', () => {
  const quiet = recorder()
  const loud = recorder()
  const subscribers = [linesTo(quiet, { now, hostWidth: 5 }), linesTo(loud, { now, hostWidth: 5, verbose: true })]
  for (const event of events) for (const emit of subscribers) emit(event)
  expect(quiet.written.join('')).toMatchInlineSnapshot(`
    "2026-11-21T02:30:00Z web1   asking what it is
    2026-11-21T02:30:00Z web1   looked again: nothing is left to change
    2026-11-21T02:30:00Z web1   run r1, its record is in /var/lib/fitout/runs/r1
    2026-11-21T02:30:00Z web1   step 1 of 2 started: Install x
    2026-11-21T02:30:00Z web1   note: a note
    2026-11-21T02:30:00Z web1   failed: Install docker-ce: no answer
    "
  `)
  const more = loud.written.filter((line) => !quiet.written.includes(line))
  expect(more).toEqual([
    '2026-11-21T02:30:00Z web1   asking what it is: done in 0.3 s\n',
    '2026-11-21T02:30:00Z web1   | Get:2\n',
  ])
})

test('JSON lines: one object an event, errors with their fields', () => {
  const output = recorder()
  const emit = jsonLinesTo(output, { now })
  for (const event of events) emit(event)
  const read = output.written.map((line) => JSON.parse(line))
  expect(read.map(({ type }) => type)).toEqual(events.map(({ type }) => type))
  expect(output.written.every((line) => line.indexOf('\n') === line.length - 1)).toBe(true)
  expect(read.at(-1)).toMatchObject({
    at: '2026-11-21T02:30:00.123Z',
    error: { doing: 'Install docker-ce', isStep: true, cause: 'no answer', exitCode: 1 },
  })
})

test('a gate holds what is written and lets it go in order', () => {
  const output = recorder()
  const gate = new Gate(output)
  gate.write('a')
  gate.hold()
  gate.hold()
  gate.write('b')
  gate.letGo()
  gate.write('c')
  expect(output.written).toEqual(['a'])
  gate.letGo()
  expect(output.written).toEqual(['a', 'b', 'c'])
  gate.hold()
  gate.hold()
  gate.write('d')
  gate.open()
  expect(output.written.at(-1)).toBe('d')
})

test.each([
  [{ type: 'host-started', host: 'a' }, 'connecting'],
  [{ type: 'phase', host: 'a', phase: 'inspect', state: 'started' }, 'looking at what is there'],
  [{ type: 'phase', host: 'a', phase: 'inspect', state: 'done' }, undefined],
  [
    { type: 'step', host: 'a', index: 2, total: 3, title: 'Start\x1b docker', state: 'started' },
    'step 2 of 3: Start\\x1b docker',
  ],
  [{ type: 'step', host: 'a', index: 2, total: 3, title: 'Start docker', state: 'done' }, undefined],
  [{ type: 'run', host: 'a', id: 'r', folder: '/r', state: 'started' }, 'applying'],
  [{ type: 'run', host: 'a', id: 'r', folder: '/r', state: 'found' }, 'following the run of before'],
  [
    { type: 'run', host: 'a', id: 'r', folder: '/r', state: 'reconnecting' },
    'reconnecting; the run continues on the host',
  ],
  [{ type: 'reboot', host: 'a', state: 'due', reason: 'a new kernel' }, 'a reboot is due: a new kernel'],
  [{ type: 'reboot', host: 'a', state: 'back', reason: 'a new kernel' }, 'it is back'],
  [{ type: 'trial', host: 'a', state: 'started', trial: 't', title: 'Run hello-world' }, 'trial: Run hello-world'],
  [{ type: 'output', host: 'a', line: 'Unpacking' }, undefined],
] as const)('what a host does from %j on', (event, text) => expect(doingText(event)).toBe(text))

test('the status line counts hosts by what they do', () => {
  expect(statusText(new Map([['web1', 'connecting']]))).toBe('web1: connecting')
  expect(
    statusText(
      new Map([
        ['a', 'x'],
        ['b', 'y'],
        ['c', 'x'],
      ]),
    ),
  ).toBe('3 hosts: 2 x, 1 y')
})

test('a question begins on a line of its own: the status goes from it first', async () => {
  const output = recorder()
  const status = statusOn(output, {})
  status.emit({ type: 'host-started', host })
  await expect.poll(() => output.written.join('')).toContain('connecting')
  const before = output.written.length
  status.clear()
  expect(output.written.slice(before)).toEqual(['\r\x1b[K'])
  status.end()
})

test('the status stays on one line, however wide its signs are and whatever the terminal says of its width', async () => {
  for (const [columns, most] of [
    [20, 19],
    [0, 79],
  ] as const) {
    const output = { ...recorder(), columns }
    const status = statusOn(output, {})
    status.emit({ type: 'host-started', host: '机器'.repeat(30) })
    await expect.poll(() => output.written.join('')).toContain('机')
    status.end()
    const [line = ''] = output.written
    expect(columnsOf(line.replace('\r\x1b[K', ''))).toBeLessThanOrEqual(most)
  }
})

test('where nothing moves, the status writes notes and nothing else', () => {
  const output = { ...recorder(), isTTY: false }
  const status = statusOn(output, {})
  for (const event of events) status.emit(event)
  status.end()
  expect(output.written).toEqual(['web1: a note\n'])
})

test('the task list has a row a step and ends in what became of each', async () => {
  const output = recorder()
  const tasks = tasksOn(output, [{ host, plan: somePlan }], { pace: 5 })
  await new Promise((done) => setTimeout(done, 20))
  const step = { type: 'step', host, total: 5, title: "Configure Docker's package repository" } as const
  tasks.emit({ ...step, index: 1, state: 'started' })
  tasks.emit({ ...step, index: 1, state: 'done' })
  tasks.emit({ ...step, index: 2, title: 'Install docker-ce', state: 'started' })
  await new Promise((done) => setTimeout(done, 20))
  tasks.emit({ type: 'output', host, line: 'Get:1 docker-ce' })
  await expect.poll(() => output.written.join('')).toContain('Get:1 docker-ce')
  tasks.emit({ ...step, index: 2, title: 'Install docker-ce', state: 'failed' })
  tasks.emit(events.at(-1)!)
  await tasks.end()
  const last = output.written.at(-2)!.replace(/\x1b\[[0-9;?]*[A-Za-z]/g, '')
  expect(last).toMatchInlineSnapshot(`
    "⚠ web1  failed: Install docker-ce: no answer
      ✔ Configure Docker's package repository
      ✖ Install docker-ce
      ↓ Write /etc/docker/daemon.json
      ↓ Add dev to the group docker
      ↓ Restart Docker
      ↓ Look again
      ↓ Trials
    "
  `)
})

test('a row of a wide terminal is as wide as it, and none is broken in two', async () => {
  const title = 'Install docker-ce, docker-ce-cli, containerd.io, docker-buildx-plugin, docker-compose-plugin, apparmor'
  const { written, ...screen } = recorder()
  // As what our streams are wrapped in: its width is asked for, and may change.
  const output = new (class {
    isTTY = true
    write = screen.write
    get columns() {
      return 110
    }
    get rows() {
      return 50
    }
  })()
  // listr2 cuts rows to the width of the process's own standard output, wherever it paints.
  const own = Object.getOwnPropertyDescriptor(process.stdout, 'columns')
  Object.defineProperty(process.stdout, 'columns', { value: 110, configurable: true, writable: true })
  try {
    const tasks = tasksOn(output, [{ host, plan: planOf([{ ...somePlan.changes[3]!, title }]) }], { pace: 5 })
    await new Promise((done) => setTimeout(done, 20))
    tasks.emit({ type: 'step', host, index: 1, total: 1, title, state: 'started' })
    await expect.poll(() => written.join('')).toContain(title)
    tasks.emit(events.at(-1)!)
    await tasks.end()
  } finally {
    if (own === undefined) Reflect.deleteProperty(process.stdout, 'columns')
    else Object.defineProperty(process.stdout, 'columns', own)
  }
})

test('many hosts get one row each', async () => {
  const output = recorder()
  const hosts = ['a', 'b', 'c', 'd', 'e']
  const tasks = tasksOn(
    output,
    hosts.map((name) => ({ host: name, plan: somePlan })),
    { pace: 5 },
  )
  await new Promise((done) => setTimeout(done, 20))
  for (const name of hosts)
    tasks.emit({ type: 'host-done', host: name, outcome: 'changed', report: { ...report, host: name, done: ['x'] } })
  await tasks.end()
  const last = output.written.at(-2)!.replace(/\x1b\[[0-9;?]*[A-Za-z]/g, '')
  expect(last.trim().split('\n')).toHaveLength(5)
})
