import { usageError } from '../errors.js'
import type { Emit } from '../events.js'
import type { NamedMachines } from '../fleet/machines.js'
import { openerOf } from '../fleet/opening.js'
import type { Host, Target } from '../host/host.js'
import type { Modules } from '../modules.js'
import type { Redactor } from '../redact.js'
import type { Callbacks } from './callbacks.js'
import type { MachineOptions } from './options.js'

/**
 * The machines that are meant.
 *
 * @throws FitoutError (64) where none is named, or a word names nothing.
 */
export async function machinesOf(options: MachineOptions): Promise<NamedMachines> {
  const { fleet, targets, sshConfig } = options
  if (fleet === undefined && targets === undefined) {
    throw usageError('no machine is named', 'give `fleet`, `targets` or both; `local` is this machine')
  }
  const words = targets === undefined ? ['all'] : typeof targets === 'string' ? [targets] : targets
  const { machinesNamed, wholeFleet } = await import('../fleet/machines.js')
  return { ...(await machinesNamed(words, fleet && wholeFleet(fleet), sshConfig)), fleet }
}

/** Opens machines as the options say, and where they do not, as the fleet does. */
export async function openerFor(
  options: MachineOptions,
  machines: NamedMachines,
  { hosts }: Pick<Modules, 'hosts'>,
  callbacks: Callbacks,
  secrets: Redactor,
  emit: Emit,
): Promise<(target: Target) => Promise<Host>> {
  const { openHost } = await hosts()
  return openerOf({
    machines,
    openHost,
    ask: callbacks.asker(options.ask ?? {}, secrets),
    secrets,
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
