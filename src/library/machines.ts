import { usageError } from '../errors.js'
import type { Emit } from '../events.js'
import type { gatherFacts } from '../facts/gather.js'
import type { Fleet } from '../fleet/fleet.js'
import type { NamedMachines } from '../fleet/machines.js'
import { openerOf } from '../fleet/opening.js'
import type { Host, OpenOptions, Target } from '../host/host.js'
import type { Recipe } from '../recipe/recipe.js'
import type { applyTo, look, restartHere, verifyHost } from '../run/engine.js'
import type { Callbacks } from './callbacks.js'
import type { MachineOptions } from './options.js'

/** The rooms behind the library, each loaded when it is first needed. Tests bring their own. */
export interface Rooms {
  recipes(): Promise<readonly Recipe[]>
  hosts(): Promise<{ openHost(target: Target, options: OpenOptions): Promise<Host> }>
  gatherFacts: typeof gatherFacts
  engine(): Promise<{
    look: typeof look
    applyTo: typeof applyTo
    verifyHost: typeof verifyHost
    restartHere: typeof restartHere
  }>
}

export const rooms: Rooms = {
  recipes: async () => (await import('../../recipes/index.js')).recipes,
  hosts: () => import('../host/index.js'),
  gatherFacts: async (connection) => (await import('../facts/gather.js')).gatherFacts(connection),
  engine: () => import('../run/engine.js'),
}

/**
 * The machines that are meant.
 *
 * @throws FitoutError (64) where none is named, or a word names nothing.
 */
export async function machinesOf(options: MachineOptions): Promise<NamedMachines & { fleet?: Fleet | undefined }> {
  const { fleet, targets, sshConfig } = options
  if (fleet === undefined && targets === undefined) {
    throw usageError('no machine is named', 'give `fleet`, `targets` or both; `local` is this machine')
  }
  const words = targets === undefined ? ['all'] : typeof targets === 'string' ? [targets] : targets
  const { machinesNamed } = await import('../fleet/machines.js')
  return { ...(await machinesNamed(words, fleet, sshConfig)), fleet }
}

/** Opens machines as the options say, and where they do not, as the fleet does. */
export async function openerFor(
  options: MachineOptions,
  machines: NamedMachines & { fleet?: Fleet | undefined },
  { hosts }: Pick<Rooms, 'hosts'>,
  callbacks: Callbacks,
  emit: Emit,
): Promise<(target: Target) => Promise<Host>> {
  const { openHost } = await hosts()
  return openerOf({
    machines,
    openHost,
    ask: callbacks.asker(options.ask),
    env: process.env,
    given: {
      acceptNewHostKeys: options.acceptNewHostKeys,
      sshConfigFile: options.sshConfig,
      knownHostsFiles: options.knownHosts && [...options.knownHosts],
      transport: options.transport,
    },
    onNote: (host, text) => emit({ type: 'note', host, text }),
  })
}
