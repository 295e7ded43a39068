import { usageError } from '../errors.js'
import type { Transport } from '../host/host.js'
import { type ArgumentMeta, inTopic, type OptionMeta } from './command.js'

export const targetsArgument = {
  syntax: '[targets...]',
  description: 'user@host[:port], an alias, or hosts and groups of fitout.yaml; none: this machine',
  brief: 'user@host, alias or group; none: this machine',
  completes: 'hosts',
} satisfies ArgumentMeta

/** Which recipes, and with which options. */
export interface SelectionOptions {
  only?: string[]
  skip?: string[]
  set?: string[]
}

export const selectionOptions: OptionMeta[] = [
  {
    flags: '--only <recipes>',
    description: 'these recipes instead of the default ones (comma list)',
    brief: 'these instead of the default recipes (a,b)',
    repeats: true,
    completes: 'recipes',
  },
  { flags: '--skip <recipes>', description: 'not these recipes (comma list)', repeats: true, completes: 'recipes' },
  {
    flags: '--set <recipe.option=value>',
    description: 'set an option; see `fitout recipes NAME`',
    repeats: true,
    completes: 'setting',
  },
]

/** Where hosts are written, and recipes of one’s own. */
export interface FleetOptions {
  recipe?: string[]
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

const transports = ['auto', 'ssh2', 'openssh'] as const satisfies readonly Transport[]

export const recipeOption: OptionMeta = {
  flags: '--recipe <file>',
  description: 'a module with recipes of your own, or a folder of them; its code is run',
  brief: 'a module with recipes of your own',
  repeats: true,
  topic: 'Files',
  completes: 'file',
}

export const fleetOptions = inTopic('Files', [
  recipeOption,
  {
    flags: '--fleet <file>',
    description: 'the fleet file (FITOUT_FLEET; ./fitout.yaml where a host is named)',
    completes: 'file',
  },
  {
    flags: '--inventory <file>',
    description: 'hosts and groups from an inventory of Ansible instead',
    completes: 'file',
  },
])

export const hostOptions: OptionMeta[] = [
  ...fleetOptions,
  ...inTopic('SSH', [
    { flags: '--accept-new-host-keys', description: 'trust hosts that known_hosts does not mention, and add them' },
    { flags: '--ssh-config <file>', description: 'use this file instead of ~/.ssh/config', completes: 'file' },
    {
      flags: '--known-hosts <file>',
      description: 'use this file instead of ~/.ssh/known_hosts',
      repeats: true,
      completes: 'file',
    },
    {
      flags: '--transport <how>',
      description: 'ssh2 (built in), openssh (this machine’s `ssh`), or auto (default)',
      values: transports,
    },
  ]),
]

/**
 * What `--transport` says; `undefined` when it was not given.
 *
 * @throws FitoutError (64) for another word.
 */
export function transportOf({ transport }: HostOptions): Transport | undefined {
  const known = transports.find((one) => one === transport)
  if (transport === undefined || known !== undefined) return known
  throw usageError(`--transport ${transport} is not known`, 'it is `auto`, `ssh2` or `openssh`')
}

export const jsonOption: OptionMeta = { flags: '--json', description: 'print one JSON document', topic: 'Output' }

/** Options of what changes hosts. */
export const yesOption: OptionMeta = {
  flags: '-y, --yes',
  description: 'do not ask; running containers are still not stopped',
  brief: 'do not ask; stops no running container',
}
export const allowStopOption: OptionMeta = { flags: '--allow-stop', description: 'running containers may be stopped' }
export const eventsOption: OptionMeta = { flags: '--json', description: 'print events as JSON lines', topic: 'Output' }

/** `--ssh-config` of `sshConfig`. */
export function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
}

/** Options that were given as words of a command line: those of these names, in this order. */
export function wordsOf<Options extends object>(
  options: Options,
  names: readonly (string & keyof Options)[],
): string[] {
  return names.flatMap((name) => {
    const value: unknown = options[name] ?? false
    if (typeof value === 'boolean') return value ? [flagOf(name)] : []
    return [value].flat().flatMap((one) => [flagOf(name), String(one)])
  })
}
