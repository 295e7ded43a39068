import { quote } from '../shell/quote.js'
import addressFunctions from './address.sh'
import probeScript from './apt-probe.sh'
import type { SourcesFile } from './apt-sources/unit.js'
import { oneLine, oneValue } from './one-value.js'
import type { Answers } from './package-manager.js'
import { pinnedKey } from './pinned-key.js'
import type { CommonProbe, ProbedTransaction } from './probe.js'
import rootScript from './question-root.sh'

/** A package repository of apt’s. */
export interface AptSource {
  uri: string
  suite: string
  /** Absent for a flat repository, whose suite ends with a slash. */
  component?: string | undefined
  arch: string
  /** The signing key as somebody handed it over, and the fingerprint that it must have. What is written is made anew from it. */
  key: string
  fingerprint: string
}

/** A question to a package repository that may not be configured on the host yet. Asked in a temporary apt root. */
export interface AptProbe extends CommonProbe {
  manager?: 'apt' | undefined
  /** The repository to ask beside the host's own; its stanzas elsewhere on the host are left out of the question. */
  repository?: AptSource | undefined
  /** Takes the place of the host's own sources files: what they would say. Only those that differ are fetched for the question. */
  sources?: SourcesFile[] | undefined
  /** Whether the host's own sources files are wanted, and who stands behind them. */
  wantSources?: boolean | undefined
  /** Beginnings of devices' modaliases: which of them packages say that they drive, in their field `Modaliases`. */
  drives?: string[] | undefined
  /** A file of /etc/apt/preferences.d as it would be; without a text it would be gone. */
  preferences?: { name: string; text?: string | undefined } | undefined
}

/**
 * The stanza that apt reads (deb822, apt 1.1 and newer), without the place of its key.
 *
 * @throws RangeError when a value would be read as several.
 */
export function sourceStanza({ uri, suite, component, arch }: Omit<AptSource, 'key' | 'fingerprint'>): string {
  return [
    'Types: deb',
    `URIs: ${oneValue(uri)}`,
    `Suites: ${oneValue(suite)}`,
    ...(component === undefined ? [] : [`Components: ${oneLine(component)}`]),
    `Architectures: ${oneValue(arch)}`,
  ].join('\n')
}

/**
 * The shell that asks; changes nothing on the host.
 *
 * @throws FitoutError if the repository's key is not exactly the one with the fingerprint.
 */
export function aptProbeSnippet(probe: AptProbe): string {
  const { repository } = probe
  const key = repository ? pinnedKey(repository.key, repository, repository.uri).text : ''
  return [
    `repository=${quote(repository ? sourceStanza(repository) : '')}`,
    `key=${quote(key)}`,
    `same=${quote(probe.sameRepository ?? '')}`,
    `versions_of=${quote(probe.versionsOf.join(' '))}`,
    `simulate=${quote(probe.simulate.join(' '))}`,
    ...(probe.dependenciesOf === undefined ? [] : [`depends_of=${quote(probe.dependenciesOf.join(' '))}`]),
    ...(probe.drives === undefined ? [] : [`drives=${quote(probe.drives.join(' '))}`]),
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
    rootScript,
    addressFunctions,
    probeScript,
  ].join('\n')
}

export const aptAnswers: Answers = {
  snippet: (probe) => aptProbeSnippet(probe as AptProbe),
  ordered: (versions) => [...versions],
  matter: (lines) => [...lines],
  transaction: readTransaction,
  // `Need to get 85.2 MB of archives.`, `Need to get 0 B/85.2 MB of archives.`
  downloadKiB: (lines) => kibibytes(/^Need to get ([\d.,]+ \S?B)/m.exec(lines.join('\n'))?.[1] ?? ''),
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
