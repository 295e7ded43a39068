import { sh } from '../../shell/quote.js'
import { english } from '../../shell/script.js'
import loginShell from './login-shell.sh'

/** Seconds that a login shell may take for its start-up files. */
const longestSeconds = 60

/**
 * Wraps a script so that it runs as if its user had typed it: in the user's own login shell, interactive, after everything that this shell reads.
 * What start-up files print is kept apart. The answer begins with lines that `loginOf` reads.
 *
 * @param commands names whose aliases and functions in that shell are told.
 */
export function inLoginShell(script: string, commands: readonly string[] = []): string {
  return [
    sh`script=${`${english}\n${script}`}`,
    sh`commands=${commands.join(' ')} start_seconds=${longestSeconds}`,
    loginShell,
  ].join('\n')
}

/** How a login went. */
export interface Login {
  /** The user's shell by the name service: `/bin/bash`. */
  shell: string | undefined
  /** Why nothing can be typed in it, as a sentence without its full stop; the script then ran without its files. */
  trouble?: { because: string; remedy: string; said: string[]; goesOn: boolean } | undefined
}

/** Reads what `inLoginShell` says before a script's own lines. */
export function loginOf(text: string, user: string): Login {
  const all = (key: string) =>
    text.split('\n').flatMap((line) => (line.startsWith(`login.${key} `) ? [line.slice(key.length + 7)] : []))
  const [shell] = all('shell')
  const [slow] = all('slow')
  const [ended] = all('ended')
  const [untried] = all('untried')
  if (untried !== undefined)
    return {
      shell,
      trouble: {
        because: `what ${user} types in ${untried} was not tried: fitout cannot run commands in this login shell`,
        remedy: `log in as ${user} and try it there`,
        said: all('said'),
        goesOn: true,
      },
    }
  if (slow === undefined && ended === undefined) return { shell }
  const suspects = all('suspect')
  const places = suspects.flatMap((line) => /^(.*?:\d+):/.exec(line)?.[1] ?? []).join(', ')
  return {
    shell,
    trouble: {
      because:
        slow === undefined
          ? `${user}’s login shell, ${shell}, ends before anything can be typed (status ${ended})${places && `: see ${places}`}`
          : `${user}’s login shell, ${shell}, takes longer than ${slow} seconds to read its start-up files`,
      remedy: `correct ${places || `the start-up files of ${shell} in the home of ${user}`}`,
      said: [...all('said'), ...suspects].slice(-6),
      // A program in the shell's place, such as tmux, may well work on a terminal.
      goesOn: slow === undefined && suspects.some((line) => /\bexec\s/.test(line)),
    },
  }
}

/** What the script itself printed, of an answer of `inLoginShell`. */
export function ownLines(text: string): string {
  return text
    .split('\n')
    .filter((line) => !/^login\.[a-z-]+ /.test(line))
    .join('\n')
}
