import { setTimeout as sleep } from 'node:timers/promises'
import { stripVTControlCharacters } from 'node:util'
import fc from 'fast-check'
import stringWidth from 'string-width'
import { expect, test } from 'vitest'
import { FitoutError } from '../../../src/errors.js'
import type { FitoutEvent, HostOutcome, HostReport } from '../../../src/events.js'
import { type Paint, unpainted } from '../../../src/text.js'
import { columnsOf, cut, oneLine, padded } from '../../../src/ui/columns.js'
import { fleetScreen } from '../../../src/ui/fleet-screen.js'
import { windowHeight, windowLines } from '../../../src/ui/fleet-window.js'
import { Progress } from '../../../src/ui/progress.js'
import { Repaint } from '../../../src/ui/repaint.js'
import { Terminal } from '../../support/terminal.js'
import { planOf, somePlan } from '../cli/stand-in.js'

const report = (host: string, outcome: HostOutcome): HostReport => ({
  host,
  outcome,
  done: [],
  notDone: [],
  trials: [],
  notes: outcome === 'not-reached' ? ['nothing was begun on this host: 1 host failed (a), and none may'] : [],
  runs: [],
  milliseconds: 1,
})
const done = (host: string, outcome: HostOutcome, cause?: string): FitoutEvent => ({
  type: 'host-done',
  host,
  outcome,
  report: report(host, outcome),
  ...(cause === undefined ? {} : { error: new FitoutError({ doing: 'Install docker-ce', isStep: true, cause, host }) }),
})
const coloured: Paint = (_style, text) => (text === '' ? '' : `\x1b[1m${text}\x1b[22m`)

/** What hosts and people may come up with. */
const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({ unit: 'grapheme', maxLength: 60 }),
  fc.constantFrom(
    '\x1b[2J\x1b[H',
    '\x1b]0;title\x07',
    'a\rb',
    '\n\n\n',
    '\t',
    '日本語の名前',
    '👩‍👩‍👧‍👦',
    '\u202egpj',
    'x'.repeat(5000),
    '\ud800',
    'e\u0301\u0301',
  ),
)
const hostName = fc.oneof(fc.constantFrom('web1', 'gpu-01.lab', 'a', 'b'), hostile)
const outcome = fc.constantFrom<HostOutcome>(
  'unchanged',
  'changed',
  'failed',
  'declined',
  'interrupted',
  'reboot-due',
  'not-reached',
)
const event: fc.Arbitrary<FitoutEvent> = fc.oneof(
  hostName.map((host): FitoutEvent => ({ type: 'host-started', host })),
  fc
    .tuple(hostName, fc.constantFrom('facts', 'apply', 'trials', 'reboot'), fc.constantFrom('started', 'done'))
    .map(([host, phase, state]) => ({ type: 'phase', host, phase, state }) as FitoutEvent),
  fc
    .tuple(hostName, fc.constantFrom(somePlan, planOf([])), fc.nat(2))
    .map(([host, plan, round]): FitoutEvent => ({ type: 'planned', host, plan, round })),
  fc
    .tuple(hostName, hostile, fc.nat(9), fc.constantFrom('started', 'done', 'failed', 'waits'))
    .map(([host, title, index, state]) => ({ type: 'step', host, title, index, total: 9, state }) as FitoutEvent),
  fc.tuple(hostName, hostile).map(([host, line]): FitoutEvent => ({ type: 'output', host, line })),
  fc.tuple(hostName, hostile).map(([host, text]): FitoutEvent => ({ type: 'note', host, text })),
  fc.tuple(hostName, hostile).map(([host, reason]): FitoutEvent => ({ type: 'reboot', host, state: 'due', reason })),
  fc
    .tuple(hostName, hostile)
    .map(([host, title]): FitoutEvent => ({ type: 'trial', host, trial: title, title, state: 'started' })),
  fc
    .tuple(hostName, outcome, fc.option(hostile, { nil: undefined }))
    .map(([host, end, cause]) => done(host, end, cause)),
)

test('any events at any size: so many lines, each fits, and nothing in them moves the cursor', () => {
  const events = fc.array(event, { maxLength: 80 })
  const size = fc.record({ width: fc.integer({ min: 1, max: 250 }), height: fc.integer({ min: 1, max: 60 }) })
  const look = fc.record({ unicode: fc.boolean(), message: fc.option(hostile, { nil: undefined }), frame: fc.nat() })
  fc.assert(
    fc.property(events, size, look, fc.nat(400), (all, { width, height }, { unicode, message, frame }, total) => {
      let clock = 0
      const progress = new Progress(total, () => clock)
      for (const one of all) {
        clock += 137
        progress.emit(one)
      }
      const options = { width, height, unicode, message, frame }
      const lines = windowLines(progress, { ...options, paint: unpainted })
      expect(lines.length).toBe(height)
      for (const line of lines) {
        expect(stringWidth(line)).toBeLessThanOrEqual(width - 1)
        expect(line).not.toMatch(/[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/)
      }
      const painted = windowLines(progress, { ...options, paint: coloured })
      expect(painted.map((line) => stripVTControlCharacters(line))).toEqual(lines)
    }),
    { numRuns: 300 },
  )
})

test('texts are cut by columns, not by characters', () => {
  expect(cut('abcdef', 4)).toBe('abc…')
  expect(cut('日本語', 4)).toBe('日…')
  expect(padded('日本', 6)).toBe('日本  ')
  expect(columnsOf('👩‍👩‍👧‍👦')).toBe(2)
  expect(oneLine('a\nb\x1b[31m\ud800c')).toBe('a b\\x1b[31m?c')
  fc.assert(
    fc.property(hostile, fc.nat(40), (text, columns) => {
      expect(columnsOf(cut(oneLine(text), columns))).toBeLessThanOrEqual(columns)
      expect(columnsOf(padded(oneLine(text), columns))).toBe(columns)
    }),
  )
})

/** A fleet in the middle of its second wave. */
function someProgress(now: () => number): Progress {
  const progress = new Progress(300, now)
  const names = Array.from({ length: 300 }, (_, index) => `gpu-${String(index + 1).padStart(3, '0')}.lab`)
  progress.wave = { index: 2, total: 3, hosts: names.slice(1, 30) }
  for (const host of names.slice(0, 60)) progress.emit({ type: 'host-started', host })
  for (const [index, host] of names.slice(0, 28).entries()) {
    progress.emit(
      index % 9 === 4 ? done(host, 'failed', `apt’s lock is held by process ${index}`) : done(host, 'changed'),
    )
  }
  for (const host of names.slice(28, 60)) {
    progress.emit({ type: 'step', host, index: 3, total: 7, title: 'Install docker-ce 5:29.1.0-1', state: 'started' })
  }
  progress.emit({ type: 'output', host: names[29]!, line: 'Get:1\r\x1b[1mGet:2 http://deb.example\x1b[0m docker-ce' })
  return progress
}

test('what it looks like at 80 by 24, without colour, and where there is only ASCII', () => {
  let clock = 0
  const progress = someProgress(() => clock)
  clock = 95_000
  const options = {
    width: 80,
    height: windowHeight(16),
    paint: unpainted,
    unicode: true,
    frame: 0,
    message: 'wave 2 of 3: 29 hosts',
  }
  expect(windowLines(progress, options).join('\n')).toMatchInlineSnapshot(`
    "⠋ 300 hosts, wave 2 of 3 (29 hosts)  1 min 35 s, about 15 min 23 s left
    ✔ 25 as wanted  ✖ 3 failed  ⠋ 32 at work  ○ 240 waiting
    ██████░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░ 9%
    ✖ gpu-005.lab  failed: Install docker-ce: apt’s lock is held by process 4
    ✖ gpu-014.lab  failed: Install docker-ce: apt’s lock is held by process 13
    ✖ gpu-023.lab  failed: Install docker-ce: apt’s lock is held by process 22
    ⠋ gpu-029.lab  step 3 of 7: Install docker-ce 5:29.1.0-1
    ⠋ gpu-030.lab  step 3 of 7: Install docker-ce 5:29.1.0-1  Get:2 http://deb.exa…
    ⠋ gpu-031.lab  step 3 of 7: Install docker-ce 5:29.1.0-1
    ⠋ gpu-032.lab  step 3 of 7: Install docker-ce 5:29.1.0-1
    ⠋ gpu-033.lab  step 3 of 7: Install docker-ce 5:29.1.0-1
    ⠋ gpu-034.lab  step 3 of 7: Install docker-ce 5:29.1.0-1
      and 26 more at work
    slowest step: Install docker-ce 5:29.1.0-1, 1 min 35 s on gpu-029.lab
    wave 2 of 3: 29 hosts"
  `)
  expect(windowHeight(24)).toBe(23)
  const ascii = windowLines(progress, { ...options, unicode: false, height: 5, message: undefined })
  expect(ascii.join('\n')).toMatchInlineSnapshot(`
    "| 300 hosts, wave 2 of 3 (29 hosts)  1 min 35 s, about 15 min 23 s left
    + 25 as wanted  x 3 failed  | 32 at work  o 240 waiting
    x 2 more failed
    x gpu-023.lab  failed: Install docker-ce: apt’s lock is held by process 22
    32 at work"
  `)
})

test('what is left is told once enough hosts have ended; what waits for its turn is not at work', () => {
  let clock = 0
  const progress = new Progress(10, () => clock)
  progress.emit({ type: 'host-started', host: 'a' })
  progress.emit({ type: 'planned', host: 'a', plan: somePlan, round: 1 })
  expect([progress.atWork.size, progress.planned.size, progress.waiting]).toEqual([0, 1, 10])
  clock = 60_000
  progress.restart()
  for (const host of ['a', 'b']) progress.emit(done(host, 'changed'))
  expect(progress.remaining).toBeUndefined()
  clock = 90_000
  progress.emit(done('c', 'changed'))
  expect([progress.elapsed, progress.remaining]).toEqual([30_000, 70_000])
  expect(progress.planned.size).toBe(0)
})

test('the slowest step is the one that took longest, also while it runs', () => {
  let clock = 0
  const progress = new Progress(2, () => clock)
  const step = { type: 'step', index: 1, total: 2 } as const
  progress.emit({ ...step, host: 'a', title: 'one', state: 'started' })
  clock = 5_000
  progress.emit({ ...step, host: 'a', title: 'one', state: 'done' })
  progress.emit({ ...step, host: 'b', title: 'two', state: 'started' })
  clock = 8_000
  expect(progress.slowest).toEqual({ title: 'one', host: 'a', milliseconds: 5_000 })
  clock = 20_000
  expect(progress.slowest).toEqual({ title: 'two', host: 'b', milliseconds: 15_000 })
})

test('a block is painted over itself and taken off without a trace', () => {
  const terminal = new Terminal(40, 12)
  terminal.write('$ fitout\n')
  const block = new Repaint(terminal)
  for (let turn = 0; turn < 30; turn += 1) block.paint([`turn ${turn}`, 'x'.repeat(60), 'three'])
  expect(terminal.screen).toEqual(['$ fitout', 'turn 29', 'x'.repeat(40), 'three', ''])
  expect([terminal.gone, terminal.cursorShown, terminal.wraps]).toEqual([[], false, true])
  block.erase()
  block.erase()
  expect(terminal.screen).toEqual(['$ fitout', ''])
  expect(terminal.cursorShown).toBe(true)
})

test('a terminal that changes its size keeps what stood above', () => {
  const terminal = new Terminal(80, 24)
  terminal.write('above\n')
  const block = new Repaint(terminal)
  const progress = someProgress(() => 1000)
  const view = { paint: unpainted, unicode: true, frame: 1 }
  for (const [columns, rows] of [
    [80, 24],
    [120, 40],
    [60, 40],
    [200, 24],
    [45, 24],
  ] as const) {
    terminal.resize(columns, rows)
    block.paint(windowLines(progress, { ...view, width: columns, height: 9 }))
  }
  block.erase()
  expect(terminal.screen).toEqual(['above', ''])
})

const settings = (terminal: Terminal, hosts: string[], asking: boolean) => ({
  io: { stdin: {}, stdout: terminal, stderr: terminal, env: { TERM: 'xterm' } },
  hosts,
  json: false,
  verbose: false,
  asking,
  paint: { out: unpainted, err: unpainted },
})

test('a question has the terminal to itself; then the window is back; the end leaves a summary and nothing else', async () => {
  const terminal = new Terminal(80, 24)
  const hosts = Array.from({ length: 30 }, (_, index) => `h${index + 1}`)
  const screen = fleetScreen(settings(terminal, hosts, true))
  for (const host of hosts) screen.emit({ type: 'host-started', host })
  await expect.poll(() => terminal.screen[0]).toMatch(/30 hosts/)
  screen.emit(done('h30', 'failed', 'no way there'))
  for (const host of hosts.slice(0, 29)) screen.emit({ type: 'planned', host, plan: somePlan, round: 1 })
  screen.propose(hosts.slice(0, 29).map((host) => ({ host, plan: somePlan })))
  screen.question('asked')
  const before = terminal.writes
  await sleep(250)
  expect(terminal.writes).toBe(before)
  const shown = [...terminal.gone, ...terminal.screen].join('\n')
  expect(shown).toContain('29 hosts  Debian')
  expect(shown).toContain('h[1-29]')
  expect(shown).toContain('1 host failed: Install docker-ce: no way there: h30')
  expect(shown).not.toContain('at work')
  screen.question('answered')
  await screen.begin([])
  await expect.poll(() => terminal.screen.join('\n')).toMatch(/1 failed.*29 waiting/s)
  screen.say('finishing the current step')
  screen.emit({ type: 'note', host: 'h1', text: 'a note that must not hide it' })
  await expect.poll(() => terminal.screen.join('\n')).toContain('finishing the current step')
  for (const host of hosts.slice(0, 29)) screen.emit(done(host, 'changed'))
  await screen.end([
    ...hosts.slice(0, 29).map((host) => ({ report: report(host, 'changed') })),
    { report: report('h30', 'failed'), error: new FitoutError({ doing: 'x', cause: 'no way there', host: 'h30' }) },
  ])
  const end = terminal.screen.join('\n')
  expect(end).toContain('30 hosts: 29 changed, 1 failed\n  1 host failed: no way there\n    h30')
  expect(end).not.toContain('at work')
  expect([terminal.cursorShown, terminal.wraps]).toEqual([true, true])
})

test('Ctrl-C takes the window off at once and gives the cursor back', async () => {
  const terminal = new Terminal(80, 24)
  const hosts = Array.from({ length: 30 }, (_, index) => `h${index + 1}`)
  const screen = fleetScreen(settings(terminal, hosts, false))
  await expect.poll(() => terminal.screen[0]).toMatch(/30 hosts/)
  expect(terminal.cursorShown).toBe(false)
  screen.drop()
  expect([terminal.screen, terminal.cursorShown]).toEqual([[''], true])
})

test('300 hosts’ worth of events paint ten times a second at most', async () => {
  const terminal = new Terminal(80, 24)
  // The emulated terminal is slower than any real one: here only the writes count.
  let paints = 0
  const sink = {
    isTTY: true,
    columns: 80,
    rows: 24,
    write: () => {
      paints += 1
    },
  }
  const hosts = Array.from({ length: 300 }, (_, index) => `gpu-${index + 1}.lab`)
  const screen = fleetScreen({
    ...settings(terminal, hosts, false),
    io: { stdin: {}, stdout: sink, stderr: sink, env: {} },
  })
  const began = performance.now()
  let events = 0
  const emit = (one: FitoutEvent) => {
    events += 1
    screen.emit(one)
  }
  for (let from = 0; from < hosts.length; from += 64) {
    const group = hosts.slice(from, from + 64)
    for (const host of group) emit({ type: 'host-started', host })
    for (let step = 1; step <= 6; step += 1) {
      for (const host of group)
        emit({ type: 'step', host, index: step, total: 6, title: `Step ${step}`, state: 'started' })
      for (let line = 0; line < 30; line += 1) {
        for (const host of group)
          emit({ type: 'output', host, line: `Get:${line} http://deb.example trixie/main amd64 x` })
        await sleep(1)
      }
    }
    for (const [index, host] of group.entries())
      emit(done(host, index % 10 === 0 ? 'failed' : 'changed', index % 10 === 0 ? 'no' : undefined))
  }
  const took = performance.now() - began
  screen.drop()
  expect(events).toBeGreaterThan(50_000)
  expect(paints).toBeLessThanOrEqual(Math.ceil(took / 100) + 2)
})

test('at the end: who was not reached and how to go on, and one report of each kind that needs reading', async () => {
  const terminal = new Terminal(80, 40)
  const hosts = Array.from({ length: 40 }, (_, index) => `h${index + 1}`)
  const screen = fleetScreen(settings(terminal, hosts, false))
  const reboot = { reason: 'nouveau holds the GPU', agreed: false }
  await screen.end(
    hosts.map((host, index) => ({
      report: index < 20 ? { ...report(host, 'reboot-due'), reboot } : report(host, 'not-reached'),
    })),
  )
  const end = terminal.screen.join('\n')
  expect(end.match(/waits for a reboot/g)).toHaveLength(1)
  expect(end).toContain('h1 waits for a reboot')
  expect(end).toContain('40 hosts: 20 reboot-due, 20 not-reached')
  expect(end).toMatch(/20 hosts not-reached: nothing was begun on this host: 1 host failed \(a\), and\s+none may/)
  expect(end).toContain('`fitout apply --failed`')
})
test('counts what it does not ask string-width about as string-width does', () => {
  for (let code = 0x20; code < 0x3000; code += 1) {
    const text = String.fromCodePoint(code)
    expect(columnsOf(text), `U+${code.toString(16)}`).toBe(stringWidth(text))
  }
})
