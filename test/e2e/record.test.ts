import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { recordIds } from '../../src/record/folder.js'
import { readRecord, readRepeat } from '../../src/record/read.js'
import { built } from '../support/built.js'
import { lineHeldBySchema } from '../support/events.js'
import { canBePrivate, keepPrivate } from '../support/private-root.js'

const root = join(import.meta.dirname, '../..')
const folder = mkdtempSync(join(tmpdir(), 'fitout-recorded-'))
const cli = join(folder, 'dist/fitout.js')
const env = { ...process.env, XDG_STATE_HOME: folder }
const runs = join(folder, 'fitout/runs')
const apply = ['apply', '--yes', '--json', '--only', 'docker-group', '--set', 'docker-group.users=root']

// Root of a user namespace owns no folder above, and `su` does not believe it.
const isRoot = process.getuid?.() === 0

// A real run of the real engine on this machine, whose /etc and /var/lib are its own and vanish with it.
describe.skipIf(!canBePrivate || !existsSync('/var/lib/dpkg/status'))('a real run', () => {
  let machine: Awaited<ReturnType<typeof keepPrivate>>
  const inside = (...words: string[]): [string, string[]] => [machine.under[0]!, [...machine.under.slice(1), ...words]]
  const fitout = (...args: string[]) => {
    const [program, words] = inside(process.execPath, cli, ...args)
    return execFileSync(program, words, { env, encoding: 'utf8', maxBuffer: 1e8 })
  }
  const last = () => readRecord(runs, recordIds(runs)[0]!)

  beforeAll(async () => {
    const { program, remove } = built()
    // With the package's own file `fitout/recipe` is found, as where it is installed.
    execFileSync('cp', ['-r', dirname(program), join(root, 'package.json'), folder])
    remove()
    machine = await keepPrivate()
    const own =
      'set -e; [ -d /run/.etc ]; for name in passwd group; do rm /etc/$name; cp /run/.etc/$name /etc/; done; ln -sf /usr/lib/os-release /etc/os-release; sed -i /^docker:/d /etc/group; mkdir /var/lib/dpkg; cp "$0" /var/lib/dpkg/status'
    execFileSync('cp', ['/var/lib/dpkg/status', folder])
    execFileSync(...inside('sh', '-c', own, join(folder, 'status')))
  })
  afterAll(() => {
    machine?.end()
    rmSync(folder, { recursive: true, force: true })
  })

  test('prints what the published schema says, and is recorded', async () => {
    const schema = z.fromJSONSchema(JSON.parse(readFileSync(join(folder, 'dist/events.schema.json'), 'utf8')))
    const events = fitout(...apply)
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(events.filter((event) => !schema.safeParse(event).success)).toEqual([])
    for (const event of events) lineHeldBySchema(event)
    expect(events.map(({ type }) => type)).toEqual(
      expect.arrayContaining(['facts', 'planned', 'run', 'step', 'host-done']),
    )
    const record = await last()
    expect(record).toMatchObject({ command: 'apply', targets: ['local'], exitCode: 0, problems: [] })
    expect(record.hosts).toMatchObject([{ host: 'local', outcome: 'changed', plan: { recipes: ['docker-group'] } }])
    const phases = record.hosts[0]!.phases.map(({ phase }) => phase)
    expect(phases).toEqual(['facts', 'inspect', 'apply', 'look-again'])
    expect(fitout('report', '--output', '-')).toContain('<h1>local is as wanted now</h1>')
  })

  test.runIf(isRoot)('whose controller is killed leaves what was seen, and --failed goes on from there', async () => {
    execFileSync(...inside('sed', '-i', '/^docker:/d', '/etc/group'))
    const [program, words] = inside(process.execPath, cli, ...apply)
    const controller = spawn(program, words, { env, stdio: ['ignore', 'pipe', 'ignore'] })
    const ended = new Promise((done) => controller.once('exit', done))
    let seen = ''
    for await (const piece of controller.stdout) {
      seen += piece
      if (!seen.includes('"type":"run"')) continue
      // nsenter became node: the process is the controller itself.
      controller.kill('SIGKILL')
      break
    }
    await ended
    const record = await last()
    expect(record.end).toBeUndefined()
    expect(record.hosts).toMatchObject([{ host: 'local', outcome: 'unknown', plan: { recipes: ['docker-group'] } }])
    expect(fitout('report', '--format', 'markdown')).toContain('fitout was killed, or is still at work')

    const again = fitout('apply', '--yes', '--failed')
    expect(again).toMatch(/is as wanted/)
    expect(await last()).toMatchObject({ targets: ['local'], exitCode: 0 })
    expect(await readRepeat(runs, recordIds(runs)[0]!, {})).toMatchObject({ repeat: { only: ['docker-group'] } })
    expect(execFileSync(...inside('grep', '^docker:.*root', '/etc/group')).length).toBeGreaterThan(0)
  })

  test.runIf(isRoot)('of a recipe of others: its token is in the file that it is for, and nowhere else', async () => {
    const token = 'tok-4f9a2c71e8b6'
    const module = join(folder, 'token.mjs')
    writeFileSync(
      module,
      `import { file, recipe, secret, z } from 'fitout/recipe'
export default recipe({
  name: 'app-token',
  title: 'The token of the app',
  about: 'Writes it.',
  options: { token: secret(z.string()).describe('the token') },
  notes: ({ options }) => ['a note that has ' + options.token + ' in it'],
  resources: ({ options }) => [
    file({
      path: '/etc/app-token', text: options.token === '' ? undefined : options.token + '\\n', purpose: 'it logs in',
      after: 'if [ -e "$run/kept/etc/app-token" ]; then echo "it was $(cat "$run/kept/etc/app-token")"; fi; echo "it is $(cat /etc/app-token)"',
    }),
  ],
  trials: ({ options }) => [{
    name: 'login', title: 'It logs in', user: 'root', script: 'cat /etc/app-token',
    judge: ({ text }) => ({ outcome: 'failed', proven: ['it said ' + text], because: 'the app refused ' + text.trim(), said: [text] }),
  }],
})
`,
    )
    const choice = ['--recipe', module, '--only', 'app-token', '--set', `app-token.token=${token}`]
    const told = (...args: string[]) => {
      const [program, words] = inside(process.execPath, cli, ...args)
      const { stdout, stderr } = spawnSync(program, words, { env, encoding: 'utf8', maxBuffer: 1e8 })
      return `${args.join(' ')}\n${stdout}${stderr}`.replace(args.join(' '), args[0]!)
    }
    const seen = [
      told('plan', ...choice),
      told('plan', '--json', ...choice),
      told('-v', 'apply', '--yes', ...choice),
      told('verify', ...choice),
      told('verify', '--json', ...choice),
    ]
    expect(seen[2]).toContain('Write /etc/app-token')
    expect(execFileSync(...inside('cat', '/etc/app-token')).toString()).toBe(`${token}\n`)
    execFileSync(...inside('rm', '/etc/app-token'))
    seen.push(told('-v', 'apply', '--yes', '--json', ...choice))
    for (const format of ['html', 'markdown', 'junit']) seen.push(told('report', '--format', format, '--output', '-'))
    const [run = ''] = recordIds(runs)
    for (const name of readdirSync(join(runs, run))) seen.push(readFileSync(join(runs, run, name), 'utf8'))
    for (const text of seen) {
      expect(text).toContain('app')
      expect(text).not.toContain(token)
    }
    expect(seen.filter((text) => text.includes('•••')).length).toBeGreaterThan(6)
    // The script has to write it.
    execFileSync(...inside('rm', '/etc/app-token'))
    expect(fitout('script', ...choice)).toContain(token)

    // Another takes its place, and is taken back; the program echoes both, and whoever asks later knows of no such option.
    const other = 'tok-90d1-another'
    const changed = ['--recipe', module, '--only', 'app-token', '--set', `app-token.token=${other}`]
    const bare = ['--recipe', module, '--only', 'app-token', '--set', 'app-token.token=']
    told('apply', '--yes', ...choice)
    const log = () => {
      const [program, words] = inside('sh', '-c', 'cat "$(ls -dt /var/lib/fitout/runs/*/ | head -n 1)log"')
      return execFileSync(program, words, { encoding: 'utf8' })
    }
    const kept = join(folder, 'facts.json')
    const later = [told('facts', '--json', '--inspect', ...changed)]
    writeFileSync(kept, later[0]!.slice(later[0]!.indexOf('{')))
    later.push(
      told('plan', '--facts', kept, ...changed),
      told('plan', ...changed),
      told('plan', '--json', ...changed),
      told('plan', ...bare),
      told('-v', 'apply', '--yes', '--json', ...changed),
    )
    expect(later.at(-1)).toContain('its text may hold a secret')
    expect(log()).toMatch(new RegExp(`was ${token}[\\s\\S]*is ${other}`))
    later.push(told('logs', 'local'), told('logs', 'local', '--json'), told('logs', 'local', '--follow'))
    expect(later.at(-1)).toContain('was •••')
    const undone = told('-v', 'undo', '--yes', 'local')
    expect(undone).toContain('Put /etc/app-token back')
    later.push(undone, told('-v', 'undo', '--yes', '--json', 'local'))
    expect(later.at(-1)).toContain('its text may hold a secret')
    for (const id of recordIds(runs).slice(0, 3))
      for (const name of readdirSync(join(runs, id))) later.push(readFileSync(join(runs, id, name), 'utf8'))
    for (const text of later) {
      expect(text).not.toContain(token)
      expect(text).not.toContain(other)
    }
  })

  test.each([
    ['app-token.level=tok-4f9a2c71e8b6', 'app-token.level takes a or b, not `•••`'],
    ['app-token.pin=tok-4f9a2c71e8b6', 'app-token.pin takes a whole number, not `•••`'],
    ['app-token.sure=tok-4f9a2c71e8b6', 'app-token.sure takes true or false, not `•••`'],
    ['app-token.pins=1,tok-4f9a2c71e8b6', 'app-token.pins takes a whole number, not `•••`'],
    ['app-token.word=tok-4f9a2c71e8b6', '••• is not wanted'],
    ['app-token.token:tok-4f9a2c71e8b6', '--set app-token.token has no value'],
  ])('a value that is refused is not said: %s', (set, said) => {
    const module = join(folder, 'refusing.mjs')
    writeFileSync(
      module,
      `import { recipe, secret, z } from 'fitout/recipe'
export default recipe({
  name: 'app-token',
  title: 'The token of the app',
  about: 'Writes it.',
  options: {
    token: secret(z.string()).optional().describe('the token'),
    level: secret(z.enum(['a', 'b'])).optional().describe('l'),
    pin: secret(z.number().int()).optional().describe('p'),
    sure: secret(z.boolean()).optional().describe('s'),
    pins: z.array(secret(z.number().int())).optional().describe('ps'),
    word: secret(z.string()).refine(() => false, { error: ({ input }) => input + ' is not wanted' }).optional().describe('w'),
  },
})
`,
    )
    const [program, words] = inside(
      process.execPath,
      cli,
      'plan',
      '--recipe',
      module,
      '--only',
      'app-token',
      '--set',
      set,
    )
    const { status, stdout, stderr } = spawnSync(program, words, { env, encoding: 'utf8' })
    expect({ status, stderr }).toEqual({ status: 64, stderr: expect.stringContaining(said) })
    expect(stdout + stderr).not.toContain('tok-4f9a2c71e8b6')
  })
})
