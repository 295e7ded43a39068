import processFunctions from './process.sh'
import { quote, sh, withoutComments } from './quote.js'
import readFunctions from './read.sh'
import rootsFunctions from './roots.sh'

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
  /** What the answer would have been about, as the snippet named it before (`about route,address`); empty for all that the snippet says. */
  about: readonly string[]
  /** Its name: `dpkg-query`. */
  program: string
  /** The name with the subcommand, if the first argument is one: `docker info`. */
  command: string
  status: number
  /** What it wrote to standard error, its last lines. */
  said: string[]
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
  const ask = askFunctions(nonce)
  // Only for those that start a shell of their own.
  const inner = snippets.some(({ script }) => script.includes('$fitout_ask'))
    ? sh`# shellcheck disable=SC2016\nfitout_ask=${ask}\n`
    : ''
  return `${ask}${inner}${questionFunctions}${prelude}${parts.join('')}printf '\\n%s complete\\n' ${nonce}\n`
}

/** What every question may use beside `ask`. */
export const questionFunctions = withoutComments(`${rootsFunctions}${readFunctions}${processFunctions}`)

/**
 * Shell that defines `ask STATUSES COMMAND...`, by which snippets call every program whose failure must not be taken for an
 * answer. STATUSES are those that are answers, joined by commas: `ask 0,1 dpkg-query …`, which ends with 1 where it knows no such
 * package; `any` stands for all of them. (141 is one always: who ended before the program could write is asked, too.) After any other status `failedCommands` finds the command and its words in what came on standard error. The status and
 * the output are the command's own.
 *
 * `about KEYS` says what the next answers are about, joined by commas, so that whoever reads them knows what a failure leaves unknown.
 * `$fitout_ask` is this very text, for a shell that a snippet starts.
 */
function askFunctions(nonce: string): string {
  return `about() { fitout_about=$1; }
ask() {
  fitout_answers=$1
  shift
  case $1 in timeout | limited) fitout_named=\${3##*/} ;; *) fitout_named=\${1##*/} ;; esac
  printf '\\n%s asks %s %s\\n' ${nonce} "$fitout_named" "\${fitout_id-}" >&2
  "$@"
  set -- "$?" "$@"
  case ,$fitout_answers,141, in *",$1,"* | ,any,*)
    printf '\\n%s answered %s\\n' ${nonce} "$fitout_named" >&2
    return "$1"
    ;;
  esac
  fitout_status=$1
  case $2 in timeout | limited) shift 2 ;; esac
  case \${3-} in '' | -* | *[!a-z-]*) ;; *) fitout_named="$fitout_named $3" ;; esac
  printf '\\n%s failed %s %s %s\\n' ${nonce} "$fitout_status" "\${fitout_about:-*}" "$fitout_named" >&2
  return "$fitout_status"
}
`
}

/** The commands that failed, in the order in which they did, from what a framed script wrote to standard error. */
export function failedCommands(stderr: string, nonce: string): FailedCommand[] {
  const failed: FailedCommand[] = []
  const lines: string[] = []
  // The parts of a pipeline run at once: what one says begins where it was asked, whoever was asked since; by program.
  const asked = new Map<string, { id: string; from: number }[]>()
  for (const line of linesOf(stderr, nonce)) {
    const [word, kind, ...rest] = line.split(' ')
    if (word !== nonce) {
      if (line.trim() !== '') lines.push(line.slice(0, longestSaid))
    } else if (kind === 'asks') {
      const [program = '', ...id] = rest
      asked.set(program, [...(asked.get(program) ?? []), { id: id.join(' '), from: lines.length }])
    } else if (kind === 'answered') {
      asked.get(rest[0] ?? '')?.pop()
    } else if (kind === 'failed' && /^\d{1,3}$/.test(rest[0] ?? '')) {
      const [status, about = '', program = '', verb] = rest.map((part) => part.slice(0, 256))
      const { id, from } = asked.get(program)?.shift() ?? { id: '', from: lines.length }
      failed.push({
        id,
        about: about === '*' ? [] : about.split(','),
        program: program.slice(0, 64),
        command: [program.slice(0, 64), verb].filter(Boolean).join(' '),
        status: Number(status),
        said: lines.slice(from).slice(-mostSaid),
      })
    }
  }
  return failed
}

/** What programs wrote to standard error that nobody asked, or that did not fail: its last lines. */
export function otherWords(stderr: string, nonce: string): string[] {
  return linesOf(stderr, nonce)
    .filter((line) => line.trim() !== '' && !line.startsWith(`${nonce} `))
    .map((line) => line.slice(0, longestSaid))
    .slice(-mostSaid)
}

/** bash writes the newline before a marker by itself, and another part of a pipeline may write between the two. */
function linesOf(stderr: string, nonce: string): string[] {
  return stderr.replaceAll(`${nonce} `, `\n${nonce} `).split('\n')
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
