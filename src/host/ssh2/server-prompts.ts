import { visible } from '../../text.js'

/** Characters of a server’s own words that are shown. */
const longest = 240

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
  const text = visible(lines.filter((line) => line !== '').join(' / ')).replace(/[“”]/g, '"')
  return text.length <= longest ? text : `${text.slice(0, longest / 2)} … ${text.slice(-longest / 2)}`
}
