import { join } from 'node:path'
import { FitoutError } from '../../errors.js'
import { homeFolder } from '../../home.js'
import { textIfReadable } from '../../own-file.js'
import { parseKnownHosts } from '../host-keys/known-hosts.js'
import { aliasesIn, type ConfigLine, readConfigFile } from './file.js'

/** A name by which a machine can be reached, and where that stands. */
export interface SshName {
  /** An alias, or a name or address with its port where that is not 22: `10.0.0.7:2222`. */
  name: string
  from: string
}

export interface NameFiles {
  home?: string | undefined
  /** Takes the place of `~/.ssh/config`. */
  configFile?: string | undefined
  /** Take the place of `~/.ssh/known_hosts`. */
  knownHostsFiles?: readonly string[] | undefined
}

/** Hosts of code that nobody fits out; almost every known_hosts has them. */
const forges =
  /^(github\.com|gitlab\.com|bitbucket\.org|codeberg\.org|git\.sr\.ht|ssh\.dev\.azure\.com|vs-ssh\.visualstudio\.com)$/

/**
 * The machines that this person’s SSH has a name for: aliases of ssh_config as they are written there, then what known_hosts
 * mentions, the newest first. Patterns, hashed names and hosts of code are left out. Files that cannot be read count as empty.
 */
export function hostsKnownToSsh({ home = homeFolder(), configFile, knownHostsFiles }: NameFiles = {}): SshName[] {
  const ssh = join(home, '.ssh')
  const config = configFile ?? join(ssh, 'config')
  const names: SshName[] = []
  const lines = linesOf(config, home, ssh)
  for (const name of aliasesIn(lines)) {
    if (!forges.test(name)) names.push({ name, from: configFile ?? '~/.ssh/config' })
  }
  // An address that an alias stands for is known by that already.
  const reached = new Set(addressesIn(lines))
  for (const file of knownHostsFiles ?? [join(ssh, 'known_hosts')]) {
    const keys = parseKnownHosts(textIfReadable(file), file)
    const from = knownHostsFiles === undefined ? '~/.ssh/known_hosts' : file
    for (const { hosts, marker } of keys.toReversed()) {
      if (marker !== undefined || hosts.startsWith('|')) continue
      for (const written of hosts.split(',')) {
        const name = targetName(written)
        if (/[*?!]/.test(name) || forges.test(name) || reached.has(name)) continue
        names.push({ name, from })
      }
    }
  }
  const seen = new Set<string>()
  return names.filter(({ name }) => !seen.has(name) && seen.add(name))
}

function linesOf(config: string, home: string, base: string): ConfigLine[] {
  try {
    return readConfigFile(config, home, base)
  } catch (error) {
    if (error instanceof FitoutError) return []
    throw error
  }
}

function addressesIn(lines: readonly ConfigLine[]): string[] {
  return lines.flatMap(({ keyword, lines: inner = [] }) => {
    const own = (word: string) => inner.find((line) => line.keyword === word)?.values[0]
    const address = keyword === 'host' ? own('hostname') : undefined
    const port = own('port')
    const name = address === undefined ? [] : [port === undefined || port === '22' ? address : `${address}:${port}`]
    return [...name, ...addressesIn(inner)]
  })
}

/** `[10.0.0.7]:2222` as a person writes it. */
function targetName(written: string): string {
  const found = /^\[([^\]]+)\]:(\d+)$/.exec(written)
  if (found === null) return written
  const [, host = '', port] = found
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}
