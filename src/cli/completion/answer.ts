import { visible } from '../../text.js'
import { commands } from '../commands/index.js'
import { type Candidates, candidatesFor, type Sources } from './candidates.js'
import { sourcesOf } from './sources.js'

/**
 * What a shell’s completion asks: prints a word a line, with a tab and what it means behind it; `:open WORD` is one that more has
 * to follow, `:files` leaves it to the shell.
 *
 * @param args the shell; for bash the line up to the cursor and what it takes for the word there, else the words up to the cursor, the
 * last of them unfinished and maybe empty.
 */
export async function answer(
  [shell, ...words]: readonly string[],
  env: Record<string, string | undefined>,
  sources: Sources = sourcesOf(env),
): Promise<string> {
  const [line = '', piece = ''] = words
  const { before, current } =
    shell === 'bash' ? splitLine(line) : { before: words.slice(0, -1), current: words.at(-1) ?? '' }
  const found = await candidatesFor(commands, before, current, sources)
  // bash breaks words at `=`, `:` and more, and replaces only the last piece.
  const cut = shell === 'bash' && current.endsWith(piece) ? current.length - piece.length : 0
  return printed(found, current, cut, shell === 'bash')
}

/** What every shell takes for itself, whether it quotes what is completed or not. */
const plain = /^[A-Za-z0-9_.:@%+=,/-]*$/

/**
 * Names come from files that somebody else may have written. What would be added to the line is offered only if no shell can take it for
 * more than a word; what the person has typed is their own.
 */
function printed({ words, files }: Candidates, current: string, cut: number, bare: boolean): string {
  const offered = words.filter(({ word }) => plain.test(word.slice(current.length)))
  const lines = offered.map(({ word, about = '', open }) => {
    const meaning = shortened(about)
    return `${open ? ':open ' : ''}${word.slice(cut)}${bare || meaning === '' ? '' : `\t${meaning}`}`
  })
  return [...lines, ...(files ? [':files'] : [])].map((one) => `${one}\n`).join('')
}

/** As much as stands beside a word in a list. */
function shortened(about: string): string {
  const line = visible(about.replace(/\s/g, ' '))
  return line.length <= 60 ? line : `${line.slice(0, 60).replace(/[ ,;:(]*\S*$/, '')} …`
}

/** The words of a bash line, without the program; the last one is the one at the cursor. */
export function splitLine(line: string): { before: string[]; current: string } {
  const words: string[] = []
  let word: string | undefined
  let quote = ''
  for (let at = 0; at < line.length; at += 1) {
    const one = line[at]!
    if (quote !== '') {
      if (one === quote) quote = ''
      else if (one === '\\' && quote === '"' && /["\\$`]/.test(line[at + 1] ?? '')) word += line[++at]!
      else word += one
    } else if (one === "'" || one === '"') {
      quote = one
      word ??= ''
    } else if (one === '\\') {
      at += 1
      word = (word ?? '') + (line[at] ?? '')
    } else if (/\s/.test(one)) {
      if (word !== undefined) words.push(word)
      word = undefined
    } else word = (word ?? '') + one
  }
  return { before: words.slice(1), current: word ?? '' }
}
