import { lookup } from 'node:dns/promises'
import { readFile } from 'node:fs/promises'
import { usageError } from '../errors.js'
import type { Target } from '../host/host.js'
import type { Recipe } from '../recipe/recipe.js'
import { named } from './expression.js'
import type { Fleet, FleetHost } from './fleet.js'
import { targetOf } from './opening.js'
import type { FleetPlace } from './place.js'

/** What a resolver may take before a word counts as unknown. */
const resolverTime = 3_000

/** Machines that were named, and what a fleet says of them. */
export interface NamedMachines {
  targets: Target[]
  /** By the names of the targets; machines that no file knows are not in it. */
  hosts: ReadonlyMap<string, FleetHost>
}

/**
 * Finds the machines that words name, in a fleet or beside it.
 *
 * @param sshConfigFile instead of the person’s own, where aliases are looked for.
 * @throws FitoutError (64) for a word that names nothing.
 */
export async function machinesNamed(
  words: readonly string[],
  fleet: Fleet | undefined,
  sshConfigFile?: string,
): Promise<NamedMachines> {
  const found = await named(words, { fleet, reachable: (name) => reachable(name, sshConfigFile) })
  const targets = found.map((one) => targetOf(one, fleet ?? { folder: '.' }))
  const hosts = new Map<string, FleetHost>()
  for (const { name, host } of found) if (host !== undefined) hosts.set(name, host)
  return { targets, hosts }
}

/**
 * Reads a fleet file or an inventory. The modules that a fleet file names below `recipeFiles` are loaded, which runs their code.
 *
 * @param recipes those that its levels may name beside its own.
 * @throws FitoutError (64) with every mistake.
 */
export async function readFleet({ kind, file }: FleetPlace, recipes: readonly Recipe[]): Promise<Fleet> {
  if (kind === 'inventory') return (await import('./ansible-read.js')).readInventory(file)
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const why = code === 'ENOENT' ? 'does not exist' : `cannot be read (${code})`
    throw usageError(`the fleet file ${file} ${why}`, '`fitout init` writes one')
  }
  const { parseFleet } = await import('./fleet-file.js')
  // Most files name none, and then nothing more is loaded.
  if (!/recipeFiles/.test(text)) return parseFleet(text, file, recipes)
  const { recipesOf } = await import('./recipe-files.js')
  const own = await recipesOf(text, file, recipes)
  return { ...parseFleet(text, file, [...recipes, ...own]), recipes: own }
}

/** Whether SSH would find a machine of this name: ssh_config has another name for it, or the resolver an address. */
async function reachable(name: string, configFile: string | undefined): Promise<boolean> {
  const { resolveSshConfig } = await import('../host/ssh-config.js')
  const { hostName, proxyJump, proxyCommand } = resolveSshConfig({ host: name }, { configFile })
  // Behind another host it is that one’s resolver that counts.
  if (hostName !== name || proxyJump !== undefined || proxyCommand !== undefined) return true
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<boolean>((done) => {
    timer = setTimeout(done, resolverTime, false)
  })
  const known = lookup(name).then(
    () => true,
    () => false,
  )
  return await Promise.race([known, late]).finally(() => clearTimeout(timer))
}
