import { createHash } from 'node:crypto'
import type { KeyPin } from '../data/nvidia-repositories.js'
import { fingerprints } from '../data/openpgp.js'
import { FitoutError } from '../errors.js'
import { quote } from '../shell/quote.js'
import probeScript from './apt-probe.sh'
import type { PackageProbe, ProbedTransaction } from './probe.js'

/** A question to a package repository that may not be configured on the host yet. Asked in a temporary apt root. */
export interface AptProbe {
  manager?: 'apt' | undefined
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

/** The shell that asks; changes nothing on the host. */
export function aptProbeSnippet(probe: AptProbe): string {
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

/** The fetched key, where every primary key in it is the one that was asked for. */
export function pinnedKey(probe: PackageProbe, key: string): string {
  const asked: string | (KeyPin & { url: string }) | undefined = probe.repository?.key
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
  const sum = asked.sum === undefined ? undefined : sumOf(key)
  if (found.length > 0 && sum === asked.sum && found.every((one) => one.endsWith(wanted))) return key
  throw new FitoutError({
    doing: `checking the signing key that ${asked.url} gives out`,
    cause:
      found.length === 0
        ? `what came is not an OpenPGP public key: ${problem}`
        : sum === asked.sum
          ? `it has the fingerprint ${found.join(', ')}, and ${wanted} was expected`
          : `it has the fingerprint ${found.join(', ')}, and is not the key by that end of it that is pinned (sha256 ${sum}, not ${asked.sum})`,
    remedy:
      'nothing was changed and nothing signed by it was believed; see whether a proxy answers in the publisher’s place, ' +
      'or whether the publisher announces a new key',
  })
}

/** sha256 of an armored key, without what only says who exported it. */
function sumOf(key: string): string {
  const lines = key.replace(/\n*$/, '\n').split('\n')
  return createHash('sha256')
    .update(lines.filter((line) => !line.startsWith('Version')).join('\n'))
    .digest('hex')
}

/** What would be fetched, KiB: `Need to get 85.2 MB of archives.`, `Need to get 0 B/85.2 MB of archives.` */
export function downloadOf(lines: readonly string[]): number {
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
