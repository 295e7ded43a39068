import type { z } from 'zod'
import { FitoutError } from '../errors.js'
import { type Facts, factsShape } from './facts.js'

/** A package that the package manager has, in whatever state but removed. */
export interface PresentPackage {
  name: string
  version: string
  /** dpkg’s maintainer (`Debian NVIDIA Maintainers <…>`), or rpm’s vendor. */
  maintainer: string
}

/** A line of `fitout facts`: left out where there is no value. */
export type FactsRow = [name: string, value: string | undefined]

/** What a product adds to the facts of a host, as much of it as is wanted. A recipe brings it; several recipes may bring the same. */
export interface FactsPart {
  /** What its lines begin with: `nvidia` is for `nvidia …` and `nvidia.loaded …`. */
  keys?: readonly string[]
  /** Packages whose versions `facts.packages` then tells: names or patterns, as dpkg and rpm take them; `*` only at the end. */
  packages?: { deb: readonly string[]; rpm: readonly string[] }
  /**
   * What it wants to know of the running kernel: a module with the option that builds it, `iptable_raw=IP_NF_RAW`, or an option that is none,
   * `CGROUP_BPF`; several joined by commas, if any of them will do. `facts.kernel.has` and `facts.kernel.lacks` then tell, by the first name.
   */
  kernel?: readonly string[]
  /**
   * POSIX sh that is run before the package manager is asked, and may add to `packages` and `rpm_packages`. It has `say`, `first_line`,
   * `board` and `root` (facts.sh).
   */
  before?: string
  /**
   * POSIX sh, run last as the user who logs in. It only reads, and prints `KEY VALUE` for each of its facts, by `say KEY VALUE`. It has what
   * `before` has, and what that left.
   */
  script?: string
  /** Its fields of `Facts`, which it adds to `FactsParts` by augmenting that interface. Facts files are checked by it. */
  shape?: z.ZodRawShape
  /** Reads its lines, in their order, whatever they are: the values of its fields, all of them, or those that there are. */
  read?(lines: readonly (readonly [key: string, value: string])[], present: readonly PresentPackage[]): object
  /** Its lines of `fitout facts`. */
  rows?(facts: Facts): FactsRow[]
  /** Versions that no package tells, for the record of a run: `{ 'NVIDIA driver, loaded': '580.95.05' }`. */
  versions?(facts: Facts): Record<string, string>
  /** The same in one phrase, for the wizard: `Docker Engine 28.5.2`, `no NVIDIA GPU`. */
  brief?(facts: Facts): string
}

const known = new Set<FactsPart>()

/**
 * Adds what a recipe wants to know of every host, whether the recipe is chosen or not.
 *
 * @throws Error if another part has one of its keys or fields.
 */
export function addParts(parts: readonly FactsPart[]): void {
  for (const part of parts) {
    if (known.has(part)) continue
    const namesOf = ({ keys = [], shape = {} }: FactsPart) => [...keys, ...Object.keys(shape)]
    const taken = new Set([{ shape: factsShape }, ...known].flatMap(namesOf))
    const twice = namesOf(part).find((name) => taken.has(name))
    if (twice !== undefined) throw new Error(`the facts have \`${twice}\` already`)
    known.add(part)
  }
}

/**
 * What a function of a part returns.
 *
 * @throws FitoutError that names the part if the function throws: it is a mistake of its recipe.
 */
export function ofPart<Value>({ keys = [] }: FactsPart, call: () => Value): Value {
  try {
    return call()
  } catch (error) {
    const cause = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
    const remedy = 'mend the recipe that asks for them; `-v` shows where'
    throw new FitoutError({ doing: `reading the facts ${keys.join(', ')}`, cause, remedy }, { cause: error })
  }
}

/** All that recipes add to the facts. */
export function allParts(): FactsPart[] {
  return [...known]
}
