import { PassThrough } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { run } from '../../../../src/cli/run.js'
import type { Services } from '../../../../src/cli/services.js'
import { FitoutError } from '../../../../src/errors.js'
import type { Host } from '../../../../src/host/host.js'
import { unpainted } from '../../../../src/text.js'
import { showRuns } from '../../../../src/ui/runs.js'
import { readRuns } from '../../../../src/undo/runs.js'
import { type Question, speakingHost } from '../../../support/lying-host.js'
import { standIn } from '../stand-in.js'

const id = '20261121T100000-aaaaaa'
const answer = `@run /var/lib/fitout/runs/${id}\n@exit 0\n@who ada@laptop\n|installed a 1\n|joined dev docker\n`

/** A host that answers one question: which runs there were. */
function withRuns(): Services {
  const services = standIn({})
  const exec = async (script: string) => {
    const nonce = /printf '\\n%s complete\\n' (\w+)/.exec(script)![1]!
    return { code: 0, stdout: `\n${nonce} begin undo\n${answer}\n${nonce} end 0\n\n${nonce} complete\n`, stderr: '' }
  }
  return {
    ...services,
    hosts: async () => ({
      ...(await services.hosts()),
      openHost: async (target) =>
        ({ target, root: async () => ({ exec }), close: async () => undefined }) as unknown as Host,
    }),
  }
}

async function fitout(args: string, services = withRuns()) {
  const out: string[] = []
  const err: string[] = []
  const io = {
    stdin: {},
    stdout: { write: (text: string) => out.push(text) },
    stderr: { write: (text: string) => err.push(text) },
    env: {},
  }
  const code = await run(args.split(' '), io, services)
  return { code, out: out.join(''), err: err.join('') }
}

test('undo --list shows the runs of each host', async () => {
  expect(await fitout('undo --list web1')).toEqual({
    code: 0,
    err: '',
    out: `web1\n  ${id}  ada@laptop\n      1 package, 1 membership\n`,
  })
})

test('the newest run comes first, with how it ended and what became of it', () => {
  const later = `@run /var/lib/fitout/runs/20261121T110000-bbbbbb\n@exit 1\n@who e\u001b[31mvil\n|undone ${id} partly\n`
  expect(
    showRuns('web1', readRuns(answer + later), unpainted)
      .slice(1)
      .join('\n'),
  ).toMatchInlineSnapshot(`
    "  20261121T110000-bbbbbb  e\\x1b[31mvil
          changed nothing that could be undone; undid 20261121T100000-aaaaaa in part; ended with 1
      20261121T100000-aaaaaa  ada@laptop
          1 package, 1 membership; undone in part by 20261121T110000-bbbbbb"
  `)
  expect(showRuns('web1', [], unpainted)[1]).toBe('  no run of fitout has left its record here')
})

test('of many hosts that fail alike the reason is told in full once, as by apply', async () => {
  const names = Array.from({ length: 25 }, (_, index) => `web${index + 1}`)
  const services = standIn(
    Object.fromEntries(
      names.map((name) => [
        name,
        { openError: new FitoutError({ doing: 'connecting', cause: 'nobody listens', remedy: 'start sshd' }) },
      ]),
    ),
  )
  const { code, err } = await fitout(`undo --yes --no-record ${names.join(' ')}`, services)
  expect(code).toBe(1)
  expect(err.match(/cause {2}nobody listens/g)).toHaveLength(1)
})

test.each([
  ['undo web1', /no terminal to ask on: .*`fitout undo --script web1`.*`fitout undo --yes web1`/],
  ['undo --yes --run x web1 web2', /a run is on one host only/],
  ['undo --yes --run ../x web1', /is no id of a run/],
  ['undo --script web1 web2', /a script is for exactly one host/],
  ['undo --script --list web1', /two answers/],
])('%s is refused', async (args, words) => {
  const { code, err } = await fitout(args)
  expect(code).toBe(64)
  expect(err.replaceAll(/\s+/g, ' ')).toMatch(words)
})

describe.each([
  ['in plain lines', { FITOUT_PLAIN: '1' }],
  ['elsewhere', {}],
])('the question before anything is taken back, %s', (_where, env) => {
  /** `undo` of a host that has a run to undo, by a person who presses these keys when they are asked. */
  async function answered(keys: string) {
    const asked: Question['about'][] = []
    const host = speakingHost((question, honest) => {
      asked.push(question.about)
      return { stdout: honest, code: 0 }
    })
    const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => undefined })
    let [shown, pressed] = ['', false]
    const stderr = {
      isTTY: true,
      columns: 80,
      rows: 24,
      write: (text: string) => {
        shown += text
        if (pressed || !shown.includes(' to liar?')) return
        pressed = true
        setImmediate(() => stdin.write(keys))
      },
    }
    const services = standIn({})
    const hosts = async () => ({ ...(await services.hosts()), openHost: async () => host })
    const io = { stdin, stdout: { write: () => undefined }, stderr, env }
    const code = await run(['undo', 'liar'], io, { ...services, hosts })
    return { code, pressed, ran: asked.includes('launch') }
  }

  test('Enter is No', async () => expect(await answered('\r')).toEqual({ code: 2, pressed: true, ran: false }))
  test('y is Yes', async () => expect(await answered('y\r')).toEqual({ code: 0, pressed: true, ran: true }))
})
