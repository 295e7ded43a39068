import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { FitoutError } from '../../../src/errors.js'
import { asker } from '../../../src/ui/ask.js'

/** A person in front of a terminal that shows plain lines. */
function person() {
  const typed = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => undefined })
  const written: string[] = []
  const secrets: string[] = []
  const states: string[] = []
  const stream = { isTTY: true, write: (text: string) => void written.push(text) }
  const asks = asker({
    io: { stdin: typed, stdout: stream, stderr: stream, env: { FITOUT_PLAIN: '1' } },
    onQuestion: (state) => states.push(state),
    onSecret: (secret) => secrets.push(secret),
  })
  return { asks, typed, written, secrets, states }
}

test.each([
  ['', true, true],
  ['', false, false],
  ['y', false, true],
  ['YES', false, true],
  ['n', true, false],
])('in plain lines %j to a question with the preset %s', async (line, preset, answer) => {
  const { asks, typed, written, states } = person()
  typed.write(`what\n${line}\n`)
  expect(await asks.yes('Go on?', preset)).toBe(answer)
  expect(written.join('')).toBe(`Go on? (yes or no, Enter for ${preset ? 'yes' : 'no'}) `.repeat(2))
  expect(states).toEqual(['asked', 'answered'])
})

test('in plain lines a secret is not shown, and told to whoever masks it', async () => {
  const { asks, typed, written, secrets } = person()
  const answer = asks.secret('sudo password of ada@web1')
  setTimeout(() => typed.write('Wal-Fisch\r'), 20)
  expect(await answer).toBe('Wal-Fisch')
  expect(secrets).toEqual(['Wal-Fisch'])
  expect(written.join('')).toBe('sudo password of ada@web1 (what you type does not appear) \n')
})

test('in plain lines Ctrl-C ends the question as it does elsewhere', async () => {
  let signals = 0
  const count = () => {
    signals += 1
  }
  process.on('SIGINT', count)
  try {
    const { asks, typed } = person()
    const answer = asks.secret('password').catch((error: unknown) => error)
    setTimeout(() => typed.write('abc\x03'), 20)
    const error = await answer
    expect(error).toBeInstanceOf(FitoutError)
    expect((error as FitoutError).exitCode).toBe(130)
    expect(signals).toBe(1)
  } finally {
    process.off('SIGINT', count)
  }
})
