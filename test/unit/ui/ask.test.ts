import { expect, test } from 'vitest'
import { FitoutError } from '../../../src/errors.js'
import { Redactor } from '../../../src/redact.js'
import { asker } from '../../../src/ui/ask.js'
import { terminal } from './terminal-double.js'

/** A person in front of a terminal that shows plain lines, who types each line when a question is on it. */
function person(...lines: string[]) {
  const { stdin, output, written } = terminal(lines)
  const secrets: string[] = []
  const redactor = new Redactor()
  redactor.hide = (secret) => {
    secrets.push(secret)
    Redactor.prototype.hide.call(redactor, secret)
  }
  const states: string[] = []
  const asks = asker({
    io: { stdin, stdout: output, stderr: output, env: { FITOUT_PLAIN: '1' } },
    onQuestion: (state) => states.push(state),
    secrets: redactor,
  })
  return { asks, stdin, written, secrets, states }
}

test.each([
  ['', true, true],
  ['', false, false],
  ['y', false, true],
  ['YES', false, true],
  ['n', true, false],
])('in plain lines %j to a question with the preset %s', async (line, preset, answer) => {
  const { asks, written, states } = person('what\n', `${line}\n`)
  expect(await asks.yes('Go on?', preset)).toBe(answer)
  expect(written.join('')).toBe(`Go on? (yes or no, Enter for ${preset ? 'yes' : 'no'}) `.repeat(2))
  expect(states).toEqual(['asked', 'answered', 'asked', 'answered'])
})

test('in plain lines a secret is not shown, and told to whoever masks it', async () => {
  const { asks, written, secrets } = person('Wal-Fisch\r')
  expect(await asks.secret('sudo password of ada@web1')).toBe('Wal-Fisch')
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
    const { asks } = person('abc\x03')
    const error = await asks.secret('password').catch((error: unknown) => error)
    expect(error).toBeInstanceOf(FitoutError)
    expect((error as FitoutError).exitCode).toBe(130)
    expect(signals).toBe(1)
  } finally {
    process.off('SIGINT', count)
  }
})

test('without a terminal nothing is asked, and what comes through a pipe stays there', async () => {
  const { stdin, output, written } = terminal([])
  const asks = asker({
    io: { stdin: Object.assign(stdin, { isTTY: false }), stdout: output, stderr: output, env: {} },
    secrets: new Redactor(),
  })
  stdin.write('y\nWal-Fisch\n')
  expect([await asks.yes('Go on?', true), await asks.confirm('Trust it?'), await asks.secret('password')]).toEqual([
    undefined,
    undefined,
    undefined,
  ])
  expect([written, stdin.read()?.toString()]).toEqual([[], 'y\nWal-Fisch\n'])
})

test('what a server echoes in its question is masked; the name of the host is not', async () => {
  const { asks, written } = person('ubuntu\r', 'x\r')
  await asks.secret('Password of ubuntu@web1:22')
  await asks.secret('The server ubuntu@web1:22 asks: “ubuntu was wrong:”')
  expect(written.join('')).toContain('The server ubuntu@web1:22 asks: “••• was wrong:”')
})
