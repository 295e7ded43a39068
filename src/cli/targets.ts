import { usageError } from '../errors.js'
import type { Fleet, FleetHost } from '../fleet/fleet.js'
import type { Host, OpenOptions, Target } from '../host/host.js'
import { asker, type Person } from '../ui/ask.js'
import type { Context } from './command.js'
import { type FleetOptions, type HostOptions, transportOf } from './options.js'

/** The machines of a command line, and what a fleet file says of them. */
export interface Machines {
  targets: Target[]
  /** By the names of the targets; machines that no file knows are not in it. */
  hosts: ReadonlyMap<string, FleetHost>
  fleet?: Fleet | undefined
  /** Where the fleet was found, as options that name it. */
  found?: FleetOptions | undefined
}

/**
 * The machines that a command line names; none means this one. A name that is given twice counts once. A fleet file is
 * looked for only where a machine is named, or the file itself is.
 *
 * @throws FitoutError when a name makes no sense, or for every mistake of the file.
 */
export async function machinesOf(args: readonly string[], options: FleetOptions, context: Context): Promise<Machines> {
  const here: Target = { kind: 'local', name: 'local' }
  const { fleetPlace } = await import('./fleet-place.js')
  const place = fleetPlace(args, options, context.io.env)
  if (place === undefined && args.length === 0) return { targets: [here], hosts: new Map() }
  if (place === undefined && args.every((arg) => /^[^,!*?[]+$/.test(arg) && arg !== 'all')) {
    const { parseTarget } = await context.services.hosts()
    const targets = args.map((arg) => parseTarget(arg))
    return { targets: [...new Map(targets.map((target) => [target.name, target])).values()], hosts: new Map() }
  }
  const { loadMachines } = await import('./fleet-load.js')
  return loadMachines(args, place, options, context)
}

/**
 * People mistake the first argument for a recipe.
 *
 * @throws FitoutError when a target has a recipe's name.
 */
export function refuseRecipeNames(targets: readonly Target[], names: readonly string[]): void {
  const mistaken = targets.find(({ name }) => names.includes(name))
  if (mistaken === undefined) return
  throw usageError(
    `\`${mistaken.name}\` is a recipe, and a host is wanted there`,
    `choose recipes with \`--only ${mistaken.name}\`; a host of that name can be written as \`user@${mistaken.name}\``,
  )
}

export interface OpenerOptions {
  options: HostOptions
  machines: Machines
  person?: Person
  onNote(host: string, text: string): void
}

/** Opens hosts the way the command line's options say, and where they do not, the way the fleet file does. */
export async function opener(
  context: Context,
  { options, machines, person, onNote }: OpenerOptions,
): Promise<(target: Target) => Promise<Host>> {
  const { openHost } = await context.services.hosts()
  const ask = person ?? asker({ io: context.io })
  const { fleet, hosts } = machines
  const transport = transportOf(options)
  const ofFleet =
    fleet === undefined || hosts.size === 0
      ? undefined
      : (await import('../fleet/opening.js')).openingFor({ fleet, ask, env: context.io.env })
  return (target) => {
    const host = hosts.get(target.name)
    const fromFile: Partial<OpenOptions> = (host && ofFleet?.(host)) ?? {}
    return openHost(target, {
      ...fromFile,
      ask,
      acceptNewHostKeys: options.acceptNewHostKeys ?? fromFile.acceptNewHostKeys,
      sshConfigFile: options.sshConfig ?? fromFile.sshConfigFile,
      knownHostsFiles: options.knownHosts ?? fromFile.knownHostsFiles,
      transport: transport ?? fromFile.transport,
      onNote: (text) => onNote(target.name, text),
    })
  }
}
