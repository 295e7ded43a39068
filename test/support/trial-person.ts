// Somebody whose Docker is tried, with files and programs of their own. A double stands for the client.

import {
  chmodSync,
  chownSync,
  copyFileSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { afterEach, beforeEach } from 'vitest'
import { helloTrial } from '../../recipes/hello-world/trial.js'
import { inLoginShell, loginOf } from '../../src/host/root/login-shell.js'
import { asHeard } from '../../src/run/trials.js'
import { askIn } from './shells.js'

const double = resolve(import.meta.dirname, '../shell/client-double.sh')
/** Root reads everything; the person of these tests does not. */
const nobody = 65534
const asPerson =
  process.getuid?.() === 0 ? ['setpriv', `--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups', '--'] : []

/** The person’s home, and the folder that it is in, beside `bin`. */
export let home: string
export let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'fitout-client-'))
  home = join(dir, 'home')
  for (const name of ['bin', 'tmp', 'home']) mkdirSync(join(dir, name))
  copyFileSync(double, join(dir, 'bin/docker'))
  chmodSync(join(dir, 'bin/docker'), 0o755)
  program('getent', `echo "dev:x:${nobody}:${nobody}::${home}:$SHELL_OF_DEV"`)
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

/** A program in their PATH. */
export function program(name: string, text: string) {
  writeFileSync(join(dir, 'bin', name), `#!/bin/sh\n${text}\n`, { mode: 0o755 })
}

/** A file of the person's. */
export function file(path: string, text: string) {
  mkdirSync(dirname(join(home, path)), { recursive: true })
  writeFileSync(join(home, path), text)
}

function give() {
  if (asPerson.length === 0) return
  for (const one of [dir, join(dir, 'tmp')]) chownSync(one, nobody, nobody)
  for (const one of ['', ...readdirSync(home, { recursive: true, encoding: 'utf8' })])
    lchownSync(join(home, one), nobody, nobody)
}

/** Runs the trial as a person whose login shell is given, and judges it. */
export function attemptIn(
  command: readonly string[],
  {
    shell = '/bin/bash',
    env = {},
    closed,
    pull = true,
  }: {
    shell?: string
    env?: Record<string, string>
    closed?: string
    pull?: boolean
  } = {},
) {
  give()
  if (closed !== undefined) chmodSync(join(home, closed), 0)
  const trial = helloTrial({ user: 'dev', arch: 'amd64', image: 'hello-world', pull })
  const script = inLoginShell(trial.script, trial.types).replace('start_seconds=60', 'start_seconds=4')
  const {
    text: stdout,
    stderr,
    code,
    nonce,
  } = askIn(command, script, {
    under: asPerson,
    cwd: dir,
    env: {
      PATH: `${join(dir, 'bin')}:${process.env.PATH}`,
      HOME: home,
      LOGNAME: 'dev',
      SHELL_OF_DEV: shell,
      TMPDIR: join(dir, 'tmp'),
      DOUBLE_LOG: join(dir, 'tmp/log'),
      ...env,
    },
  })
  if (closed !== undefined) chmodSync(join(home, closed), 0o755)
  let calls: string[] = []
  try {
    calls = readFileSync(join(dir, 'tmp/log'), 'utf8').split('\n')
  } catch {
    // It was never called.
  }
  return {
    ...asHeard(trial.judge({ text: stdout, code }), stderr, nonce),
    login: loginOf(stdout, 'dev'),
    stdout,
    stderr,
    calls,
  }
}
