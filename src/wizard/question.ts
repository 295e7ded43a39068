/** One answer that is offered. */
export interface MenuChoice {
  value: string
  name: string
  /** A sentence or two that is shown while it is pointed at. */
  about?: string | undefined
  /** Why it makes no sense here: it is shown, and cannot be chosen. */
  off?: string | undefined
  /** Of several that may be chosen: whether it is. */
  checked?: boolean | undefined
}

interface Base {
  title: string
  /** What a person should know to answer, above the question; the first lines matter most. */
  lines?: readonly string[] | undefined
}

/** A question as data: whoever asks it decides how it looks. Every answer is a text, or a list of texts. */
export type Question =
  /** One of these. */
  | (Base & { kind: 'choose'; choices: readonly MenuChoice[]; preset?: string | undefined })
  /** One of these, which may be many, or a text of one’s own. */
  | (Base & { kind: 'search'; choices: readonly MenuChoice[]; hint: string; problem: Problem })
  /** Any number of these. */
  | (Base & {
      kind: 'check'
      choices: readonly MenuChoice[]
      problem?: ((values: readonly string[]) => string | undefined) | undefined
    })
  | (Base & { kind: 'text'; preset?: string | undefined; hint?: string | undefined; problem: Problem })

/** What is wrong with a text, as one sentence. */
type Problem = (text: string) => string | undefined

/** What a person does with a question. `interrupted` is Ctrl-C. */
export type Reply = { answer: string | readonly string[] } | 'back' | 'quit' | 'interrupted'

/** Puts questions to a person. */
export interface Prompts {
  /** @param update a better form of the same question, once it is known. */
  ask(question: Question, update?: Promise<Question>): Promise<Reply>
  /** Says lines that stay. */
  say(lines: readonly string[]): void
}

/** Ends the wizard, at any question with choices. */
export const quit: MenuChoice = { value: 'quit', name: 'Quit', about: 'nothing is changed' }
