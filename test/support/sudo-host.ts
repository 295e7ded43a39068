import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  type CommandOutcome,
  type Connection,
  type ExecOptions,
  sentText,
} from '../../src/host/connection/connection.js'

/** Somebody on such a host; see sudo-host.sh for what sudo lets whom do. */
export type SudoUser = 'free' | 'asked' | 'ticket' | 'stranger' | 'locked' | 'expired'

/** What shells and quoting stumble over, and what would be noticed if it were ever executed: the password of all users there. */
export const sudoPassword = `echo EXECUTED; a'b"c\\n $HOME \`id\` ü%s`
const hash = '$6$fitout$27OTSwOtb8Mh6wh/X0.Yq8pNxfcLaUWQNC5JUC8CU3G4fBHyretkCfUcWCsjIab0ZazZZxvqsLhoI0eCWr4Iu1'

export interface SudoHost {
  /** Words that start the host's `sh` as a user, without a terminal, in an environment of its own. */
  shell(user: SudoUser): [string, ...string[]]
  connection(user: SudoUser): Connection
  /** Runs a script as root there; what it printed. */
  sh(script: string): string
  /** Passwords that PAM was given since this was last asked. */
  judged(): string[]
  /** Failures that PAM counts against a user: some hosts lock an account after three. */
  failures(user: SudoUser): number
  end(): void
}

const setup = fileURLToPath(new URL('sudo-host.sh', import.meta.url))
const words = (folder: string, { root = '/', sudo = '/usr/bin/sudo', shell = '/bin/dash' }: SudoHostOptions) =>
  [
    'unshare',
    '--mount',
    '--pid',
    '--fork',
    '--kill-child',
    '--propagation',
    'private',
    'sh',
    setup,
    folder,
    root,
    sudo,
    shell,
    hash,
  ] as const

export interface SudoHostOptions {
  /** The root folder that it is made of, which stays as it is; this machine's own unless given. */
  root?: string
  /** The sudo there. */
  sudo?: string
  /** What /bin/sh is there. */
  shell?: string
}

/** Whether such a host can be made of this machine: its own sudo, and the right to mount. Containers often have neither. */
export const canHaveSudoHost = (() => {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/sudo')) return false
  const folder = mkdtempSync(join(tmpdir(), 'fitout-sudo-host-'))
  const [program, ...more] = words(folder, {})
  const able = spawnSync(program, more, { stdio: 'ignore' }).status === 0
  rmdirSync(folder)
  return able
})()

/** Makes one. It is gone with its `end`, and with this process. */
export async function sudoHost(options: SudoHostOptions = {}): Promise<SudoHost> {
  const folder = mkdtempSync(join(tmpdir(), 'fitout-sudo-host-'))
  const [program, ...more] = words(folder, options)
  const holder = spawn(program, more, { stdio: ['pipe', 'pipe', 'inherit'] })
  await new Promise<void>((resolve, reject) => {
    holder.stdout.once('data', () => resolve())
    holder.once('error', reject)
    holder.once('exit', () => reject(new Error('the host of a real sudo could not be made')))
  })
  const inside = [
    ...([
      'nsenter',
      `--target=${holder.pid}`,
      '--mount',
      '--root',
      `--pid=/proc/${holder.pid}/ns/pid_for_children`,
    ] as const),
    ...['--', 'chroot', join(folder, 'root')],
  ] as const
  const env = { PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin' }
  const sh = (script: string) => {
    const [start, ...rest] = inside
    return spawnSync(start, [...rest, 'sh'], { input: script, env, encoding: 'utf8' }).stdout
  }
  const shell = (user: SudoUser): [string, ...string[]] => [
    ...inside,
    ...['env', '-i', `PATH=${env.PATH}`, `HOME=/home/${user}`, `USER=${user}`],
    ...['setpriv', `--reuid=${user}`, `--regid=${user}`, '--clear-groups', 'setsid', '--wait', 'sh'],
  ]
  return {
    shell,
    connection: (user) => ({ exec: (script, given) => exec(shell(user), script, given), close: async () => {} }),
    sh,
    judged: () => sh('cat /run/judged; : >/run/judged').split('\n').filter(Boolean),
    failures: (user) =>
      sh(`faillock --user ${user} --dir /run/faillock`)
        .split('\n')
        .filter((line) => line.startsWith('20')).length,
    end: () => {
      holder.once('exit', () => rmdirSync(folder))
      holder.stdin.end()
    },
  }
}

function exec(
  [program, ...more]: [string, ...string[]],
  script: string,
  options: ExecOptions = {},
): Promise<CommandOutcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, more)
    const outcome: CommandOutcome = { code: undefined, stdout: '', stderr: '' }
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].setEncoding('utf8').on('data', (piece: string) => {
        if (options.keep !== false) outcome[stream] += piece
        options.onOutput?.(piece, stream)
      })
    }
    child.on('error', reject)
    child.on('close', (code) => resolve({ ...outcome, code: code ?? undefined }))
    child.stdin.on('error', () => {})
    // As a connection does: open for as long as the script is waited for.
    child.on('exit', () => child.stdin.end())
    child.stdin.write(sentText(script, options))
  })
}
