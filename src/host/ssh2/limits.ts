import { constants } from 'node:fs'
import { FitoutError } from '../../errors.js'
import { textIfReadable } from '../../own-file.js'
import { findProgram, isAccessible } from '../connection/find-program.js'
import type { SshSettings } from '../ssh-config/ssh-config.js'

const limits = new WeakMap<Error, string>()

/** Marks a failure as one that the system's `ssh` may not have; the reason ends the sentence "through ssh, because of …". */
export function beyondSsh2<Failure extends Error>(failure: Failure, reason: string): Failure {
  limits.set(failure, reason)
  return failure
}

/** Why the system's `ssh` may do better; `undefined` when nothing says so. */
export function limitOf(failure: unknown): string | undefined {
  return failure instanceof Error ? limits.get(failure) : undefined
}

/** The path of the system's `ssh`; `undefined` when there is none. */
export const findSsh = () => findProgram(process.platform === 'win32' ? 'ssh.exe' : 'ssh')

/**
 * Refuses a host that is configured for what ssh2 cannot do.
 *
 * @param soft refuse, too, what ssh2 would merely pass over (a certificate, a key in a security token): something that
 *   does it is at hand.
 * @throws FitoutError marked with `beyondSsh2`.
 */
export function refuseUnsupported(settings: SshSettings, soft = false): void {
  const refuse = (reason: string, cause: string, remedy: string) => {
    throw beyondSsh2(
      new FitoutError({ doing: `connecting to ${settings.alias}`, cause, remedy, host: settings.alias }),
      reason,
    )
  }
  const other = 'use `--transport openssh`, which needs OpenSSH’s `ssh` (package openssh-client) on this machine'
  if (settings.proxyCommand !== undefined) {
    refuse(
      'its ProxyCommand',
      'ssh_config reaches it through a ProxyCommand, which only the system’s `ssh` can do',
      `${other}; or use ProxyJump where the way leads through another SSH host`,
    )
  }
  const reason = soft ? softLimit(settings) : undefined
  if (reason !== undefined)
    refuse(reason, `ssh_config gives it ${reason}, which only the system’s \`ssh\` can use`, other)
}

function softLimit(settings: SshSettings): string | undefined {
  if (settings.beyond.length > 0) return settings.beyond[0]
  if (settings.identityFiles.some((file) => isAccessible(`${file}-cert.pub`, constants.R_OK))) return 'a certificate'
  // Whose private half is in a security token; the file holds only a handle.
  if (settings.identityFiles.some((file) => textIfReadable(`${file.replace(/\.pub$/, '')}.pub`).startsWith('sk-'))) {
    return 'a key in a security token'
  }
  return undefined
}
