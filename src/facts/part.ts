import type { z } from 'zod'
import type { Facts } from './facts.js'

/** Names or patterns of packages to look at, as dpkg and rpm take them; `*` at the end alone. */
interface WatchedPackages {
  deb: readonly string[]
  rpm: readonly string[]
}

/** A package that the package manager has, in whatever state but removed. */
export interface PresentPackage {
  name: string
  version: string
  /** dpkg’s maintainer (`Debian NVIDIA Maintainers <…>`), or rpm’s vendor. */
  maintainer: string
}

/** A line of `fitout facts`: left out where there is no value. */
export type FactsRow = [name: string, value: string | undefined]

/** What a product adds to the facts of a host. A recipe brings it; what several bring is asked once. */
export interface FactsPart {
  /** What its lines begin with: `nvidia` is for `nvidia …` and `nvidia.loaded …`. */
  keys: readonly string[]
  /** Packages that decide something on every host. */
  packages: WatchedPackages
  /**
   * POSIX sh that is run before the package manager is asked, and may add to `packages` and `rpm_packages`. It has `say`, `first_line`,
   * `board` and `root` (facts.sh).
   */
  before?: string
  /** POSIX sh that is run last, and prints `KEY VALUE` for each of its facts. It has what `before` has, and what that left. */
  script: string
  /** Its fields of `Facts`, which it adds to `FactsParts` by augmenting that interface. */
  shape: z.ZodRawShape
  /** Reads its lines, in their order, whatever they are: the values of its fields, all of them, or those that there are. */
  read(lines: readonly (readonly [key: string, value: string])[], present: readonly PresentPackage[]): object
  /** How a person is shown its fields. */
  rows?(facts: Facts): FactsRow[]
  /** Versions that no package tells, for the record of a run: `{ 'NVIDIA driver, loaded': '580.95.05' }`. */
  versions?(facts: Facts): Record<string, string>
  /** The same in one phrase, for the wizard: `Docker Engine 28.5.2`, `no NVIDIA GPU`. */
  brief?(facts: Facts): string
}

/** The parts of the facts that some recipes bring, each once. */
export function partsOf(recipes: Iterable<{ facts?: readonly FactsPart[] | undefined }>): FactsPart[] {
  return [...new Set([...recipes].flatMap(({ facts }) => facts ?? []))]
}
