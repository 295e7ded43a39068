import { FitoutError } from '../errors.js'
import { unitsOf } from '../packages/apt-sources/read.js'
import type { SourcesFile, Unit } from '../packages/apt-sources/unit.js'
import type { ProbeResult } from '../packages/probe.js'
import { sh } from '../shell/quote.js'
import { setSources } from './apt-repository.js'
import { diffOf, printFilesFunction, putFile, readFiles, type SeenFile } from './content.js'
import { defineResource, type Resource } from './resource.js'

/** Whose archive is meant, as its index says of itself. */
type Vendor = 'Debian' | 'Ubuntu'

export interface AptComponentsOptions {
  vendor: Vendor
  /** To be there beside `main`: `contrib`, `non-free` … */
  components: readonly string[]
  /** The host's, for `$(ARCH)` in sources. */
  arch: string
  /** What they are for, as a phrase for the plan: `NVIDIA’s driver is in them`. */
  why: string
}

/** By the URI of a source: who its index says that it comes from; `ProbeResult.origins`. */
export type Origins = NonNullable<ProbeResult['origins']>

/**
 * A sources file whose entries for the vendor's own archive have further components. Only entries that have `main` are
 * touched (of one-line files and of deb822 stanzas alike), none that is turned off, no file that apt refuses, none for sources of programs alone, none
 * of backports alone and nobody else's; everything else keeps its bytes.
 *
 * Whose an entry is, its index says (`Origin` of the release file); where none was ever fetched, the vendor's own host or
 * keyring names it.
 *
 * @returns the same text where nothing is missing.
 */
export function withComponents(
  file: SourcesFile,
  { vendor, components, arch }: Pick<AptComponentsOptions, 'vendor' | 'components' | 'arch'>,
  origins: Origins,
): string {
  const units = unitsOf(file, arch)
  if (units.some(({ refusal }) => refusal !== undefined)) return file.text
  let { text } = file
  // From the end, so that places before stay.
  for (const unit of units.filter((one) => isOwn(one, vendor, origins)).reverse()) {
    const has = unit.components.map(({ value }) => value)
    const add = components.filter((name) => !has.includes(name))
    // Behind the last component, before any remark.
    const { to } = unit.components.at(-1)!
    if (add.length > 0) text = `${text.slice(0, to)} ${add.join(' ')}${text.slice(to)}`
  }
  return text
}

function isOwn({ items, options }: Unit, vendor: Vendor, origins: Origins): boolean {
  return (
    items.some(({ type, component }) => type === 'deb' && component === 'main') &&
    items.some(({ suite }) => !suite.includes('backports')) &&
    items.every(({ uri }) => isVendors(uri, options['signed-by'] ?? '', vendor, origins))
  )
}

/** The vendors' own hosts; `esm.ubuntu.com` serves other packages. The lists of mirrors are those of the cloud images. */
const homes: Record<Vendor, RegExp> = {
  Debian: /^[a-z+]+:\/\/([^/]*\.)?debian\.org[:/]|^mirror\+file:.*\/debian(-security)?\.list$/i,
  Ubuntu: /^[a-z+]+:\/\/((?!esm\.)[^/]*\.)?ubuntu\.com[:/]|^mirror\+file:.*\/ubuntu[^/]*$/i,
}

function isVendors(uri: string, signedBy: string, vendor: Vendor, origins: Origins): boolean {
  const said = origins[uri]
  if (said !== undefined) return said === vendor || said === `${vendor} Backports`
  return homes[vendor].test(uri.replace(/\/$/, '')) || signedBy.includes(`${vendor.toLowerCase()}-archive-`)
}

interface Seen {
  files: SeenFile[]
  origins: Origins
}

/**
 * The distribution's own archive with further components, in every file that configures it, its updates and its security
 * updates. Third-party sources are left alone.
 *
 * @throws FitoutError from `plan` when no entry of the archive is there to which they could be added.
 */
export function aptComponents(options: AptComponentsOptions): Resource {
  const { vendor, components } = options
  return defineResource<Seen>({
    id: `apt-components ${vendor}`,
    inspect: `${printFilesFunction}
${setSources}print_files "$@"
# shellcheck disable=SC2016
ask 0 apt-get indextargets --format '@origin $(REPO_URI) $(ORIGIN)' 'Created-By: Packages' | sort -u
`,
    read: ({ text }) => ({
      files: readFiles(text),
      origins: Object.fromEntries(
        [...text.matchAll(/^@origin (\S+) (.+)$/gm)].map(([, uri = '', origin = '']) => [uri, origin]),
      ),
    }),
    assume: () => ({ files: [], origins: {} }),
    plan: ({ files, origins }) => {
      const scripts: string[] = []
      const diffs: string[] = []
      const changed: string[] = []
      let own = false
      for (const file of files) {
        if (file.text === undefined) continue
        const source = { path: file.path, text: file.text }
        // A component that nobody has tells which entries are the archive's.
        own ||= withComponents(source, { ...options, components: [''] }, origins) !== file.text
        const text = withComponents(source, options, origins)
        if (text === file.text) continue
        changed.push(file.path)
        scripts.push(putFile(file, text))
        diffs.push(diffOf(file.path, file.text, text))
      }
      if (files.length > 0 && !own) {
        throw new FitoutError({
          doing: `adding ${components.join(', ')} to ${vendor}’s archive`,
          cause: `no entry below /etc/apt is ${vendor}’s own archive with its component main`,
          remedy: `add an entry for it, with the components main ${components.join(' ')}, and run fitout again`,
        })
      }
      if (files.length > 0 && changed.length === 0) return undefined
      const title = `Add ${components.join(', ')} to ${vendor}’s archive`
      if (files.length === 0) {
        // Nobody has looked: which files are to be changed is not known.
        const script = sh`fail ${'this was planned without the host: its package sources were not seen'} ${'plan it against the host itself'}`
        return { stage: 'prepare', title, why: options.why, script, effects: [] }
      }
      return {
        stage: 'prepare',
        title,
        why: options.why,
        diff: diffs.join('\n'),
        script: [...scripts, sh`sources_read ${changed}`, sh`refresh_index ${changed}`].join('\n'),
        effects: [],
        adds: true,
      }
    },
  })
}
