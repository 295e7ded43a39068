import { usageError } from '../errors.js'
import type { Host, Target } from '../host/host.js'
import { asker, type Person } from '../ui/ask.js'
import type { Context } from './command.js'
import type { HostOptions } from './options.js'

/**
 * The machines that a command line names; none means this one. A name that is given twice counts once.
 *
 * @throws FitoutError when a name makes no sense.
 */
export async function targetsOf(args: readonly string[], context: Context): Promise<Target[]> {
  if (args.length === 0) return [{ kind: 'local', name: 'local' }]
  const { parseTarget } = await context.services.hosts()
  const targets = [...new Set(args)].map((arg) => parseTarget(arg))
  return [...new Map(targets.map((target) => [target.name, target])).values()]
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
  person?: Person
  onNote(host: string, text: string): void
}

/** Opens hosts the way the command line's options say. */
export async function opener(
  context: Context,
  { options, person, onNote }: OpenerOptions,
): Promise<(target: Target) => Promise<Host>> {
  const { openHost } = await context.services.hosts()
  const ask = person ?? asker({ io: context.io })
  return (target) =>
    openHost(target, {
      ask,
      acceptNewHostKeys: options.acceptNewHostKeys,
      sshConfigFile: options.sshConfig,
      knownHostsFiles: options.knownHosts,
      onNote: (text) => onNote(target.name, text),
    })
}
