import { FitoutError } from '../../errors.js'
import { hostFailure } from '../../host-failure.js'
import { framed, unframed } from '../../shell/frame.js'
import { newNonce } from '../../shell/nonce.js'
import { quote } from '../../shell/quote.js'
import { fedTo } from '../../shell/script.js'
import { type Connection, type ExecOptions, lostText, type Outcome, sentText } from '../connection/connection.js'
import { timeouts } from '../connection/timeouts.js'

/** How one script is to become root. */
export interface RootScriptOptions extends Pick<ExecOptions, 'toTheEnd' | 'handsOn'> {
  /** Unset: sudo must not ask (`sudo -n`). */
  password?: string | undefined
  /** The password is being checked: sudo ignores one that it remembers. */
  checking?: boolean | undefined
  /** A word of letters and digits that stands in no line of the script, nor in what sudo says. */
  nonce: string
}

/** The first thing that root's shell does: it says on standard error that it runs. What comes before is sudo's own. */
const begins = `printf '%s begins\\n' "$0" >&2`

/**
 * Turns a script into one that runs it as root through sudo; both for the standard input of `sh`. It is to be run with `handsOn`.
 *
 * Root's shell first writes a line with the nonce to standard error: without it the script has not begun. `printf` is built
 * into the shell, so neither the password nor the script is ever in an argument list.
 * (sudo's own messages are compared: like all programs in a script that is sent, it speaks English.)
 *
 * @throws RangeError when script or password hold a NUL character, or the password a line break.
 */
export function asRootScript(script: string, { password, checking, nonce, ...options }: RootScriptOptions): string {
  const feed = `printf '%s' ${quote(sentText(script, options))}`
  if (password === undefined) {
    const shell = `sudo -n -H -- sh -c ${quote(`${begins}; exec sh`)} ${nonce}`
    return options.toTheEnd ? `${feed} | ${shell}\n` : fedTo(shell, feed)
  }
  if (/[\r\n]/.test(password)) throw new RangeError('sudo reads one line as a password')
  const sudo = checking ? 'sudo -k' : 'sudo'
  return answering(options.toTheEnd ? feed : `${feed}; exec cat <&8`, { password, sudo, nonce })
}

/**
 * The same for a sudo that may ask: once, or, without a password, never.
 *
 * sudo 1.9 and sudo-rs read differently. sudo-rs 0.2.5 takes more of its standard input than the password. It and others up to 0.2.10
 * take the end of it for an empty password, and all of them take a second line for a second password. So sudo never finds there
 * what it was not meant to read: two pipes lead to it and back, the password is written once sudo has asked, and the script
 * once root's shell runs. A second question means that the password was wrong, and sudo is killed while it waits for the answer:
 * at the end of its input it would have PAM count a second failure, and some hosts lock accounts after three.
 *
 * The pipes have no names, so nothing stays behind whatever is killed. Opening one again through /proc gives its other end. Root's shell
 * skips every line up to the nonce, so it never executes a part of the password.
 *
 * @param feed shell that prints the script, and then holds open what root's shell reads for as long as that may run.
 */
function answering(
  feed: string,
  { password, sudo, nonce }: { password?: string; sudo: string; nonce: string },
): string {
  const skip = `${begins}\nwhile IFS= read -r line; do if [ "$line" = "$0" ]; then exec sh; fi; done\nexit 1`
  const answer = [
    'if [ -n "$asked" ]; then',
    `echo 'sudo: incorrect password' >&2`,
    'else',
    `asked=yes; printf '%s\\n' ${quote(password ?? '')} >&4; continue`,
    'fi',
  ].join('\n')
  return `: | {
exec 3<&0
: | {
exec 4>/proc/self/fd/3 5<&0 6>/proc/self/fd/0
${sudo} -S -p '${nonce} asks
' -H -- sh -c ${quote(skip)} ${nonce} <&3 3<&- 4>&- 2>&6 5<&- 6>&- &
sudo=$!
exec 3<&- 6>&-
asked=
while IFS= read -r line <&5 || [ -n "$line" ]; do
case $line in
*'${nonce} begins')
echo '${nonce} begins' >&2
{ echo ${nonce}; ${feed}; } >&4 5<&- 2>/dev/null &
cat <&5 >&2 4>&- &
break ;;
*'${nonce} asks')
${password === undefined ? "echo 'sudo: a password is required' >&2" : answer}
kill -KILL "$sudo" 2>/dev/null
break ;;
# The prompt of PAM, which sudo-rs puts behind its own.
'] '*': ') ;;
*) printf '%s\\n' "$line" >&2 ;;
esac
done
exec 4>&-
wait "$sudo" 2>/dev/null
}
}
`
}

/** What the login user may do. */
type RootAccess = 'is-root' | 'no-sudo' | 'free' | 'password' | 'refused'

export interface RootProbe {
  access: RootAccess
  /** What sudo said, where it refused. */
  said: string[]
}

/** Finds out, in one round trip and without a password, whether and how root can be had. */
export async function probeRoot(connection: Connection): Promise<RootProbe> {
  const nonce = newNonce()
  const script = [
    'if [ "$(id -u)" = 0 ]; then echo is-root',
    'elif ! command -v sudo >/dev/null 2>&1; then echo no-sudo',
    // With -n, sudo-rs before 0.2.9 has PAM count a failure.
    `elif said=$(case $(sudo -V 2>&1) in`,
    `sudo-rs*) ${answering('echo :', { sudo: 'sudo', nonce })} ;;`,
    '*) sudo -n -H -- sh </dev/null ;;',
    'esac 2>&1); then echo free',
    'else echo asks; printf "%s\\n" "$said"',
    'fi',
  ].join('\n')
  const outcome = await connection.exec(framed([{ id: 'root', script }], nonce), { timeout: timeouts.root })
  const answer = unframed(outcome.stdout, nonce).answers.get('root')?.text
  if (answer === undefined) throw unknown(outcome)
  const [word, ...said] = answer.split('\n').filter((line) => line.trim() !== '')
  const known = (['is-root', 'no-sudo', 'free'] as const).find((one) => one === word)
  if (word !== 'asks') return { access: known ?? 'refused', said: [] }
  const asks = said.some((line) => /password|interactive authentication|authentication required/i.test(line))
  return { access: asks ? 'password' : 'refused', said }
}

/**
 * Tries a password with exactly one attempt, so that a wrong password is not followed by guesses that lock the account.
 *
 * @throws FitoutError saying what is wrong; the password is not in it.
 */
export async function checkPassword(connection: Connection, password: string): Promise<void> {
  if (/[\r\n\0]/.test(password)) {
    throw new FitoutError({
      doing: 'becoming root',
      cause: 'the sudo password holds a line break or a NUL character',
      remedy: 'correct where it comes from: sudo takes one line',
    })
  }
  const nonce = newNonce()
  const script = asRootScript(':', { password, checking: true, nonce, toTheEnd: true })
  const outcome = await connection.exec(script, { timeout: timeouts.root })
  const { began, before } = sudoFilter(nonce, undefined).split(outcome.stderr)
  if (outcome.lost) throw unknown(outcome)
  if (!began) throw sudoRefusal(before, password)
}

/** sudo refused the password, and not the person: another may be right. */
export class WrongPassword extends FitoutError {}

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
  const explained = (cause: string, remedy: string, Kind = FitoutError) =>
    new Kind({ doing: 'becoming root', cause, remedy, said: lines.slice(-6) })
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
  if (/incorrect|try again|authentication fail/i.test(said)) {
    return explained(
      'the sudo password was wrong',
      'run it again with the right one; only one attempt was made',
      WrongPassword,
    )
  }
  // sudo-rs tells no more of a PAM that ends at the first failure.
  if (/PAM error: Permission denied/i.test(said)) {
    return explained(
      'PAM denies it: the sudo password was wrong, or this account may not use sudo now',
      'run it again with the right password, or ask an administrator what the log of that machine says',
      WrongPassword,
    )
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
  return hostFailure(
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
  const line = `${nonce} begins\n`
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
