import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { built } from '../support/built.js'
import {
  framedAnswers,
  type Liar,
  type LyingHost,
  type Question,
  startLyingHost,
  truthful,
} from '../support/lying-host.js'

const { program: cli, remove } = built()
const state = mkdtempSync(join(tmpdir(), 'fitout-lied-to-'))
const group = ['--only', 'docker-group', '--set', 'docker-group.users=dora']
let host: LyingHost

beforeAll(async () => {
  host = await startLyingHost()
})
afterAll(() => {
  host.close()
  remove()
  rmSync(state, { recursive: true, force: true })
})

interface Ended {
  code: number | null
  out: string
  err: string
  /** The most memory that it ever had, MiB. */
  memory: number
}

function fitout(liar: Liar, ...args: string[]): Promise<Ended> {
  host.lie(liar)
  return new Promise((done) => {
    const child = spawn(process.execPath, [cli, ...args, ...host.args, 'liar'], {
      env: { ...process.env, XDG_STATE_HOME: state },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let [out, err, memory] = ['', '', 0]
    const look = setInterval(() => {
      try {
        const now = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]
        if (now !== undefined) memory = Number(now) / 1024
      } catch {
        // It has ended, or there is no /proc.
      }
    }, 50)
    const limit = setTimeout(() => child.kill('SIGKILL'), 50_000)
    child.stdout.on('data', (text) => {
      out += text
    })
    child.stderr.on('data', (text) => {
      err += text
    })
    child.on('close', (code) => {
      clearInterval(look)
      clearTimeout(limit)
      done({ code, out, err, memory })
    })
  })
}

/** Says a piece over and over, as fast as it is taken. */
const endless =
  (piece: string, before: (question: Question) => string = () => ''): Liar =>
  (question, _honest, channel) => {
    channel.write(before(question))
    const more = () => {
      while (channel.writable && channel.write(piece)) {
        // As much as is taken.
      }
    }
    channel.on('drain', more)
    channel.on('close', () => channel.off('drain', more))
    more()
  }
const about =
  (which: Question['about'], lie: Liar): Liar =>
  (question, honest, channel) =>
    (question.about === which ? lie : truthful)(question, honest, channel)
const saying =
  (text: (question: Question, honest: string) => string): Liar =>
  (question, honest, channel) => {
    channel.write(text(question, honest))
    channel.exit(0)
    channel.end()
  }
const mark = ({ script }: Question) => `==>${/^folder=.*\/(\S+)$/m.exec(script)?.[1]}`
const moves = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/

describe('a host that never stops talking', () => {
  test.each<[string, Question['about'], Liar, string[]]>([
    ['in one line', 'facts', endless('x'.repeat(32_768)), ['facts']],
    ['in empty lines', 'inspect', endless('\n'.repeat(32_768)), ['plan', ...group]],
    ['of runs', 'runs', endless('@run /var/lib/fitout/runs/a\n|joined a b\n'.repeat(500)), ['undo', '--list']],
    [
      'in a line of a log',
      'follow',
      endless('x'.repeat(32_768), ({ nonce }) => `\n${nonce} bytes 999999999999\n`),
      ['apply', '--yes', ...group],
    ],
    [
      'in lines of a log, one event each',
      'follow',
      endless('y\n'.repeat(16_384), ({ nonce }) => `\n${nonce} bytes 999999999999\n`),
      ['apply', '--yes', ...group],
    ],
    [
      'in an announcement',
      'follow',
      endless('9'.repeat(32_768), ({ nonce }) => `\n${nonce} bytes `),
      ['apply', '--yes', '--json', ...group],
    ],
    [
      'in notes',
      'follow',
      (question, honest, channel) =>
        endless(`${mark(question)} note ${'n'.repeat(3_000)}\n`, ({ nonce }) => `\n${nonce} bytes 999999999999\n`)(
          question,
          honest,
          channel,
        ),
      ['apply', '--yes', ...group],
    ],
  ])('%s is left, with one error, and little memory was taken', async (_how, which, liar, args) => {
    const { code, out, err, memory } = await fitout(about(which, liar), ...args)
    process.stdout.write(`${args[0]}: ${memory.toFixed(0)} MiB\n`)
    expect(code).toBe(1)
    expect(err.match(/liar: failed while/g) ?? err).toHaveLength(1)
    expect(err).toMatch(/more than \d+ KiB of output|longer than (64 MiB|500000 lines)|makes no sense/)
    expect(`${out}${err}`).not.toMatch(moves)
    // A host that tells the truth takes 60 to 75.
    expect(memory).toBeLessThan(220)
  })

  test('its log leaves no endless record', () => {
    const runs = join(state, 'fitout/runs')
    const sizes = readdirSync(runs).map((id) => readFileSync(join(runs, id, 'events.jsonl')).length)
    expect(sizes.length).toBeGreaterThan(3)
    expect(Math.max(...sizes)).toBeLessThan(12 * 1024 * 1024)
  })
})

describe('a host whose words move the cursor', () => {
  const evil = '\u001b[2J\u001b]0;taken\u0007\u009b31m\u202e\r\u0000'
  const liar: Liar = saying((question, honest) => {
    if (question.about === 'facts')
      return honest
        .replace('(trixie)', `(trixie)${evil}`)
        .replace('login.home /root', `login.home /root${evil}`)
        .replace('20250419', `20250419${evil}`)
    if (question.about === 'runs') return honest.replace('ada@laptop', `ada${evil}`)
    if (question.about === 'follow')
      return honest.replace(/bytes \d+\n/, 'bytes 99999\n').replace('adding', `${evil}\n${mark(question)} note ${evil}`)
    return honest
  })
  test.each([
    ['facts'],
    ['facts --json'],
    ['plan'],
    ['plan --json'],
    ['script'],
    ['apply --yes -v'],
    ['apply --yes --json'],
    ['verify'],
    ['undo --list'],
    ['undo --yes'],
  ])('%s shows them as they are', async (line) => {
    const [command = '', ...flags] = line.split(' ')
    const { code, out, err } = await fitout(liar, command, ...flags, ...(/undo|^facts/.test(command) ? [] : group))
    expect([0, 1, 2]).toContain(code)
    expect(err).not.toMatch(/defect/)
    expect(`${out}${err}`).not.toMatch(moves)
    expect(`${out}${err}`).toMatch(/\\x1b\[2J|\\u001b\[2J|u009b|ada|Add dora|dora/)
  })

  test('a folder of a run that is none is not believed', async () => {
    const lie = about(
      'launch',
      saying(({ nonce }) => framedAnswers(nonce, [['launch', `started /var/lib/fitout/runs/../../etc${evil}\n`]])),
    )
    const { code, out, err } = await fitout(lie, 'apply', '--yes', ...group)
    expect(code).toBe(1)
    expect(err).toMatch(/liar: failed while starting the run on the host/)
    expect(`${out}${err}`).not.toMatch(moves)
  })
})
