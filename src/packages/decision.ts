import { answersTo, type Probe, type ProbeResult } from './probe.js'

/**
 * How a recipe decides, read from top to bottom: `const offer = yield question` asks a package repository, `return` gives the choice.
 *
 * For each answer the decision starts again from its beginning and gets all answers so far. So it must be pure: the same facts, options and
 * answers always lead to the same next question and the same choice.
 */
export type Decision<Choice> = Generator<Probe, Choice, ProbeResult>

/**
 * Runs a decision as far as the answers lead: to its choice, or to the first question that none of them answers. A question that was
 * asked before gets the answer from then; what the decision throws is thrown as it is.
 */
export function replay<Choice>(
  decision: Decision<Choice>,
  answers: readonly ProbeResult[],
): { choice: Choice } | { question: Probe } {
  let step = decision.next()
  while (!step.done) {
    const question = step.value
    const answer = answers.find((one) => answersTo(one, question))
    if (answer === undefined) return { question }
    step = decision.next(answer)
  }
  return { choice: step.value }
}
