import { expect, test } from 'vitest'
import { run } from '../../../src/cli/run.js'
import { FitoutError } from '../../../src/errors.js'
import { planOf, type Script, somePlan, standIn } from './stand-in.js'

async function fitout(args: string, scripts: Record<string, Script> = {}) {
  const out: string[] = []
  const err: string[] = []
  const services = standIn(scripts)
  const io = {
    stdin: {},
    stdout: { write: (text: string) => out.push(text) },
    stderr: { write: (text: string) => err.push(text) },
    env: {},
  }
  const code = await run(args.split(' ').filter(Boolean), io, services)
  return { code, out: out.join(''), err: err.join(''), applied: services.applied, restarted: services.restarted }
}

const nothing = { plan: planOf([]) }
const unreachable = {
  openError: new FitoutError({ doing: 'connecting', cause: 'no route to host', remedy: 'check the address' }),
}

test('plan: 2 when something would change, 0 when nothing would, 1 on error', async () => {
  expect((await fitout('plan')).code).toBe(2)
  expect((await fitout('plan', { local: nothing })).code).toBe(0)
  const mixed = await fitout('plan bad web1', { bad: unreachable })
  expect(mixed.code).toBe(1)
  expect(mixed.out).toContain('4 changes for web1')
  expect(mixed.err).toContain('bad: failed while connecting')
})

test('plan --json is one document with every host', async () => {
  const { out, code } = await fitout('plan --json bad web1', { bad: unreachable })
  expect(code).toBe(1)
  const { hosts } = JSON.parse(out)
  expect(hosts).toMatchObject([
    { host: 'bad', error: { doing: 'connecting', cause: 'no route to host' } },
    { host: 'web1', plan: { changes: { length: 4 } }, facts: { init: 'systemd' } },
  ])
  expect(Object.keys(hosts[1])).toEqual(['host', 'facts', 'plan'])
})

test('apply without a terminal and --yes refuses in one line that says what to run', async () => {
  const { code, err, applied } = await fitout('apply web1')
  expect(code).toBe(64)
  expect(err).toBe('fitout: there is no terminal to ask on: run `fitout plan web1`, then `fitout apply --yes web1`\n')
  expect(applied).toEqual([])
})

test('apply on a terminal shows the plan also where nothing would change', async () => {
  const out: string[] = []
  const write = (text: string) => void out.push(text)
  const terminal = { isTTY: true, columns: 80, rows: 24, write }
  const io = { stdin: { isTTY: true }, stdout: terminal, stderr: { ...terminal, write: () => undefined }, env: {} }
  expect(await run(['apply'], io, standIn({ local: nothing }))).toBe(0)
  expect(out.join('')).toContain('Nothing to change: docker-engine and docker-group are as wanted.')
})

test('apply --yes: every host finishes, every failure is told, and one fails alone', async () => {
  const { code, out, err, applied } = await fitout('apply --yes bad fail web1 same', {
    bad: unreachable,
    fail: { failAt: 2 },
    same: nothing,
  })
  expect(code).toBe(1)
  expect(applied.sort()).toEqual(['fail', 'web1'])
  expect(out).toMatch(/Z web1 {2}web1 is as wanted now/)
  expect(out).toMatch(/Z same {2}same is as wanted, nothing had to change/)
  expect(err).toContain('bad: failed while connecting')
  expect(err).toContain('fail: failed while')
  expect(out).toMatch(/Z fail {4}not done\n.*Z fail {6}- Install docker-ce/)
})

test('a reboot that is due: not by --yes, with --reboot if-needed, and last of all on this machine', async () => {
  const reboot = 'nouveau holds the GPU'
  const due = await fitout('apply --yes web1 same', { web1: { reboot }, same: nothing })
  expect([due.code, due.restarted]).toEqual([3, []])
  expect(due.out).toContain('web1  web1 waits for a reboot')
  expect(due.out).toContain('it was not restarted, because nobody could be asked: `--reboot if-needed` allows it')
  const through = await fitout('apply --yes --reboot if-needed web1', { web1: { reboot } })
  expect(through.code).toBe(0)
  expect(through.out).toMatch(/a reboot is due: nouveau.*\n.*restarting it and waiting.*\n.*it is back\n/)
  const here = await fitout('apply --yes --reboot if-needed', { local: { reboot } })
  expect([here.code, here.restarted]).toEqual([3, ['local']])
  expect(here.out).toContain('this machine restarts now; run `fitout apply --verify`')
})

test('apply --json: JSON lines and nothing else', async () => {
  const { code, out } = await fitout('apply --yes --json web1 bad', { bad: unreachable })
  expect(code).toBe(1)
  const events = out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(events.filter(({ type, host }) => type === 'host-started' && host === 'web1')).toHaveLength(1)
  expect(events.filter(({ type }) => type === 'host-done').map(({ host, outcome }) => [host, outcome])).toEqual(
    expect.arrayContaining([
      ['bad', 'failed'],
      ['web1', 'changed'],
    ]),
  )
})

test('script: exactly one host, and only the script on standard output', async () => {
  expect((await fitout('script a b')).code).toBe(64)
  const { out, err, code } = await fitout('script web1')
  expect([out, code]).toEqual([somePlan.script, 0])
  expect(err).toContain('web1: 4 changes')
  const none = await fitout('script', { local: nothing })
  expect([none.out, none.code]).toEqual(['', 0])
  expect(none.err).toContain('nothing to change')
})

test('facts: lines, or a document that plan --facts reads', async () => {
  expect((await fitout('facts')).out).toContain('Debian GNU/Linux 13 (trixie) [debian trixie]')
  expect(JSON.parse((await fitout('facts --json web1')).out)).toMatchObject({
    about: { host: 'web1' },
    facts: { init: 'systemd' },
  })
  expect(JSON.parse((await fitout('facts --json a b')).out)).toHaveLength(2)
})

test('verify: 1 when something would change', async () => {
  const wrong = await fitout('verify web1')
  expect(wrong.code).toBe(1)
  expect(wrong.out).toContain('would change')
  const right = await fitout('verify web1', { web1: nothing })
  expect(right.code).toBe(0)
  expect(right.out).toContain('hello-world: passed (dev, through a second login)')
  expect(JSON.parse((await fitout('verify --json web1', { web1: nothing })).out).hosts[0].report.outcome).toBe(
    'unchanged',
  )
})

test('recipes: the list and one', async () => {
  expect((await fitout('recipes')).out).toContain('* docker-engine')
  expect((await fitout('recipes docker-daemon')).out).toContain('docker-daemon.config  object')
  expect(JSON.parse((await fitout('recipes --json')).out)).toHaveLength(3)
  expect((await fitout('recipes docker-deamon')).err).toContain('did you mean `docker-daemon`?')
})

test.each([
  ['aply', 'did you mean `apply`?'],
  ['plan --onyl x', 'did you mean `--only`?'],
  ['root@web1', 'a host stands behind a command: `fitout plan root@web1`'],
  ['plan docker-engine', 'is a recipe, and a host is wanted there'],
  ['plan --facts x.json web1', 'cannot be planned together'],
  ['apply --yes --reboot soon', '`--reboot` takes ask, never or if-needed'],
  ['apply --yes --resume --reboot if-needed web1', '`--resume` is for this machine'],
  ['plan --facts /no/such/file.json', 'does not exist'],
  ['plan --only docker-engin', 'did you mean `docker-engine`?'],
  ['plan --set docker-engine.hold', 'has no value'],
  ['plan --only', 'argument missing'],
  ['help aply', 'did you mean `apply`?'],
  ['help --man apply', 'one page for all commands'],
])('%s is bad usage', async (args, text) => {
  const { code, err, out } = await fitout(args)
  expect(err.replace(/\s+/g, ' ')).toContain(text)
  expect([code, out]).toEqual([64, ''])
})

test('help goes to standard output and knows every command', async () => {
  const { out, code } = await fitout('--help')
  expect(code).toBe(0)
  for (const name of ['apply', 'plan', 'verify', 'facts', 'script', 'recipes']) expect(out).toContain(`  ${name} `)
  expect((await fitout('help plan')).out).toContain('Examples:')
  expect((await fitout('help')).out).toContain('Exit status:')
  expect((await fitout('')).code).toBe(64)
})

test('a defect has no stack without -v', async () => {
  const broken = { local: { openError: new TypeError('boom') } }
  expect((await fitout('plan', broken)).err).not.toContain('    at ')
  expect((await fitout('plan -v', broken)).err).toContain('    at ')
})

test('apply --waves: a failed canary leaves the rest alone, and says so', async () => {
  const hosts = Array.from({ length: 10 }, (_, index) => `h${index + 1}`).join(' ')
  const failing = await fitout(`apply --yes --waves 1,50%,100% ${hosts}`, { h1: { failAt: 2 } })
  expect(failing.code).toBe(1)
  expect(failing.applied).toEqual(['h1'])
  expect(
    failing.out.match(/ not reached: nothing was begun on this host: 1 host failed \(h1\) by wave 1 of 3/g),
  ).toHaveLength(9)
  expect(failing.err).toContain('fitout: wave 1 of 3: 1 host\n')
  expect(failing.err).not.toContain('wave 2 of 3')
  const sound = await fitout(`apply --yes --waves 1,50%,100% ${hosts}`)
  expect([sound.code, sound.applied.length, sound.applied[0]]).toEqual([0, 10, 'h1'])
  expect(sound.err).toBe('fitout: wave 1 of 3: 1 host\nfitout: wave 2 of 3: 4 hosts\nfitout: wave 3 of 3: 5 hosts\n')
})

test('apply --stop-on-first-failure, --max-failures and --concurrency', async () => {
  const many = Array.from({ length: 12 }, (_, index) => `h${index + 1}`)
  const failing = Object.fromEntries(many.map((host) => [host, { failAt: 1, pace: 1 }]))
  const first = await fitout(`apply --yes --stop-on-first-failure --concurrency 2 ${many.join(' ')}`, failing)
  expect(first.applied.length).toBeLessThanOrEqual(3)
  const quarter = await fitout(`apply --yes --max-failures 25% --concurrency 1 ${many.join(' ')}`, failing)
  expect(quarter.applied).toEqual(['h1', 'h2', 'h3', 'h4'])
})

test.each([
  ['apply --yes --waves 5,1 a', '--waves 1,10%,100%'],
  ['apply --yes --max-failures some a', '--max-failures 5%'],
  ['apply --yes --max-failures 1 --stop-on-first-failure a', 'leave one of them out'],
  ['facts --concurrency 0 a', '--concurrency 32'],
])('%s: bad usage, with an example', async (args, words) => {
  const { code, err, applied } = await fitout(args)
  expect([code, applied]).toEqual([64, []])
  expect(err).toContain(words)
})

test('restarts are as many at once as hosts are at work', async () => {
  const scripts = Object.fromEntries(['a', 'b', 'c', 'd'].map((host) => [host, { reboot: 'x', pace: 1 }]))
  for (const [atOnce, most] of [
    ['1', 1],
    ['2', 2],
  ] as const) {
    const { code, out } = await fitout(`apply --yes --json --reboot if-needed --concurrency ${atOnce} a b c d`, scripts)
    expect(code).toBe(0)
    let down = 0
    let seen = 0
    for (const line of out.trimEnd().split('\n')) {
      const event = JSON.parse(line)
      if (event.type === 'phase' && event.phase === 'reboot' && event.state === 'started') down += 1
      if (event.type === 'reboot' && event.state === 'back') down -= 1
      seen = Math.max(seen, down)
    }
    expect(seen).toBe(most)
  }
})
