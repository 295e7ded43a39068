import { usageError } from '../../errors.js'
import type { Emit } from '../../events.js'
import type { Fleet } from '../../fleet/fleet.js'
import type { FleetSource, NamedMachines } from '../../fleet/machines.js'
import type { FleetOrigin } from '../../fleet/origin.js'
import type { Host, Target } from '../../host/host.js'
import type { Recipe } from '../../recipe/recipe.js'
import { type AskOptions, asker, type Person } from '../../ui/ask.js'
import { say } from '../../ui/io.js'
import type { Context } from '../command.js'
import { type FleetOptions, type HostOptions, transportOf } from '../options.js'

/** The machines of a command line, and what a fleet file says of them. */
export interface Machines extends NamedMachines {
  /** Where the fleet was found, as options that name it. */
  found?: FleetOptions | undefined
}

/**
 * The machines that a command line names; none means this one. A name that is given twice counts once. A fleet file is
 * looked for only where a machine is named, or the file itself is.
 *
 * @throws FitoutError when a name makes no sense, or for every mistake of the file.
 */
export async function machinesOf(
  args: readonly string[],
  options: FleetOptions & Pick<HostOptions, 'sshConfig'>,
  context: Context,
): Promise<Machines> {
  const here: Target = { kind: 'local', name: 'local' }
  const { fleetOrigin } = await import('../../fleet/origin.js')
  const origin = fleetOrigin(args, options, context.io.env)
  if (origin === undefined && args.length === 0) return { targets: [here], hosts: new Map() }
  if (origin === undefined && args.every((arg) => /^[^,!*?[]+$/.test(arg) && arg !== 'all')) {
    const { parseTarget } = await context.services.hosts()
    const targets = args.map((arg) => parseTarget(arg))
    return { targets: [...new Map(targets.map((target) => [target.name, target])).values()], hosts: new Map() }
  }
  const { machinesNamed } = await import('../../fleet/machines.js')
  const source = origin && (await fleetAt(origin, options, context))
  // No word means this machine, also where the file knows it. No inventory does, and one that is a program is not run to hear so.
  const hereOnly = args.every((word) => word === 'local')
  const outline = args.length === 0 ? await source?.outline() : undefined
  if (outline?.bringsRecipes && outline.hosts.has('local')) {
    throw usageError(
      `${outline.file} brings recipes of its own, whose code fitout runs only if you name hosts`,
      'say `local` for this machine',
    )
  }
  const found = await machinesNamed(
    hereOnly ? ['local'] : args,
    hereOnly && origin?.kind === 'inventory' ? undefined : source,
    options.sshConfig,
  )
  for (const note of found.fleet?.notes ?? []) say(context.io.stderr, note)
  return { ...found, found: origin && { [origin.kind]: origin.file } }
}

/** The fleet of an origin; nothing of it has run yet. */
export async function fleetAt(
  origin: FleetOrigin,
  options: Pick<FleetOptions, 'recipe'>,
  context: Context,
): Promise<FleetSource> {
  const { fleetSource } = await import('../../fleet/machines.js')
  return fleetSource(origin, await recipesKnown(options, undefined, context), context.io.env)
}

/**
 * Every recipe there is to choose from: those that fitout brings, those of `--recipe`, and those of the fleet file.
 *
 * @throws FitoutError (64) that names the file that cannot be loaded.
 */
export async function recipesKnown(
  { recipe: files = [] }: Pick<FleetOptions, 'recipe'>,
  fleet: Fleet | undefined,
  context: Context,
): Promise<readonly Recipe[]> {
  const ours = await context.services.recipes()
  const ofFleet = fleet?.recipes ?? []
  if (files.length === 0) return ofFleet.length === 0 ? ours : [...ours, ...ofFleet]
  const { loadRecipes } = await import('../../recipe/load.js')
  const named = await loadRecipes(
    files.map((path) => ({ path, by: '`--recipe`' })),
    ours,
  )
  // A module that both name counts once.
  return [...ours, ...named, ...ofFleet.filter((one) => !named.includes(one))]
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

/** A person who has been asked before, and hosts that are open already. */
export interface OpenSession {
  person(hooks: Pick<AskOptions, 'onQuestion'>): Person
  /** Opens what is not open yet, and keeps it open. */
  opener(open: (target: Target) => Promise<Host>): (target: Target) => Promise<Host>
}

export interface OpeningOptions {
  options: HostOptions
  machines: Machines
  onQuestion: NonNullable<AskOptions['onQuestion']>
  emit: Emit
  /** The conversation that this is a part of: who is asked, and hosts that stay open. */
  within: OpenSession | undefined
}

/** The person, and what opens hosts the way the command line's options say, and where they do not, the way the fleet file does. */
export async function opening(
  { options, machines, onQuestion, emit, within }: OpeningOptions,
  { io, secrets, services }: Context,
): Promise<{ person: Person; open(target: Target): Promise<Host> }> {
  const person = within?.person({ onQuestion }) ?? asker({ io, secrets, onQuestion })
  const { openHost } = await services.hosts()
  const { openerOf } = await import('../../fleet/opening.js')
  const open = openerOf({
    machines,
    openHost,
    ask: person,
    secrets,
    env: io.env,
    given: {
      acceptNewHostKeys: options.acceptNewHostKeys,
      sshConfigFile: options.sshConfig,
      knownHostsFiles: options.knownHosts,
      transport: transportOf(options),
    },
    onNote: (host, text) => emit({ type: 'note', host, text }),
  })
  return { person, open: within?.opener(open) ?? open }
}
