import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startRecord } from '../../src/record/recorder.js'
import { Redactor } from '../../src/redact.js'
import { built } from '../support/built.js'
import { canBePrivate, keepPrivate } from '../support/private-root.js'

const root = join(import.meta.dirname, '../..')
const folder = mkdtempSync(join(tmpdir(), 'fitout-logs-'))
const cli = join(folder, 'dist/fitout.js')
const env = { ...process.env, XDG_STATE_HOME: join(folder, 'state'), NO_COLOR: '1' }

beforeAll(() => {
  const { program, remove } = built()
  execFileSync('cp', ['-r', dirname(program), join(root, 'package.json'), folder])
  remove()
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Its step ends well and changes nothing, as a program does that is overruled by another. */
const idle = `import { defineResource, recipe } from 'fitout/recipe'
const change = { resource: 'idle', stage: 'configure', title: 'Write it down', why: 'it is not written', effects: [] }
export default recipe({
  name: 'idle',
  title: 'Something that another program takes back',
  about: 'It is taken back.',
  options: {},
  resources: () => [
    defineResource({
      id: 'idle',
      inspect: ':',
      read: () => ({}),
      assume: () => ({}),
      plan: () => ({ ...change, script: 'echo "idle: in its own words"' }),
    }),
  ],
})
`

// A real run of the real engine, on a machine whose /etc and /var/lib are its own.
describe.skipIf(!canBePrivate || !existsSync('/var/lib/dpkg/status'))('a run that changes nothing', () => {
  let machine: Awaited<ReturnType<typeof keepPrivate>>
  const inside = (...words: string[]) => {
    const [program = '', ...args] = [...machine.under, ...words]
    const { status, stdout, stderr } = spawnSync(program, args, { env, encoding: 'utf8', maxBuffer: 1e8 })
    return { status, stdout, stderr }
  }
  const fitout = (...args: string[]) => inside(process.execPath, cli, ...args)

  beforeAll(async () => {
    machine = await keepPrivate()
    execFileSync('cp', ['/var/lib/dpkg/status', folder])
    writeFileSync(join(folder, 'idle.mjs'), idle)
    const own = 'ln -sf /usr/lib/os-release /etc/os-release; mkdir /var/lib/dpkg; cp "$0" /var/lib/dpkg/status'
    expect(inside('sh', '-ec', own, join(folder, 'status'))).toMatchObject({ status: 0 })
  })
  afterAll(() => machine?.end())

  test('ends with what the host said in that very step, and fitout logs shows the run', { timeout: 300_000 }, () => {
    const applied = fitout('apply', '--yes', '--only', 'idle', '--recipe', join(folder, 'idle.mjs'))
    expect(applied.status, applied.stderr).toBe(1)
    expect(applied.stderr).toContain('still pending after applying: Write it down (it is not written)')
    expect(applied.stderr).toMatch(/said {3}Write it down: the host said\n +idle: in its own words/)
    const run = /`fitout logs local` shows the whole log \((\/var\/lib\/fitout\/runs\/(\S+))\/log on the host\)/.exec(
      applied.stderr,
    )!
    expect(applied.stdout).toMatch(/not done\n.*Write it down/)

    const text = `==> step 1/1 Write it down\nidle: in its own words\n==> done 1\n`
    const heading = `local: run ${run[2]} succeeded (${run[1]}/log on the host)\n`
    expect(fitout('logs')).toMatchObject({
      status: 0,
      stdout: heading + text,
      stderr: expect.not.stringContaining('fitout'),
    })
    expect(fitout('logs', 'local', '--run', run[2]!.slice(0, 12))).toMatchObject({ status: 0, stdout: heading + text })
    expect(fitout('logs', '--follow')).toMatchObject({ status: 0, stdout: `${heading}${text}succeeded\n` })
    expect(fitout('logs', '--list').stdout).toMatch(
      new RegExp(`^local\n  ${run[2]}  succeeded, started by \\S+@\\S+\n$`),
    )
    expect(JSON.parse(fitout('logs', '--json').stdout)).toEqual({
      logs: [
        {
          host: 'local',
          run: run[2],
          folder: run[1],
          from: 'host',
          ended: 'succeeded',
          lines: [expect.stringMatching(/^==>/), 'idle: in its own words', expect.stringMatching(/^==>/)],
        },
      ],
    })
  })

  test('says what there is where a run is named that is not', () => {
    expect(fitout('logs', '--run', 'nothing')).toMatchObject({
      status: 64,
      stderr: expect.stringContaining('no run on this host is called `nothing`'),
    })
    expect(fitout('logs', '--run', '../x').status).toBe(64)
    expect(fitout('logs', 'a.lan', 'b.lan', '--follow').status).toBe(64)
  })

  test('shows a run that is running as far as it is, and follows it to its end', () => {
    const running = `folder=/var/lib/fitout/runs/29991231T000000-abcdef; mkdir -p "$folder"; cat /proc/sys/kernel/random/boot_id >"$folder/boot"
echo '==>29991231T000000-abcdef step 1/1 Wait' >"$folder/log"
(exec >/dev/null 2>&1; sh -c 'read -r stat </proc/$$/stat; set -- \${stat##*) }; echo "$$ \${20}" >"$0/pid"; while [ ! -e "$0/go" ]; do sleep 0.1; done; echo over >>"$0/log"; echo 3 >"$0/exit"' "$folder" &)
while [ ! -s "$folder/pid" ]; do sleep 0.1; done`
    expect(inside('sh', '-ec', running)).toMatchObject({ status: 0 })
    expect(fitout('logs').stdout).toMatch(/^local: run 29991231T000000-abcdef running \(.*\n==> step 1\/1 Wait\n$/)
    expect(inside('touch', '/var/lib/fitout/runs/29991231T000000-abcdef/go').status).toBe(0)
    expect(fitout('logs', '-f').stdout).toMatch(/Wait\nover\nfailed with status 3\n$/)
  })
})

test('a host that does not answer: what this side has recorded, and that it is that', async () => {
  const state = join(folder, 'other')
  const host = 'ada@127.0.0.1:1'
  const record = await startRecord({
    folder: join(state, 'fitout/runs'),
    command: 'apply',
    args: ['apply', host],
    targets: [host],
    repeat: {},
    secrets: new Redactor(),
    onTrouble: (text) => expect.fail(text),
  })
  record.emit({
    type: 'run',
    host,
    id: '20261128T000000-aaaaaa',
    folder: '/var/lib/fitout/runs/20261128T000000-aaaaaa',
    state: 'started',
  })
  record.emit({ type: 'output', host, line: 'E: its own words' })
  record.end([], 1)
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, 'logs'], {
    env: { ...env, XDG_STATE_HOME: state },
    encoding: 'utf8',
  })
  expect(stdout).toMatch(
    /^ada@127\.0\.0\.1:1: run 20261128T000000-aaaaaa .*\(recorded on this side in .*\)\nE: its own words\n$/,
  )
  expect(stderr).toMatch(
    /^fitout: the log on ada@127\.0\.0\.1:1 cannot be read \(.*\); this is what this side has recorded\n/,
  )
  expect(status).toBe(0)
})
