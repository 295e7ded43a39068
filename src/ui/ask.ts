import { FitoutError } from '../errors.js'
import type { Asker } from '../host/host.js'
import { visible } from '../text.js'
import { canAsk, type Io, isPlain } from './io.js'
import type { LineInput } from './line-reader.js'

export interface AskOptions {
  io: Io
  /** Called around each question, so that nothing else paints over it. */
  onQuestion?: ((state: 'asked' | 'answered') => void) | undefined
  /** Told every secret that a person typed, so that a record masks it should a host ever echo it. */
  onSecret?: ((secret: string) => void) | undefined
}

/** What the command line asks beyond what hosts ask. */
export interface Person extends Asker {
  /** A yes or no with a default; `undefined` when nobody can be asked. */
  yes(question: string, preset: boolean): Promise<boolean | undefined>
}

/**
 * Asks on the terminal, one question at a time whoever asks, on standard error so that standard output stays a
 * document; with `FITOUT_PLAIN` or on a dumb terminal in plain lines. Without a terminal every question is answered with
 * `undefined`.
 *
 * Rejects with exit status 130 when the person presses Ctrl-C instead of answering.
 */
export function asker({ io, onQuestion, onSecret }: AskOptions): Person {
  let before: Promise<unknown> = Promise.resolve()
  const ask = <T>(question: Asked): Promise<T | undefined> => {
    if (!canAsk(io)) return Promise.resolve(undefined)
    const put = isPlain(io.env) ? () => plainly(question, io, onQuestion) : () => prompt(question, onQuestion)
    const answer = before.then(put) as Promise<T>
    before = answer.catch(() => undefined)
    return answer
  }
  return {
    secret: async (message) => {
      const secret = await ask<string>({ type: 'password', message: visible(message), mask: false })
      if (secret !== undefined) onSecret?.(secret)
      return secret
    },
    confirm: (message) => ask<boolean>({ type: 'confirm', message: visible(message), default: false }),
    yes: (message, preset) => ask<boolean>({ type: 'confirm', message: visible(message), default: preset }),
  }
}

type Asked = { type: 'password'; message: string; mask: false } | { type: 'confirm'; message: string; default: boolean }

async function prompt(question: Asked, onQuestion: AskOptions['onQuestion']): Promise<unknown> {
  const { default: inquirer } = await import('inquirer')
  onQuestion?.('asked')
  try {
    const module = inquirer.createPromptModule({ output: process.stderr, clearPromptOnDone: true })
    const { answer } = (await module([{ ...question, name: 'answer' }] as never)) as { answer: unknown }
    return answer
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'ExitPromptError') throw error
    // The terminal was in raw mode: Ctrl-C was a key to the prompt, and means what it always means.
    process.emit('SIGINT')
    throw interrupted(error)
  } finally {
    onQuestion?.('answered')
  }
}

/** The same question as one line that the terminal itself edits. */
async function plainly(question: Asked, io: Io, onQuestion: AskOptions['onQuestion']): Promise<unknown> {
  const { lineReaderOn } = await import('./line-reader.js')
  const lines = lineReaderOn(io.stdin as LineInput)
  const secret = question.type === 'password'
  const choice =
    question.type === 'confirm'
      ? question.default
        ? ' (yes or no, Enter for yes)'
        : ' (yes or no, Enter for no)'
      : ' (what you type does not appear)'
  onQuestion?.('asked')
  try {
    for (;;) {
      io.stderr.write(`${question.message}${choice} `)
      const line = await lines.next({ hidden: secret })
      if (secret) io.stderr.write('\n')
      if (line === 'interrupted' || line === 'ended') {
        io.stderr.write('\n')
        if (line === 'ended' || secret) process.emit('SIGINT')
        throw interrupted()
      }
      if (question.type === 'password') return line.text
      const word = line.text.trim().toLowerCase()
      if (word === '') return question.default
      if ('yes'.startsWith(word)) return true
      if ('no'.startsWith(word)) return false
    }
  } finally {
    onQuestion?.('answered')
  }
}

function interrupted(cause?: unknown): FitoutError {
  return new FitoutError({ doing: 'asking you', cause: 'the question was interrupted', exitCode: 130 }, { cause })
}
