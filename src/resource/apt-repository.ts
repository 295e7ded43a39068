import { isSame } from '../packages/address.js'
import { type AptSource, sourceStanza } from '../packages/apt-probe.js'
import { pinnedKey } from '../packages/pinned-key.js'
import { quote, sh } from '../shell/quote.js'
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
} from './content.js'
import { defineResource, type Resource } from './resource.js'

export interface AptRepositoryOptions extends AptSource {
  /** Names its files: `/etc/apt/sources.list.d/NAME.sources`, `/etc/apt/keyrings/NAME.asc`. */
  name: string
  title: string
  /** Extended regular expression: a URI that it matches, as `plainAddress` writes it, is this same repository, wherever it stands. */
  same: string
  /** Keyrings that earlier set-ups left for it; removed. */
  strayKeyrings: readonly string[]
  /** Lists that earlier set-ups left for it; removed where nothing else is in them. */
  strayLists?: readonly string[] | undefined
  /**
   * Whether anything is wanted from it (the default); otherwise its entries stay as their owner wrote them, unless they contradict each
   * other (several entries that name different keyrings), which stops apt for everything, or others than root can change its files, and
   * with them whom apt trusts.
   */
  wanted?: boolean | undefined
}

/** The whole stanza, as it stands in the sources file. */
export function stanzaOf(options: AptRepositoryOptions): string {
  return `${sourceStanza(options)}\nSigned-By: /etc/apt/keyrings/${options.name}.asc\n`
}

/** Path of the sources file of the repository NAME. */
export function sourcesFileOf(name: string): string {
  return `/etc/apt/sources.list.d/${name}.sources`
}

/** All that apt reads, as `setFiles` takes them. */
export const sourcesFiles = '/etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources'

const betweenStanzas = /\n(?:[ \t\r]*\n)+/
/** A stanza that is turned off, as apt reads a truth value. */
export const turnedOff = /^Enabled:[ \t]*(no|false|without|off|disable|0)\s*$/im

/** Whether a line of a .list is an entry for the repository; a remark behind it does not count. */
function isEntry(line: string, same: string): boolean {
  const [, uri] = /^\s*deb(?:-src)?\s+(?:\[[^\]]*\]\s*)?(\S+)/.exec(line.split('#')[0]!) ?? []
  return uri !== undefined && isSame(uri, same)
}

/** The fields of a stanza that name its addresses, as they stand there, and the addresses; lines of remarks may stand between them. */
function urisIn(stanza: string): { field: string; uris: string[] }[] {
  return [...stanza.matchAll(/^URIs:.*(?:\n(?:[ \t]+.*|#.*))*/gim)].map(([field]) => ({
    field,
    uris: field
      .replace(/^URIs:/i, '')
      .replace(/^#.*$/gm, '')
      .split(/\s+/)
      .filter((uri) => uri !== ''),
  }))
}

/**
 * Takes every entry whose URI matches `same` out of a sources file.
 *
 * @returns the text without them (`undefined` when nothing but comments would be left), or the same text when there is none.
 */
export function withoutRepository(path: string, text: string, same: string): string | undefined {
  let kept: string
  if (path.endsWith('.sources')) {
    const paragraphs = text.split(betweenStanzas)
    const left = paragraphs.flatMap((paragraph) => {
      if (turnedOff.test(paragraph)) return [paragraph]
      let left = paragraph
      for (const { field, uris } of urisIn(paragraph)) {
        const others = uris.filter((uri) => !isSame(uri, same))
        if (others.length === uris.length) continue
        if (others.length === 0) return []
        left = left.replace(field, () => `URIs: ${others.join(' ')}`)
      }
      return [left]
    })
    if (left.length === paragraphs.length && left.every((paragraph, index) => paragraph === paragraphs[index]))
      return text
    kept = left.join('\n\n')
    if (kept !== '' && !kept.endsWith('\n')) kept += '\n'
  } else {
    const lines = text.split('\n')
    const left = lines.filter((line) => !isEntry(line, same))
    if (left.length === lines.length) return text
    kept = left.join('\n')
  }
  const hasContent = kept.split('\n').some((line) => line.trim() !== '' && !line.trim().startsWith('#'))
  return hasContent ? kept : undefined
}

/**
 * A package repository with a pinned key, configured once: every other entry for the same repository and the keyrings
 * that came with them are taken out, because apt refuses to do anything while two entries name two keyrings.
 *
 * @throws FitoutError if the key is not exactly the one with the fingerprint.
 */
export function aptRepository(options: AptRepositoryOptions): Resource {
  const { text: key, fingerprint } = pinnedKey(options.key, options, options.uri)
  const sourcesFile = sourcesFileOf(options.name)
  const keyFile = `/etc/apt/keyrings/${options.name}.asc`
  const wanted = stanzaOf(options)
  const strayLists = options.strayLists ?? []
  return defineResource<SeenFile[]>({
    id: `apt-repository ${options.name}`,
    inspect: printRepository(
      sourcesFile,
      keyFile,
      sourcesFiles,
      `naming ${quote(options.same)} "$@"`,
      `for file in ${[...options.strayKeyrings, ...strayLists].map(quote).join(' ')}; do
  case " $* " in *" $file "*) continue ;; esac
  if [ -f "$file" ]; then set -- "$@" "$file"; fi
done
`,
    ),
    read: (answer) => readFiles(answer.text),
    assume: () => [],
    plan: (seen) => {
      const keyrings = seen.flatMap(({ path, text }) => signedBy(path, text ?? '', options.same))
      if (options.wanted === false && new Set(keyrings).size <= 1 && !othersCanChange(seen)) return undefined
      const others: FileWork = { scripts: [], diffs: [], details: [], reasons: [] }
      const { scripts, diffs, details, reasons } = others
      for (const file of seen) {
        if (file.path === sourcesFile || file.path === keyFile) continue
        if (options.strayKeyrings.includes(file.path)) {
          scripts.push(sh`drop_file ${file.path} ${file.sum}`)
          details.push(`remove the stray keyring ${file.path}`)
          continue
        }
        if (file.text === undefined) throw notText(file.path)
        const without = withoutRepository(file.path, file.text, options.same)
        const stray = strayLists.includes(file.path) && !/^\s*deb(-src)?\s/m.test(without ?? '')
        const rest = stray ? undefined : without
        if (rest === file.text) continue
        if (without === file.text) details.push(`remove ${file.path}, an earlier set-up’s list that configures nothing`)
        else reasons.push(`${file.path} configures it too`)
        diffs.push(diffOf(file.path, file.text, rest))
        if (rest === undefined) scripts.push(sh`drop_file ${file.path} ${file.sum}`)
        else scripts.push(putFile(file, rest))
      }
      const change = repositoryChange(
        `Configure ${options.title}`,
        seen,
        { path: keyFile, text: key, said: `key ${fingerprint} to ${keyFile}` },
        { path: sourcesFile, text: wanted },
        others,
      )
      return change && { ...change, refresh: sourcesFile }
    },
  })
}

/** The keyrings that the entries for a repository name, one for each entry; the empty string where one names none. */
function signedBy(path: string, text: string, same: string): string[] {
  if (path.endsWith('.sources')) {
    return text.split(betweenStanzas).flatMap((paragraph) => {
      const uris = urisIn(paragraph).flatMap((field) => field.uris)
      if (!uris.some((uri) => isSame(uri, same)) || turnedOff.test(paragraph)) return []
      // Either a path, or the key itself on the lines that follow.
      return [/^Signed-By:[ \t]*(.*(?:\n[ \t]+.*)*)/im.exec(paragraph)?.[1]?.trim() ?? '']
    })
  }
  if (!path.endsWith('.list')) return []
  return text.split('\n').flatMap((line) => {
    if (!isEntry(line, same)) return []
    return [/signed-by=([^\s\]]+)/i.exec(line)?.[1] ?? '']
  })
}
