import { FitoutError } from '../errors.js'
import type { Asker } from '../host/host.js'
import { visible } from '../text.js'
import { canAsk, type Io } from './io.js'

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
 * document. Without a terminal every question is answered with `undefined`.
 *
 * Rejects with exit status 130 when the person presses Ctrl-C instead of answering.
 */
export function asker({ io, onQuestion, onSecret }: AskOptions): Person {
  let before: Promise<unknown> = Promise.resolve()
  const ask = <T>(question: Record<string, unknown>): Promise<T | undefined> => {
    if (!canAsk(io)) return Promise.resolve(undefined)
    const answer = before.then(() => prompt<T>(question, onQuestion))
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

async function prompt<T>(question: Record<string, unknown>, onQuestion: AskOptions['onQuestion']): Promise<T> {
  const { default: inquirer } = await import('inquirer')
  onQuestion?.('asked')
  try {
    const module = inquirer.createPromptModule({ output: process.stderr, clearPromptOnDone: true })
    const { answer } = (await module([{ ...question, name: 'answer' }] as never)) as { answer: T }
    return answer
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'ExitPromptError') throw error
    // The terminal was in raw mode: Ctrl-C was a key to the prompt, and means what it always means.
    process.emit('SIGINT')
    throw new FitoutError(
      { doing: 'asking you', cause: 'the question was interrupted', exitCode: 130 },
      { cause: error },
    )
  } finally {
    onQuestion?.('answered')
  }
}
