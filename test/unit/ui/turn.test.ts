import { expect, test } from 'vitest'
import { lineAsker } from '../../../src/ui/line.js'
import { Interrupted, inTurn } from '../../../src/ui/turn.js'
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
