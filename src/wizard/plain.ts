import { setTimeout as sleep } from 'node:timers/promises'
import { hanging, wrap } from '../text.js'
import { type Output, writeLines } from '../ui/io.js'
import type { AskLine } from '../ui/line.js'
import type { MenuChoice, Prompts, Question, Reply } from './question.js'

/** More choices than this are not read out. */
const mostListed = 20

/**
 * Questions as numbered lines, one after the other: no colour, no cursor that moves, nothing that is painted over. What a
 * screen reader reads is all there is.
 */
export class PlainPrompts implements Prompts {
  constructor(
    private readonly output: Output,
    private readonly askLine: AskLine,
  ) {}

  say(lines: readonly string[]): void {
    writeLines(this.output, lines)
  }

  async ask(question: Question, update?: Promise<Question>): Promise<Reply> {
    // Nothing can be mended once it is written: what comes soon is waited for.
    const asked = (update && (await soon(update))) ?? question
    this.say([
      '',
      ...(asked.lines ?? []).flatMap((line) => wrap(line, 79)),
      ...(asked.lines?.length ? [''] : []),
      asked.title,
    ])
    if (asked.kind === 'check') return this.#check(asked)
    if (asked.kind === 'text') return this.#text(asked)
    this.#list(asked.choices.slice(0, mostListed))
    if (asked.choices.length > mostListed) this.say([`  and ${asked.choices.length - mostListed} more`])
    const preset = asked.kind === 'choose' ? presetOf(asked.choices, asked.preset) : undefined
    const numbers = asked.choices.length === 0 ? '' : 'A number, '
    const own = asked.kind === 'search' ? `${numbers === '' ? 'Type ' : 'or '}${asked.hint}; ` : ''
    const enter = preset === undefined ? '' : ` (Enter for ${preset + 1})`
    for (;;) {
      const line = await this.#line(`${numbers}${own}b for back, q to quit${enter}:`)
      if (typeof line === 'string') return line
      const word = line.text
      const chosen = numbered(word === '' && preset !== undefined ? String(preset + 1) : word, asked.choices)
      if (chosen !== undefined && chosen.off === undefined) return { answer: chosen.value }
      if (chosen !== undefined) this.say([`${chosen.name}: not here, ${chosen.off}`])
      else if (asked.kind === 'search' && word !== '') {
        const problem = asked.problem(word)
        if (problem === undefined) return { answer: word }
        this.say([problem])
      } else this.say([`Type a number from 1 to ${asked.choices.length}.`])
    }
  }

  async #check(question: Question & { kind: 'check' }): Promise<Reply> {
    const on = new Set(question.choices.filter(({ checked }) => checked).map(({ value }) => value))
    this.#list(question.choices, on)
    for (;;) {
      const line = await this.#line('Numbers switch on and off, Enter goes on, b for back, q to quit:')
      if (typeof line === 'string') return line
      const word = line.text
      if (word === '') {
        const values = question.choices.flatMap(({ value }) => (on.has(value) ? [value] : []))
        const problem = question.problem?.(values)
        if (problem === undefined) return { answer: values }
        this.say([problem])
        continue
      }
      for (const number of word.split(/[\s,]+/)) {
        const choice = numbered(number, question.choices)
        if (choice === undefined) this.say([`${number} is no number from 1 to ${question.choices.length}.`])
        else if (choice.off !== undefined) this.say([`${choice.name}: not here, ${choice.off}`])
        else {
          if (!on.delete(choice.value)) on.add(choice.value)
          this.say([`${choice.name}: ${on.has(choice.value) ? 'on' : 'off'}`])
        }
      }
    }
  }

  async #text(question: Question & { kind: 'text' }): Promise<Reply> {
    const { hint, preset, problem } = question
    const parts = [hint, preset ? `Enter for ${preset}` : undefined, 'back or quit'].filter(Boolean)
    for (;;) {
      const line = await this.#line(`(${parts.join('; ')})`, false)
      if (typeof line === 'string') return line
      const text = line.text === '' ? (preset ?? '') : line.text
      const wrong = problem(text)
      if (wrong === undefined) return { answer: text }
      this.say([wrong])
    }
  }

  /** A line, or a way out: `back` and `quit`, and where no text is wanted also `b` and `q`. */
  async #line(question: string, short = true): Promise<{ text: string } | Exclude<Reply, object>> {
    const line = await this.askLine(`${question} `)
    if (typeof line === 'string') {
      this.output.write('\n')
      return line === 'ended' ? 'quit' : 'interrupted'
    }
    const text = line.text.trim()
    if (text === 'back' || (short && text === 'b')) return 'back'
    return text === 'quit' || (short && text === 'q') ? 'quit' : { text }
  }

  #list(choices: readonly MenuChoice[], on?: ReadonlySet<string>): void {
    this.say(
      choices.flatMap(({ value, name, about, off }, index) => {
        const state = on === undefined ? '' : on.has(value) ? ' [on]' : ' [off]'
        const more = off === undefined ? (about ? `. ${about}` : '') : `. Not here: ${off}`
        return hanging(`${String(index + 1).padStart(3)}${off === undefined ? state : ' [-]'} `, name + more, 79)
      }),
    )
  }
}

function presetOf(choices: readonly MenuChoice[], preset: string | undefined): number | undefined {
  const index = choices.findIndex(({ value, off }) => off === undefined && (preset === undefined || value === preset))
  return index === -1 ? undefined : index
}

function numbered(word: string, choices: readonly MenuChoice[]): MenuChoice | undefined {
  return /^\d+$/.test(word) ? choices[Number(word) - 1] : choices.find(({ value }) => value === word)
}

function soon<T>(what: Promise<T>): Promise<T | undefined> {
  const known = new AbortController()
  return Promise.race([what, sleep(300, undefined, known)]).finally(() => known.abort())
}
