import { lookup } from 'node:dns/promises'
import { readFile } from 'node:fs/promises'
import { usageError } from '../errors.js'
import { named } from '../fleet/expression.js'
import type { Fleet, FleetHost } from '../fleet/fleet.js'
import { targetOf } from '../fleet/opening.js'
import type { Target } from '../host/host.js'
import type { Recipe } from '../recipe/recipe.js'
import type { Context } from './command.js'
import type { FleetPlace } from './fleet-place.js'
import type { FleetOptions, HostOptions } from './options.js'
import type { Machines } from './targets.js'

/** What a resolver may take before a word counts as unknown. */
const resolverTime = 3_000

/** Reads the fleet and finds the machines that words name in it; none means this machine, also where the file knows it. */
export async function loadMachines(
  args: readonly string[],
  place: FleetPlace | undefined,
  options: FleetOptions & Pick<HostOptions, 'sshConfig'>,
  context: Context,
): Promise<Machines> {
  const fleet = place && (await loadFleet(place, await context.services.recipes()))
  for (const note of fleet?.notes ?? []) context.io.stderr.write(`fitout: ${note}\n`)
  const found = await named(args.length === 0 ? ['local'] : args, {
    fleet,
    reachable: (name) => reachable(name, options.sshConfig),
  })
  const targets: Target[] = found.map((one) => targetOf(one, fleet ?? { folder: '.' }))
  const hosts = new Map<string, FleetHost>()
  for (const { name, host } of found) if (host !== undefined) hosts.set(name, host)
  return { targets, hosts, fleet, found: place && { [place.kind]: place.file } }
}

/**
 * Reads a fleet file or an inventory.
 *
 * @throws FitoutError (64) with every mistake.
 */
export async function loadFleet({ kind, file }: FleetPlace, recipes: readonly Recipe[]): Promise<Fleet> {
  if (kind === 'inventory') return (await import('../fleet/ansible-read.js')).readInventory(file)
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const why = code === 'ENOENT' ? 'does not exist' : `cannot be read (${code})`
    throw usageError(`the fleet file ${file} ${why}`, '`fitout init` writes one')
  }
  const { parseFleet } = await import('../fleet/fleet-file.js')
  return parseFleet(text, file, recipes)
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
