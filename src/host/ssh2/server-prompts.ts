import { visible } from '../../text.js'
import { mostTries } from '../root/asked-secret.js'

/** Characters of a server’s own words that are shown. */
const longest = 240

/** Whatever looks like a quotation mark, two of those that look like half of one too: only ours ends a quotation. */
const quotes =
  /["'`´«»\u02b9-\u02bd\u02dd\u02ee\u05f3\u05f4\u2018-\u201f\u2032-\u2037\u2039\u203a\u275b-\u2760\u276e\u276f\u2e42\u3003\u300c-\u300f\u301d-\u301f\ufe41-\ufe44\uff02\uff07\uff62\uff63\u{1f676}-\u{1f678}]+/gu

/** How much may be asked in one login: each of its tries may want several answers. */
const mostQuestions = 4 * mostTries

/**
 * What one login has asked so far. A server can ask for ever without ever refusing: within one method, in other words each time,
 * or over new connections.
 */
export class Askings {
  readonly #times = new Map<string, number>()
  #all = 0

  /**
   * To be called before each question.
   *
   * @param words what is asked; numbers in it may count the tries.
   * @param by who asks, where several may.
   * @returns whether it may be asked.
   */
  next(words: string, by = ''): boolean {
    const same = `${by} ${words.trim().toLowerCase().replace(/\d+/g, '#')}`
    const times = (this.#times.get(same) ?? 0) + 1
    this.#times.set(same, times)
    this.#all += 1
    return times <= mostTries && this.#all <= mostQuestions
  }
}

/** How the message of a failure tells that no more was asked. */
export const askedEnough = 'it kept asking'

/** Whether a server asks for the password of the login and for nothing else: `Password: `, `ada@web1's password: `. */
export function isPasswordPrompt(prompt: string): boolean {
  return /^\s*(?:\(\S+@\S+\) ?)?(?:\S+@\S+'s )?password(?: for \S+)?\s*:?\s*$/i.test(prompt)
}

/**
 * What a server asks, as a question of one line that begins with who asks. The server’s words stand in quotation marks and are
 * bounded, and what would move the cursor is made visible, so that they cannot pass for a question of fitout’s.
 *
 * @param address `ada@web1:22`
 * @param words what the server sent, in order: name, instructions and prompt of keyboard-interactive.
 */
export function serverQuestion(address: string, words: readonly string[]): string {
  return `The server ${address} asks: “${serverWords(words)}”`
}

/** A server’s words as one bounded line. */
export function serverWords(words: readonly string[]): string {
  const lines = words.flatMap((text) => text.split(/[\r\n]+/)).map((line) => line.replaceAll('\t', ' ').trim())
  // The ends matter most: the last word is the prompt itself.
  const text = visible(lines.filter((line) => line !== '').join(' / ')).replace(quotes, "'")
  return text.length <= longest ? text : `${text.slice(0, longest / 2)} … ${text.slice(-longest / 2)}`
}
