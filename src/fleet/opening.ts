import type { Asker, Host, OpenOptions, Target } from '../host/host.js'
import { includedBy } from '../host/ssh-config/file.js'
import { refusalOf, requireOwn, requireOwnFile } from '../own-file.js'
import type { Redactor } from '../redact.js'
import type { Named } from './expression.js'
import { type Fleet, type FleetHost, type Sourced, settingsOf } from './fleet.js'
import type { NamedMachines } from './machines.js'
import { locationText } from './problems.js'
import { fromFolder, type SecretPlaces, SecretStore } from './secrets.js'

/** The target of a machine that was named: what the command line says of user and port comes before the file. */
export function targetOf({ name, written, host }: Named, { folder }: Pick<Fleet, 'folder'>): Target {
  if (host === undefined || written.kind === 'local' || host.name === 'local') return written
  const { ssh } = settingsOf(host)
  const user = written.user ?? ssh.user?.value
  const port = written.port ?? ssh.port?.value
  return {
    kind: 'ssh',
    name,
    host: ssh.address?.value ?? host.name,
    ...(user === undefined ? {} : { user }),
    ...(port === undefined ? {} : { port }),
    ...(ssh.identityFile && { identityFiles: ssh.identityFile.value.map((file) => fromFolder(file, folder)) }),
    ...(ssh.proxyJump && { proxyJump: ssh.proxyJump.value }),
  }
}

/** How the hosts of a fleet are opened; secrets are fetched when they are wanted. */
export function openingFor(parts: {
  fleet: Pick<Fleet, 'folder'>
  ask: Asker
  secrets: SecretPlaces['secrets']
  env: Record<string, string | undefined>
}): (host: FleetHost) => Partial<OpenOptions> {
  const { folder } = parts.fleet
  const secrets = new SecretStore({ ask: parts.ask, secrets: parts.secrets, env: parts.env, folder })
  return (host) => {
    const { ssh, sudoPassword } = settingsOf(host)
    const { password } = ssh
    return {
      ...(ssh.transport && { transport: ssh.transport.value }),
      ...(ssh.acceptNewHostKeys && { acceptNewHostKeys: ssh.acceptNewHostKeys.value }),
      ...(ssh.config && { sshConfigFile: fromFolder(ssh.config.value, folder) }),
      ...(ssh.knownHosts && { knownHostsFiles: ssh.knownHosts.value.map((file) => fromFolder(file, folder)) }),
      ...(password && { password: secrets.source('SSH password', password, host.name) }),
      ...(sudoPassword && { sudoPassword: secrets.source('sudo password', sudoPassword, host.name) }),
    }
  }
}

export interface OpenerParts {
  machines: NamedMachines & { fleet?: Fleet | undefined }
  openHost(target: Target, options: OpenOptions): Promise<Host>
  ask: Asker
  /** Told of every secret that is fetched, and of the names that hosts have. */
  secrets: Pick<Redactor, 'hide' | 'keep'>
  env: Record<string, string | undefined>
  /** What was said beside the fleet, which comes before it. */
  given: Pick<OpenOptions, 'acceptNewHostKeys' | 'sshConfigFile' | 'knownHostsFiles' | 'transport'>
  onNote(host: string, text: string): void
}

/** Opens hosts the way that was asked for, and where nothing was, the way the fleet says. */
export function openerOf(parts: OpenerParts): (target: Target) => Promise<Host> {
  const { given, ask, secrets, env, onNote } = parts
  const { fleet, hosts } = parts.machines
  const ofFleet = fleet === undefined || hosts.size === 0 ? undefined : openingFor({ fleet, ask, secrets, env })
  const judged = new Set<string>()
  return async (target) => {
    secrets.keep(target.name)
    if (target.kind === 'ssh' && target.user !== undefined) secrets.keep(`${target.user}@${target.host}`)
    const host = hosts.get(target.name)
    const fromFile: Partial<OpenOptions> = (host && ofFleet?.(host)) ?? {}
    if (host !== undefined && fleet !== undefined && target.kind !== 'local') {
      for (const file of filesFor(host, given)) requireOwnNamed(file, fleet.folder, env, judged)
    }
    const opened = await parts.openHost(target, {
      ...fromFile,
      ask,
      acceptNewHostKeys: given.acceptNewHostKeys ?? fromFile.acceptNewHostKeys,
      sshConfigFile: given.sshConfigFile ?? fromFile.sshConfigFile,
      knownHostsFiles: given.knownHostsFiles ?? fromFile.knownHostsFiles,
      transport: given.transport ?? fromFile.transport,
      onNote: (text) => onNote(target.name, text),
    })
    secrets.keep(opened.address)
    return opened
  }
}

/** A file that a fleet names, and the person does not. */
interface NamedFile {
  path: string
  by: Sourced<unknown>
  /** How the person says that they mean it all the same. */
  otherwise: string
  isConfig?: boolean
}

/** What a fleet names for the connection to a host, unless the command line says something else. */
function filesFor(host: FleetHost, given: OpenerParts['given']): NamedFile[] {
  const { config, knownHosts, identityFile } = settingsOf(host).ssh
  return [
    ...(config === undefined || given.sshConfigFile !== undefined
      ? []
      : [
          { path: config.value, by: config, otherwise: 'if you trust it, name it with `--ssh-config`', isConfig: true },
        ]),
    ...(knownHosts === undefined || given.knownHostsFiles !== undefined
      ? []
      : knownHosts.value.map((path) => ({
          path,
          by: knownHosts,
          otherwise: 'if you trust it, name it with `--known-hosts`',
        }))),
    ...(identityFile?.value.map((path) => ({ path, by: identityFile, otherwise: 'use a key of your own' })) ?? []),
  ]
}

/**
 * Sees to it that a file that a fleet names is the person’s own, as `recipeFiles` are: a configuration runs programs, and known_hosts says
 * who gets passwords. `ssh` opens them again by their names.
 */
function requireOwnNamed(
  { path, by, otherwise, isConfig = false }: NamedFile,
  folder: string,
  env: OpenerParts['env'],
  judged: Set<string>,
): void {
  const file = fromFolder(path, folder)
  if (judged.has(file)) return
  try {
    requireOwnFile(file, env)
    for (const one of isConfig ? includedBy(file) : []) requireOwn(one, env)
  } catch (error) {
    throw refusalOf(error, `fitout does not use what ${locationText(by.location)} names`, otherwise)
  }
  judged.add(file)
}
