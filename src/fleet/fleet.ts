import type { Recipe } from '../recipe/recipe.js'
import { hasKeys, type Located } from './located.js'
import type { Location } from './problems.js'
import type { SecretReference, transports } from './shape.js'

/** A value and where it is written. */
export interface Sourced<Value> {
  value: Value
  location: Location
  /** `defaults`, `group gpu` or `host gpu-[01-16].lab`. */
  by: string
}

type EachSourced<Values> = { [Key in keyof Values]?: Sourced<Values[Key]> }

/** What one level of a fleet says: the defaults, a group, or an entry of hosts. */
export interface Level {
  by: string
  location: Location
  /** How a host is reached; what is absent is left to `~/.ssh/config` and to the command line. */
  ssh: EachSourced<{
    address: string
    user: string
    port: number
    identityFile: string[]
    /** As `ssh -J` takes it: `ada@gate:2222,inner`, or `none`. */
    proxyJump: string
    transport: (typeof transports)[number]
    config: string
    knownHosts: string[]
    acceptNewHostKeys: boolean
    password: SecretReference
  }>
  sudoPassword?: Sourced<SecretReference> | undefined
  recipes: EachSourced<{ only: string[]; add: string[]; skip: string[] }>
  /** Options by recipe, each a tree that knows its locations. */
  set: ReadonlyMap<string, Located>
}

/** One host of a fleet. */
export interface FleetHost {
  name: string
  location: Location
  /** In the order in which they count; the last one most. */
  groups: readonly string[]
  /** The same for its levels: defaults, groups, the host itself. */
  levels: readonly Level[]
  /** Where ranges gave this host an address of its own. */
  address?: Sourced<string> | undefined
}

/** A host of an inventory that fitout does not take. */
export interface SkippedHost {
  location: Location
  groups: readonly string[]
  /** A clause behind the host’s name: `is reached by docker, not by SSH`. */
  reason: string
  /** Whether it is because something is encrypted that Ansible may be able to read. */
  encrypted?: boolean | undefined
}

/** How the fleet is gone through where the command line does not say: as the options of `apply` take it. */
export type RunSettings = EachSourced<{ concurrency: number; waves: string; maxFailures: string }>

/** Hosts and groups, from a fleet file or an inventory. */
export interface Fleet {
  /** As it was named. */
  file: string
  /** What relative paths in it start from. */
  folder: string
  hosts: ReadonlyMap<string, FleetHost>
  /** The names of each group’s hosts, in the order of the file. */
  groups: ReadonlyMap<string, readonly string[]>
  /** Hosts of an inventory that are in none of these, by name. */
  skipped?: ReadonlyMap<string, SkippedHost> | undefined
  run?: RunSettings | undefined
  /** The file names modules with recipes of its own. */
  bringsRecipes?: boolean | undefined
  /** The recipes of these modules, once they were loaded. */
  recipes?: readonly Recipe[] | undefined
  /** What was passed over and may matter. */
  notes: readonly string[]
  /** Variables of an inventory that mean nothing here. */
  passedOver?: number | undefined
}

/** The settings of a host: of two levels that say something, the later one counts, value by value. */
export function settingsOf({ levels, address }: FleetHost): Pick<Level, 'ssh' | 'sudoPassword'> {
  const ssh = Object.assign({}, ...levels.map((level) => level.ssh)) as Level['ssh']
  if (address !== undefined) ssh.address = address
  return { ssh, sudoPassword: levels.findLast(({ sudoPassword }) => sudoPassword !== undefined)?.sudoPassword }
}

/** The options of all levels, by recipe: objects merge key by key, everything else is replaced. */
export function optionsOf(levels: readonly Level[]): Map<string, Located> {
  const merged = new Map<string, Located>()
  for (const { set } of levels) {
    for (const [recipe, tree] of set) merged.set(recipe, mergedTrees(merged.get(recipe), tree))
  }
  return merged
}

function mergedTrees(base: Located | undefined, over: Located): Located {
  if (base === undefined || !hasKeys(base.value) || !hasKeys(over.value)) return over
  const inner = new Map(base.inner)
  for (const [key, tree] of over.inner ?? []) inner.set(key, mergedTrees(inner.get(key), tree))
  return { ...over, value: Object.fromEntries([...inner].map(([key, tree]) => [key, tree.value])), inner }
}
