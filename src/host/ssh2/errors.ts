import { FitoutError, type FitoutErrorParts, type Verdict } from '../../errors.js'
import type { SshSettings } from '../ssh-config/ssh-config.js'
import { beyondSsh2 } from './limits.js'

/** Where a connection was to lead. */
export type Endpoint = Pick<SshSettings, 'alias' | 'hostName' | 'port' | 'user'>

/** How logging in went. */
export interface LoginStory {
  /** What was tried, in words. */
  tried: readonly string[]
  /** What the host accepts, where it said so. */
  offered: readonly string[]
  /** What the system's `ssh` could have tried in addition. */
  untried?: string | undefined
}

/** Explains why no TCP connection came about. */
export function unreachable(error: NodeJS.ErrnoException, settings: Endpoint, through?: string): FitoutError {
  const where = `${settings.hostName} port ${settings.port}`
  const from = through ? ` from ${through}` : ''
  const text = `${error.code ?? ''} ${error.message}`
  const reasons: [words: RegExp, cause: string, remedy: string, verdict?: Verdict][] = [
    [
      /ENOTFOUND|EAI_AGAIN|EAI_NONAME|name resolution|not known/i,
      `the name ${settings.hostName} is not known${from}`,
      'check the spelling, DNS, /etc/hosts and the HostName in ssh_config',
      /EAI_AGAIN/.test(text) ? 'retry' : 'fatal',
    ],
    [
      /ECONNREFUSED|refused/i,
      `${where} refused the connection${from}`,
      'check that sshd runs there and listens on that port',
    ],
    [
      /ETIMEDOUT|timed out/i,
      `${where} did not answer in time${from}`,
      'check the address, the firewall and that the machine is on',
    ],
    [
      /EHOSTUNREACH|ENETUNREACH|no route|unreachable/i,
      `there is no way to ${where}${from}`,
      'check that the machine is on, and the network, a VPN or the ProxyJump that leads there',
    ],
    [
      /administratively prohibited/i,
      `${through} does not forward connections`,
      'allow AllowTcpForwarding in its sshd_config',
      'fatal',
    ],
    [/^/, `${where} cannot be reached${from}: ${error.message || error.code}`, 'try `ssh -v` to the same place'],
  ]
  const [, cause, remedy, verdict = 'retry'] = reasons.find(([words]) => words.test(text))!
  return new FitoutError({ doing: 'connecting', cause, remedy, host: settings.alias, verdict }, { cause: error })
}

/** Explains why SSH did not come about over a connection that stands. */
export function handshakeFailure(
  error: Error & { level?: string },
  settings: Endpoint,
  address: string,
  { tried, offered, untried }: LoginStory,
): FitoutError {
  const failure = (parts: Omit<FitoutErrorParts, 'host'>) =>
    new FitoutError({ ...parts, host: settings.alias }, { cause: error })
  const triedText = tried.length > 0 ? `tried: ${tried.join(', ')}` : 'there was nothing to try'
  const tooMany = /too many/i.test(error.message)
  if (error.level === 'client-authentication' || /too many authentication failures/i.test(error.message)) {
    const refused = failure({
      doing: 'logging in',
      cause: `${address} accepted none of the ways to log in; ${triedText}`,
      remedy: tooMany
        ? 'name the right key with IdentityFile and set IdentitiesOnly yes for this host in ssh_config'
        : authenticationRemedy({ tried, offered }, settings, address),
      said: offered.length > 0 ? [`it accepts: ${offered.join(', ')}`] : [],
    })
    return untried ? beyondSsh2(refused, untried) : refused
  }
  if (/no matching/i.test(error.message)) {
    const strangers = failure({
      doing: 'connecting',
      cause: `${address} and fitout have no algorithm in common: ${error.message}`,
      remedy: 'update OpenSSH on that machine, or see the lists in its sshd_config',
    })
    return beyondSsh2(strangers, 'its algorithms')
  }
  if (/timed out|said nothing/i.test(error.message)) {
    return failure({
      doing: 'connecting',
      cause: `${address} took the connection and then ${/nothing/.test(error.message) ? 'said nothing' : 'did not finish the SSH handshake in time'}`,
      remedy: 'look at its console, it may be hung, overloaded or out of memory; or at what else listens on that port',
      verdict: 'retry',
    })
  }
  const early = /before handshake|ECONNRESET|closed|reset by/i.test(
    `${error.message} ${(error as { code?: string }).code}`,
  )
  return failure({
    doing: 'connecting',
    cause: `${address} ended the connection before the login was done: ${error.message}`,
    remedy: early
      ? 'check that it is an SSH port; MaxStartups, fail2ban or TCP wrappers may also close connections'
      : 'try `ssh -v` to the same place',
    verdict: 'retry',
  })
}

function authenticationRemedy({ tried, offered }: LoginStory, settings: Endpoint, address: string): string {
  const port = settings.port === 22 ? '' : `-p ${settings.port} `
  const copy = `\`ssh-copy-id ${port}${settings.user}@${settings.hostName}\``
  // sshd keeps to itself why it refuses a key: one that has expired or may not come from here looks like one that is unknown.
  const there = tried.some((way) => /key/.test(way) && !/^no key/.test(way))
    ? '; where it is there already, sshd’s log on the host says what is wrong with it (expired, its file’s mode)'
    : ''
  if (offered.some((method) => /password|keyboard/.test(method))) {
    if (!offered.includes('publickey')) return 'check the user and the password'
    return `check the user and the password, or put your public key there: ${copy}${there}`
  }
  return `check that the user of ${address} is right and that your public key is in its ~/.ssh/authorized_keys${there}`
}
