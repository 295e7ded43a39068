import { spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Connection, type ExecOptions, type Outcome, sentText } from '../../../src/host/connection.js'

/** How the double of sudo behaves. */
export type SudoMode = 'free' | 'ticket' | 'asks' | 'not-in-sudoers' | 'tty' | 'rs-asks'

// A double, not sudo: it reads standard input and answers as sudo 1.9 (or sudo-rs 0.2) does, and runs the command as the
// same user. It keeps its arguments, its environment and those of its parent, so that a test can look for the password.
const double = `#!/bin/sh
{ printf '%s ' "$@"; tr '\\0' ' ' </proc/$PPID/cmdline; tr '\\0' ' ' </proc/self/environ; echo; } >>"$DOUBLE/seen"
noninteractive= stdin= fresh=
while :; do
  case $1 in
    -n) noninteractive=1 ;; -S) stdin=1 ;; -k) fresh=1 ;; -H) ;; -p) shift ;; --) shift; break ;; *) break ;;
  esac
  shift
done
mode=$(cat "$DOUBLE/mode")
if [ "$mode" = tty ]; then echo 'sudo: sorry, you must have a tty to run sudo' >&2; exit 1; fi
if [ "$mode" = free ] || { [ "$mode" = ticket ] && [ -z "$fresh" ]; }; then exec "$@"; fi
if [ -n "$noninteractive" ]; then
  if [ "$mode" = rs-asks ]; then echo 'sudo: interactive authentication is required' >&2
  else echo 'sudo: a password is required' >&2; fi
  exit 1
fi
[ -n "$stdin" ] || { echo 'sudo: a terminal is required to read the password' >&2; exit 1; }
echo 'We trust you have received the usual lecture' >&2
tries=0
while [ $tries -lt 3 ] && IFS= read -r line; do
  tries=$((tries + 1))
  printf '%s\\n' "$line" >>"$DOUBLE/guesses"
  if [ "$line" = "$(cat "$DOUBLE/password")" ]; then
    if [ "$mode" = not-in-sudoers ]; then echo 'ada is not in the sudoers file.' >&2; exit 1; fi
    exec "$@"
  fi
  if [ "$mode" = rs-asks ]; then echo 'sudo: Authentication failed, try again.' >&2; else echo 'Sorry, try again.' >&2; fi
done
echo "sudo: $tries incorrect password attempt" >&2
exit 1
`

export interface SudoDouble {
  connection: Connection
  /** The environment in which a shell finds the double. */
  env: Record<string, string>
  /** Runs a text in the shell, with the double in front of PATH. */
  run(text: string): Promise<Outcome>
  mode(mode: SudoMode): void
  /** Lines that sudo took for a password. */
  guesses(): string[]
  /** All argument lists and environments seen. */
  seen(): string
  remove(): void
}

/** A shell (`dash`, `bash`, `busybox sh`) of somebody who is not root and whose sudo is a double. */
export function sudoDouble(shell: readonly string[], mode: SudoMode, password = 'right'): SudoDouble {
  const folder = mkdtempSync(join(tmpdir(), 'fitout-sudo-'))
  const write = (name: string, text: string) => {
    writeFileSync(join(folder, name), text)
    chmodSync(join(folder, name), 0o755)
  }
  write('sudo', double)
  write('id', '#!/bin/sh\necho 1000\n')
  // The shell under test is also the one that sudo runs.
  write('sh', `#!/bin/sh\nexec ${shell.join(' ')} "$@"\n`)
  write('password', password)
  write('mode', mode)
  const read = (name: string) => {
    try {
      return readFileSync(join(folder, name), 'utf8')
    } catch {
      return ''
    }
  }
  const env = { PATH: `${folder}:${process.env.PATH}`, DOUBLE: folder }
  const run = (text: string, options: ExecOptions = {}) =>
    new Promise<Outcome>((resolve, reject) => {
      const [program = 'sh', ...more] = shell
      const child = spawn(program, more, { env })
      const outcome: Outcome = { code: undefined, stdout: '', stderr: '' }
      for (const stream of ['stdout', 'stderr'] as const) {
        child[stream].setEncoding('utf8').on('data', (piece: string) => {
          outcome[stream] += piece
          options.onOutput?.(piece, stream)
        })
      }
      child.on('error', reject)
      child.on('close', (code) => resolve({ ...outcome, code: code ?? undefined }))
      child.stdin.on('error', () => {})
      // As a connection does: open for as long as the script is waited for.
      child.on('exit', () => child.stdin.end())
      child.stdin.write(text)
    })
  return {
    connection: { exec: (script, options = {}) => run(sentText(script, options), options), close: async () => {} },
    env,
    run,
    mode: (next) => write('mode', next),
    guesses: () => read('guesses').split('\n').filter(Boolean),
    seen: () => read('seen'),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}
