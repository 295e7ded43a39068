import type { FitoutError } from '../errors.js'
import { type CommandOutcome, type Connection, type ExecOptions, lostText } from '../host/connection/connection.js'
import { hostFailure, refuseFailed } from '../host-failure.js'
import { type Answer, failedCommands, framed, type Snippet, unframed } from '../shell/frame.js'
import { newNonce } from '../shell/nonce.js'

export interface Asking {
  /** What is being done, for errors: `looking at the host`. */
  doing: string
  /** Milliseconds until a host that does not come to an end is given up. */
  timeout: number
  /** Bytes that all answers may take; a usual amount where nothing is said. */
  most?: number | undefined
}

/**
 * Puts questions that change nothing to a host, in one script.
 *
 * @param prelude shell that stands before all questions.
 * @returns an answer to every one of them, by id.
 * @throws FitoutError where the host does not answer all of them, whole, and in time, and where a command failed that a question
 * asks (`ask` in shell/frame.ts): its own words are in the error.
 */
export async function answersTo(
  connection: Connection,
  questions: readonly Snippet[],
  asking: Asking,
  prelude?: string,
): Promise<{ get(id: string): Answer }> {
  const nonce = newNonce()
  const outcome = await wholly(connection, framed(questions, nonce, prelude), asking)
  const { answers, complete } = unframed(outcome.stdout, nonce)
  if (!complete || questions.some(({ id }) => !answers.has(id))) throw unanswered(outcome, asking)
  refuseFailed(failedCommands(outcome.stderr, nonce), asking.doing)
  return { get: (id) => answers.get(id)! }
}

/**
 * Runs a script of which the host may have no time to say how it ends.
 *
 * @returns what it said besides, and its answer, if that came whole.
 */
export async function answerTo(
  connection: Connection,
  { id, script }: Snippet,
  options: ExecOptions,
): Promise<CommandOutcome & { answer: Answer | undefined }> {
  const nonce = newNonce()
  const outcome = await connection.exec(framed([{ id, script }], nonce), options)
  return { ...outcome, answer: unframed(outcome.stdout, nonce).answers.get(id) }
}

/**
 * Runs a script that changes nothing.
 *
 * @throws FitoutError where it does not end in time with the status 0.
 */
export async function wholly(connection: Connection, script: string, asking: Asking): Promise<CommandOutcome> {
  const { timeout, most } = asking
  const outcome = await connection.exec(script, { timeout, most })
  if (outcome.code !== 0) throw unanswered(outcome, asking)
  return outcome
}

function unanswered({ lost, stderr }: CommandOutcome, { doing }: Asking): FitoutError {
  return hostFailure(
    {
      doing,
      cause: lost ? lostText(lost) : 'the host did not answer to the end',
      remedy: `nothing was changed: run fitout again${lost ? '' : ', with -v if it happens twice'}`,
      said: stderr.trim().split('\n').filter(Boolean).slice(-8),
      verdict: lost ? 'retry' : 'fatal',
    },
    { cause: lost },
  )
}
