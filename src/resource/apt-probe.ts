import { fingerprints } from '../data/openpgp.js'
import { FitoutError } from '../errors.js'
import { quote } from '../shell/quote.js'
import probeScript from './apt-probe.sh'

/** A question to a package repository that may not be configured on the host yet. Asked in a temporary apt root. */
export interface AptProbe {
  /**
   * The repository to ask beside the host's own; its stanzas elsewhere on the host are left out of the question. Without a
   * component it is flat (suite `/`).
   */
  repository?:
    | {
        uri: string
        suite: string
        component?: string | undefined
        arch: string
        /** The armored key, or where the host fetches it and the fingerprint that it must have. */
        key: string | { url: string; fingerprint: string }
      }
    | undefined
  /** Matches lines of the host's own sources that speak of the same repository (an extended regular expression). */
  sameRepository?: string | undefined
  /** Names whose offered versions are wanted. */
  versionsOf: string[]
  /** `name`, `name=version` or `name-`: the transaction to simulate. */
  simulate: string[]
  /** Takes the place of the host's own sources files: what they would say. Only those that differ are fetched for the question. */
  sources?: SourcesFile[] | undefined
  /** Whether the host's own sources files are wanted, and who stands behind them. */
  wantSources?: boolean | undefined
  /** A file of /etc/apt/preferences.d as it would be; without a text it would be gone. */
  preferences?: { name: string; text?: string | undefined } | undefined
}

/** A file below /etc/apt that names package sources. */
export interface SourcesFile {
  path: string
  text: string
}

export interface AptProbeResult {
  /** What was asked. */
  asked: Pick<AptProbe, 'simulate'> & {
    uri?: string | undefined
    /** Whether sources other than the host's own were asked. */
    sources?: true | undefined
  }
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
  /** The key that was fetched; all of its primary keys are the one that is pinned. */
  key?: string | undefined
  /** The host's own sources files, where they were wanted. */
  sources?: SourcesFile[] | undefined
  /** By the URI of a source as it is configured: who its index says that it comes from (`Debian`), as far as it was ever fetched. */
  origins?: Record<string, string> | undefined
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
  const key = repository?.key ?? ''
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
    ...(typeof key === 'object' ? [`key=`, `key_url=${quote(key.url)}`] : [`key=${quote(key)}`]),
    `same=${quote(probe.sameRepository ?? '')}`,
    `versions_of=${quote(probe.versionsOf.join(' '))}`,
    `simulate=${quote(probe.simulate.join(' '))}`,
    ...(probe.preferences === undefined
      ? []
      : [`preferences_name=${quote(probe.preferences.name)}`, `preferences=${quote(probe.preferences.text ?? '')}`]),
    ...(probe.wantSources ? ['want_sources=yes'] : []),
    ...(probe.sources === undefined
      ? []
      : [
          'give_sources() {',
          ...probe.sources.map(({ path, text }) => `  give ${quote(path)} ${quote(text)}`),
          '  :\n}',
          'sources_given=yes',
        ]),
    probeScript,
  ].join('\n')
}

/**
 * Reads what the probe printed.
 *
 * @throws FitoutError when a key was fetched that is not the one that is pinned.
 */
export function readProbe(probe: AptProbe, text: string): AptProbeResult {
  const result: AptProbeResult = {
    asked: {
      simulate: probe.simulate,
      uri: probe.repository?.uri,
      ...(probe.sources === undefined ? {} : { sources: true }),
    },
    reachable: true,
    said: [],
    versions: {},
  }
  const key: string[] = []
  const sources: { path: string; lines: string[] }[] = []
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
    else if (word === 'key') key.push(value)
    else if (word === 'source') sources.push({ path: value, lines: [] })
    else if (word === 'text') sources.at(-1)?.lines.push(value)
    else if (word === 'origin' && rest[0] && rest[1]) {
      result.origins ??= {}
      result.origins[rest[0]] = rest.slice(1).join(' ')
    } else if (word === 'free' && rest[0]) free[rest[0]] = { freeKiB: Number(rest[1]), mount: rest.slice(2).join(' ') }
  }
  if (key.length > 0) result.key = pinnedKey(probe, key.join('\n'))
  if (probe.wantSources && text !== '')
    result.sources = sources.map(({ path, lines }) => ({ path, text: lines.map((line) => `${line}\n`).join('') }))
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

/** The fetched key, where every primary key in it is the one that was asked for. */
function pinnedKey({ repository }: AptProbe, key: string): string {
  const asked = repository?.key
  if (typeof asked !== 'object') throw new Error('a key came that nobody asked for')
  const wanted = asked.fingerprint.replaceAll(' ', '').toUpperCase()
  let found: string[]
  let problem = ''
  try {
    found = fingerprints(key)
  } catch (error) {
    found = []
    problem = error instanceof Error ? error.message : String(error)
  }
  if (found.length > 0 && found.every((one) => one === wanted)) return key
  throw new FitoutError({
    doing: `checking the signing key that ${asked.url} gives out`,
    cause:
      found.length === 0
        ? `what came is not an OpenPGP public key: ${problem}`
        : `it has the fingerprint ${found.join(', ')}, and ${wanted} was expected`,
    remedy:
      'nothing was changed and nothing signed by it was believed; see whether a proxy answers in the publisher’s place, ' +
      'or whether the publisher announces a new key',
  })
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

/** Reads what `apt-get -V --print-uris install` says that it would do. */
export function readTransaction(lines: readonly string[]): ProbedTransaction | { ok: false; said: string[] } {
  const complete = lines.some((line) => /^\d+ upgraded, \d+ newly installed/.test(line))
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
