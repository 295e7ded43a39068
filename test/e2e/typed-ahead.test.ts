import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { TmuxSession } from '../lab/support/tmux.js'
import { bundleDemo } from '../support/demo.js'

// A question is answered after it was asked: whatever is typed before it is on the screen, whenever that is, answers nothing.
// Each test answers No in the end. If anything that was typed ahead had answered, or stood before that No, the changes
// would have been made and the exit status would be another.

const folder = mkdtempSync(join(tmpdir(), 'fitout-typed-'))
const demo = join(folder, 'demo.mjs')
const home = join(folder, 'home')
const hasTmux = spawnSync('tmux', ['-V']).status === 0

beforeAll(async () => {
  await bundleDemo(demo)
  mkdirSync(home)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let session: TmuxSession | undefined
afterEach(() => {
  session?.end()
  session = undefined
})

const declined = 2
// On a host where Enter means yes: a keystroke that answers would be seen.
const question = /Make these 4 changes to new1\? \(Y\/n\)/
const plainQuestion = /Make these 4 changes to new1\? \(yes or no, Enter for yes\)/
const env = {
  HOME: home,
  XDG_STATE_HOME: join(home, 'state'),
  FITOUT_FLEET: undefined,
  FITOUT_PLAIN: undefined,
  PACE: '200',
}

/** @param before what the shell does before fitout starts. */
function start(args: string[], { before = '', more = {} }: { before?: string; more?: object } = {}) {
  const command = ['sh', '-c', `${before} exec node ${demo} ${args.join(' ')}`]
  session = new TmuxSession(command, { folder: home, env: { ...env, ...more } })
  return session
}

async function sayNo(terminal: TmuxSession): Promise<number> {
  // A person reads first.
  await wait(250)
  terminal.type('n')
  terminal.press('Enter')
  return await terminal.ended()
}

describe.runIf(hasTmux)('what is typed', () => {
  test.each([
    ['before it starts', { before: 'echo ready; sleep 1;' }, /ready/, ['Enter']],
    ['while it starts', { before: 'echo ready;' }, /ready/, ['y', 'Enter', 'Enter']],
    ['during the connection', {}, /new1: connecting/, ['Enter', 'y', 'Enter']],
    ['while the host is looked at', {}, /new1: looking/, ['y', 'Enter', 'y']],
    ['as half an escape sequence', {}, /new1: connecting/, ['Escape', 'y']],
    ['as the end of the input', {}, /new1: connecting/, ['C-d', 'y', 'Enter', 'C-d']],
  ] as const)('%s answers nothing', async (_when, options, moment, keys) => {
    const terminal = start(['apply', 'new1'], options)
    await terminal.until(moment)
    terminal.press(...keys)
    await terminal.until(question)
    expect(await sayNo(terminal)).toBe(declined)
  })

  // fitout is stopped at each moment, so that what is on the screen then, and what was typed then, is certain.
  test.each(Array.from({ length: 14 }, (_, index) => index * 20))(
    'before the question was seen, %d ms after the host was looked at, answers nothing',
    async (moment) => {
      const terminal = start(['apply', 'new1'], { before: 'echo $$ >pid;', more: { PACE: '20' } })
      await terminal.until(/new1: looking/)
      await wait(moment)
      const pid = Number(readFileSync(join(home, 'pid'), 'utf8'))
      process.kill(pid, 'SIGSTOP')
      await wait(30)
      if (!question.test(terminal.text)) terminal.press('y', 'Enter')
      await wait(30)
      process.kill(pid, 'SIGCONT')
      await terminal.until(question)
      // It may have been stopped with its question on the screen, before it listened.
      await wait(100)
      expect(await sayNo(terminal)).toBe(declined)
    },
  )

  test.each([
    ['', question],
    ['1', plainQuestion],
  ])('while the process is about to write its question (FITOUT_PLAIN=%j) answers nothing', async (plain, asked) => {
    const [held, preload] = [join(folder, `held${plain}`), join(folder, `hold${plain}.mjs`)]
    writeFileSync(
      preload,
      `import { existsSync, writeFileSync } from 'node:fs'
const { write } = process.stderr
process.stderr.write = function (text, ...more) {
  if (/\\(Y\\/n\\)|Enter for yes\\)/.test(text) && !existsSync('${held}')) {
    writeFileSync('${held}', '')
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500)
  }
  return write.call(this, text, ...more)
}
`,
    )
    const more = { PACE: '20', NODE_OPTIONS: `--import ${preload}`, FITOUT_PLAIN: plain || undefined }
    const terminal = start(['apply', 'new1'], { more })
    while (!existsSync(held)) await wait(20)
    terminal.press('y', 'Enter')
    await terminal.until(asked)
    await wait(100)
    expect(await sayNo(terminal)).toBe(declined)
  })

  test.each([/new1: looking/, /new1: connecting/])('in plain lines at “%s” answers nothing', async () => {
    const terminal = start(['apply', 'new1'], { before: 'echo ready;', more: { FITOUT_PLAIN: '1' } })
    await terminal.until(/ready/)
    terminal.press('Enter', 'y', 'Enter', 'y', 'C-d')
    await terminal.until(plainQuestion)
    expect(await sayNo(terminal)).toBe(declined)
  })

  test('as a paste of several lines answers nothing', async () => {
    const terminal = start(['apply', 'new1'])
    await terminal.until(/new1: connecting/)
    terminal.type('yes\nyes\n\nyes\n')
    await terminal.until(question)
    expect(await sayNo(terminal)).toBe(declined)
  })

  test('while the window is resized answers nothing', async () => {
    const terminal = start(['apply', 'new1'])
    await terminal.until(/new1: connecting/)
    terminal.resize(60, 20)
    terminal.press('Enter')
    terminal.resize(100, 30)
    terminal.press('y', 'Enter')
    await terminal.until(question)
    terminal.resize(90, 24)
    expect(await sayNo(terminal)).toBe(declined)
  })

  test('by a key that is held down holds the question back until it is let go', async () => {
    const terminal = start(['apply', 'new1'])
    await terminal.until(/new1: connecting/)
    const letGo = terminal.hold('Enter')
    try {
      await terminal.until(/waiting until no more keys arrive/)
    } finally {
      letGo()
    }
    await terminal.until(question)
    // On a busy machine the key may pause for longer than a moment, so that only the order is certain.
    expect(terminal.text.search(/waiting until no more keys arrive/)).toBeLessThan(terminal.text.search(question))
    expect(await sayNo(terminal)).toBe(declined)
  })

  test('while the list of tasks turns, and between two questions, answers nothing', async () => {
    const terminal = start(['apply', 'boot1', 'boot2'], { more: { PACE: '20' } })
    await terminal.asked(/Make these 8 changes to boot1 and boot2\?/)
    terminal.press('y', 'Enter')
    await terminal.until(/Get:\d/)
    terminal.type('y\ny\ny\n')
    await terminal.asked(/Restart boot\d now\?/)
    // One of these answers the question that is there; the others would answer the next.
    terminal.type('y\ny\ny\n')
    await terminal.asked(/Restart the other hosts, too/)
    terminal.type('n\ny\ny\n')
    await terminal.until(/Restart boot\d now\?/)
    // One host was restarted; of the other a reboot is due.
    expect(await sayNo(terminal)).toBe(3)
  })

  test('at a question for a password is no password for the next', async () => {
    const terminal = start(['apply', 'ask1'], { more: { PACE: '20' } })
    await terminal.until(/Make these 4 changes to ask1\?/)
    terminal.press('y', 'Enter')
    // Were the rest of a paste an answer, the next step would not ask.
    for (const step of [1, 2, 3, 4, 5]) {
      await terminal.until(new RegExp(`sudo password for dev, step ${step}`))
      terminal.type('Wal-Fisch\nleftover\nleftover\nleftover\n')
    }
    expect(await terminal.ended()).toBe(0)
  })

  test('Ctrl-C typed ahead, also behind other keys, interrupts', async () => {
    for (const moment of [/new1: connecting/, /new1: looking/]) {
      const terminal = start(['apply', 'new1'])
      await terminal.until(moment)
      terminal.press('y', 'Enter', 'C-c')
      expect(await terminal.ended()).toBe(130)
      expect(terminal.text).toContain('nothing was changed')
      terminal.end()
    }
  })

  test.each([[[]], [['--plain']]])('while the wizard looks (%j) answers none of its questions', async (args) => {
    const plain = args.length > 0
    const terminal = start(args, { before: 'echo ready;' })
    await terminal.until(/ready/)
    terminal.press('Enter', 'Enter', 'Enter')
    await terminal.until(/What is to be fitted out\?[\s\S]*quit/)
    terminal.press(...(plain ? ['1', 'Enter'] : ['Enter']), 'Enter', 'Enter', 'Enter')
    await terminal.until(/Go on with this\?[\s\S]*quit/)
    terminal.press('q', ...(plain ? ['Enter'] : []))
    expect(await terminal.ended()).toBe(0)
    expect(terminal.text).toContain('fitout: nothing was changed')
  })
})
