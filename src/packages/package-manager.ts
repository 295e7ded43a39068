import type { Facts } from '../facts/facts.js'
import type { PackageRepository } from '../resource/package-repository.js'
import { apt } from './apt.js'
import type { PackageCommands } from './commands.js'
import { dnf } from './dnf.js'
import type { PackageProbe } from './probe.js'
import type { Wanted } from './wanted.js'

/** What package repositories are asked: which versions they offer, and what a transaction would do. */
export interface PackageQuestion {
  /** Asked beside the host's own sources, configured or not. */
  repository?: PackageRepository | undefined
  /** Matches the host's own entries for that repository: they are left out of the question. */
  sameRepository?: string | undefined
  versionsOf: readonly string[]
  install?: readonly Wanted[] | undefined
  /** `byItself`: the package manager removes it without being told. */
  remove?: readonly { name: string; byItself?: boolean | undefined }[] | undefined
  /** Whether installed packages that are in the way may go; if anything is to be removed they may. */
  erasing?: boolean | undefined
  /** Streams of dnf’s modules as they would be (`DnfProbe`). */
  streams?: Readonly<Record<string, string>> | undefined
  /** Modules whose streams are wanted (`DnfProbe`). */
  streamsOf?: readonly string[] | undefined
}

/** All that differs between the package managers that fitout drives. */
export interface PackageManager {
  name: 'apt' | 'dnf'
  commands: PackageCommands
  /** How a person sees what the host's own sources are and say. */
  ownSources: string
  /** What tells beside the journal of a run what it did to packages before it was cut off. */
  log?: string
  /** Negative if the first version is older. */
  compareVersions(one: string, other: string): number
  probe(question: PackageQuestion): PackageProbe
  /** Whether a line says that the package manager knows no such package, or none that it could install. */
  saysUnknown(name: string, line: string): boolean
}

/** The package manager of a host. One that fitout does not drive is taken for apt: recipes refuse such hosts by themselves. */
export function packageManagerOf(facts: Facts): PackageManager {
  return facts.packageManager === 'dnf' ? dnf(facts) : apt
}
