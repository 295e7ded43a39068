import { FitoutError } from '../../errors.js'
import { quote } from '../../shell/quote.js'
import type { OpenOptions } from '../host.js'
import { RunMemory, remembered } from '../memory.js'
import type { Strictness } from '../ssh-config/ssh-config.js'
import { beyondSsh2 } from '../ssh2/limits.js'
import { fingerprint, type KnownHosts, type KnownKey, keyType } from './known-hosts.js'

/** What decides over a host key that no file knows. */
export interface HostKeyPolicy {
  /** How known_hosts calls the host. */
  name: string
  /** How a person calls it. */
  alias: string
  strict: Strictness
  options: Pick<OpenOptions, 'ask' | 'acceptNewHostKeys'>
  /** Somebody who can check host certificates is at hand: leave those hosts to them. */
  passOn?: boolean | undefined
}

/**
 * Decides whether a key may be trusted.
 *
 * @returns `known`, or `accepted` when it should be added once the host has proved that the key is its own.
 * @throws FitoutError naming what is wrong with it and the remedy.
 */
export async function checkHostKey(
  known: KnownHosts,
  key: Buffer,
  policy: HostKeyPolicy,
): Promise<'known' | 'accepted'> {
  const { name, alias } = policy
  const { status, lines, others, authorities } = known.judge(name, key)
  const type = keyType(key)
  const shown = `${type} key ${fingerprint(key)}`

  if (status === 'match') return 'known'
  if (status === 'revoked') throw revokedKey(alias, name, shown, places(lines))
  if (status === 'changed') throw changedKey(alias, name, shown, places(lines), lines)
  if (authorities.length > 0 && policy.passOn) {
    throw beyondSsh2(
      refusal(alias, `${name} shows the ${shown}, and ${places(authorities)} wants a certificate`, {
        remedy: 'use `--transport openssh`, which can check host certificates',
      }),
      'its host certificate (@cert-authority)',
    )
  }

  const context: string[] = []
  if (authorities.length > 0) {
    context.push(
      `${places(authorities)} trusts a certificate authority (@cert-authority) for it; ` +
        'host certificates cannot be checked by this transport, only the key itself',
    )
  }
  if (others.length > 0) {
    const types = others.map((line) => line.type).join(', ')
    context.push(`${places(others)} knows it by another type of key (${types})`)
  }

  return await decideUnknown({ type, fingerprint: fingerprint(key), context, otherType: others.length > 0 }, policy)
}

/** A key of which nothing is known, and what else is. */
interface UnknownKey {
  type: string
  /** `SHA256:…` */
  fingerprint: string
  /** Sentences that help to decide. */
  context: string[]
  /** Whether the host is known by a key of another type. */
  otherType: boolean
}

/**
 * Decides whether an unknown key may be trusted: by what was said for the run, by ssh_config, by asking.
 *
 * @returns `accepted`
 * @throws FitoutError naming the remedy.
 */
export async function decideUnknown(key: UnknownKey, policy: HostKeyPolicy): Promise<'accepted'> {
  const { type, context } = key
  const { name, alias, options } = policy
  // Somebody in between could avoid the known key by offering another type: only a person's own word passes that.
  const mayAccept = options.acceptNewHostKeys || policy.strict === 'accept-new'
  if (mayAccept && !key.otherType) return 'accepted'

  const unknown = `nothing is known of the ${type} key ${key.fingerprint} that ${name} shows`
  if (policy.strict === 'yes') {
    throw refusal(alias, `${unknown}, and ssh_config says StrictHostKeyChecking yes`, {
      said: context,
      remedy: `add its key to known_hosts: \`${scan(name)}\`, then compare the fingerprint`,
    })
  }
  const question = [
    `The authenticity of ${name === alias ? name : `${alias} (${name})`} cannot be established: ` +
      `it shows the ${type} key ${key.fingerprint}.`,
    ...context.map((line) => `Note: ${line}.`),
    'Trust it from now on?',
  ].join('\n')
  const memory = RunMemory.of(options.ask)
  const confirm = () => memory.asking(() => options.ask.confirm(question))
  const answer = await remembered(memory.decisions, `${name} ${key.fingerprint}`, confirm)
  if (answer) return 'accepted'
  throw refusal(
    alias,
    answer === false ? `${unknown}, and you did not trust it` : `${unknown}, and nobody can be asked`,
    {
      said: context,
      remedy: key.otherType
        ? `add its key to known_hosts: \`${scan(name)}\`, then compare the fingerprint`
        : 'compare the fingerprint with the machine, then log in once with `ssh`, or use `--accept-new-host-keys`',
    },
  )
}

/** A key that known_hosts marks as revoked; `shown` is its type and fingerprint, `where` the lines that say so. */
export function revokedKey(alias: string, name: string, shown: string, where: string): FitoutError {
  return refusal(alias, `${name} shows the ${shown}, which is marked as revoked in ${where}`, {
    remedy: 'do not log in there; ask whoever looks after that machine for its new key',
  })
}

/** Another key than those that known_hosts has in the files of `lines`. */
export function changedKey(
  alias: string,
  name: string,
  shown: string,
  where: string,
  lines: readonly { file: string }[],
): FitoutError {
  const files = new Set(lines.map(({ file }) => file))
  const removal = [...files].map((file) => `ssh-keygen -f ${quote(file)} -R '${name}'`).join(' && ')
  return refusal(
    alias,
    `the host key has changed: ${name} shows the ${shown}, but ${where} has another. ` +
      'The machine was installed anew, or somebody stands between you and it',
    { remedy: `compare the fingerprint on the machine itself; only if it is right, \`${removal}\`` },
  )
}

function refusal(host: string, cause: string, parts: { remedy: string; said?: string[] }): FitoutError {
  return new FitoutError({ doing: 'checking the host key', cause, host, ...parts })
}

function places(lines: readonly KnownKey[]): string {
  return lines.map(({ file, line }) => `${file}:${line}`).join(', ')
}

function scan(name: string): string {
  const port = /^\[(.*)\]:(\d+)$/.exec(name)
  return port ? `ssh-keyscan -p ${port[2]} ${port[1]}` : `ssh-keyscan ${name}`
}

const keyTypes = ['ssh-ed25519', 'ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp521', 'ssh-rsa']

/**
 * The order in which host key algorithms are offered: those first for which a key is known, so that a host with several
 * keys shows the one that can be compared.
 */
export function hostKeyAlgorithms(knownTypes: readonly string[]): string[] {
  const ordered = new Set([...keyTypes.filter((type) => knownTypes.includes(type)), ...keyTypes])
  return [...ordered].flatMap((type) => (type === 'ssh-rsa' ? ['rsa-sha2-512', 'rsa-sha2-256', type] : type))
}
