import { type Decision, replay } from '../../src/packages/decision.js'
import { type Probe, type ProbeResult, readProbe } from '../../src/packages/probe.js'

/** What a world answers, as far as it is more than silence from a repository that is there. */
export type Reply = Partial<Omit<ProbeResult, 'asked'>>

/** Answers each question of a decision as a world would, until it is made; with the questions, in their order. */
export function decided<Choice, Question extends Probe = Probe>(
  decide: () => Decision<Choice>,
  reply: (question: Question) => Reply,
): { choice: Choice; questions: Question[] } {
  const questions: Question[] = []
  const answers: ProbeResult[] = []
  while (questions.length < 24) {
    const end = replay(decide(), answers)
    if ('choice' in end) return { choice: end.choice, questions }
    const question = end.question as Question
    questions.push(question)
    answers.push({ ...readProbe(question, ''), ...reply(question) })
  }
  throw new Error('it never decides')
}
