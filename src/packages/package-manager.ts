import type { Facts } from '../facts/facts.js'
import type { Change, Transaction } from '../resource/change.js'
import type { PackageRepository } from '../resource/package-repository.js'
import { addressBelow } from './address.js'
import { apt } from './apt.js'
import type { PackageCommands } from './commands.js'
import { dnf } from './dnf.js'
import type { DnfProbe } from './dnf-probe.js'
import type { PackageProbe, ProbedTransaction, ProbeResult } from './probe.js'
import type { Unfinished } from './unfinished.js'
import type { Wanted } from './wanted.js'

/** What package repositories are asked: which versions they offer, and what a transaction would do. */
export interface PackageQuestion extends Pick<DnfProbe, 'streams' | 'streamsOf'> {
  /** Asked beside the host's own sources, configured or not. */
  repository?: PackageRepository | undefined
  /** Matches the host's own entries for that repository: they are left out of the question. Unset: those of its very address. */
  sameRepository?: string | undefined
  /** `*` in a name stands for anything. */
  versionsOf: readonly string[]
  /** Names among these whose dependencies are wanted, too. */
  dependenciesOf?: readonly string[] | undefined
  install?: readonly Wanted[] | undefined
  /** `byItself`: the package manager removes it without being told. */
  remove?: readonly { name: string; byItself?: boolean | undefined }[] | undefined
  /** Whether installed packages that are in the way may go; if anything is to be removed they may. */
  erasing?: boolean | undefined
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
  /** A version as facts and plans have it. */
  plainVersion(version: string): string
  probeOn(facts: Pick<Facts, 'arch' | 'dnf'>, question: PackageQuestion): PackageProbe
  /** Whether a line says that the package manager knows no such package, or none that it could install. */
  saysUnknown(name: string, line: string): boolean
  /** Whether a repository's server answered that there is nothing at that address: what it said of one that does not answer with its index. */
  saysAbsent(said: readonly string[]): boolean
  answers: Answers
  unfinished: Unfinished
  shell: PackageShell
  /** What only this package manager needs in the transaction of a change. */
  transactionParts(parts: Pick<Transaction, 'fresh' | 'going'>): Pick<Transaction, 'manager' | 'fresh' | 'going'>
  /** What a change says so that the index of a sources file is fetched after it; of dnf nothing, which fetches what it needs. */
  refreshing(sourcesFile: string): Pick<Change, 'refresh'>
}

/** How a probe is written for a package manager, and what it says to it. */
export interface Answers {
  /** The shell that asks; changes nothing on the host. */
  snippet(probe: PackageProbe): string
  /** The versions of one package, newest first. */
  ordered(versions: readonly string[]): string[]
  /** Without what it says in any case. */
  matter(lines: readonly string[]): string[]
  transaction(lines: readonly string[]): ProbedTransaction | { ok: false; said: string[] }
  downloadKiB(lines: readonly string[]): number
  /** Adds what it left out of its answer; `sections` are lines about its repositories. */
  addSkipped?(result: ProbeResult, lines: readonly string[], sections: readonly (readonly string[])[]): void
}

/** POSIX sh about packages: some asks (by `ask`, of shell/frame.ts), some changes (by the functions of apt.sh and dnf.sh). */
interface PackageShell {
  /** Ends with 0 where packages are of that architecture. */
  isArchitecture(arch: string): string
  /** Prints `NAME VERSION STATE WANT` of those that it knows. */
  states(names: readonly string[]): string
  /** Prints what undo reads of packages (undo/look.ts), by the functions of rpm-locks.sh and module-stream.sh. */
  seen(names: readonly string[]): string
  /** Defines `owner_of PATH`, which prints the package that has a file; 1 if none has. */
  ownerOf: string
  /** Fetches packages, and changes nothing. */
  download(install: readonly Wanted[]): string
  /** Around a transaction: what there was before, */
  before: string
  /** and after. */
  after: string
  lift(names: readonly string[]): string
  hold(names: readonly string[]): string
  /** Sets holds that a killed run had lifted. */
  holdLeft: string
  transaction(all: Transaction): string[]
}

/** By the name that facts have for it. One that fitout does not drive is taken for apt: recipes refuse such hosts by themselves. */
export function managerCalled(name: string | undefined): PackageManager {
  return name === 'dnf' ? dnf : apt
}

/** The package manager of a host, which can be asked. */
export function packageManagerOf(facts: Facts): PackageManager & { probe(question: PackageQuestion): PackageProbe } {
  const manager = managerCalled(facts.packageManager)
  return {
    ...manager,
    probe: (question) => {
      const sameRepository = question.repository && addressBelow(question.repository.uri)
      return manager.probeOn(facts, { sameRepository, ...question })
    },
  }
}
