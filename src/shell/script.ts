import { withoutComments } from './quote.js'
import { watch } from './watch.js'

const guard = withoutComments(watch)

/**
 * Shell with which every script begins: what programs say is read and compared, so they speak English whatever the host does.
 * (dnf 4 and others of Python's heed LANGUAGE even then.)
 */
export const english = 'export LC_ALL=C\nunset LANGUAGE'

/**
 * Wraps a script so that it runs whole or not at all: a shell that reads it from a connection which breaks half-way has
 * seen an unfinished function and runs nothing. Standard input is closed to its commands, so that none of them eats the
 * rest of the script. The exit status is the script's own.
 */
export function guarded(script: string): string {
  // Its input may be held open for longer than it runs.
  return `${mainOf(script)}{ fitout_main </dev/null; exit; }\n`
}

/**
 * Wraps a script as `guarded` does, and ties it to whoever waits for it: they keep the standard input of the shell open, and when
 * that ends before the script does, all that the script started is ended, too, within seconds (see `watch.ts`). What left the
 * shell’s session with `setsid` stays.
 *
 * @param handsOn gives the script that standard input as descriptor 8, to be handed on by `fedTo`.
 */
export function watched(script: string, handsOn = false): string {
  const rest = handsOn ? '' : ' 8<&-'
  // In braces: a line that was cut on its way is run by no shell. In a subshell, so that its end is seen however it comes: then the guard goes,
  // by a signal of which no shell says a word, and what the script left running on purpose stays.
  return `${guard}${mainOf(script)}{ exec 8<&0; fitout_watch <&8 8<&- >/dev/null 2>&1 & FITOUT_WATCHED=$$.; export FITOUT_WATCHED; (fitout_main </dev/null${rest}); fitout_ended=$?; kill -s PIPE "$!"; exit "$fitout_ended"; }\n`
}

function mainOf(script: string): string {
  // What the login had, its own shell gets back (host/root/login-shell.sh).
  const own = '# shellcheck disable=SC2034\nfitout_lc_all=${LC_ALL-} fitout_language=${LANGUAGE-}'
  return `fitout_main() {\n${own}\n${english}\n${script.trimEnd() || ':'}\n}\n`
}

/**
 * Shell that gives another shell its standard input: first what `feed` prints, then, for as long as it lasts, the own one, so that
 * a watched script over there ends with this one. It stands in a script with descriptor 8.
 *
 * @param feed shell that prints something.
 * @param shell a command that starts the other shell.
 */
export function fedTo(shell: string, feed: string): string {
  // In the background of a subshell, so that the pipeline does not wait for it once the other shell has ended.
  return `{ { ${feed}; exec cat <&8; } 2>/dev/null & } | ${shell}\n`
}
