import { FitoutError } from '../../errors.js'
import { hostFailure } from '../../host-failure.js'
import { framed, unframed } from '../../shell/frame.js'
import { newNonce } from '../../shell/nonce.js'
import { quote } from '../../shell/quote.js'
import { fedTo } from '../../shell/script.js'
import { type CommandOutcome, type Connection, type ExecOptions, lostText, sentText } from '../connection/connection.js'
import { timeouts } from '../connection/timeouts.js'
import { shellName, sudoReason, sudoWords } from './sudo-words.js'

/** How one script is to become root. */
export interface RootScriptOptions extends Pick<ExecOptions, 'toTheEnd' | 'handsOn'> {
  /** Unset: sudo must not ask (`sudo -n`). */
  password?: string | undefined
  /** The password is being checked: sudo ignores one that it remembers. */
  checking?: boolean | undefined
  /** A word of letters and digits that stands in no line of the script, nor in what sudo says. */
  nonce: string
}

/**
 * The one way in which sudo is called. sudoers may let a user run one command and not another, so a probe that ran anything else
 * would promise too much; and it may name somebody other than root as the one whom sudo becomes by default (`runas_default`).
 *
 * Root's shell says on standard error that it runs, skips its input up to the nonce, and becomes the shell of the script.
 */
const asRoot = (sudo: string, nonce: string) => `${sudo} -H -u root -- sh -c ${quote(rootShell)} ${shellName} ${nonce}`
const rootShell = `printf '%s runs\\n' "$1" >&2
while IFS= read -r line; do if [ "$line" = "$1" ]; then exec sh; fi; done
exit 1`

/**
 * Shell that prints what root's shell reads. The shell that runs the script says that it begins: if sudo does not let root's shell start
 * programs (noexec), there is no such shell.
 */
const feeding = (script: string, nonce: string) =>
  `printf '%s' ${quote(`${nonce}\necho '${nonce} begins' >&2\n${script}`)}`

/**
 * Turns a script into one that runs it as root through sudo; both for the standard input of `sh`. It is to be run with `handsOn`.
 *
 * The script's shell first writes a line with the nonce to standard error: without it the script has not begun. `printf` is built
 * into the shell, so neither the password nor the script is ever in an argument list.
 * (sudo's own messages are compared: like all programs in a script that is sent, it speaks English.)
 *
 * @throws RangeError when script or password hold a NUL character, or the password a line break.
 */
export function asRootScript(script: string, { password, checking, nonce, ...options }: RootScriptOptions): string {
  const feed = feeding(sentText(script, options), nonce)
  if (password === undefined) {
    const shell = asRoot('sudo -n', nonce)
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
 * once root's shell runs. A second question means that the password was wrong or not enough, and sudo is killed while it waits for the answer:
 * at the end of its input it would have PAM count a second failure, and some hosts lock accounts after three.
 *
 * The pipes have no names, so nothing stays behind whatever is killed. Opening one again through /proc gives its other end. Root's shell
 * skips every line up to the nonce, so it never executes a part of the password. What sudo writes is passed on, questions included, for `sudoWords`.
 *
 * @param feed shell that prints the script, and then holds open what root's shell reads for as long as that may run.
 */
function answering(
  feed: string,
  { password, sudo, nonce }: { password?: string; sudo: string; nonce: string },
): string {
  const answer =
    password === undefined
      ? `echo 'sudo: a password is required' >&2`
      : `if [ -z "$asked" ]; then asked=yes; printf '%s\\n' ${quote(password)} >&4; continue; fi`
  return `: | {
exec 3<&0
: | {
exec 4>/proc/self/fd/3 5<&0 6>/proc/self/fd/0
${asRoot(`${sudo} -S -p '${nonce} asks %u:%p\n'`, nonce)} <&3 3<&- 4>&- 2>&6 5<&- 6>&- &
sudo=$!
exec 3<&- 6>&-
asked=
while IFS= read -r line <&5 || [ -n "$line" ]; do
printf '%s\\n' "$line" >&2
case $line in
*'${nonce} runs')
{ ${feed}; } >&4 5<&- 2>/dev/null &
cat <&5 >&2 4>&- &
break ;;
*'${nonce} asks '*)
${answer}
kill -KILL "$sudo" 2>/dev/null
break ;;
# Its next question, for a new password, is PAM's, and no line.
'sudo: Account or password is expired'*)
kill -KILL "$sudo" 2>/dev/null
break ;;
esac
done
exec 4>&-
wait "$sudo" 2>/dev/null
}
}
`
}

interface RootProbe {
  /** What the login user may do. */
  access: 'is-root' | 'no-sudo' | 'free' | 'password' | 'refused'
  /** What sudo said, where it refused. */
  said: string[]
}

/** Finds out, in one round trip and without a password, whether and how root can be had. */
export async function probeRoot(connection: Connection): Promise<RootProbe> {
  const [frame, nonce] = [newNonce(), newNonce()]
  const script = [
    'if [ "$(id -u)" = 0 ]; then echo is-root',
    'elif ! command -v sudo >/dev/null 2>&1; then echo no-sudo',
    // With -n, sudo-rs before 0.2.9 has PAM count a failure.
    `elif said=$(case $(sudo -V 2>&1) in`,
    `sudo-rs*) ${answering(feeding(':', nonce), { sudo: 'sudo', nonce })} ;;`,
    `*) ${asRootScript(':', { nonce, toTheEnd: true })} ;;`,
    'esac 2>&1); then echo free',
    'else echo asks; printf "%s\\n" "$said"',
    'fi',
  ].join('\n')
  const outcome = await connection.exec(framed([{ id: 'root', script }], frame), { timeout: timeouts.root })
  const answer = unframed(outcome.stdout, frame).answers.get('root')?.text
  if (answer === undefined) throw unknown(outcome)
  const [word, ...said] = answer.split('\n').filter((line) => line.trim() !== '' && !line.includes(nonce))
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
  if (!began) throw sudoRefusal(before, password, nonce)
}

/** sudo refused the password, and not the person: another may be right. */
export class WrongPassword extends FitoutError {
  /** Whose password sudo wants, if not that of the user who logs in. */
  whose?: string | undefined
}

/**
 * Explains what sudo said.
 *
 * @param secret a word whose lines are left out, should anything have echoed it.
 * @param nonce what marks the questions that the secret was the answer to.
 */
export function sudoRefusal(said: string, secret?: string, nonce?: string): FitoutError {
  const words = sudoWords(said, nonce)
  const all = words.all.filter((line) => !(secret && line.includes(secret)))
  // A lecture may come first, in any wording.
  const own = all.filter((line) => /sudo|sorry/i.test(line) && !/lecture/i.test(line))
  const { cause, remedy, isWrong } = sudoReason(words)
  const explained = { doing: 'becoming root', remedy, said: (own.length > 0 ? own : all).slice(-6) }
  if (!isWrong) return new FitoutError({ ...explained, cause })
  const { whose } = words
  const wanted = whose === undefined ? '' : `; sudo there wants the password of ${whose}`
  return Object.assign(new WrongPassword({ ...explained, cause: `${cause}${wanted}` }), { whose })
}

/** There is no sudo at all. */
export function noSudo(user: string): FitoutError {
  return new FitoutError({
    doing: 'becoming root',
    cause: `${user} is not root and sudo is not installed`,
    remedy: 'log in as root, or install sudo there',
  })
}

function unknown({ lost, stderr }: CommandOutcome): FitoutError {
  return hostFailure(
    {
      doing: 'finding out how to become root',
      cause: lost ? lostText(lost) : 'the login shell did not run `sh`',
      remedy: lost ? 'check the connection and try again' : 'check the login shell and start-up files of this user',
      said: stderr.split('\n').filter(Boolean).slice(-6),
      verdict: lost ? 'retry' : 'fatal',
    },
    { cause: lost },
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
  const exec = async (script: string, options: ExecOptions = {}): Promise<CommandOutcome> => {
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
    throw sudoRefusal(before, known, nonce)
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
