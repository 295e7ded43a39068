import { aptUri } from './uri.js'
import { spaced, type Word } from './words.js'

/** A file of apt's sources. */
export interface SourcesFile {
  path: string
  text: string
}

/** What one entry names: one type, address, suite and component. */
export interface Item {
  type: string
  /** As apt writes it, with a slash at its end. */
  uri: string
  suite: string
  /** The empty string for a flat repository, whose suite ends with a slash. */
  component: string
}

/** A line of a `.list` or a stanza of a `.sources`. */
export interface Unit {
  file: string
  /** As apt counts it: the line of a `.list`, the stanza of a `.sources`. */
  number: number
  /** Where it begins, counted from 1. */
  line: number
  /** Where it stands in the text of its file. */
  from: number
  to: number
  /** As it stands there. */
  shown: string
  /** Whether `Enabled` turns it off. */
  enabled: boolean
  uris: Word[]
  suites: Word[]
  components: Word[]
  /** By the names that they have in one-line entries: `signed-by`, `trusted`. */
  options: Readonly<Record<string, string>>
  /** All that it says before what apt refuses, if it refuses something; nothing if it is turned off. */
  items: Item[]
  /** Why apt refuses it, in apt's words. */
  refusal?: string | undefined
}

/** Replaces the only variable that apt knows in sources. */
export function substituted(text: string, arch: string): string {
  return text.replaceAll('$(ARCH)', arch)
}

/**
 * The items of addresses, suites and components, up to what apt refuses.
 * Source: `ParseStanza` and `ParseLine` in apt-pkg/sourcelist.cc, which read alike from here on.
 */
export function itemsOf(
  { uris, suites, components }: Pick<Unit, 'uris' | 'suites' | 'components'>,
  types: readonly string[],
  arch: string,
): { items: Item[]; lacking?: string } {
  const items: Item[] = []
  for (const type of types) {
    for (const { value } of uris) {
      const uri = aptUri(substituted(value, arch))
      if (uri === undefined) return { items, lacking: 'URI parse' }
      for (const { value: suite } of suites) {
        const isFlat = suite.endsWith('/')
        if (isFlat && components.length > 0) return { items, lacking: 'absolute Suite Component' }
        if (!isFlat && components.length === 0) return { items, lacking: 'Component' }
        const names = isFlat ? [''] : components.map((component) => component.value)
        items.push(...names.map((component) => ({ type, uri, suite, component })))
      }
    }
  }
  return { items }
}

/** Types of entries that apt knows. */
export const isType = (type: string) => type === 'deb' || type === 'deb-src'

/** An armored key in place of the name of one. */
export const isKeyText = (signedBy: string) => signedBy.includes('-----BEGIN PGP PUBLIC KEY BLOCK-----')

/**
 * Keys as apt compares them: files and fingerprints with commas between them, or the lines of a key itself. The empty string if one of
 * them is neither. Source: `NormalizeSignedBy` in apt-pkg/deb/debmetaindex.cc.
 */
export function signedByOf(value: string): string {
  if (isKeyText(value)) {
    const lines = value.split('\n').map((line) => line.replace(/^[ \t\n\v\f\r]+|[ \t\n\v\f\r]+$/g, ''))
    return lines.map((line) => `${line === '.' ? '' : line}\n`).join('')
  }
  const keys = spaced(value.replaceAll(',', ' ')).map((key) => (key.startsWith('/') ? key : key.toUpperCase()))
  return keys.every((key) => /^(\/.*|[0-9A-F]{40}!?)$/.test(key)) ? keys.join(',') : ''
}
