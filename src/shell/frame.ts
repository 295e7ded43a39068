import { randomBytes } from 'node:crypto'
import { quote } from './quote.js'

/** A piece of shell whose standard output is one answer. It runs in a subshell of its own and cannot harm the others. */
export interface Snippet {
  /** Unique in its script. */
  id: string
  script: string
}

/** What one snippet printed, without the newline that the frame adds, and how it ended. */
export interface Answer {
  text: string
  code: number
}

/** A word that no host can have printed by accident: answers of one script are framed with it. */
export function newNonce(): string {
  return randomBytes(12).toString('hex')
}

/**
 * Joins snippets into one script. Each answer stands between two lines that carry the nonce, so that whatever a login
 * shell's start-up files print is never taken for an answer.
 */
export function framed(snippets: readonly Snippet[], nonce: string, prelude = ''): string {
  const parts = snippets.map(
    ({ id, script }) =>
      `printf '\\n%s begin %s\\n' ${nonce} ${quote(id)}\n(\n${script.trimEnd()}\n)\nprintf '\\n%s end %s\\n' ${nonce} "$?"\n`,
  )
  return `${prelude}${parts.join('')}printf '\\n%s complete\\n' ${nonce}\n`
}

/**
 * Takes framed answers apart.
 *
 * @returns the answers by id, a NUL in them as U+FFFD: no shell could carry it back. `complete` is false when the end of the
 * script was not reached, so that the last answers may be missing. What no shell prints is no answer.
 */
export function unframed(output: string, nonce: string): { answers: Map<string, Answer>; complete: boolean } {
  const answers = new Map<string, Answer>()
  const begin = `\n${nonce} begin `
  let at = output.indexOf(begin)
  while (at !== -1) {
    const idStart = at + begin.length
    const idEnd = output.indexOf('\n', idStart)
    if (idEnd === -1) break
    const end = output.indexOf(`\n${nonce} end `, idEnd)
    if (end === -1) break
    const codeStart = end + `\n${nonce} end `.length
    const codeEnd = output.indexOf('\n', codeStart)
    if (codeEnd === -1) break
    const text = end > idEnd ? output.slice(idEnd + 1, end).replaceAll('\0', '\ufffd') : ''
    const code = output.slice(codeStart, Math.min(codeEnd, codeStart + 4))
    if (/^\d{1,3}$/.test(code)) answers.set(output.slice(idStart, idEnd), { text, code: Number(code) })
    at = output.indexOf(begin, codeStart)
  }
  return { answers, complete: output.includes(`\n${nonce} complete\n`) }
}
