import { isSame } from '../packages/address.js'
import { type AptSource, sourceStanza } from '../packages/apt-probe.js'
import { names, withoutRepository } from '../packages/apt-sources/edit.js'
import filesFunctions from '../packages/apt-sources/files.sh'
import { inOrder, readSources, unitsOf } from '../packages/apt-sources/read.js'
import type { Unit } from '../packages/apt-sources/unit.js'
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

/** Shell that sets its arguments to the files from which apt reads its sources. */
export const setSources = `${filesFunctions}
sources=$(apt_sources)
set --
while IFS= read -r file; do
  if [ -n "$file" ]; then set -- "$@" "$file"; fi
done <<LISTED
$sources
LISTED
`

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
      setSources,
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
      if (options.wanted === false && !isRefused(seen, options) && !othersCanChange(seen)) return undefined
      const others: FileWork = { scripts: [], diffs: [], details: [], reasons: [] }
      const { scripts, diffs, details, reasons } = others
      const changed: string[] = []
      for (const file of seen) {
        if (file.path === sourcesFile || file.path === keyFile) continue
        if (options.strayKeyrings.includes(file.path)) {
          scripts.push(sh`drop_file ${file.path} ${file.sum}`)
          details.push(`remove the stray keyring ${file.path}`)
          continue
        }
        if (file.text === undefined) throw notText(file.path)
        const source = { path: file.path, text: file.text }
        const units = unitsOf(source, options.arch)
        const isOthers = ({ items }: Unit) => items.some(({ uri }) => !isSame(uri, options.same))
        const stray = strayLists.includes(file.path) && !units.some(isOthers)
        const rest = stray ? undefined : withoutRepository(source, options.same, options.arch)
        if (rest === file.text) continue
        if (units.some((unit) => names(unit, options.same))) reasons.push(`${file.path} configures it too`)
        else details.push(`remove ${file.path}, an earlier set-up’s list that configures nothing`)
        changed.push(file.path)
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
      if (change === undefined) return undefined
      if (change.diff === '') return { ...change, refresh: sourcesFile }
      const paths = [...changed, keyFile, sourcesFile]
      // A diff is of what apt reads: apt is asked whether it still does.
      const script = `${change.script}\n${sh`sources_read ${paths}`}`
      return { ...change, script, refresh: sourcesFile }
    },
  })
}

/** Whether apt refuses all sources because of what is said of a repository, or of its entries together. */
function isRefused(seen: readonly SeenFile[], { same, arch }: AptRepositoryOptions): boolean {
  const lists = seen.flatMap(({ path, text }) =>
    /\.(list|sources)$/.test(path) && text !== undefined ? [{ path, text }] : [],
  )
  return readSources(inOrder(lists), arch).refusals.some(({ unit }) => names(unit, same))
}
