import { lookup } from 'node:dns/promises'
import type { Target } from '../host/host.js'
import type { Recipe } from '../recipe/recipe.js'
import { named, noHostYet, ofFleet, withSkipped } from './expression.js'
import type { Fleet, FleetHost } from './fleet.js'
import { targetOf } from './opening.js'
import { type FleetOrigin, fleetText } from './origin.js'

/** What a resolver may take before a word counts as unknown. */
const resolverTime = 3_000

/** Machines that were named, and what a fleet says of them. */
export interface NamedMachines {
  targets: Target[]
  /** By the names of the targets; machines that no file knows are not in it. */
  hosts: ReadonlyMap<string, FleetHost>
  /** Where one of them is a fleet’s. */
  fleet?: Fleet | undefined
}

/**
 * A fleet file or an inventory that was found or named, before any of its code has run. What runs, runs in here alone, and only when
 * `machinesNamed` has found that one of its hosts is meant.
 */
export interface FleetSource {
  /**
   * Hosts, groups and settings. Recipes that the file brings are not in it, and options of theirs are not checked. Nothing runs; so
   * there is none where only a program or Ansible can say which hosts an inventory has.
   */
  outline(): Promise<Fleet | undefined>
  /** All of it: loads the modules that a fleet file names below `recipeFiles`, which runs their code. */
  whole(): Promise<Fleet>
}

/**
 * Finds the machines that words name, in a fleet or beside it. Code that the fleet brings runs if a host of it is among them.
 *
 * @param sshConfigFile instead of the person’s own, where aliases are looked for.
 * @throws FitoutError (64) for a word that names nothing, and with every mistake of the fleet.
 */
export async function machinesNamed(
  words: readonly string[],
  source: FleetSource | undefined,
  sshConfigFile?: string,
): Promise<NamedMachines> {
  const meantIn = (fleet: Fleet | undefined) =>
    named(words, { fleet, reachable: (name) => reachable(name, sshConfigFile) })
  const outline = await source?.outline()
  const first = await meantIn(outline ? withSkipped(outline) : await source?.whole())
  const fleet = first.some(({ host }) => host !== undefined) ? await source!.whole() : undefined
  // Variables that only Ansible reads may leave hosts of an inventory out.
  const lost = first.some(({ host }) => host !== undefined && !fleet!.hosts.has(host.name))
  const found = (lost ? await meantIn(fleet) : first).map((one) =>
    one.host === undefined ? one : { ...one, host: fleet!.hosts.get(one.host.name)! },
  )
  const targets = found.map((one) => targetOf(one, fleet ?? { folder: '.' }))
  const hosts = new Map<string, FleetHost>()
  for (const { name, host } of found) if (host !== undefined) hosts.set(name, host)
  return { targets, hosts, fleet }
}

/**
 * All hosts of a fleet, for lists.
 *
 * @throws FitoutError (64) if there is none.
 */
export function targetsIn(fleet: Fleet): NamedMachines {
  if (fleet.hosts.size === 0) throw noHostYet(fleet)
  return {
    targets: [...fleet.hosts.values()].map((host) => targetOf(ofFleet(host), fleet)),
    hosts: fleet.hosts,
  }
}

/** A fleet that was read whole before: by a program, which has named it. */
export function wholeFleet(fleet: Fleet): FleetSource {
  return { outline: async () => fleet, whole: async () => fleet }
}

/**
 * Reads a fleet file or an inventory, in steps: see `FleetSource`.
 *
 * @param recipes those that its levels may name beside its own.
 * @throws FitoutError (64), in both steps, with every mistake.
 */
export function fleetSource(
  origin: FleetOrigin,
  recipes: readonly Recipe[],
  env: Record<string, string | undefined>,
): FleetSource {
  const { kind, file } = origin
  if (kind === 'inventory') {
    let read: Promise<Fleet> | undefined
    const whole = async () => {
      read ??= import('./ansible/read.js').then(({ readInventory }) => readInventory(file))
      return await read
    }
    return {
      outline: async () => (await import('./ansible/read.js')).readInventoryOutline(file),
      whole,
    }
  }
  // Read once: what was judged is what counts in both steps.
  let text: string | undefined
  const begun = async () => {
    const { parseFleet } = await import('./fleet-file.js')
    text ??= fleetText(origin, env)
    return { text, parseFleet, bringsRecipes: text.includes('recipeFiles') }
  }
  return {
    outline: async () => {
      const { text, parseFleet, bringsRecipes } = await begun()
      return { ...parseFleet(text, file, recipes, !bringsRecipes), bringsRecipes }
    },
    whole: async () => {
      const { text, parseFleet, bringsRecipes } = await begun()
      // Most files bring none, and then nothing more is loaded.
      if (!bringsRecipes) return parseFleet(text, file, recipes)
      const { recipesOf } = await import('./recipe-files.js')
      const own = await recipesOf(text, file, recipes)
      return { ...parseFleet(text, file, [...recipes, ...own]), bringsRecipes, recipes: own }
    },
  }
}

/** Whether SSH would find a machine of this name: ssh_config has another name for it, or the resolver an address. */
async function reachable(name: string, configFile: string | undefined): Promise<boolean> {
  const { resolveSshConfig } = await import('../host/ssh-config/ssh-config.js')
  const { hostName, proxyJump, proxyCommand } = resolveSshConfig({ host: name }, { configFile })
  // Behind another host it is that one’s resolver that counts.
  if (hostName !== name || proxyJump !== undefined || proxyCommand !== undefined) return true
  const known = lookup(name).then(
    () => true,
    () => false,
  )
  const late = new Promise<boolean>((done) => setTimeout(done, resolverTime, false).unref())
  return await Promise.race([known, late])
}
