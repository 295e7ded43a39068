import { quote } from '../shell/quote.js'
import probeScript from './apt-probe.sh'

/** A question to a package repository that may not be configured on the host yet. Asked in a temporary apt root. */
export interface AptProbe {
  /**
   * The repository to ask beside the host's own; its stanzas elsewhere on the host are left out of the question. Without a
   * component it is flat (suite `/`).
   */
  repository?: { uri: string; suite: string; component?: string | undefined; arch: string; key: string } | undefined
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
  /** The file system on which the question is worked out, where it is too full for that: all else is then unknown. */
  full?: Room | undefined
}

export interface ProbedTransaction {
  ok: true
  /** Every package that would come or change, dependencies included. */
  install: { name: string; version: string; installed?: string | undefined }[]
  remove: string[]
  /** Additional disk space, KiB. */
  diskKiB: number
  /** What the file systems have to hold and what is free on them, one entry each; absent where it was not asked. */
  room?: Room[] | undefined
}

export interface Room {
  mount: string
  needKiB: number
  freeKiB: number
}

/** The shell that asks; changes nothing on the host. */
export function probeSnippet(probe: AptProbe): string {
  const { repository } = probe
  const stanza = repository
    ? [
        'Types: deb',
        `URIs: ${repository.uri}`,
        `Suites: ${repository.suite}`,
        ...(repository.component === undefined ? [] : [`Components: ${repository.component}`]),
        `Architectures: ${repository.arch}`,
      ].join('\n')
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
  const transaction: string[] = []
  const free: Partial<Record<string, Omit<Room, 'needKiB'>>> = {}
  for (const line of text.split('\n')) {
    const [word, ...rest] = line.split(' ')
    const value = rest.join(' ')
    if (word === 'reached') result.reachable = value === 'yes'
    else if (word === 'said') result.said.push(value)
    else if (word === 'version' && rest[0] && rest[1]) {
      result.versions[rest[0]] ??= []
      const known = result.versions[rest[0]]!
      if (!known.includes(rest[1])) known.push(rest[1])
    } else if (word === 'apt') transaction.push(value)
    else if (word === 'free' && rest[0]) free[rest[0]] = { freeKiB: Number(rest[1]), mount: rest.slice(2).join(' ') }
  }
  if (transaction.length > 0) result.transaction = readTransaction(transaction)
  const { fetch, files, asking } = free
  if (asking && asking.freeKiB < askingKiB) result.full = { ...asking, needKiB: askingKiB }
  if (result.transaction?.ok && result.transaction.install.length > 0 && fetch && files) {
    const apart = [
      { ...fetch, needKiB: downloadOf(transaction) },
      { ...files, needKiB: result.transaction.diskKiB + workingKiB },
    ]
    const together = [{ ...files, needKiB: apart[0]!.needKiB + apart[1]!.needKiB }]
    result.transaction.room = fetch.mount === files.mount ? together : apart
  }
  return result
}

/** What working out the question takes: apt's caches of all indexes (60 MB of Debian's), and room for apt to see. */
const askingKiB = 128 * 1024

/** What unpacking takes beyond what stays: new files beside old ones, dpkg's own. */
const workingKiB = 32 * 1024

/** What would be fetched, KiB: `Need to get 85.2 MB of archives.`, `Need to get 0 B/85.2 MB of archives.` */
function downloadOf(lines: readonly string[]): number {
  const size = lines.map((line) => /^Need to get ([\d.,]+ \S?B)/.exec(line)?.[1]).find((found) => found !== undefined)
  return size === undefined ? 0 : kibibytes(size)
}

/** Reads what `apt-get -V --assume-no install` says that it would do. */
export function readTransaction(lines: readonly string[]): ProbedTransaction | { ok: false; said: string[] } {
  // Nothing to do ends without the question.
  const complete = lines.some((line) => /^(Abort\.|\d+ upgraded, \d+ newly installed)/.test(line))
  if (!complete || lines.some((line) => line.startsWith('E:'))) {
    return { ok: false, said: lines.filter((line) => line.trim() !== '').slice(-12) }
  }
  const found: ProbedTransaction = { ok: true, install: [], remove: [], diskKiB: 0 }
  let section: 'install' | 'remove' | undefined
  for (const line of lines) {
    if (
      /^The following (NEW packages will be installed|packages will be (upgraded|DOWNGRADED)|held packages will be changed)/.test(
        line,
      )
    ) {
      section = 'install'
    } else if (/^The following packages will be REMOVED/.test(line)) section = 'remove'
    else if (!line.startsWith(' ')) section = undefined
    // `   docker-ce (5:26.1.5-1 => 5:28.5.2-1)`, `   docker-ce (5:28.5.2-1)`
    const item = /^ +(\S+) \((\S+)(?: => (\S+))?\)$/.exec(line)
    if (item && section === 'install' && !found.install.some(({ name }) => name === item[1])) {
      found.install.push(
        item[3] ? { name: item[1]!, version: item[3], installed: item[2]! } : { name: item[1]!, version: item[2]! },
      )
    } else if (item && section === 'remove') found.remove.push(item[1]!)
    const disk = /^After this operation, (.*) of additional disk space/.exec(line)
    if (disk) found.diskKiB = kibibytes(disk[1]!)
  }
  return found
}

/** `401 MB`, `12.3 kB`: apt counts in thousands. */
function kibibytes(text: string): number {
  const [number = '0', unit = 'B'] = text.replaceAll(',', '').split(' ')
  const factor: Record<string, number> = { B: 1, kB: 1e3, MB: 1e6, GB: 1e9 }
  return Math.ceil((Number(number) * (factor[unit] ?? 1)) / 1024)
}
