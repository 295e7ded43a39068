import { FitoutError } from '../errors.js'
import type { Asker } from '../host/host.js'
import type { Redactor } from '../redact.js'
import { visible } from '../text.js'
import { canAsk, type Io, isPlain } from './io.js'
import { Interrupted, inTurn, interrupted, type TurnStreams } from './turn.js'

export interface AskOptions {
  io: Io
  /** Called around each question, so that nothing else paints over it. */
  onQuestion?: TurnStreams['onQuestion']
  /** Told every secret that a person types, should a host ever echo it. */
  secrets: Pick<Redactor, 'hide' | 'told'>
}

/** What the command line asks beyond what hosts ask. */
export interface Person extends Asker {
  /** A yes or no with a default; `undefined` when nobody can be asked. */
  yes(question: string, preset: boolean): Promise<boolean | undefined>
}

/**
 * Asks on the terminal, on standard error so that standard output stays a document; with `FITOUT_PLAIN` or on a dumb
 * terminal in plain lines. Without a terminal every question is answered with `undefined`: what comes through a pipe is
 * never an answer.
 *
 * Rejects with exit status 130 when the person presses Ctrl-C instead of answering.
 */
export function asker({ io, secrets, onQuestion }: AskOptions): Person {
  const streams = { stdin: io.stdin, output: io.stderr, onQuestion }
  const ask = async <T>(question: Prompt): Promise<T | undefined> => {
    if (!canAsk(io)) return undefined
    try {
      return (await (isPlain(io.env) ? plainly(question, streams) : lively(question, streams))) as T
    } catch (error) {
      if (!(error instanceof Interrupted)) throw error
      throw new FitoutError(
        { doing: 'asking you', cause: 'the question was interrupted', exitCode: 130 },
        { cause: error },
      )
    }
  }
  return {
    secret: async (message) => {
      // What a server asks stands in quotation marks, which it cannot end; it may echo what was typed before.
      const told = message.replace(/“[^”]*”/g, (words) => secrets.told(words))
      const secret = await ask<string>({ type: 'password', message: visible(told), mask: false })
      if (secret !== undefined) secrets.hide(secret)
      return secret
    },
    confirm: (message) => ask<boolean>({ type: 'confirm', message: visible(message), default: false }),
    yes: (message, preset) => ask<boolean>({ type: 'confirm', message: visible(message), default: preset }),
  }
}

type Prompt =
  | { type: 'password'; message: string; mask: false }
  | { type: 'confirm'; message: string; default: boolean }

/** The question with a prompt that is painted. */
async function lively(question: Prompt, streams: TurnStreams): Promise<unknown> {
  // Loaded before the turn: it takes so long that a person types meanwhile.
  const { default: inquirer } = await import('inquirer')
  return await inTurn(streams, async ({ input, output }) => {
    const ways = { input, output, clearPromptOnDone: true, signal: input.left }
    try {
      const { answer } = (await inquirer.createPromptModule(ways as never)([
        { ...question, name: 'answer' },
      ] as never)) as {
        answer: unknown
      }
      return answer
    } catch (error) {
      if (error instanceof Error && /^(Exit|Abort)PromptError$/.test(error.name)) throw interrupted()
      throw error
    }
  })
}

/** The same question as one line that the terminal itself edits. */
async function plainly(question: Prompt, streams: TurnStreams): Promise<unknown> {
  const { lineAsker } = await import('./line.js')
  const askLine = lineAsker(streams)
  const hidden = question.type === 'password'
  const choice =
    question.type === 'confirm'
      ? question.default
        ? ' (yes or no, Enter for yes)'
        : ' (yes or no, Enter for no)'
      : ' (what you type does not appear)'
  for (;;) {
    const line = await askLine(`${question.message}${choice} `, { hidden })
    if (hidden || typeof line === 'string') streams.output.write('\n')
    if (typeof line === 'string') throw line === 'ended' ? interrupted() : new Interrupted()
    if (question.type === 'password') return line.text
    const word = line.text.trim().toLowerCase()
    if (word === '') return question.default
    if ('yes'.startsWith(word)) return true
    if ('no'.startsWith(word)) return false
  }
}
