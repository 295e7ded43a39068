import { FitoutError } from '../errors.js'
import type { SourcesFile } from '../packages/apt-probe.js'
import type { ProbeResult } from '../packages/probe.js'
import { sh } from '../shell/quote.js'
import { sourcesFiles, turnedOff } from './apt-repository.js'
import { diffOf, printFilesFunction, putFile, readFiles, type SeenFile, setFiles } from './content.js'
import { defineResource, type Resource } from './resource.js'

/** Whose archive is meant, as its index says of itself. */
type Vendor = 'Debian' | 'Ubuntu'

export interface AptComponentsOptions {
  vendor: Vendor
  /** To be there beside `main`: `contrib`, `non-free` … */
  components: readonly string[]
  /** What they are for, as a phrase for the plan: `NVIDIA’s driver is in them`. */
  why: string
}

/** By the URI of a source: who its index says that it comes from; `ProbeResult.origins`. */
export type Origins = NonNullable<ProbeResult['origins']>

/**
 * A sources file whose entries for the vendor's own archive have further components. Only entries that have `main` are
 * touched (of one-line files and of deb822 stanzas alike), none that is turned off, none for sources of programs alone, none
 * of backports alone and nobody else's; everything else keeps its bytes.
 *
 * Whose an entry is, its index says (`Origin` of the release file); where none was ever fetched, the vendor's own host or
 * keyring names it.
 *
 * @returns the same text where nothing is missing.
 */
export function withComponents(
  file: SourcesFile,
  { vendor, components }: Pick<AptComponentsOptions, 'vendor' | 'components'>,
  origins: Origins,
): string {
  const isOwn = ({ uris, suites, has, signedBy }: Entry) =>
    has.includes('main') &&
    suites.some((suite) => !suite.includes('backports')) &&
    uris.length > 0 &&
    uris.every((uri) => isVendors(uri, signedBy, vendor, origins))
  const [between, read] = file.path.endsWith('.sources') ? [/(\n(?:[ \t\r]*\n)+)/, stanza] : [/(\n)/, oneLine]
  // What separates entries is none, and kept as it is.
  return file.text
    .split(between)
    .map((part) => {
      const entry = read(part)
      const add = entry && isOwn(entry) ? components.filter((name) => !entry.has.includes(name)) : []
      if (!entry || add.length === 0) return part
      // Behind the last component, before any remark.
      return `${part.slice(0, entry.end)} ${add.join(' ')}${part.slice(entry.end)}`
    })
    .join('')
}

interface Entry {
  uris: string[]
  suites: string[]
  has: string[]
  signedBy: string
  /** Where in the text the components end. */
  end: number
}

/** `deb [options] URI SUITE COMPONENT … # remark` */
function oneLine(line: string): Entry | undefined {
  const [, head = '', options = '', uri = '', suite = '', names = ''] =
    /^(\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+))((?:\s+[^\s#]\S*)*)/.exec(line) ?? []
  if (head === '') return undefined
  return {
    uris: [uri],
    suites: [suite],
    has: words(names),
    signedBy: /signed-by=(\S+)/i.exec(options)?.[1] ?? '',
    end: head.length + names.length,
  }
}

/** A stanza of a deb822 file that is not turned off: fields in any order, values over several lines, remarks between them. */
function stanza(text: string): Entry | undefined {
  const field = (name: string) => new RegExp(`^${name}:[ \\t]*(.*(?:\\n(?:[ \\t]+.*|#.*))*)`, 'im').exec(text)
  const value = (name: string) => words((field(name)?.[1] ?? '').replace(/^#.*$/gm, ''))
  const components = /^Components:[ \t]*((?:[^\n]*\n[ \t]+)*[^\n]*)/im.exec(text)
  if (!components || turnedOff.test(text) || !value('Types').includes('deb')) return undefined
  return {
    uris: value('URIs'),
    suites: value('Suites'),
    has: words(components[1]!),
    signedBy: field('Signed-By')?.[1] ?? '',
    end: components.index + components[0].trimEnd().length,
  }
}

const words = (text: string) => text.split(/\s+/).filter((word) => word !== '')

/** A URI as apt prints it: `mirror+file:///etc/…` comes back as `mirror+file:/etc/…`, and with a slash at its end. */
const plain = (uri: string) => uri.replace(/\/+$/, '').replace(':///', ':/')

/** The vendors' own hosts; `esm.ubuntu.com` serves other packages. The lists of mirrors are those of the cloud images. */
const homes: Record<Vendor, RegExp> = {
  Debian: /^[a-z+]+:\/\/([^/]*\.)?debian\.org[:/]|^mirror\+file:.*\/debian(-security)?\.list$/i,
  Ubuntu: /^[a-z+]+:\/\/((?!esm\.)[^/]*\.)?ubuntu\.com[:/]|^mirror\+file:.*\/ubuntu[^/]*$/i,
}

function isVendors(uri: string, signedBy: string, vendor: Vendor, origins: Origins): boolean {
  const said = Object.entries(origins).find(([known]) => plain(known) === plain(uri))?.[1]
  if (said !== undefined) return said === vendor || said === `${vendor} Backports`
  return homes[vendor].test(uri) || signedBy.includes(`${vendor.toLowerCase()}-archive-`)
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
${setFiles(sourcesFiles)}print_files "$@"
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
        own ||= withComponents(source, { vendor, components: [''] }, origins) !== file.text
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
        script: [...scripts, sh`refresh_index ${changed}`].join('\n'),
        effects: [],
        adds: true,
      }
    },
  })
}
