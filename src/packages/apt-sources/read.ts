import { readLines } from './lines.js'
import { readStanzas } from './stanzas.js'
import { type Item, type SourcesFile, signedByOf, type Unit } from './unit.js'
import { siteOf } from './uri.js'
import { truthOf } from './words.js'

/** One thing that apt is told to read. */
export interface Entry extends Item {
  /** Keys as apt compares them; the empty string if none is named. */
  signedBy: string
  unit: Unit
}

/** Something that makes apt refuse all of its sources. */
interface Refusal {
  unit: Unit
  /** As apt says it, without `E: `. */
  said: string
  /** Where apt does not come to: it ended with that file before. */
  unreached?: true
  /** The entry that this one contradicts. */
  against?: Unit | undefined
}

/** All that apt's sources say. */
export interface Sources {
  files: readonly SourcesFile[]
  units: Unit[]
  entries: Entry[]
  /** Apt does nothing at all if there is one. */
  refusals: Refusal[]
}

/** Files in the order in which apt reads them: the main one, then those of the folder by their bytes. */
export function inOrder<File extends { path: string }>(files: readonly File[]): File[] {
  const key = ({ path }: File) => `${path.endsWith('.list.d') || !/\.d\/[^/]*$/.test(path) ? 0 : 1}${path}`
  return [...files].sort((one, other) => (key(one) < key(other) ? -1 : key(one) > key(other) ? 1 : 0))
}

/** The units of one file. */
export function unitsOf(file: SourcesFile, arch: string): Unit[] {
  return file.path.endsWith('.sources') ? readStanzas(file, arch) : readLines(file, arch)
}

/**
 * Reads apt's sources as apt does, and refuses what it refuses, in its words. A test compares the two (apt 2.6).
 *
 * @param files in the order in which apt reads them: `inOrder`.
 * @param arch what `APT::Architecture` is, for `$(ARCH)`.
 */
export function readSources(files: readonly SourcesFile[], arch: string): Sources {
  const sources: Sources = { files, units: [], entries: [], refusals: [] }
  const releases = new Map<string, Release>()
  for (const file of files) {
    let ended = false
    for (const unit of unitsOf(file, arch)) {
      sources.units.push(unit)
      for (const item of unit.items) {
        sources.entries.push({ ...item, signedBy: signedByOf(unit.options['signed-by'] ?? ''), unit })
        if (ended) continue
        const refusal = contradicted(releases, item, unit)
        if (refusal === undefined) continue
        sources.refusals.push(refusal)
        // It goes on where the value itself is wrong.
        ended = refusal.against !== undefined
      }
      if (unit.refusal !== undefined)
        sources.refusals.push({ unit, said: unit.refusal, ...(ended ? { unreached: true } : {}) })
      ended ||= unit.refusal !== undefined
    }
  }
  return sources
}

/** A suite at an address, whatever way leads there: what its entries say of it has to be the same. */
interface Release {
  /** Address and suite as its first entry names them. */
  title: string
  first: Unit
  signer: Unit
  signedBy: string
  insecure: string[]
  /** By the names that apt has for them in what it says. */
  options: Map<string, string | number>
}

/** Where the index of a suite lies, by which apt knows one from another. */
export function releaseOf(uri: string, suite: string): string {
  if (suite === '/') return siteOf(uri)
  return suite.endsWith('/') ? siteOf(`${uri}${suite}`) : siteOf(`${uri}dists/${suite}/`)
}

/** Options that may be there or not, but not both; and those that only may not be two values. Names are those of apt's messages. */
const truths = [
  ['trusted', 'Trusted'],
  ['check-valid-until', 'Check-Valid-Until'],
  ['valid-until-max', 'Max-ValidTime'],
  ['valid-until-min', 'Min-ValidTime'],
  ['check-date', 'Check-Date'],
  ['date-max-future', 'Date-Max-Future'],
] as const
const insecureOptions: readonly string[] = ['allow-downgrade-to-insecure', 'allow-insecure', 'allow-weak']

/**
 * What apt says of one more item of a release, if it contradicts another.
 * Source: `GetDebReleaseIndexBy` and `CreateItemInternal` in apt-pkg/deb/debmetaindex.cc.
 */
function contradicted(releases: Map<string, Release>, { uri, suite }: Item, unit: Unit): Refusal | undefined {
  const { options } = unit
  const key = releaseOf(uri, suite)
  const insecure = insecureOptions.filter((name) => truthOf(options[name] ?? '') === true)
  const known = releases.get(key)
  const release = known ?? {
    title: `${uri} ${suite}`,
    first: unit,
    signer: unit,
    signedBy: '',
    insecure,
    options: new Map(),
  }
  releases.set(key, release)
  const conflict = (option: string, against: Unit, about = release.title, more = ''): Refusal => ({
    unit,
    against,
    said: `Conflicting values set for option ${option} regarding source ${about}${more}`,
  })
  const odd =
    insecure.find((name) => !release.insecure.includes(name)) ??
    release.insecure.find((name) => !insecure.includes(name))
  if (odd !== undefined) return conflict(odd.toUpperCase().replaceAll('-', '_'), release.first, '<set> <unset>')
  for (const [option, name] of truths) {
    const value = optionValue(option, options[option])
    const before = release.options.get(name)
    if (before === undefined || before === 0) release.options.set(name, value)
    else if (before !== value) return conflict(name, release.first)
  }
  const given = options['signed-by'] ?? ''
  const signedBy = signedByOf(given)
  if (release.signedBy === '' && given !== '') {
    Object.assign(release, { signedBy, signer: unit })
    if (signedBy !== '') return undefined
    return {
      unit,
      said: `Invalid value set for option Signed-By regarding source ${release.title} (not a fingerprint)`,
    }
  }
  if (signedBy === release.signedBy) return undefined
  return conflict('Signed-By', release.signer, undefined, `: ${release.signedBy} != ${signedBy}`)
}

/** A truth value, `unset`, or seconds, of which none is 0. */
function optionValue(option: string, text: string | undefined): string | number {
  if (/^(valid|date)-/.test(option)) return Number(/^[ \t\n\v\f\r]*\+?(\d+)/.exec(text ?? '')?.[1] ?? 0)
  return text === undefined ? 'unset' : String(truthOf(text) ?? false)
}
