import type { Asker, Host, OpenOptions, Target } from '../host/host.js'
import { includedBy } from '../host/ssh-config/file.js'
import { refusalOf, requireOwn, requireOwnFile } from '../own-file.js'
import type { Redactor } from '../redact.js'
import type { Named } from './expression.js'
import { type Fleet, type FleetHost, settingsOf } from './fleet.js'
import type { NamedMachines } from './machines.js'
import { locationText } from './problems.js'
import { fromFolder, type SecretSources, SecretStore } from './secrets.js'

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
export function openingFor({
  fleet,
  ...sources
}: Omit<SecretSources, 'folder'> & { fleet: Pick<Fleet, 'folder'> }): (host: FleetHost) => Partial<OpenOptions> {
  const { folder } = fleet
  const store = new SecretStore({ ...sources, folder })
  return (host) => {
    const { ssh, sudoPassword } = settingsOf(host)
    const { password } = ssh
    return {
      ...(ssh.transport && { transport: ssh.transport.value }),
      ...(ssh.acceptNewHostKeys && { acceptNewHostKeys: ssh.acceptNewHostKeys.value }),
      ...(ssh.config && { sshConfigFile: fromFolder(ssh.config.value, folder) }),
      ...(ssh.knownHosts && { knownHostsFiles: ssh.knownHosts.value.map((file) => fromFolder(file, folder)) }),
      ...(password && { password: store.source('SSH password', password, host.name) }),
      ...(sudoPassword && { sudoPassword: store.source('sudo password', sudoPassword, host.name) }),
    }
  }
}

export interface OpenerParts {
  machines: NamedMachines
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
      requireOwnNamed(host, parts, fleet.folder, judged)
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

/**
 * Sees to it that the files that a fleet names for the connection to a host, and the command line does not, are the person’s own, as
 * `recipeFiles` are: a configuration runs programs, and known_hosts says who gets passwords. `ssh` opens them again by their names.
 *
 * @param judged the files of hosts before this one.
 */
function requireOwnNamed(
  host: FleetHost,
  { given, env }: Pick<OpenerParts, 'given' | 'env'>,
  folder: string,
  judged: Set<string>,
): void {
  const { config, knownHosts, identityFile } = settingsOf(host).ssh
  const named = [
    {
      by: given.sshConfigFile === undefined ? config : undefined,
      otherwise: 'if you trust it, name it with `--ssh-config`',
    },
    {
      by: given.knownHostsFiles === undefined ? knownHosts : undefined,
      otherwise: 'if you trust it, name it with `--known-hosts`',
    },
    { by: identityFile, otherwise: 'use a key of your own' },
  ]
  for (const { by, otherwise } of named) {
    for (const path of by === undefined ? [] : [by.value].flat()) {
      const file = fromFolder(path, folder)
      if (judged.has(file)) continue
      try {
        requireOwnFile(file, env)
        for (const one of by === config ? includedBy(file) : []) requireOwn(one, env)
      } catch (error) {
        throw refusalOf(error, `fitout does not use what ${locationText(by!.location)} names`, otherwise)
      }
      judged.add(file)
    }
  }
}
