import { FitoutError } from '../errors.js'
import type { AptProbe } from './apt-probe.js'
import type { SourcesFile } from './apt-sources/unit.js'
import type { DnfProbe } from './dnf-probe.js'
import { packageName } from './installed.js'
import { type KeyProbe, keyProbeSnippet, readFetchedKey } from './key-probe.js'
import { managerCalled } from './package-manager.js'

/** What every package manager is asked alike. */
export interface CommonProbe {
  /** Matches addresses of the same repository as `plainAddress` writes them (an extended regular expression): entries of the host's own for it do not count. */
  sameRepository?: string | undefined
  /** Names whose offered versions are wanted; `*` in one stands for anything, so that names need not be known beforehand. */
  versionsOf: string[]
  /** Names among these, written alike, whose dependencies are wanted as well. */
  dependenciesOf?: string[] | undefined
  /** `name`, `name=version` or `name-`: the transaction to simulate. */
  simulate: string[]
}

/** A question to package repositories, in the words of the host's package manager. */
export type PackageProbe = AptProbe | DnfProbe

/** What a recipe may want to know before it can decide. */
export type Probe = PackageProbe | KeyProbe

/** What of a question its answer keeps, so that it is known as the answer to it. */
interface ProbeQuestion {
  simulate: string[]
  /** Of the repository, or of the key that was fetched. */
  uri?: string | undefined
  /** Of the repository, if it has suites; absent in older records. */
  suite?: string | undefined
  /** Whether sources other than the host's own were asked. */
  sources?: true | undefined
  /** Names whose versions were wanted; absent in older records. */
  versionsOf?: string[] | undefined
  dependenciesOf?: string[] | undefined
}

export interface ProbeResult {
  /** What was asked. */
  asked: ProbeQuestion
  /** Whether the repository answered with an index that its key signs; true where none was asked. */
  reachable: boolean
  /** Nobody was asked: there is no host. The tables' word stands for the repository's. */
  assumed?: boolean | undefined
  /** What the package manager said when it was not. */
  said: string[]
  /** Offered versions by package name, newest first. */
  versions: Record<string, string[]>
  /** What each version of a package depends on, in the words of the package manager (`cuda-drivers (>= 1.2)`), where that was wanted. */
  dependencies?: Record<string, Record<string, string[]>> | undefined
  /** By the version of a package that lists the devices that it drives: which of those that were asked about it does. */
  drives?: Record<string, Record<string, string[]>> | undefined
  /** What the package manager would do, or why it cannot; `undefined` when nothing was simulated. */
  transaction?: ProbedTransaction | { ok: false; said: string[] } | undefined
  /** Wanted packages that a repository has and the host's configuration excludes, and the lines that do: `/etc/dnf/dnf.conf:exclude=docker*`. */
  excluded?: { names: string[]; lines: string[] } | undefined
  /** What the package manager leaves out of its answer, as a repository that does not answer: a sentence each. */
  warnings?: string[] | undefined
  /** Streams that the repository offers, by module, where they were wanted. */
  streams?: Record<string, string[]> | undefined
  /** The key that was fetched, as it is written: it is the one that is pinned. */
  key?: string | undefined
  /** The host's own sources files, where they were wanted. */
  sources?: SourcesFile[] | undefined
  /** By the URI of a source as it is configured: who its index says that it comes from (`Debian`), as far as it was ever fetched. */
  origins?: Record<string, string> | undefined
  /** The file system on which the question is worked out, where it is too full for that: all else is then unknown. */
  full?: DiskSpace | undefined
}

export interface ProbedTransaction {
  ok: true
  /** Every package that would come or change, dependencies included. */
  install: { name: string; version: string; installed?: string | undefined }[]
  remove: string[]
  /** Additional disk space, KiB. */
  diskKiB: number
  /** What the file systems have to hold and what is free on them, one entry each; absent where it was not asked. */
  room?: DiskSpace[] | undefined
}

export interface DiskSpace {
  mount: string
  needKiB: number
  freeKiB: number
}

/** The shell that asks; changes nothing on the host. */
export function probeSnippet(probe: Probe): string {
  return 'fetch' in probe ? keyProbeSnippet(probe) : managerCalled(probe.manager).answers.snippet(probe)
}

function askedBy(probe: Probe): ProbeQuestion {
  if ('fetch' in probe) return { simulate: [], uri: probe.fetch.url }
  const { repository } = probe
  return {
    simulate: probe.simulate,
    uri: repository?.uri,
    ...(repository !== undefined && 'suite' in repository ? { suite: repository.suite } : {}),
    ...('sources' in probe && probe.sources !== undefined ? { sources: true as const } : {}),
    versionsOf: probe.versionsOf,
    ...(probe.dependenciesOf === undefined ? {} : { dependenciesOf: probe.dependenciesOf }),
  }
}

/** Whether this is the answer to a question: of the same place and transaction, with all versions that are wanted. */
export function answersTo({ asked }: ProbeResult, probe: Probe): boolean {
  const { simulate, uri, suite, sources, versionsOf = [], dependenciesOf = [] } = askedBy(probe)
  return (
    asked.uri === uri &&
    (asked.suite ?? suite) === suite &&
    asked.sources === sources &&
    asked.simulate.length === simulate.length &&
    asked.simulate.every((word) => simulate.includes(word)) &&
    versionsOf.every((name) => asked.versionsOf?.includes(name) ?? true) &&
    dependenciesOf.every((name) => asked.dependenciesOf?.includes(name))
  )
}

/**
 * Reads what the probe printed.
 *
 * @throws FitoutError if a key was fetched that is not exactly the one that is pinned.
 */
export function readProbe(probe: Probe, text: string): ProbeResult {
  const { answers } = managerCalled('fetch' in probe ? undefined : probe.manager)
  const result: ProbeResult = {
    asked: askedBy(probe),
    reachable: true,
    said: [],
    versions: {},
  }
  const offered = new Map<string, Set<string>>()
  const key: string[] = []
  const sources: { path: string; lines: string[] }[] = []
  const transaction: string[] = []
  const sections: string[][] = []
  const free: Partial<Record<string, Omit<DiskSpace, 'needKiB'>>> = {}
  for (const line of text.split('\n')) {
    const [word, ...rest] = line.split(' ')
    const value = rest.join(' ')
    if (word === 'reached') result.reachable = value === 'yes'
    else if (word === 'said') result.said.push(value)
    else if (word === 'version' && rest[0] && rest[1]) {
      if (!packageName.test(rest[0]) || !packageVersion.test(rest[1])) continue
      offered.set(rest[0], (offered.get(rest[0]) ?? new Set()).add(rest[1]))
    } else if (word === 'depends' || word === 'drives') addRecord(result, word, rest)
    else if (word === 'apt' || word === 'dnf') transaction.push(value)
    else if (word === 'excluded' && packageName.test(value)) {
      result.excluded ??= { names: [], lines: [] }
      result.excluded.names.push(value)
    } else if (word === 'excluding') result.excluded?.lines.push(value)
    else if (word === 'section') sections.push(rest)
    else if (word === 'key') key.push(value)
    else if (word === 'stream' && rest.length === 2) {
      if (!packageName.test(rest[0]!) || !packageName.test(rest[1]!)) continue
      result.streams ??= {}
      result.streams[rest[0]!] = [...(result.streams[rest[0]!] ?? []), rest[1]!]
    } else if (word === 'source') sources.push({ path: value, lines: [] })
    else if (word === 'text') sources.at(-1)?.lines.push(value)
    else if (word === 'origin' && rest[0] && rest[1]) {
      result.origins ??= {}
      result.origins[rest[0]] = rest.slice(1).join(' ')
    } else if (word === 'free' && rest[0]) free[rest[0]] = { freeKiB: Number(rest[1]), mount: rest.slice(2).join(' ') }
  }
  result.versions = Object.fromEntries([...offered].map(([name, versions]) => [name, answers.ordered([...versions])]))
  result.said = answers.matter(result.said)
  if ('fetch' in probe && key.length > 0) result.key = readFetchedKey(probe, key)
  if ('wantSources' in probe && probe.wantSources && text !== '')
    result.sources = sources
      .filter(({ path }) => sourcesPath.test(path))
      .map(({ path, lines }) => ({ path, text: lines.map((line) => `${line}\n`).join('') }))
  if (transaction.length > 0) result.transaction = answers.transaction(transaction)
  if (result.excluded !== undefined) result.warnings = [excludedText(result.excluded)]
  answers.addSkipped?.(result, transaction, sections)
  const { fetch, files, asking } = free
  if (asking && asking.freeKiB < askingKiB) result.full = { ...asking, needKiB: askingKiB }
  if (result.transaction?.ok && result.transaction.install.length > 0 && fetch && files) {
    const apart = [
      { ...fetch, needKiB: answers.downloadKiB(transaction) },
      { ...files, needKiB: result.transaction.diskKiB + workingKiB },
    ]
    const together = [{ ...files, needKiB: apart[0]!.needKiB + apart[1]!.needKiB }]
    result.transaction.room = fetch.mount === files.mount ? together : apart
  }
  return result
}

/** Reads `depends NAME VERSION DEPENDENCY`, `drives NAME VERSION DEVICE…`; a package that lists devices has a line without one, too. */
function addRecord(result: ProbeResult, word: 'depends' | 'drives', [name, version, ...rest]: readonly string[]): void {
  if (!name || !version || !packageName.test(name) || !packageVersion.test(version)) return
  const key = word === 'depends' ? 'dependencies' : 'drives'
  const before = result[key]?.[name]?.[version] ?? []
  const said = word === 'drives' ? rest : rest.length > 0 ? [rest.join(' ')] : []
  result[key] = { ...result[key], [name]: { ...result[key]?.[name], [version]: [...before, ...said] } }
}

function excludedText({ names, lines }: NonNullable<ProbeResult['excluded']>): string {
  return `dnf’s configuration excludes ${names.join(', ')}${lines.length > 0 ? ` (${lines.join('; ')})` : ''}`
}

/**
 * Refuses where packages are missing because the host's own configuration excludes them: a repository does have them.
 *
 * @throws FitoutError if one of the answers says so.
 */
export function refuseExcluded(results: readonly ProbeResult[], names: readonly string[], doing: string): void {
  const excluded = results.find((result) => result.excluded?.names.some((name) => names.includes(name)))?.excluded
  if (excluded === undefined) return
  throw new FitoutError({
    doing,
    cause: excludedText(excluded),
    remedy:
      excluded.lines.length > 0
        ? 'remove them from that line, then run fitout again'
        : 'see `dnf versionlock list` and `dnf module list`, and excludepkgs in dnf’s configuration, then run fitout again',
    said: excluded.lines,
  })
}

/** As Debian Policy 5.6.12 has it, and what rpm allows beside that. */
const packageVersion = /^[0-9A-Za-z][0-9A-Za-z.+:~^_-]*$/
/** Where package sources are. */
const sourcesPath = /^\/etc\/(?:apt\/sources\.list(?:\.d\/[^/]+)?|yum\.repos\.d\/[^/]+)$/

/** What working out the question takes: apt’s caches of all indexes (60 MB of Debian’s), dnf’s of its own, and some room. */
const askingKiB = 128 * 1024

/** What unpacking takes beyond what stays: new files beside old ones, dpkg's own. */
const workingKiB = 32 * 1024
