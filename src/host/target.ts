import { isIPv6 } from 'node:net'
import { type FitoutError, usageError } from '../errors.js'
import type { Target } from './host.js'

// What neither a host name, an address nor an alias of ssh_config has, and what a slip of a shell would leave behind.
const notInHost = /[\s/\\'"`$;&|<>(){}*?!#,@=[\]\p{Cc}\p{Cf}]/u
const notInUser = /[\s/'"`$;&|<>(){}*?!#,:\p{Cc}\p{Cf}]/u

const forms = 'write `host`, `user@host`, `user@host:port`, `[2001:db8::1]:port` or `local`'

function nonsense(text: string, cause: string): FitoutError {
  return usageError(`${JSON.stringify(text)} does not name a machine: ${cause}`, forms)
}

/**
 * Takes the name of a machine apart: `local`, an alias of ssh_config, `host`, `user@host`, with `:port` behind any of
 * the latter; an IPv6 address stands bare or in brackets; `ssh://` in front is allowed.
 *
 * @throws FitoutError (exit 64) when the text cannot be one.
 */
export function parseTarget(text: string): Target {
  const name = text.trim()
  if (name === '') throw nonsense(text, 'it is empty')
  if (name === 'local') return { kind: 'local', name: 'local' }

  const bare = name.replace(/^ssh:\/\//i, '').replace(/\/$/, '')
  // The last @ counts: directory services have users such as `ada@corp.example`.
  const at = bare.lastIndexOf('@')
  const user = at === -1 ? undefined : bare.slice(0, at)
  if (user?.includes(':')) {
    // Not repeated in the message: what stands behind the colon is probably a password.
    throw usageError('a password does not belong into the name of a machine', 'leave it out; it is asked for')
  }
  if (user === '') throw nonsense(text, 'there is no user before the @')
  if (user !== undefined && (notInUser.test(user) || user.startsWith('-'))) {
    throw nonsense(text, `${JSON.stringify(user)} cannot be a user`)
  }
  return { kind: 'ssh', name, user, ...splitPort(text, bare.slice(at + 1)) }
}

function splitPort(text: string, address: string): { host: string; port?: number | undefined } {
  if (address.startsWith('[')) {
    const match = /^\[([^\]]*)\](?::(.*))?$/.exec(address)
    if (!match) throw nonsense(text, 'the bracket is not closed, or something other than a port follows it')
    const host = match[1] ?? ''
    if (!isIPv6(host)) throw nonsense(text, `${JSON.stringify(host)} is not an IPv6 address`)
    return { host, port: parsePort(text, match[2]) }
  }
  if (isIPv6(address)) return { host: address }
  const colon = address.indexOf(':')
  if (colon !== address.lastIndexOf(':')) {
    throw nonsense(text, 'it has several colons and is not an IPv6 address')
  }
  const host = colon === -1 ? address : address.slice(0, colon)
  if (host === '') throw nonsense(text, 'there is no host in it')
  if (notInHost.test(host) || host.startsWith('-')) throw nonsense(text, `${JSON.stringify(host)} cannot be a host`)
  return { host, port: parsePort(text, colon === -1 ? undefined : address.slice(colon + 1)) }
}

function parsePort(text: string, digits: string | undefined): number | undefined {
  if (digits === undefined) return undefined
  const port = Number(digits)
  if (!/^\d{1,5}$/.test(digits) || port < 1 || port > 65535) {
    throw nonsense(text, `${JSON.stringify(digits)} is not a port (1 to 65535)`)
  }
  return port
}
