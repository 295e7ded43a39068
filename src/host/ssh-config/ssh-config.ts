import { hostname } from 'node:os'
import { join } from 'node:path'
import { FitoutError, usageError } from '../../errors.js'
import { homeFolder, myName, whoAmI } from '../../home.js'
import { textIfReadable } from '../../own-file.js'
import { matchesPatterns } from '../../patterns.js'
import { type ConfigLine, readConfigFile } from './file.js'
import { portOf, secondsOf } from './words.js'

/** Where ssh_config is looked for, and who asks; the person's own by default. */
export interface ConfigFiles {
  /** Takes the place of both files, as `ssh -F` does. */
  configFile?: string | undefined
  systemFile?: string | undefined
  home?: string | undefined
  localUser?: string | undefined
  /** Files that were read before, by name; what is read anew is added, so that a fleet reads each once. */
  read?: Map<string, ConfigLine[]> | undefined
}

/** Whether unknown keys are asked about, refused or taken. */
export type Strictness = 'ask' | 'yes' | 'accept-new'

/** How one machine is reached, after ssh_config. */
export interface SshSettings {
  /** What the person wrote. */
  alias: string
  hostName: string
  port: number
  user: string
  /** Absolute paths in the order to be tried. */
  identityFiles: string[]
  /** Only these keys, even when an agent has others. */
  identitiesOnly: boolean
  /** The agent's socket; `none` for no agent; unset for the one of `SSH_AUTH_SOCK`. */
  identityAgent?: string | undefined
  /** As written: `ada@gate:2222,inner`; unset for a direct connection. */
  proxyJump?: string | undefined
  proxyCommand?: string | undefined
  /** The person's files first, in the order to be read; keys are added to the first. */
  knownHostsFiles: string[]
  /** `yes`: unknown keys are refused without asking. `no` of OpenSSH is taken as `accept-new`: changed keys never pass. */
  strictHostKeyChecking: Strictness
  hashKnownHosts: boolean
  /** The name in known_hosts instead of host and port. */
  hostKeyAlias?: string | undefined
  /** Seconds. */
  connectTimeout?: number | undefined
  /** Whether a Kerberos ticket may log in. */
  gssapi: boolean
  /** What is configured and only the system's `ssh` can do, besides ProxyCommand: `a certificate`. */
  beyond: string[]
  /** What in the files was passed over and may matter. */
  notes: string[]
}

/** What was said on the command line, which comes before any file. */
export interface SshRequest {
  /** It may be an alias of ssh_config. */
  host: string
  user?: string | undefined
  port?: number | undefined
  /** Keys that are tried before all others, as with `ssh -i`; their paths are taken literally. */
  identityFiles?: readonly string[] | undefined
  /** Hosts to go through, as with `ssh -J`; `none` for a direct connection whatever ssh_config says. */
  proxyJump?: string | undefined
}

const longestJumpChain = 8

/** @throws FitoutError where so many jump hosts lead to one that it must be a circle. */
export function refuseCircle(host: string, jumps: number): void {
  if (jumps <= longestJumpChain) return
  throw new FitoutError({
    doing: 'reading ssh_config',
    cause: `the ProxyJump of ${host} leads in a circle`,
    remedy: 'exclude the jump host itself: `Host * !gate`',
    host,
  })
}

const defaultKeys = ['id_ed25519', 'id_ecdsa', 'id_rsa']

/**
 * Resolves what a person wrote through `~/.ssh/config` and `/etc/ssh/ssh_config`, as OpenSSH does: the first value of
 * a setting counts, `IdentityFile` adds up.
 *
 * @throws FitoutError when a file cannot be parsed or a value makes no sense.
 */
export function resolveSshConfig(request: SshRequest, files: ConfigFiles = {}): SshSettings {
  const home = files.home ?? homeFolder()
  const localUser = files.localUser ?? whoAmI().name ?? ''
  const ssh = join(home, '.ssh')
  const read = (file: string, base: string) => {
    const lines = files.read?.get(file) ?? readConfigFile(file, home, base)
    files.read?.set(file, lines)
    return lines
  }
  const lines = files.configFile
    ? read(files.configFile, ssh)
    : [...read(join(ssh, 'config'), ssh), ...read(files.systemFile ?? '/etc/ssh/ssh_config', '/etc/ssh')]

  const found = collect(lines, request, localUser)
  const first = (keyword: string) => found.values.get(keyword)?.[0]
  const port = request.port ?? numberOf(found, 'Port', (text) => portOf(text, services)) ?? 22
  const user = request.user ?? first('user') ?? localUser
  if (user === '') {
    throw usageError(
      `the user database has no name for ${myName()}, so there is none to log in with`,
      `name the user: USER@${request.host}`,
    )
  }
  const hostName = expandTokens(first('hostname') ?? request.host, { '%': '%', h: request.host })
  const hostKeyAlias = first('hostkeyalias')
  const tokens = {
    '%': '%',
    d: home,
    h: hostName,
    i: String(process.getuid?.() ?? ''),
    k: hostKeyAlias ?? request.host,
    L: hostname().split('.')[0] ?? '',
    l: hostname(),
    n: request.host,
    p: String(port),
    r: user,
    u: localUser,
  }
  const expand = (path: string) => expandPath(path, home, tokens)
  const paths = (named: readonly string[]) => named.filter((file) => unlessNone(file) !== undefined).map(expand)

  const asked = request.identityFiles ?? []
  const usual = asked.length > 0 ? [] : defaultKeys.map((name) => join(ssh, name))
  const identities = found.identityFiles.size > 0 ? [...found.identityFiles] : usual
  const agent = first('identityagent')

  return {
    alias: request.host,
    hostName,
    port,
    user,
    identityFiles: [...new Set([...asked, ...paths(identities)])],
    identitiesOnly: isYes(first('identitiesonly')),
    identityAgent: agent === undefined || agent === 'SSH_AUTH_SOCK' ? undefined : agentPath(agent, expand),
    proxyJump: unlessNone(first('proxyjump')),
    proxyCommand: unlessNone(first('proxycommand')),
    knownHostsFiles: paths([
      ...(found.values.get('userknownhostsfile') ?? [join(ssh, 'known_hosts'), join(ssh, 'known_hosts2')]),
      ...(found.values.get('globalknownhostsfile') ?? ['/etc/ssh/ssh_known_hosts', '/etc/ssh/ssh_known_hosts2']),
    ]),
    strictHostKeyChecking: strictnessOf(first('stricthostkeychecking')),
    hashKnownHosts: isYes(first('hashknownhosts')),
    hostKeyAlias,
    connectTimeout: first('connecttimeout') === 'none' ? undefined : numberOf(found, 'ConnectTimeout', secondsOf),
    gssapi: isYes(first('gssapiauthentication')),
    beyond: [
      ...(unlessNone(first('certificatefile')) === undefined ? [] : ['a certificate']),
      ...(unlessNone(first('pkcs11provider')) === undefined ? [] : ['keys in a smartcard']),
      ...(/^(yes|true|always)$/i.test(first('canonicalizehostname') ?? '') ? ['CanonicalizeHostname'] : []),
      ...[...found.skipped].map((criterion) => `\`Match ${criterion}\``),
    ],
    notes: [...found.notes],
  }
}

function collect(lines: readonly ConfigLine[], request: SshRequest, localUser: string) {
  const found = {
    values: new Map<string, string[]>(),
    /** The file that gave each value, for messages. */
    files: new Map<string, string>(),
    identityFiles: new Set<string>(),
    /** Criteria of `Match` sections that nobody here can judge. */
    skipped: new Set<string>(),
    notes: new Set<string>(),
  }
  if (request.proxyJump !== undefined) found.values.set('proxyjump', [request.proxyJump])
  let finalPassWanted = false
  let finalPass = false

  const set = (line: ConfigLine) => {
    if (line.keyword === 'identityfile') {
      for (const file of line.values) found.identityFiles.add(file)
      return
    }
    // Whichever of the two comes first switches the other off; `ProxyJump none` leaves the choice open.
    const jump = found.values.get('proxyjump')?.[0]?.toLowerCase()
    if (line.keyword === 'proxycommand' && jump !== undefined && jump !== 'none') return
    if (line.keyword === 'proxyjump' && found.values.has('proxycommand')) return
    if (found.values.has(line.keyword)) return
    found.values.set(line.keyword, line.values)
    found.files.set(line.keyword, line.file)
  }

  const matches = (line: ConfigLine): boolean => {
    const words = line.values
    let all = true
    for (let at = 0; at < words.length; at += 1) {
      const negated = words[at]!.startsWith('!')
      const criterion = words[at]!.slice(negated ? 1 : 0).toLowerCase()
      let holds: boolean
      if (criterion === 'all') holds = true
      else if (criterion === 'final' || criterion === 'canonical') {
        if (criterion === 'final') finalPassWanted = true
        holds = finalPass
      } else {
        at += 1
        const first = (keyword: string) => found.values.get(keyword)?.[0]
        const judged = new Map([
          ['host', expandTokens(first('hostname') ?? request.host, { '%': '%', h: request.host })],
          ['originalhost', request.host],
          ['user', request.user ?? first('user') ?? localUser],
          ['localuser', localUser],
        ]).get(criterion)
        if (judged === undefined) {
          if (!all) return false // What came before has decided already.
          found.skipped.add(criterion)
          found.notes.add(`${line.file}: \`Match ${criterion}\` is not supported, so that its section was skipped`)
          return false
        }
        const patterns = (words[at] ?? '').split(',')
        holds = matchesPatterns(patterns, judged, { ignoreCase: criterion.endsWith('host') })
      }
      if (holds === negated) all = false
    }
    return all
  }

  const visit = (some: readonly ConfigLine[]) => {
    for (const line of some) {
      if (line.keyword === 'host') {
        if (matchesPatterns(line.values, request.host)) visit(line.lines ?? [])
      } else if (line.keyword === 'match') {
        if (matches(line)) visit(line.lines ?? [])
      } else if (line.keyword === 'include') visit(line.lines ?? [])
      else set(line)
    }
  }
  visit(lines)
  if (finalPassWanted) {
    finalPass = true
    visit(lines)
  }
  return found
}

function expandTokens(text: string, tokens: Record<string, string>): string {
  return text.replace(/%(.)/g, (whole, letter: string) => tokens[letter] ?? whole)
}

function expandPath(path: string, home: string, tokens: Record<string, string>): string {
  const named = path.replace(/\$\{([A-Za-z_]\w*)\}/g, (_whole, name: string) => process.env[name] ?? '')
  return expandTokens(named === '~' ? home : named.startsWith('~/') ? join(home, named.slice(2)) : named, tokens)
}

function agentPath(agent: string, expand: (path: string) => string): string {
  if (agent.toLowerCase() === 'none') return 'none'
  const variable = /^\$([A-Za-z_]\w*)$/.exec(agent)?.[1]
  return variable ? (process.env[variable] ?? 'none') : expand(agent)
}

function unlessNone(value: string | undefined): string | undefined {
  return value?.toLowerCase() === 'none' ? undefined : value
}

function isYes(value: string | undefined): boolean {
  return value !== undefined && /^(yes|true)$/i.test(value)
}

/** A value of StrictHostKeyChecking. `no` is taken as `accept-new`: changed keys never pass. */
export function strictnessOf(value = ''): Strictness {
  if (isYes(value)) return 'yes'
  return /^(accept-new|no|false|off)$/i.test(value) ? 'accept-new' : 'ask'
}

/** `user@host:port` */
export function addressOf({ user, hostName, port }: Pick<SshSettings, 'user' | 'hostName' | 'port'>): string {
  return `${user}@${hostName.includes(':') ? `[${hostName}]` : hostName}:${port}`
}

const services = () => textIfReadable('/etc/services')

/** A value that `ssh` would refuse if it were none of its kind. */
function numberOf(
  { values, files }: Pick<ReturnType<typeof collect>, 'values' | 'files'>,
  keyword: string,
  read: (text: string) => number | undefined,
): number | undefined {
  const text = values.get(keyword.toLowerCase())?.[0]
  if (text === undefined) return undefined
  const value = read(text)
  if (value !== undefined) return value
  const file = files.get(keyword.toLowerCase()) ?? 'ssh_config'
  throw usageError(`${file}: ${keyword} ${text} is not a ${keyword === 'Port' ? 'port' : 'time such as 90 or 1m30s'}`)
}
