import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { recipes } from '../../../recipes/index.js'
import { FitoutError } from '../../../src/errors.js'
import type { FitoutEvent } from '../../../src/events.js'
import { gatherFacts } from '../../../src/facts/gather.js'
import type { Host } from '../../../src/host/host.js'
import { openHost } from '../../../src/host/index.js'
import type { Selection } from '../../../src/plan/assemble.js'
import { showPlan } from '../../../src/plan/show.js'
import { choose } from '../../../src/recipe/choose.js'
import { applyTo, verifyHost } from '../../../src/run/engine.js'
import { look } from '../../../src/run/look.js'
import { lookUndo, pastRuns, undoOn } from '../../../src/run/undo.js'
import { jsonText } from '../../../src/text.js'
import { showError } from '../../../src/ui/errors.js'
import { showFacts } from '../../../src/ui/facts.js'
import { eventLines } from '../../../src/ui/lines.js'
import { showRuns } from '../../../src/ui/runs.js'
import { showReport } from '../../../src/ui/summary.js'
import { heldBySchema } from '../../support/events.js'
import {
  framedAnswers,
  honestFacts,
  impatient,
  type Liar,
  type LyingHost,
  type Question,
  type Spoken,
  speakingHost,
  startLyingHost,
  truthful,
} from '../../support/lying-host.js'
import { hostile } from '../../support/recorded.js'
import { nobody } from '../host/sshd.js'

const unpainted = (_style: string, text: string) => text
let patient: () => void
beforeAll(() => {
  patient = impatient(500)
})
afterAll(() => patient())

const group: Selection = choose(recipes, { only: ['docker-group'], set: ['docker-group.users=dora'] })
const everything: Selection = choose(recipes, {
  only: ['docker-engine', 'docker-daemon', 'docker-group'],
  set: ['docker-group.users=dora', 'docker-daemon.config.log-driver=local'],
})

/** What a person, a program and a host were told. */
interface Told {
  lines: string[]
  scripts: string[]
  errors: unknown[]
}

/** One command on one host as the command line does it, with everything that it would show. */
async function told(host: Host, command: string, selection: Selection): Promise<Told> {
  const all: Told = { lines: [], scripts: [], errors: [] }
  const emit = (event: FitoutEvent) => {
    if (event.type === 'wave') return
    heldBySchema(event)
    all.lines.push(...eventLines(event, true), jsonText(event.type === 'host-done' ? { ...event, error: null } : event))
    if (event.type === 'planned') all.scripts.push(event.plan.script)
    if (event.type === 'host-done') {
      all.lines.push(...showReport(event.report))
      if (event.error !== undefined) all.errors.push(event.error)
    }
  }
  const yes = {
    emit,
    confirm: async () => true,
    allowStop: true,
    reboot: async () => false,
    verify: false,
  }
  try {
    if (command === 'facts') {
      const facts = await gatherFacts(host.login)
      all.lines.push(...showFacts('liar', facts, unpainted), jsonText(facts, 2))
    } else if (command === 'plan') {
      const { plan } = await look(host, selection, emit)
      all.lines.push(...showPlan('liar', plan))
      all.scripts.push(plan.script)
    } else if (command === 'apply') await applyTo(host, selection, yes)
    else if (command === 'verify') await verifyHost(host, selection, emit)
    else if (command === 'undo') await undoOn(host, { keepPackages: false, leave: [] }, yes)
    else if (command === 'undo --list') all.lines.push(...showRuns('liar', await pastRuns(host), unpainted))
    else all.scripts.push((await lookUndo(host, { keepPackages: false, leave: [] }, emit)).plan.script)
  } catch (error) {
    all.errors.push(error)
  }
  for (const error of all.errors) all.lines.push(...showError(error, { host: 'liar', width: 100 }))
  return all
}

const commands = ['facts', 'plan', 'apply', 'verify', 'undo', 'undo --list', 'undo --script']
const moves = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/

/** Nothing crashed, nothing moves a cursor, nothing is longer than anybody reads, and nobody’s prototype has changed. */
function sound({ lines, errors }: Told): void {
  for (const error of errors) {
    expect(error).toBeInstanceOf(FitoutError)
    expect((error as FitoutError).message).not.toMatch(/defect/)
  }
  expect(lines.find((line) => moves.test(line))).toBeUndefined()
  expect(Object.keys(Object.prototype)).toEqual([])
  expect((Array.prototype as { length: number }).length).toBe(0)
}

describe('an answer that was cut', () => {
  it.each(['apply', 'undo'])(
    'anywhere, with or without a status, ends %s with one error',
    async (command) => {
      const whole = new Map<string, number>()
      await told(
        speakingHost((question, honest) => {
          whole.set(`${question.about} ${question.turn}`, Buffer.byteLength(honest))
          return { stdout: honest, code: 0 }
        }),
        command,
        group,
      )
      expect(whole.size).toBeGreaterThan(0)
      for (const [which, size] of whole) {
        for (let length = 0; length < size; length += size > 300 && length > 40 && length < size - 80 ? 17 : 1) {
          for (const code of [0, undefined]) {
            let begun = false
            const cutting = speakingHost((question, honest): Spoken => {
              // Where it is asked again over a new connection it does the same again.
              const [about, turn] = which.split(' ')
              if (question.about !== about || question.turn < Number(turn)) return { stdout: honest, code: 0 }
              const stdout = Buffer.from(honest).subarray(0, length)
              begun = question.about === 'launch' && / end 0\n/.test(stdout.toString())
              return { stdout, code }
            })
            const result = await told(cutting, command, group)
            sound(result)
            // A log that was cut is read again from the same byte, and a run that has begun is followed, whatever became of the
            // rest of that answer. Everything else was to be whole.
            if (which.startsWith('follow') && code === undefined) continue
            if (begun) continue
            expect(result.errors, `${which} cut at ${length} of ${size}`).toHaveLength(1)
          }
        }
      }
    },
    120_000,
  )
})

const wild = fc.oneof(
  fc.constantFrom(
    ...hostile,
    '',
    ' ',
    '0',
    '-1',
    '1e300',
    '99999999999999999999',
    'NaN',
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    '../../etc/shadow',
    '/etc/shadow',
    '-rf',
    '--root=/x',
    '$(boom)`boom`\'; boom; \'"; boom; "',
    '\u0000',
    '\r',
    '\u009b2J',
    'é🐳',
    'a'.repeat(5000),
    'root',
    'dora',
    '/etc/docker/daemon.json',
    'docker.io',
    '26.1.5+dfsg1-9+b9',
    'installed',
  ),
  fc.string({ unit: 'binary', maxLength: 40 }),
)
const words = fc.constantFrom(
  ...honestFacts.split('\n').map((line) => line.split(' ', 1)[0]!),
  ...['clock', 'board', 'container', 'plugin', 'interrupted', 'arch.armVersion', 'docker.client', 'docker.rootless'],
  ...['memoryCgroup', 'boot.file', 'boot.line', 'boot.running', 'login.sudoUser'],
  ...['nvidia', 'nvidia.loaded', 'nvidia.kernel', 'nvidia.module.file', 'nvidia.module.version', 'nvidia.boot.loader'],
  ...['nvidia.boot.default', 'nvidia.boot.entry', 'nvidia.boot.set', 'nvidia.user', 'nvidia.source', 'nvidia.config'],
  ...['reached', 'said', 'version', 'apt', 'key', 'source', 'text', 'origin', 'free'],
  ...[
    '@file',
    '@text',
    '@link',
    '@folder',
    '@inside',
    '@package',
    '@auto',
    '@group',
    '@primary',
    '@user',
    '@in',
    '@service',
  ],
  ...['@run', '@exit', '@who', '@cut', '@open', '|joined', '|file', '|installed', '|removed', '|undone', '|service'],
  ...['member', 'group', 'is-root', 'asks', 'started', 'busy', 'by-hand', 'container', 'live-restore', '@missing', '|'],
  ...['ActiveState=active', 'ExecStart=argv[]=dockerd', 'starts-with-machine'],
)
const garbage = fc
  .array(
    fc.tuple(words, fc.array(wild, { maxLength: 4 })).map(([word, values]) => [word, ...values].join(' ')),
    { maxLength: 12 },
  )
  .map((lines) => lines.join('\n'))

/** Puts garbage before, behind, between or in place of the lines of an honest answer. */
function mixed(honest: string, text: string, how: number): string {
  if (how === 0) return text
  const lines = honest.split('\n')
  const at = how % (lines.length + 1)
  return [...lines.slice(0, at), text, ...lines.slice(at)].join('\n')
}

const about = fc.constantFrom<Question['about']>(
  'facts',
  'root',
  'probe',
  'inspect',
  'containers',
  'runs',
  'touched',
  'launch',
)

describe('right frames around wrong contents', () => {
  const script = join(mkdtempSync(join(tmpdir(), 'fitout-lies-')), 'script')
  afterAll(() => rmSync(join(script, '..'), { recursive: true, force: true }))

  it('crash nothing, hang nothing, move no cursor, and what comes of them is sound shell', {
    timeout: 120_000,
  }, async () => {
    let scripts = 0
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...commands),
        fc.boolean(),
        fc.array(fc.tuple(about, garbage, fc.nat(30)), { minLength: 1, maxLength: 3 }),
        async (command, all, lies) => {
          const host = speakingHost((question, honest) => {
            const lie = lies.find(([of]) => of === question.about)
            if (lie === undefined) return { stdout: honest, code: 0 }
            const truth = unframedText(honest)
            return {
              stdout: framedAnswers(
                question.nonce,
                question.ids.map((id) => [id, mixed(truth, lie[1], lie[2])]),
              ),
              code: 0,
            }
          })
          const result = await told(host, command, all ? everything : group)
          sound(result)
          for (const text of result.scripts.filter((one) => one !== '').slice(0, 1)) {
            if (scripts++ % 10 !== 0) continue
            writeFileSync(script, text)
            execFileSync('sh', ['-n', script], { stdio: ['ignore', 'ignore', 'pipe'] })
          }
        },
      ),
      { numRuns: 1_500, interruptAfterTimeLimit: 60_000, markInterruptAsFailure: false },
    )
    expect(scripts).toBeGreaterThan(20)
  })

  it('nothing in what a host is called, says or holds is run by the questions that follow', {
    timeout: 60_000,
  }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'fitout-boom-'))
    const boom = join(folder, 'boom')
    writeFileSync(boom, `#!/bin/sh\ntouch ${join(folder, 'gone-off')}\n`, { mode: 0o755 })
    try {
      for (const bait of [
        '$(boom)',
        '`boom`',
        "'; boom; '",
        '"; boom; "',
        'a;boom',
        'a|boom',
        "a'$(boom)'",
        '\\$(boom)',
      ]) {
        const questions: Question[] = []
        const host = speakingHost((question, honest) => {
          questions.push(question)
          const facts = question.about === 'facts'
          const truth = facts
            ? `${honest.replace('login.user root', `login.user ${bait}`).replace('login.uid 0', 'login.uid 1000')}`
            : question.about === 'runs'
              ? honest.replace(
                  '|joined dora docker',
                  `|joined ${bait} docker\n|file /etc/${bait} absent ${'0'.repeat(64)}\n|folder /etc/${bait}`,
                )
              : honest
          return { stdout: truth, code: 0 }
        })
        const person = choose(recipes, { only: ['docker-group'] })
        await told(host, 'plan', person)
        await told(host, 'undo --script', person)
        expect(questions.map((question) => question.about)).toEqual(expect.arrayContaining(['inspect', 'touched']))
        for (const question of questions.filter((one) => one.about === 'inspect' || one.about === 'touched')) {
          // Questions only look: they are run here as they would be there.
          execFileSync('sh', { input: question.script, env: { PATH: `${folder}:${process.env.PATH}` }, stdio: 'pipe' })
        }
        expect(existsSync(join(folder, 'gone-off')), bait).toBe(false)
      }
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})

function unframedText(honest: string): string {
  return /begin \S+\n([\s\S]*?)\n[0-9a-f]{24} end/.exec(honest)?.[1] ?? ''
}

describe('frames that lie', () => {
  it.each([
    ['of another nonce', (text: string) => text.replaceAll(/[0-9a-f]{24}/g, 'f'.repeat(24))],
    ['whose status is no number', (text: string) => text.replaceAll(/ end 0$/gm, ' end zero')],
    ['whose status is beyond all', (text: string) => text.replaceAll(/ end 0$/gm, ` end ${'9'.repeat(400)}`)],
    ['of other questions', (text: string) => text.replaceAll(/ begin (\S+)$/gm, ' begin __proto__')],
    ['in the wrong order', (text: string) => text.replaceAll(' begin ', ' BEGIN ').replaceAll(' end 0', ' begin 0')],
    ['that end at once', (text: string) => text.replace(/^\n([0-9a-f]{24}) begin.*$/m, '\n$1 complete')],
    ['without any end', (text: string) => text.replace(/\n[0-9a-f]{24} complete\n$/, '')],
  ])('%s are one error of every command', async (_which, lie) => {
    for (const command of commands) {
      const result = await told(
        speakingHost((_question, honest) => ({ stdout: lie(honest), code: 0 })),
        command,
        group,
      )
      sound(result)
      expect(result.errors, command).toHaveLength(1)
    }
  })

  it('what a follower announces may be anything', { timeout: 60_000 }, async () => {
    const announcement = fc.oneof(
      fc.tuple(
        fc.constantFrom('bytes', 'exit', 'alive', 'killed', 'rebooted', 'complete', '', 'bytes bytes'),
        fc.constantFrom(
          '',
          ' 0',
          ' 5',
          ' -5',
          ' 1e9',
          ' NaN',
          ' 99999999999999999999999',
          ' 0x10',
          ' 3 4',
          ' 255',
          ' 256',
        ),
      ),
      fc.tuple(wild, fc.constant('')),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(announcement, wild), { maxLength: 6 }), fc.boolean(), async (said, status) => {
        const host = speakingHost((question, honest) => {
          if (question.about !== 'follow') return { stdout: honest, code: 0 }
          const mark = `==>${/^folder=.*\/(\S+)$/m.exec(question.script)?.[1]}`
          const stdout = said
            .map(
              ([[word, value], text]) =>
                `\n${question.nonce} ${word}${value}\n${mark} ${text}\n${mark} step 1/${text} ${text}\n`,
            )
            .join('')
          return { stdout, code: status ? 0 : undefined }
        })
        const result = await told(host, 'apply', group)
        sound(result)
        expect(result.errors.length).toBeLessThanOrEqual(1)
      }),
      { numRuns: 400 },
    )
  })
})

describe('over SSH', () => {
  let server: LyingHost
  beforeAll(async () => {
    server = await startLyingHost()
  })
  afterAll(() => server.close())

  const reach = (liar: Liar) => {
    server.lie(liar)
    return openHost(
      { kind: 'ssh', name: 'liar', host: 'liar' },
      { ask: nobody, transport: 'ssh2', sshConfigFile: server.sshConfigFile, knownHostsFiles: [server.knownHosts] },
    )
  }
  const withHost = async (liar: Liar, command: string): Promise<Told> => {
    const host = await reach(liar)
    try {
      return await told(host, command, group)
    } finally {
      await host.close()
    }
  }
  /** Lies about one kind of question. */
  const about =
    (which: Question['about'], lie: Liar): Liar =>
    (question, honest, channel) =>
      (question.about === which ? lie : truthful)(question, honest, channel)
  const asked: Record<string, Question['about'][]> = {
    facts: ['facts'],
    plan: ['facts', 'inspect'],
    apply: ['facts', 'inspect', 'launch', 'follow'],
    verify: ['facts', 'inspect'],
    undo: ['facts', 'runs', 'touched', 'launch', 'follow'],
  }

  it('a host that tells the truth is fitted out', { timeout: 60_000 }, async () => {
    for (const command of Object.keys(asked)) {
      const { errors, lines } = await withHost(truthful, command)
      expect(errors).toEqual([])
      expect(server.asked.map((question) => question.about)).toEqual(expect.arrayContaining(asked[command]!))
      if (command === 'apply' || command === 'undo') expect(lines.join('\n')).toMatch(/liar is as wanted now/)
    }
  })

  const lies: [string, Liar][] = [
    [
      'ends in the middle of a line',
      (_question, honest, channel) => {
        channel.write(honest.slice(0, honest.length / 2))
        channel.exit(0)
        channel.end()
      },
    ],
    [
      'closes the session without a word',
      (_question, _honest, channel) => {
        channel.close()
      },
    ],
    [
      'says random bytes and an exit status of four thousand million',
      (_question, _honest, channel) => {
        channel.write(Buffer.from(Array.from({ length: 60_000 }, (_, at) => (at * 2_654_435_761) % 251)))
        channel.stderr.write(Buffer.from([27, 91, 50, 74, 0, 255, 13, 10]))
        channel.exit(4_294_967_295)
        channel.end()
      },
    ],
    [
      'dies of a signal that is an escape sequence',
      (_question, honest, channel) => {
        channel.write(honest.slice(0, 20))
        channel.exit('\u001b]0;taken\u0007', true, '\u001b[2J')
        channel.end()
      },
    ],
    [
      'stalls midway and keeps the connection',
      (_question, honest, channel) => {
        channel.write(honest.slice(0, honest.length / 2))
      },
    ],
    [
      'has ended, and drips on',
      (_question, honest, channel) => {
        channel.write(honest.slice(0, 20))
        channel.exit(0)
        const drip = setInterval(() => channel.write('.'), 100)
        channel.on('close', () => clearInterval(drip))
      },
    ],
  ]
  it.each(lies)(
    'one that %s ends every command with one error that names it',
    { timeout: 60_000 },
    async (_what, lie) => {
      for (const [command, questions] of Object.entries(asked)) {
        for (const which of command === 'apply' ? questions : questions.slice(-1)) {
          const result = await withHost(about(which, lie), command)
          sound(result)
          expect(result.errors, `${command}, lied about ${which}`).toHaveLength(1)
          expect(result.lines.join('\n')).toContain('liar: failed while')
        }
      }
    },
  )

  it('one that never stops talking is not listened to for ever, whatever it is asked', {
    timeout: 60_000,
  }, async () => {
    const piece = Buffer.alloc(32 * 1024, 'x')
    const endless: Liar = (_question, _honest, channel) => {
      const more = () => {
        while (channel.writable && channel.write(piece)) {
          // As much as is taken.
        }
      }
      channel.on('drain', more)
      channel.on('close', () => channel.off('drain', more))
      more()
    }
    for (const [command, questions] of Object.entries(asked)) {
      const result = await withHost(about(questions.at(-1)!, endless), command)
      sound(result)
      expect(result.errors, command).toHaveLength(1)
      expect((result.errors[0] as FitoutError).why).toMatch(
        /more than \d+ KiB of output|longer than 64 MiB|no end after|says nothing of it/,
      )
    }
  })
})
