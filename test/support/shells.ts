import { spawnSync } from 'node:child_process'
import { TestRunner } from 'vitest'
import { type FailedCommand, failedCommands, framed, questionFunctions, unframed } from '../../src/shell/frame.js'
import { newNonce } from '../../src/shell/nonce.js'
import { has } from './programs.js'

const known: readonly { name: string; command: readonly [string, ...string[]] }[] = [
  { name: 'dash', command: ['dash'] },
  { name: 'bash', command: ['bash', '--posix'] },
  { name: 'busybox', command: ['busybox', 'sh'] },
]

/** In the place of the functions that `framed` puts before questions, where a test runs one of them alone. */
export const askPlainly = `ask() { shift; "$@"; }\n${questionFunctions}`

/** The shells that hosts have as /bin/sh, as far as they are installed here; test/unit/programs.test.ts names those that are not. */
export const shells = known.filter(({ command: [program] }) => has(program))

export interface Ended {
  code: number | null
  stdout: string
  stderr: string
}

export interface RunOptions {
  env?: Record<string, string> | undefined
  cwd?: string | undefined
  /** Words before the shell: `unshare --mount`. */
  under?: readonly string[] | undefined
}

/** Runs one question as hosts run it, so that it can `ask`: its answer, and the commands of it that failed. */
export function askIn(
  shell: readonly string[],
  script: string,
  { prelude = '', ...options }: RunOptions & { prelude?: string } = {},
): { text: string; code: number; stderr: string; nonce: string; failed: FailedCommand[] } {
  const nonce = newNonce()
  const { stdout, stderr } = runIn(shell, framed([{ id: 'it', script }], nonce, prelude), options)
  const answer = unframed(stdout, nonce).answers.get('it')
  if (answer === undefined) throw new Error(`the script did not come to its end: ${stdout}${stderr}`)
  return { ...answer, stderr, nonce, failed: failedCommands(stderr, nonce) }
}

/** Outside of a test, as where files are prepared, what hangs is ended after that, in milliseconds. */
const longest = 240_000

/** Gives a script to a shell on its standard input, as a connection does. */
export function runIn(shell: readonly string[], script: string | Buffer, options: RunOptions = {}): Ended {
  const [program = '', ...args] = [...(options.under ?? []), ...shell]
  // Nothing else would end it: while it runs, the test’s own limit does not count.
  const timeout = TestRunner.getCurrentTest()?.timeout ?? longest
  const result = spawnSync(program, args, {
    input: script,
    cwd: options.cwd,
    env: { PATH: process.env.PATH ?? '', LC_ALL: 'C.UTF-8', ...options.env },
    maxBuffer: 1 << 26,
    timeout,
    killSignal: 'SIGKILL',
  })
  if ((result.error as NodeJS.ErrnoException | undefined)?.code === 'ETIMEDOUT')
    throw new Error(`it did not end within ${timeout / 1000} s: ${result.stdout}${result.stderr}`)
  if (result.error) throw new Error(`${program} cannot be run here: ${result.error.message}`)
  const stderr = result.stderr.toString()
  // Such a script asks nothing, and what a test then sees it do proves nothing.
  if (/\bask: (command )?not found/.test(stderr))
    throw new Error('a question is run without `ask`: see askIn, askPlainly')
  return { code: result.status, stdout: result.stdout.toString(), stderr }
}
