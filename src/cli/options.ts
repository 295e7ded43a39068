import { usageError } from '../errors.js'
import type { Transport } from '../host/host.js'
import type { OptionMeta } from './command.js'

export const targetsArgument = {
  syntax: '[targets...]',
  description: 'user@host[:port], an alias, or hosts and groups of fitout.yaml; none: this machine',
}

/** Which recipes, and with which options. */
export interface SelectionOptions {
  only?: string[]
  skip?: string[]
  set?: string[]
}

export const selectionOptions: OptionMeta[] = [
  { flags: '--only <recipes>', description: 'these recipes instead of the default ones (comma list)', repeats: true },
  { flags: '--skip <recipes>', description: 'not these recipes (comma list)', repeats: true },
  { flags: '--set <recipe.option=value>', description: 'set an option; see `fitout recipes NAME`', repeats: true },
]

/** Where hosts are written. */
export interface FleetOptions {
  fleet?: string
  inventory?: string
}

/** How hosts are found and reached. */
export interface HostOptions extends FleetOptions {
  acceptNewHostKeys?: boolean
  sshConfig?: string
  knownHosts?: string[]
  transport?: string
}

export const fleetOptions: OptionMeta[] = [
  { flags: '--fleet <file>', description: 'the fleet file (FITOUT_FLEET; ./fitout.yaml where a host is named)' },
  { flags: '--inventory <file>', description: 'hosts and groups from an inventory of Ansible instead' },
]

export const hostOptions: OptionMeta[] = [
  ...fleetOptions,
  { flags: '--accept-new-host-keys', description: 'trust hosts that known_hosts does not mention, and add them' },
  { flags: '--ssh-config <file>', description: 'use this file instead of ~/.ssh/config' },
  { flags: '--known-hosts <file>', description: 'use this file instead of ~/.ssh/known_hosts', repeats: true },
  { flags: '--transport <how>', description: 'ssh2 (built in), openssh (this machine’s `ssh`), or auto (default)' },
]

/**
 * What `--transport` says; `undefined` when it was not given.
 *
 * @throws FitoutError (64) for another word.
 */
export function transportOf({ transport }: HostOptions): Transport | undefined {
  if (transport === undefined || transport === 'auto' || transport === 'ssh2' || transport === 'openssh')
    return transport
  throw usageError(`--transport ${transport} is not known`, 'it is `auto`, `ssh2` or `openssh`')
}

export const jsonOption: OptionMeta = { flags: '--json', description: 'print one JSON document' }
