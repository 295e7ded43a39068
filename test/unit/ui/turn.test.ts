import { execFileSync } from 'node:child_process'
import { constants, mkdtempSync, openSync, readdirSync, rmSync, writeSync } from 'node:fs'
import { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { lineAsker } from '../../../src/ui/line.js'
import { Interrupted, inTurn, type Turn, type TurnStreams } from '../../../src/ui/turn.js'
import { terminal } from './terminal-double.js'

const place = ({ stdin, output }: ReturnType<typeof terminal>) => ({ stdin, output })

test('a line that was typed before its question is on the screen is no answer to it', async () => {
  const screen = terminal(['late\n'])
  screen.stdin.write('early\n')
  const answer = lineAsker(place(screen))('Go on? ')
  screen.stdin.write('while it waits for silence\n')
  expect(await answer).toEqual({ text: 'late' })
})

test('what is left of a paste is no answer to the next question', async () => {
  const screen = terminal(['one\ntwo\nthr', 'ee\n'])
  const ask = lineAsker(place(screen))
  expect(await ask('First? ')).toEqual({ text: 'one' })
  expect(await ask('Second? ')).toEqual({ text: 'ee' })
})

test('keys that keep coming hold the question back, and after a while that is said', async () => {
  const screen = terminal([])
  const held = setInterval(() => screen.stdin.write('\n'), 30)
  const answer = lineAsker(place(screen))('Go on? ')
  while (!screen.written.join('').includes('waiting until no more keys arrive'))
    await new Promise((done) => setTimeout(done, 20))
  expect(screen.written.join('')).not.toContain('Go on?')
  clearInterval(held)
  while (!screen.written.join('').includes('Go on?')) await new Promise((done) => setTimeout(done, 20))
  screen.stdin.write('yes\n')
  expect(await answer).toEqual({ text: 'yes' })
})

test('keys that end soon are thrown away without a word, those that go on are spoken of once', async () => {
  const soon = terminal(['yes\n'])
  const some = setInterval(() => soon.stdin.write('\n'), 30)
  setTimeout(() => clearInterval(some), 400)
  expect(await lineAsker(place(soon))('Go on? ')).toEqual({ text: 'yes' })
  expect(soon.written).toEqual(['Go on? '])

  const screen = terminal([])
  const held = setInterval(() => screen.stdin.write('\n'), 30)
  const answer = lineAsker(place(screen))('Go on? ')
  while (screen.written.length === 0) await new Promise((done) => setTimeout(done, 20))
  await new Promise((done) => setTimeout(done, 400))
  clearInterval(held)
  while (!screen.written.includes('Go on? ')) await new Promise((done) => setTimeout(done, 20))
  screen.stdin.write('yes\n')
  await answer
  expect(screen.written).toEqual(['fitout: waiting until no more keys arrive\n', 'Go on? '])
})

test('a keyboard that gives text, and those that have no raw mode, lose it or cannot be opened again, are asked like others', async () => {
  const text = terminal(['yés\n'])
  text.stdin.setEncoding('utf8')
  expect(await lineAsker(place(text))('Go on? ')).toEqual({ text: 'yés' })
  const stopped = terminal([])
  stopped.stdin.setEncoding('utf8')
  const none = inTurn(place(stopped), async () => 'asked')
  setImmediate(() => stopped.stdin.write('y\x03'))
  await expect(none).rejects.toThrow(Interrupted)
  const { stdin, ...plain } = terminal(['yes\n'])
  expect(
    await lineAsker({ stdin: Object.assign(stdin, { setRawMode: undefined }), output: plain.output })('? '),
  ).toEqual({
    text: 'yes',
  })
  const gone = terminal(['yes\n'])
  gone.stdin.setRawMode = () => {
    throw new Error('EIO')
  }
  expect(await lineAsker(place(gone))('Go on? ')).toEqual({ text: 'yes' })
  // As another user's terminal after `su`: it cannot be opened once more.
  const theirs = terminal(['yes\n'])
  expect(await lineAsker({ ...place(theirs), stdin: Object.assign(theirs.stdin, { fd: 99_999 }) })('? ')).toEqual({
    text: 'yes',
  })
})

test('the turn’s output is as wide as the screen, and its input tells when no answer can come any more', async () => {
  const screen = terminal([])
  await inTurn(place(screen), async ({ input, output }) => {
    const { columns, rows, isTTY } = output
    expect({ columns, rows, isTTY, input: input.isTTY }).toEqual({ columns: 80, rows: 24, isTTY: true, input: true })
    // An editor of lines that pauses while it edits comes back, as after Ctrl-Z; one that is done does not.
    const soon = () => new Promise((done) => setTimeout(done, 20))
    input.setRawMode(true)
    input.resume()
    input.pause()
    await soon()
    expect([input.left.aborted, input.isPaused()]).toEqual([false, false])
    input.setRawMode(false)
    input.pause()
    await soon()
    expect(input.left.aborted).toBe(true)
  })
  await inTurn(place(screen), async ({ input }) => {
    input.resume()
    screen.stdin.end()
    await new Promise((done) => input.left.addEventListener('abort', done))
  })
})

test('Ctrl-C between silence and question reaches who asks, nothing else does', async () => {
  const screen = terminal([])
  const keys = await inTurn(place(screen), async ({ input }) => {
    screen.stdin.write('yes\n')
    await new Promise((done) => setTimeout(done, 10))
    screen.stdin.write('n\x03n')
    return await new Promise((done) => input.once('data', (chunk) => done(String(chunk))))
  })
  expect(keys).toBe('\x03')
})

/** The input of a question that is on the screen. */
const asked = <Value>(screen: ReturnType<typeof terminal>, put: (input: Turn['input']) => Promise<Value>) =>
  inTurn(place(screen), async ({ input, output }) => {
    await new Promise((done) => output.write('Go on? ', done))
    await new Promise((done) => setTimeout(done, 10))
    return await put(input)
  })

test('what a keyboard gives after it failed is no answer, and no error', async () => {
  const screen = terminal([])
  const heard = await asked(screen, async (input) => {
    screen.stdin.emit('error', new Error('EIO'))
    screen.stdin.write('yes\n')
    let text = ''
    for await (const chunk of input) text += chunk
    return text
  })
  expect(heard).toBe('')
})

test('a flood of keys that nobody reads is not kept', async () => {
  const screen = terminal([])
  const kept = await asked(screen, async (input) => {
    for (let times = 0; times < 16; times += 1) {
      screen.stdin.write('y'.repeat(16 * 1024))
      await new Promise((done) => setImmediate(done))
    }
    return input.readableLength + input.writableLength
  })
  expect(kept).toBeGreaterThanOrEqual(64 * 1024)
  expect(kept).toBeLessThan(128 * 1024)
})

test('questions of several askers on one terminal stand there one after the other', async () => {
  const screen = terminal(['a\n', 'b\n'])
  const answers = await Promise.all([lineAsker(place(screen))('1? '), lineAsker(place(screen))('2? ')])
  expect([answers, screen.written]).toEqual([
    [{ text: 'a' }, { text: 'b' }],
    ['1? ', '2? '],
  ])
})

test('Ctrl-C before the question is on the screen interrupts, also behind other keys', async () => {
  let signals = 0
  const count = () => {
    signals += 1
  }
  process.on('SIGINT', count)
  try {
    const screen = terminal([])
    const asked = inTurn(place(screen), async () => 'asked').catch((error: unknown) => error)
    await new Promise((done) => setImmediate(done))
    screen.stdin.write('y\ny\x03')
    expect(await asked).toBeInstanceOf(Interrupted)
    expect([signals, screen.written]).toEqual([1, []])
  } finally {
    process.off('SIGINT', count)
  }
})

test('lines: cut in pieces, ended by either sign, and the end of the input', async () => {
  const screen = terminal(['tw', 'three\r\n', undefined])
  const ask = lineAsker(place(screen))
  const pieces = ask('1? ')
  while (screen.written.length === 0) await new Promise((done) => setTimeout(done, 10))
  await new Promise((done) => setTimeout(done, 10))
  screen.stdin.write('o\n')
  expect(await pieces).toEqual({ text: 'two' })
  expect(await ask('2? ')).toEqual({ text: 'three' })
  const last = ask('3? ')
  while (screen.written.length < 3) await new Promise((done) => setTimeout(done, 10))
  screen.stdin.end()
  expect(await last).toBe('ended')
  // The terminal is gone: nobody can answer any more.
  expect(await ask('4? ')).toBe('interrupted')
})

test('a secret is read key by key: nothing appears, mistakes are mended, Ctrl-C is no sign of it', async () => {
  const screen = terminal(['läx\x7fb\r', 'abc\x03', 'fresh\n'])
  const ask = lineAsker(place(screen))
  expect(await ask('password ', { hidden: true })).toEqual({ text: 'läb' })
  expect(await ask('password ', { hidden: true })).toBe('interrupted')
  expect(screen.modes.at(-1)).toBe(false)
  screen.modes.length = 0
  expect(await ask('name ')).toEqual({ text: 'fresh' })
  // Raw while it waits for silence; the terminal itself edits the line.
  expect(screen.modes).toEqual([true, false, false])
})

test('Ctrl-C in a line that the terminal edits interrupts', async () => {
  const screen = terminal([])
  const line = lineAsker(place(screen))('name ')
  while (screen.written.length === 0) await new Promise((done) => setTimeout(done, 10))
  process.emit('SIGINT')
  expect(await line).toBe('interrupted')
  expect(process.listenerCount('SIGINT')).toBe(0)
})

test('twelve questions leave no more listeners on the keyboard than one: Node warns of eleven, in the midst of a question', async () => {
  const screen = terminal(Array.from({ length: 12 }, () => 'yes\n'))
  const ask = lineAsker(place(screen))
  const listeners = () => screen.stdin.eventNames().map((name) => [name, screen.stdin.listenerCount(name)])
  await ask('1? ')
  const after = listeners()
  for (let number = 2; number <= 12; number += 1) await ask(`${number}? `)
  expect(listeners()).toEqual(after)
  // Gone between two questions: no defect, and no answer.
  screen.stdin.destroy(new Error('EIO'))
  expect(await ask('13? ')).toBe('interrupted')
})

describe.each([
  ['by Node', false],
  ['at once', true],
])('what waits in the terminal itself, which is read %s,', (_how, atOnce) => {
  const folder = mkdtempSync(join(tmpdir(), 'fitout-turn-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  let keys = 0
  let stdin: Socket
  afterEach(() => stdin.destroy())

  /** Asks one question on a keyboard that the kernel holds, and presses a key once it is on the screen. @returns all that was heard. */
  async function heard(put: (turn: Turn, press: (key: string) => void) => unknown): Promise<string> {
    keys += 1
    const fifo = join(folder, `${keys}`)
    execFileSync('mkfifo', [fifo])
    const fd = openSync(fifo, constants.O_RDWR | constants.O_NONBLOCK)
    stdin = Object.assign(new Socket({ fd }), atOnce ? { fd } : {})
    const press = (key: string) => void writeSync(fd, key)
    let asked = () => {}
    const isAsked = new Promise<void>((done) => {
      asked = done
    })
    const output = {
      write: (text: string) => {
        if (text.includes('quick')) press('y')
        if (text.includes('late')) {
          press('\n')
          busily(50)
        }
        if (text.includes('Remove')) asked()
      },
    }
    return await inTurn({ stdin, output } as unknown as TurnStreams, async (turn) => {
      let text = ''
      turn.input.on('data', (chunk) => {
        text += chunk
      })
      await put(turn, press)
      await isAsked
      await new Promise((done) => setTimeout(done, 20))
      press('n')
      while (!text.includes('n')) await new Promise((done) => setTimeout(done, 5))
      return text
    })
  }

  /** Not a moment for anything else, as when much code is loaded. */
  const busily = (milliseconds: number) => {
    const end = Date.now() + milliseconds
    while (Date.now() < end);
  }

  test.each<[string, (turn: Turn, press: (key: string) => void) => unknown]>([
    [
      'just before the question',
      (turn, press) => {
        press('\n')
        turn.output.write('Remove Docker? ')
      },
    ],
    [
      'while something is loaded',
      (turn, press) => {
        busily(20)
        press('y\n')
        busily(20)
        turn.output.write('Remove Docker? ')
      },
    ],
    [
      'while something is loaded, between two rounds of the event loop',
      async (turn, press) => {
        await new Promise((done) => setTimeout(done, 10))
        press('y\n')
        busily(20)
        turn.output.write('Remove Docker? ')
      },
    ],
    [
      'behind what only hides the cursor',
      async (turn, press) => {
        turn.output.write('\x1b[?25l')
        await new Promise((done) => setTimeout(done, 10))
        press('\n')
        turn.output.write('Remove Docker? ')
      },
    ],
    [
      'behind an empty line',
      async (turn, press) => {
        turn.output.write('\r\n')
        await new Promise((done) => setTimeout(done, 10))
        press('\n')
        turn.output.write('Remove Docker? ')
      },
    ],
    ['while the terminal takes no output, as after Ctrl-S', (turn) => turn.output.write('Remove Docker? (late)')],
  ])('%s is no answer', async (_when, put) => {
    expect(await heard(put)).toBe('n')
  })

  if (atOnce && process.platform === 'linux')
    test('an answer is heard as soon as the question is there', async () => {
      expect(await heard((turn, press) => turn.output.write('Remove Docker? ', () => press('y')))).toBe('yn')
      // Also that of a program, which types in the same moment.
      expect(await heard((turn) => turn.output.write('Remove Docker? (quick)'))).toBe('yn')
      // Each question emptied it by a descriptor of its own, and left none.
      const open = () => readdirSync('/proc/self/fd').length
      await heard((turn) => turn.output.write('Remove Docker? '))
      const before = open()
      await heard((turn) => turn.output.write('Remove Docker? '))
      expect(open()).toBeLessThanOrEqual(before + 1)
    })
})

test('the terminal edits a line only once its question is there: half a line from before would be the beginning of the answer', async () => {
  const order: unknown[] = []
  const screen = terminal(['yes\n'])
  screen.stdin.setRawMode = (on) => void order.push(on)
  const { write } = screen.output
  screen.output.write = (text) => {
    order.push(text)
    write(text)
  }
  await lineAsker(place(screen))('Go on? ')
  expect(order).toEqual([true, 'Go on? ', false, false])
})

test('a question that is over before it is on the screen is not written any more', async () => {
  const screen = terminal([])
  const asked = inTurn(place(screen), async ({ output }) => {
    output.write('Go on? ')
    throw new Interrupted()
  })
  await expect(asked).rejects.toThrow(Interrupted)
  await new Promise((done) => setTimeout(done, 10))
  expect(screen.written).toEqual([])
})
