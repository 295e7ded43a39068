import { FitoutError } from '../errors.js'
import { isSame } from '../packages/address.js'
import { type DnfRepository, repositorySection } from '../packages/dnf-probe.js'
import { pinnedKey } from '../packages/pinned-key.js'
import { quote, sh } from '../shell/quote.js'
import { literally } from '../text.js'
import {
  diffOf,
  type FileWork,
  notText,
  othersCanChange,
  printRepository,
  putFile,
  readFiles,
  repositoryChange,
  type SeenFile,
  setFiles,
  sumOf,
} from './content.js'
import { defineResource, type Resource } from './resource.js'

export interface DnfRepositoryOptions extends DnfRepository {
  title: string
  /** Extended regular expression: an address that it matches, as `plainAddress` writes it, is this same repository, wherever it stands. */
  same: string
  /**
   * Whether anything is wanted from it (the default); otherwise it stays as its owner wrote it, unless others than root can change its
   * files, and with them whom dnf trusts.
   */
  wanted?: boolean | undefined
}

/**
 * Takes every section whose address matches, or that has the same id, out of a .repo file: of two with one id dnf takes either, or what
 * one of them says of the other.
 *
 * @returns the text without them (`undefined` when nothing but comments would be left), or the same text when there is none.
 */
export function withoutSections(text: string, same: string, id: string): string | undefined {
  const sections = text.split(/^(?=[ \t]*\[)/m)
  const left = sections.filter(
    (section) =>
      /^[ \t]*\[([^\]\n]*)\]/.exec(section)?.[1]?.trim() !== id &&
      !addressesOf(section).some((address) => isSame(address, same)),
  )
  if (left.length === sections.length) return text
  const kept = left.join('')
  return kept.split('\n').some((line) => line.trim() !== '' && !/^\s*[#;]/.test(line)) ? kept : undefined
}

const dnfConf = '/etc/dnf/dnf.conf'

/**
 * Files of sections that dnf reads: repositories, repositories in its main configuration, and what dnf 5 lays over them. Those below /usr are packages’,
 * not the host’s owner’s, who overrides them in /etc/dnf/repos.override.d.
 */
const sectionFiles =
  '/etc/dnf/dnf.conf /etc/yum.repos.d/*.repo /etc/yum/repos.d/*.repo /etc/distro.repos.d/*.repo /usr/share/dnf5/repos.d/*.repo ' +
  '/etc/dnf/repos.override.d/*.repo /usr/share/dnf5/repos.override.d/*.repo'

/** Options of a section by which it is another repository, or its packages are not checked. The newer names are dnf 5’s. */
const vital = /^(enabled|baseurl|mirrorlist|metalink|gpgkey|gpgcheck|pkg_gpgcheck|repo_gpgcheck)$/

/**
 * What a file of overrides (dnf 5) makes of a repository by a section for several, as `[docker*]` or `[*]`, or in a package’s file: these cannot be taken
 * out. As it stands there, a line each: `[*] gpgcheck=0`.
 *
 * @param wanted the repository's own section.
 */
function overriddenBy(text: string, id: string, wanted: string, all: boolean): string[] {
  return text.split(/^(?=[ \t]*\[)/m).flatMap((section) => {
    const head = /^[ \t]*\[([^\]\n]*)\]/.exec(section)?.[1]?.trim()
    if (head === undefined || !isGlobOf(head, id) || (head === id && !all)) return []
    return [...section.matchAll(/^[ \t]*(\w+)[ \t]*=[ \t]*(.*?)[ \t]*$/gm)].flatMap(([, option = '', value = '']) => {
      const own = new RegExp(`^${option.replace(/^pkg_/, '')}=(.*)$`, 'm').exec(wanted)?.[1]
      return vital.test(option) && !sameValue(own, value) ? [`[${head}] ${option}=${value}`] : []
    })
  })
}

function sameValue(own: string | undefined, value: string): boolean {
  if (/^(1|true|yes|on)$/i.test(value)) return own === '1'
  if (/^(0|false|no|off)$/i.test(value)) return own === '0'
  return own === value
}

/** Whether a name of a section is the id, or a pattern of the shell’s that matches it. */
function isGlobOf(pattern: string, id: string): boolean {
  const expression = pattern
    .replace(/[.+()|^$\\{}]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
    .replaceAll('[!', '[^')
  try {
    return new RegExp(`^${expression}$`).test(id)
  } catch {
    return pattern === id
  }
}

function overridden({ id, title }: DnfRepositoryOptions, file: string, lines: readonly string[]): FitoutError {
  return new FitoutError({
    doing: `configuring ${title}`,
    cause: `${file} overrides the repository ${id} together with others: ${lines.join(', ')}`,
    remedy: file.startsWith('/usr/')
      ? `put an empty file of the same name into /etc/dnf/repos.override.d, which takes its place, then run fitout again`
      : `correct ${file}: name the repositories that it is for, or delete these lines, then run fitout again`,
  })
}

/** Addresses may go on over indented lines, with remarks between them. */
function addressesOf(section: string): string[] {
  return [
    ...section.matchAll(/^[ \t]*(?:baseurl|metalink|mirrorlist)[ \t]*[=:](.*(?:\n(?:[ \t]+\S.*|[#;].*))*)/gim),
  ].flatMap((found) =>
    found[1]!
      .replace(/^[ \t]*[#;].*$/gm, '')
      .split(/[\s,]+/)
      .filter((address) => address !== ''),
  )
}

interface Seen {
  files: SeenFile[]
  /** By which rpm knows the keys that it trusts. */
  keys: string[]
}

/**
 * A repository of rpm packages with a pinned key, configured once: other sections for the same repository are taken out, and what
 * overrides it (dnf 5), because one of them may not check signatures. The key that rpm gets is the one that was judged here, to the byte.
 *
 * @throws FitoutError if the key is not exactly the one with the fingerprint; from `plan` where an override for several repositories changes
 * whether this one is checked, or which it is.
 */
export function dnfRepository(options: DnfRepositoryOptions): Resource {
  const { text: key, fingerprint } = pinnedKey(options.key, options, options.uri)
  const repoFile = `/etc/yum.repos.d/${options.file}.repo`
  const keyFile = `/etc/pki/rpm-gpg/RPM-GPG-KEY-${options.file}`
  const wanted = `${repositorySection(options)}\ngpgkey=file://${keyFile}\n`
  // Sections of the same name, and overrides of several, too.
  const naming = `{
  naming ${quote(options.same)} "$@"
  if [ $# -gt 0 ]; then grep -Els -e ${quote(`^[[:space:]]*[[][[:space:]]*${literally(options.id)}[[:space:]]*[]]`)} -e '^[[:space:]]*[[].*[*?[]' "$@"; fi
} | sort -u`
  return defineResource<Seen>({
    id: `dnf-repository ${options.id}`,
    inspect: `${printRepository(repoFile, keyFile, setFiles(sectionFiles), naming)}ask 0 rpm -qa gpg-pubkey --qf '@key %{VERSION}\\n'
:
`,
    read: ({ text }) => ({
      files: readFiles(text),
      keys: [...text.matchAll(/^@key (\S+)$/gm)].map((line) => line[1]!.toUpperCase()),
    }),
    assume: () => ({ files: [], keys: [] }),
    plan: ({ files, keys }) => {
      if (options.wanted === false && !othersCanChange(files)) return undefined
      const others: FileWork = { scripts: [], diffs: [], details: [], reasons: [] }
      for (const file of files) {
        if (file.path === repoFile || file.path === keyFile) continue
        if (file.text === undefined) throw notText(file.path)
        if (/\/repos\.override\.d\//.test(file.path)) {
          const vendor = file.path.startsWith('/usr/')
          const lines = overriddenBy(file.text, options.id, wanted, vendor)
          if (lines.length > 0) throw overridden(options, file.path, lines)
          if (vendor) continue
        }
        const rest = withoutSections(file.text, options.same, options.id)
        if (rest === file.text) continue
        others.reasons.push(`${file.path} configures it too`)
        others.diffs.push(diffOf(file.path, file.text, rest))
        others.scripts.push(
          rest === undefined && file.path !== dnfConf
            ? sh`drop_file ${file.path} ${file.sum}`
            : putFile(file, rest ?? '\n'),
        )
      }
      // rpm knows a key by the end of its fingerprint, since version 6 by all of it.
      const isTrusted = keys.some((known) => fingerprint.endsWith(known))
      return repositoryChange(
        `Configure ${options.title}`,
        files,
        { path: keyFile, text: key, said: `key ${fingerprint} to ${keyFile}` },
        { path: repoFile, text: wanted },
        others,
        isTrusted
          ? undefined
          : {
              script: sh`trust_rpm_key ${keyFile} ${fingerprint} ${sumOf(key)}`,
              detail: 'have rpm trust it for packages (rpmkeys --import)',
              reason: 'rpm does not know its key',
            },
      )
    },
  })
}
