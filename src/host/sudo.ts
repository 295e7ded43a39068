import { FitoutError } from '../errors.js'
import { framed, newNonce, unframed } from '../shell/frame.js'
import { quote } from '../shell/quote.js'
import { fedTo } from '../shell/script.js'
import { type Connection, type ExecOptions, lostText, type Outcome, sentText } from './connection.js'
import { patience } from './patience.js'

/** How one script is to become root. */
export interface RootScriptOptions extends Pick<ExecOptions, 'toTheEnd' | 'handsOn'> {
  /** Unset: sudo must not ask (`sudo -n`). */
  password?: string | undefined
  /** A word that no line of the script is: it ends what sudo may read, and says on standard error that root's shell runs. */
  nonce: string
}

/**
 * Turns a script into one that runs it as root through sudo; both for the standard input of `sh`. It is to be run with `handsOn`.
 *
 * Root's shell first writes a line with the nonce to standard error: what stands before it is sudo's own, and without it
 * the script has not begun. With a password, that shell throws away every line up to the nonce, so that a password which
 * sudo did not read (NOPASSWD, a cached ticket) is never executed. `printf` being built in, neither the password nor the
 * script is ever in an argument list.
 *
 * @throws RangeError when script or password hold a NUL character.
 */
export function asRootScript(script: string, { password, nonce, ...options }: RootScriptOptions): string {
  const text = `printf '%s' ${quote(sentText(script, options))}`
  const given = (shell: string, feed: string) => (options.toTheEnd ? `{ ${feed}; } | ${shell}\n` : fedTo(shell, feed))
  const begin = `printf "%s\\n" "$0" >&2; exec sh`
  if (password === undefined) return given(`sudo -n -H -- sh -c ${quote(begin)} ${nonce}`, text)
  const skip = `while IFS= read -r l; do [ "$l" = "$0" ] && { ${begin}; }; done; exit 1`
  return given(
    `sudo -S -p '' -H -- sh -c ${quote(skip)} ${nonce}`,
    `printf '%s\\n' ${quote(password)}; printf '%s\\n' ${nonce}; ${text}`,
  )
}

/** What the login user may do. */
export type RootAccess = 'is-root' | 'no-sudo' | 'free' | 'password' | 'refused'

export interface RootProbe {
  access: RootAccess
  /** What sudo said, where it refused. */
  said: string[]
}

// The messages are compared, so they must come in English.
const english = 'LC_ALL=C LANGUAGE=C'

/** Finds out, in one round trip and without a password, whether and how root can be had. */
export async function probeRoot(connection: Connection): Promise<RootProbe> {
  const nonce = newNonce()
  const script = [
    'if [ "$(id -u)" = 0 ]; then echo is-root',
    'elif ! command -v sudo >/dev/null 2>&1; then echo no-sudo',
    `elif said=$(${english} sudo -n -H -- sh </dev/null 2>&1); then echo free`,
    'else echo asks; printf "%s\\n" "$said"',
    'fi',
  ].join('\n')
  const outcome = await connection.exec(framed([{ id: 'root', script }], nonce), { timeout: patience.root })
  const answer = unframed(outcome.stdout, nonce).answers.get('root')?.text
  if (answer === undefined) throw unknown(outcome)
  const [word, ...said] = answer.split('\n').filter((line) => line.trim() !== '')
  const known = (['is-root', 'no-sudo', 'free'] as const).find((one) => one === word)
  if (word !== 'asks') return { access: known ?? 'refused', said: [] }
  const asks = said.some((line) => /password|interactive authentication|authentication required/i.test(line))
  return { access: asks ? 'password' : 'refused', said }
}

/**
 * Tries a password with exactly one attempt: a single line, then the end of input, so that a wrong password is not
 * followed by guesses that lock the account.
 *
 * @throws FitoutError saying what is wrong; the password is not in it.
 */
export async function checkPassword(connection: Connection, password: string): Promise<void> {
  const nonce = newNonce()
  const check = `printf '%s\\n' ${quote(password)} | ${english} sudo -S -k -p '' -- true 2>&1`
  const outcome = await connection.exec(framed([{ id: 'sudo', script: check }], nonce), { timeout: patience.root })
  const answer = unframed(outcome.stdout, nonce).answers.get('sudo')
  if (answer === undefined) throw unknown(outcome)
  if (answer.code !== 0) throw sudoRefusal(answer.text, password)
}

/**
 * Explains what sudo said.
 *
 * @param secret a word whose lines are left out, should anything have echoed it.
 */
export function sudoRefusal(said: string, secret?: string): FitoutError {
  const all = said.split('\n').filter((line) => line.trim() !== '' && !(secret && line.includes(secret)))
  // A lecture may come first, in any wording.
  const own = all.filter((line) => /sudo|sorry/i.test(line) && !/lecture/i.test(line))
  const lines = own.length > 0 ? own : all
  const explained = (cause: string, remedy: string) =>
    new FitoutError({ doing: 'becoming root', cause, remedy, said: lines.slice(-6) })
  if (/must have a tty/i.test(said)) {
    return explained(
      'sudo there insists on a terminal (requiretty)',
      'put `Defaults !requiretty` into sudoers for this user, or log in as root',
    )
  }
  if (
    /not in the sudoers|may not run sudo|not allowed to (execute|run)|afraid I can't do that|is not allowed/i.test(said)
  ) {
    return explained(
      'sudo does not let this user become root',
      'ask an administrator to add the user to the group `sudo` (`wheel` on Fedora), or log in as another user',
    )
  }
  if (/incorrect|try again|authentication fail|authentication attempt|no password was provided/i.test(said)) {
    return explained('the sudo password was wrong', 'run it again with the right one; only one attempt was made')
  }
  if (/account|expired|locked/i.test(said)) {
    return explained('sudo does not accept this account any more', 'see to the account with an administrator')
  }
  if (/password|interactive authentication|authentication required/i.test(said)) {
    return explained('sudo wants a password', 'run it where you can be asked for it, or allow NOPASSWD for this user')
  }
  return explained('sudo failed', 'try `sudo -v` on that machine')
}

/** There is no sudo at all. */
export function noSudo(user: string): FitoutError {
  return new FitoutError({
    doing: 'becoming root',
    cause: `${user} is not root and sudo is not installed`,
    remedy: 'log in as root, or install sudo there',
  })
}

function unknown(outcome: Outcome): FitoutError {
  const lost = outcome.lost !== undefined
  return new FitoutError(
    {
      doing: 'finding out how to become root',
      cause: outcome.lost ? lostText(outcome.lost) : 'the login shell did not run `sh`',
      remedy: lost ? 'check the connection and try again' : 'check the login shell and start-up files of this user',
      said: outcome.stderr.split('\n').filter(Boolean).slice(-6),
      verdict: lost ? 'retry' : 'fatal',
    },
    { cause: outcome.lost },
  )
}

/**
 * The same machine as root.
 *
 * @param askPassword called at most once, when sudo turns out to want a password that was not given: a cached ticket
 *   has run out. It resolves to a checked password, or rejects.
 */
export function sudoConnection(
  connection: Connection,
  password?: string,
  askPassword?: () => Promise<string>,
): Connection {
  let known = password
  const exec = async (script: string, options: ExecOptions = {}): Promise<Outcome> => {
    const nonce = newNonce()
    const filter = sudoFilter(nonce, options.onOutput)
    const outcome = await connection.exec(asRootScript(script, { ...options, password: known, nonce }), {
      ...options,
      handsOn: true,
      onOutput: filter.onOutput,
    })
    const { began, before, after } = filter.split(outcome.stderr)
    if (began || outcome.lost) return { ...outcome, stderr: after }
    // Root's shell never came to life: nothing of the script has run.
    if (known === undefined && askPassword) {
      known = await askPassword()
      return exec(script, options)
    }
    throw sudoRefusal(before, known)
  }
  return { exec, close: () => connection.close() }
}

/** Parts sudo's own words (lecture, prompts) from those of the script. */
function sudoFilter(nonce: string, onOutput: ExecOptions['onOutput']) {
  const line = `${nonce}\n`
  let began = false
  let held = ''
  return {
    onOutput: (text: string, stream: 'stdout' | 'stderr') => {
      if (stream === 'stdout' || began) {
        onOutput?.(text, stream)
        return
      }
      const from = Math.max(0, held.length - line.length)
      held += text
      const at = held.indexOf(line, from)
      if (at === -1) return
      began = true
      const rest = held.slice(at + line.length)
      held = ''
      if (rest !== '') onOutput?.(rest, stream)
    },
    split: (stderr: string) => {
      const at = stderr.indexOf(line)
      // With `keep: false` there is nothing in the outcome: what came by tells.
      if (at === -1) return { began, before: stderr === '' ? held : stderr, after: '' }
      return { began: true, before: stderr.slice(0, at), after: stderr.slice(at + line.length) }
    },
  }
}
