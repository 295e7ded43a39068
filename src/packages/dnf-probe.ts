import { compareRpmVersions, plainRpmVersion, rpmArch } from '../data/rpm-version.js'
import { quote } from '../shell/quote.js'
import addressFunctions from './address.sh'
import probeScript from './dnf-probe.sh'
import { oneLine, oneValue } from './one-value.js'
import type { Answers } from './package-manager.js'
import { pinnedKey } from './pinned-key.js'
import type { CommonProbe, ProbedTransaction, ProbeResult } from './probe.js'
import rootScript from './question-root.sh'

/** A question to dnf, about a repository that may not be configured on the host yet. Asked beside the host's own configuration. */
export interface DnfProbe extends CommonProbe {
  manager: 'dnf'
  /** dnf's own major version, 4 or 5. */
  major: number
  /** As the facts say it: `amd64`. */
  arch: string
  /** The repository to ask beside the host's own; other entries for it are left out of the question. */
  repository?: DnfRepository | undefined
  /** Whether installed packages that conflict may go for it. */
  erasing?: boolean | undefined
  /** Streams of modules as they would be, by module: enabled, or none where the stream is empty. dnf 4 alone. */
  streams?: Readonly<Record<string, string>> | undefined
  /** Modules whose streams are wanted; what the repository offers is then told whatever its stream. dnf 4 alone. */
  streamsOf?: readonly string[] | undefined
}

/** A repository as dnf knows it. */
export interface DnfRepository {
  /** Names its files: `/etc/yum.repos.d/FILE.repo`, `/etc/pki/rpm-gpg/RPM-GPG-KEY-FILE`. */
  file: string
  /** The name of its section. */
  id: string
  /** What dnf calls it. */
  label: string
  /** Its address, with `$basearch` for the architecture. */
  uri: string
  /** Packages that are left out of it, as dnf’s patterns. */
  exclude?: readonly string[] | undefined
  /** The key that signs its packages, as somebody handed it over, and the fingerprint that it must have. */
  key: string
  fingerprint: string
  /** Whether its index is signed as well, by the same key. */
  signedIndex?: boolean | undefined
  /** Whether its packages are; true unless said otherwise. */
  signedPackages?: boolean | undefined
}

/**
 * A section of a .repo file, without the place of its key.
 *
 * @throws RangeError when a value would be read as several.
 */
export function repositorySection({
  id,
  label,
  uri,
  signedIndex,
  signedPackages = true,
  exclude = [],
}: Omit<DnfRepository, 'key' | 'fingerprint'>): string {
  return [
    `[${oneValue(id)}]`,
    `name=${oneLine(label)}`,
    `baseurl=${oneValue(uri)}`,
    'enabled=1',
    `gpgcheck=${signedPackages ? 1 : 0}`,
    `repo_gpgcheck=${signedIndex ? 1 : 0}`,
    ...(exclude.length > 0 ? [`excludepkgs=${exclude.map(oneValue).join(' ')}`] : []),
  ].join('\n')
}

/** What dnf calls a package of a certain version, which a name may have behind it already. */
export function dnfSpec(name: string, version: string | undefined): string {
  return version === undefined || name.endsWith(`-${version}`) ? name : `${name}-${version}`
}

/**
 * The shell that asks; changes nothing on the host.
 *
 * @throws FitoutError if the repository's key is not exactly the one with the fingerprint.
 */
export function dnfProbeSnippet(probe: DnfProbe): string {
  const { repository } = probe
  const leaving = probe.simulate.filter((word) => word.endsWith('-')).map((word) => word.slice(0, -1))
  const simulate = probe.simulate
    .filter((word) => !word.endsWith('-'))
    .map((word) => {
      const at = word.indexOf('=')
      return at === -1 ? word : dnfSpec(word.slice(0, at), word.slice(at + 1))
    })
  return [
    `major=${probe.major}`,
    `arch=${quote(rpmArch(probe.arch))}`,
    `id=${quote(repository?.id ?? '')}`,
    '# shellcheck disable=SC2016 # dnf replaces $basearch, not the shell',
    `repository=${quote(repository ? repositorySection(repository) : '')}`,
    `key=${quote(repository ? pinnedKey(repository.key, repository, repository.uri).text : '')}`,
    `same=${quote(probe.sameRepository ?? '')}`,
    `versions_of=${quote(probe.versionsOf.join(' '))}`,
    `simulate=${quote(simulate.join(' '))}`,
    `leaving=${quote(leaving.join(' '))}`,
    `names=${quote(probe.simulate.map((word) => word.replace(/=.*|-$/, '')).join(' '))}`,
    ...(probe.dependenciesOf === undefined ? [] : [`depends_of=${quote(probe.dependenciesOf.join(' '))}`]),
    `erasing=${probe.erasing ? 'yes' : 'no'}`,
    ...(probe.streams === undefined
      ? []
      : [
          `streams=${quote(
            Object.entries(probe.streams)
              .map(([name, stream]) => `${name}:${stream}`)
              .join(' '),
          )}`,
        ]),
    ...(probe.streamsOf === undefined ? [] : [`streams_of=${quote(probe.streamsOf.join(' '))}`]),
    rootScript,
    addressFunctions,
    probeScript,
  ].join('\n')
}

/** What dnf says in any case, and what it shows of its progress. */
const chatter =
  /^\s*$|^(Last metadata|Updating and loading|Repositories loaded|No matches found for the following|Unable to detect release)| (B|[kKMG]i?B)\/s \| /

export const dnfAnswers: Answers = {
  snippet: (probe) => dnfProbeSnippet(probe as DnfProbe),
  // As rpm orders them, each once.
  ordered: (versions) => [...new Set(versions.map(plainRpmVersion))].sort((a, b) => compareRpmVersions(b, a)),
  matter: (lines) => lines.filter((line) => !chatter.test(line)),
  transaction: readDnfTransaction,
  // dnf 4 `Total download size: 90 M`, dnf 5 `… Need to download 39 KiB.`
  downloadKiB: (lines) => sizeIn(lines, /^Total download size: ([\d.]+ ?\S*)|Need to download ([\d.]+ \S+?)\.?$/),
  addSkipped,
}

const architecture = '(?:x86_64|aarch64|noarch|i[3-6]86|ppc64le|s390x|armv7hl|riscv64)'
/** A row of dnf's table: name, architecture, version, repository, size. A long one is broken over two lines. */
const row = new RegExp(`(\\S+)\\s+${architecture}\\s+(\\S+)\\s+\\S+\\s+[\\d.]+\\s*[kKMGT]?(?:i?B)?(?=\\s|$)`, 'g')
/** A package that goes for the row above it: dnf 4 `replacing  runc.x86_64 4:1.2.5-2.el9`, dnf 5 `replacing runc x86_64 4:1.2.5-2.el9 …`. */
const replacing = new RegExp(`^\\s+replacing\\s+(\\S+?)(?:\\.|\\s+)${architecture}\\s+(\\S+)`)

/** A repository of the host's own, and where it is configured: its address is `-` if it has none, its name its id. */
type DnfSection = Record<'id' | 'address' | 'file' | 'name', string>

/** Reads `section ID ADDRESS FILE NAME`. */
function readDnfSection([id, address, file, ...name]: readonly string[]): DnfSection[] {
  return id && address && file ? [{ id, address, file, name: name.join(' ') || id }] : []
}

/** What dnf says of repositories and files that it leaves out, and works on without them: a sentence each. */
function dnfSkips(lines: readonly string[], sections: readonly DnfSection[]): string[] {
  const skips = new Set<string>()
  const where = (id: string) => sections.find((section) => section.id === id)?.file ?? 'dnf’s configuration'
  const skip = (id: string, reason: string) =>
    skips.add(`dnf skips the repository ${id} (${where(id)}): ${reason.replace(/\.?$/, '')}`)
  let label = ''
  for (const line of lines.map((text) => text.trim())) {
    // dnf 4: what is wrong in lines of its own, then all that it ignores.
    for (const id of /^Ignoring repositories: (.*)$/.exec(line)?.[1]?.split(/[, ]+/) ?? []) {
      const reason = lines.find(
        (text) => /^Error: /.test(text) && (text.includes(`'${id}'`) || text.endsWith(`: ${id}`)),
      )
      skip(id, reason?.replace(/^Error: /, '') ?? 'it does not say why')
    }
    const [, unread] = /^Warning: failed loading '(.+)', skipping/.exec(line) ?? []
    if (unread !== undefined) skips.add(`dnf cannot parse ${unread} and skips all of it`)
    if (/^Invalid configuration value: /.test(line)) skips.add(`dnf: ${line}`)
    // dnf 5: a row of its progress, cut off after 38 characters, and what is wrong with that repository.
    const [, row] = /^(\S.*?)\s+(?:\?{3}|\d+)% \| /.exec(line) ?? []
    if (row !== undefined) label = row
    const [, reason] = /^>>> (.+)$/.exec(line) ?? []
    const section = sections.find(({ name }) => name.slice(0, 38).trim() === label)
    if (reason !== undefined && section !== undefined) {
      // The last of several attempts says it in general.
      const last = [...skips].find((one) => one.startsWith(`dnf skips the repository ${section.id} (`))
      if (last === undefined) skip(section.id, reason)
    }
  }
  return [...skips]
}

/** Adds what dnf leaves out of its answer. Without that its refusal may be none of the packages' making. */
function addSkipped(result: ProbeResult, lines: readonly string[], all: readonly (readonly string[])[]): void {
  const sections = all.flatMap(readDnfSection)
  const skips = dnfSkips(lines, sections)
  if (skips.length > 0) result.warnings = [...(result.warnings ?? []), ...skips]
  if (result.transaction?.ok !== false) return
  const { said } = result.transaction
  const fatal = said.some((line) => /Failed to (set up|download) metadata/.test(line))
  said.unshift(...(fatal ? whereConfigured(said, sections) : skips).slice(0, 4))
}

/** Where the repositories are configured that dnf complains of in these lines. */
function whereConfigured(lines: readonly string[], sections: readonly DnfSection[]): string[] {
  const addressless = lines.some((line) => /Empty mirrorlist and no basepath/.test(line))
  return sections
    .filter(
      ({ id, address }) =>
        lines.some((line) => line.includes(`'${id}'`) || line.includes(`"${id}"`) || line.endsWith(`repo: ${id}`)) ||
        (addressless && !/^(https?|ftp|file):\/\/|^\$/.test(address)),
    )
    .map(({ id, file, address }) => `${file}: [${id}] ${address === '-' ? 'has no address' : address}`)
}

/** Reads what `dnf --assumeno` says that it would do. */
export function readDnfTransaction(said: readonly string[]): ProbedTransaction | { ok: false; said: string[] } {
  // What dnf 4 complains of before that is about repositories which it ignores.
  const lines = said.slice(said.findLastIndex((line) => /^Ignoring repositories: /.test(line)) + 1)
  const nothing = lines.some((line) => /^Nothing to do\.?$/.test(line.trim()))
  const end = lines.findIndex((line) => /^Transaction Summary:?/.test(line))
  const refused = lines.some((line) =>
    /^(Error:(?! Operation aborted)|Failed to |No match for argument)/.test(line.trim()),
  )
  if (refused || (!nothing && end === -1)) {
    const matter = lines.filter(
      (line) => line.trim() !== '' && !/^(Last metadata|Updating and|Repositories loaded)/.test(line),
    )
    // dnf 4 prints all settings of a repository after it has named it.
    const settings = matter.findIndex((line) => line.startsWith('Problem repository: '))
    return { ok: false, said: [...new Set(settings === -1 ? matter : matter.slice(0, settings + 1))].slice(-12) }
  }
  // dnf 4 `Installed size: 380 M`, dnf 5 `After this operation, 380 MiB extra will be used (…)`.
  const diskKiB = sizeIn(lines, /^Installed size: ([\d.]+ ?\S*)|^After this operation, ([\d.]+ \S+) extra/)
  const found: ProbedTransaction = { ok: true, install: [], remove: [], diskKiB }
  let section: 'install' | 'remove' | undefined
  let rows: string[] = []
  const takeRows = () => {
    for (const [, name, version] of rows.join(' ').matchAll(row)) {
      if (section === 'install') found.install.push({ name: name!, version: plainRpmVersion(version!) })
      else if (section === 'remove') found.remove.push(name!)
    }
    rows = []
  }
  for (const line of lines.slice(0, end === -1 ? 0 : end)) {
    const heading = /^(Installing|Upgrading|Downgrading|Reinstalling|Removing|[A-Z][a-z]+ )[^:]*:\s*$/.exec(line)
    const replaced = replacing.exec(line)
    if (heading) {
      takeRows()
      section = /^(Installing|Upgrading|Downgrading)/.test(line)
        ? 'install'
        : /^Removing/.test(line)
          ? 'remove'
          : undefined
    } else if (replaced && section === 'install') {
      takeRows()
      const last = found.install.at(-1)
      if (last && last.name === replaced[1]) last.installed = plainRpmVersion(replaced[2]!)
      else found.remove.push(replaced[1]!)
    } else if (line.startsWith(' ')) rows.push(line)
  }
  takeRows()
  return found
}

/** The first size that a line tells, KiB. */
function sizeIn(lines: readonly string[], pattern: RegExp): number {
  for (const line of lines) {
    const [, four, five] = pattern.exec(line.trim()) ?? []
    const size = four ?? five
    if (size !== undefined) return kibibytes(size)
  }
  return 0
}

/** `6.2 k`, `90 M`, `39 KiB`, `224 B`: all count by 1024. */
function kibibytes(text: string): number {
  const [, number = '0', unit = ''] = /^([\d.]+) ?([kKMGT]?)/.exec(text) ?? []
  const power = ['', 'K', 'M', 'G', 'T'].indexOf(unit.toUpperCase())
  return Math.ceil(Number(number) * 1024 ** (power - 1))
}
