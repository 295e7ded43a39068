import { execFile } from 'node:child_process'
import { resolve as absolute, join } from 'node:path'
import { usageError } from '../../errors.js'
import { homeFolder, whoAmI } from '../../home.js'
import { quote } from '../../shell/quote.js'
import { startingTurn } from '../connection/slots.js'
import type { OpenOptions } from '../host.js'
import { knownName } from '../host-keys/known-hosts.js'
import { RunMemory, remembered } from '../memory.js'
import { refuseCircle, type SshRequest, type Strictness, strictnessOf } from '../ssh-config/ssh-config.js'
import { parseTarget } from '../target.js'

/** How `ssh` would reach a host. */
export interface Resolved {
  alias: string
  hostName: string
  port: number
  user: string
  knownName: string
  hostKeyAlias: string | undefined
  strict: Strictness
  proxyJump: string | undefined
  /** Where a new host key goes. */
  knownHostsFile: string
  /** The files that `ssh` reads on its own account, in their order. */
  files: string[]
  /** Of the program: 902 is OpenSSH 9.2. */
  version: number
}

/**
 * Asks `ssh -G` how it would reach a host.
 *
 * @throws FitoutError (64) when `ssh` does not understand its configuration.
 */
export async function resolve(program: string, request: SshRequest, options: OpenOptions): Promise<Resolved> {
  const file = options.sshConfigFile === undefined ? undefined : absolute(options.sshConfigFile)
  // `-v` names the files, whose places are compiled in.
  const args = ['-v', ...(file === undefined ? [] : ['-F', file]), ...loginArgs(request), '-G', '--', request.host]
  const { resolved } = RunMemory.of(options.ask)
  const ran = remembered(resolved, JSON.stringify(args), () => startingTurn().then(() => run(program, args)))
  const { status, stdout, stderr } = await ran
  if (status !== 0) {
    const words = stderr.split('\n').filter((line) => line !== '' && !/^(debug\d|OpenSSH_)/.test(line))
    throw usageError(
      `ssh_config cannot be used: ${words[0] ?? `\`ssh -G ${request.host}\` ended with ${status}`}`,
      `see \`ssh ${file === undefined ? '' : `-F ${quote(file)} `}-G ${request.host}\``,
    )
  }
  const values = new Map<string, string>()
  for (const line of stdout.split(/\r?\n/)) {
    const [keyword = '', ...value] = line.split(' ')
    if (!values.has(keyword)) values.set(keyword, value.join(' '))
  }
  const hostName = values.get('hostname') ?? request.host
  const port = Number(values.get('port') ?? 22)
  const hostKeyAlias = values.get('hostkeyalias')
  const jump = values.get('proxyjump')
  // Where `ssh` looks, whatever HOME says; `~` in an Include would be HOME.
  const ownFile = join(whoAmI().home ?? homeFolder(), '.ssh/config')
  return {
    alias: request.host,
    hostName,
    port,
    user: values.get('user') ?? '',
    hostKeyAlias,
    knownName: hostKeyAlias?.toLowerCase() ?? knownName(hostName, port),
    strict: strictnessOf(values.get('stricthostkeychecking')),
    proxyJump: jump === undefined || jump === 'none' ? undefined : jump,
    knownHostsFile: options.knownHostsFiles?.[0] ?? values.get('userknownhostsfile')?.split(' ')[0] ?? 'known_hosts',
    // An empty one in a person's sense; `ssh` wants it to be nobody else's to write, unless it is named by -F.
    files: file === undefined ? [ownFile, systemFile(stderr)] : file === '/dev/null' ? [] : [file],
    version: versionOf(stderr),
  }
}

function systemFile(said: string): string {
  const read = [...said.matchAll(/^debug1: Reading configuration data (.*?)\r?$/gm)].map(([, file = '']) => file)
  // The last: those that the person's file includes come before it, and some programs call theirs the same.
  return read.findLast((file) => /[\\/]ssh_config$/.test(file)) ?? '/etc/ssh/ssh_config'
}

/** What `ssh -v` begins with: `OpenSSH_9.2p1 …`, `debug1: OpenSSH_10.0p2 …`, `OpenSSH_for_Windows_8.1p1 …`. One that says it otherwise is newer. */
function versionOf(said: string): number {
  const [, major = 99, minor = 0] = /^(?:debug1: )?OpenSSH_(?:\w+_)?(\d+)\.(\d+)/m.exec(said) ?? []
  return Number(major) * 100 + Number(minor)
}

/** A jump host as `ssh -G` writes it: `ada@[gate]:2222`. */
function hopOf(text: string): { host: string; user?: string | undefined; port?: number | undefined } {
  const [, user, bracketed, plain, port] = /^(?:(.*)@)?(?:\[(.+)\]|([^:]*))(?::(\d+))?$/.exec(text) ?? []
  return { host: bracketed ?? plain ?? text, user, port: port === undefined ? undefined : Number(port) }
}

/**
 * Adds what ssh_config says of unknown keys of the host and of the jump hosts before it.
 *
 * @returns the last jump host.
 */
export async function addJumps(
  program: string,
  resolved: Resolved,
  options: OpenOptions,
  all: Map<string, Strictness>,
  depth: number,
): Promise<Resolved | undefined> {
  refuseCircle(resolved.alias, depth)
  all.set(resolved.knownName, resolved.strict)
  const chain = resolved.proxyJump?.split(',').map((hop) => hop.trim()) ?? []
  let last: Resolved | undefined
  for (const [index, hop] of chain.entries()) {
    const found = await resolve(program, hopOf(hop), options)
    // Only the first goes its own configured way; the others are reached through those before them.
    last = index === 0 ? found : { ...found, proxyJump: undefined }
    await addJumps(program, last, options, all, depth + 1)
  }
  return last
}

/**
 * What a person said of the way but for the keys, as arguments of `ssh`.
 *
 * @throws FitoutError (64) for a jump host that `ssh` would not take literally.
 */
export function loginArgs(request: Omit<SshRequest, 'host'>): string[] {
  return [
    ...(request.proxyJump === undefined ? [] : ['-J', plainJump(request.proxyJump)]),
    ...(request.user === undefined ? [] : ['-l', request.user]),
    ...(request.port === undefined ? [] : ['-p', String(request.port)]),
  ]
}

/** `ssh` goes through jump hosts by a command line that it makes of these words, expands, and gives to a shell, unquoted. */
function plainJump(jump: string): string {
  for (const hop of jump === 'none' ? [] : jump.split(',')) {
    const target = parseTarget(hop)
    if (target.kind === 'local' || !/[%\\~[\]]/.test(`${target.user}${target.host}`)) continue
    throw usageError(
      `\`ssh\` would not take the jump host ${hop} as it is written`,
      'give it a name in ~/.ssh/config (Host, HostName, User) and go through that, or use `--transport ssh2`',
    )
  }
  return jump
}

/** What a command of `ssh` answered. */
export interface Ran {
  status: number | string | null
  stdout: string
  stderr: string
}

/** Runs a short command of `ssh`, which may run a `Match exec` of the person's. */
function run(program: string, args: readonly string[]): Promise<Ran> {
  return new Promise((done) => {
    const options = { timeout: 30_000, windowsHide: true, maxBuffer: 4 * 1024 * 1024 }
    const child = execFile(program, [...args], options, (error, stdout, stderr) =>
      done({ status: error ? (error.code ?? error.signal ?? 1) : 0, stdout, stderr }),
    )
    child.stdin?.end()
  })
}
