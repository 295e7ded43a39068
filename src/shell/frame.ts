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

/** A command that a snippet called by `ask`, and that failed: what would have been its answer is unknown, not empty. */
export interface FailedCommand {
  /** The snippet's id. */
  id: string
  /** Its name: `dpkg-query`. */
  program: string
  status: number
  /** What it wrote to standard error, its last lines. */
  said: string[]
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
      `printf '\\n%s begin %s\\n' ${nonce} ${quote(id)}\n(\nfitout_id=${quote(id)}\n${script.trimEnd()}\n)\nprintf '\\n%s end %s\\n' ${nonce} "$?"\n`,
  )
  return `${askFunction(nonce)}${prelude}${parts.join('')}printf '\\n%s complete\\n' ${nonce}\n`
}

/**
 * Shell that defines `ask STATUSES COMMAND...`, by which snippets call every program whose failure must not be taken for an
 * answer. STATUSES are those that are answers, joined by commas: `ask 0,1 dpkg-query …`, which ends with 1 where it knows no such
 * package. After any other status `failedCommands` finds the command and its words in what came on standard error. The status and
 * the output are the command's own.
 */
function askFunction(nonce: string): string {
  return `ask() {
  fitout_answers=$1
  shift
  printf '\\n%s asks %s\\n' ${nonce} "\${fitout_id-}" >&2
  "$@"
  set -- "$?" "$@"
  case ,$fitout_answers, in *",$1,"*) return "$1" ;; esac
  fitout_status=$1
  if [ "$2" = timeout ]; then shift 2; fi
  printf '\\n%s failed %s %s\\n' ${nonce} "$fitout_status" "$2" >&2
  return "$fitout_status"
}
`
}

/** The commands that failed, in the order in which they did, from what a framed script wrote to standard error. */
export function failedCommands(stderr: string, nonce: string): FailedCommand[] {
  const failed: FailedCommand[] = []
  let id = ''
  let said: string[] = []
  for (const line of stderr.split('\n')) {
    const [word, kind, ...rest] = line.split(' ')
    if (word !== nonce) {
      if (line.trim() !== '') said.push(line.slice(0, longestSaid))
      if (said.length > mostSaid) said.shift()
    } else if (kind === 'asks') {
      id = rest.join(' ')
      said = []
    } else if (kind === 'failed' && /^\d{1,3}$/.test(rest[0] ?? '')) {
      failed.push({ id, program: rest[1]?.split('/').at(-1)?.slice(0, 64) ?? '', status: Number(rest[0]), said })
      said = []
    }
  }
  return failed
}

const mostSaid = 8
const longestSaid = 1024

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
