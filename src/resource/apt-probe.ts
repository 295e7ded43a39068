import { quote } from '../shell/quote.js'
import probeScript from './apt-probe.sh'

/** A question to a package repository that may not be configured on the host yet. Asked in a temporary apt root. */
export interface AptProbe {
  /** The repository to ask beside the host's own; its stanzas elsewhere on the host are left out of the question. */
  repository?: { uri: string; suite: string; component: string; arch: string; key: string } | undefined
  /** Matches lines of the host's own sources that speak of the same repository (an extended regular expression). */
  sameRepository?: string | undefined
  /** Names whose offered versions are wanted. */
  versionsOf: string[]
  /** `name`, `name=version` or `name-`: the transaction to simulate. */
  simulate: string[]
}

export interface AptProbeResult {
  /** What was asked. */
  asked: Pick<AptProbe, 'simulate'> & { uri?: string | undefined }
  /** Whether the repository answered with an index that its key signs; true where none was asked. */
  reachable: boolean
  /** Nobody was asked: there is no host. The tables' word stands for the repository's. */
  assumed?: boolean | undefined
  /** What apt said when it was not. */
  said: string[]
  /** Offered versions by package name, newest first. */
  versions: Record<string, string[]>
  /** What apt would do, or why it cannot; `undefined` when nothing was simulated. */
  transaction?: ProbedTransaction | { ok: false; said: string[] } | undefined
}

export interface ProbedTransaction {
  ok: true
  /** Every package that would come or change, dependencies included. */
  install: { name: string; version: string; installed?: string | undefined }[]
  remove: string[]
  /** Additional disk space, KiB. */
  diskKiB: number
}

/** The shell that asks; changes nothing on the host. */
export function probeSnippet(probe: AptProbe): string {
  const { repository } = probe
  const stanza = repository
    ? `Types: deb\nURIs: ${repository.uri}\nSuites: ${repository.suite}\nComponents: ${repository.component}\nArchitectures: ${repository.arch}`
    : ''
  return [
    `repository=${quote(stanza)}`,
    `key=${quote(repository?.key ?? '')}`,
    `same=${quote(probe.sameRepository ?? '')}`,
    `versions_of=${quote(probe.versionsOf.join(' '))}`,
    `simulate=${quote(probe.simulate.join(' '))}`,
    probeScript,
  ].join('\n')
}

/** Reads what the probe printed. */
export function readProbe(probe: AptProbe, text: string): AptProbeResult {
  const result: AptProbeResult = {
    asked: { simulate: probe.simulate, uri: probe.repository?.uri },
    reachable: true,
    said: [],
    versions: {},
  }
  const install: ProbedTransaction['install'] = []
  const remove: string[] = []
  const refused: string[] = []
  let diskKiB = 0
  let simulated: boolean | undefined
  for (const line of text.split('\n')) {
    const [word, ...rest] = line.split(' ')
    const value = rest.join(' ')
    if (word === 'reached') result.reachable = value === 'yes'
    else if (word === 'said') result.said.push(value)
    else if (word === 'version' && rest[0] && rest[1]) {
      const known = (result.versions[rest[0]] ??= [])
      if (!known.includes(rest[1])) known.push(rest[1])
    } else if (word === 'simulated') simulated = value === 'ok'
    else if (word === 'inst') {
      // `docker-ce [5:26.1.5-1] (5:28.5.2-1 Docker CE:trixie [amd64])`
      const parts = /^(\S+) (?:\[([^\]]+)\] )?\((\S+)/.exec(value)
      if (parts) install.push({ name: parts[1]!, version: parts[3]!, ...(parts[2] ? { installed: parts[2] } : {}) })
    } else if (word === 'remv' && rest[0]) remove.push(rest[0])
    else if (word === 'refused') refused.push(value)
    else if (word === 'disk') diskKiB = kibibytes(value)
  }
  if (simulated === true) result.transaction = { ok: true, install, remove, diskKiB }
  if (simulated === false) result.transaction = { ok: false, said: refused }
  return result
}

/** `401 MB`, `12.3 kB`: apt counts in thousands. */
function kibibytes(text: string): number {
  const [number = '0', unit = 'B'] = text.replaceAll(',', '').split(' ')
  const factor: Record<string, number> = { B: 1, kB: 1e3, MB: 1e6, GB: 1e9 }
  return Math.ceil((Number(number) * (factor[unit] ?? 1)) / 1024)
}

/** Shell that prints the free space where packages and images go, in KiB. */
export const freeSpaceSnippet = `df -Pk / /var /usr 2>/dev/null | awk 'NR > 1 { print $4 }'`
