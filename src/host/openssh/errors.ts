import { FitoutError } from '../../errors.js'
import { shortPath } from '../../home.js'
import { textIfReadable } from '../../own-file.js'
import { quote } from '../../shell/quote.js'
import { busyWords, droppedEarly } from '../connection/max-startups.js'
import { changedKey, revokedKey } from '../host-keys/host-keys.js'
import { certificateEnd } from '../ssh2/certificate.js'
import { type Endpoint, handshakeFailure, unreachable } from '../ssh2/errors.js'
import type { Login } from './openssh.js'
import type { Prompts } from './prompts.js'

/** What `ssh` left behind when a login failed. */
interface SshStory extends Pick<Login, 'resolved' | 'address' | 'through'> {
  prompts: Pick<Prompts, 'tried' | 'gaveUp' | 'passphrases'>
  /** Its log, at the level DEBUG1. */
  log: string
  /** Its standard error, with what jump hosts and proxy commands said there. */
  said: string
  /** Whether it was ended because its time was over. */
  late: boolean
}

/** Explains why the system's `ssh` could not log in, in the words that are used for ssh2. */
export function opensshFailure(story: SshStory): FitoutError {
  const { resolved: endpoint, address, log, said } = story
  const everything = `${said}\n${log}`
  const find = (pattern: RegExp) => pattern.exec(everything) ?? undefined

  const name = find(/Could not resolve hostname (\S+?): (.*)/)
  if (name) {
    const code = /temporary/i.test(name[2] ?? '') ? 'EAI_AGAIN' : 'ENOTFOUND'
    return unreachable(failed(name[2] ?? '', code), { ...endpoint, hostName: name[1] ?? endpoint.hostName })
  }
  const loose = find(/^Bad owner or permissions on (.*)/m)?.[1]
  if (loose !== undefined) {
    return new FitoutError({
      doing: 'connecting',
      cause: `\`ssh\` reads no configuration that others may write to, or that is somebody else’s: ${loose}`,
      remedy: `\`chmod go-w ${quote(loose)}\``,
      host: endpoint.alias,
    })
  }
  return hostKeyFailure(story, everything) ?? loginFailure(story) ?? networkFailure() ?? strange()

  function networkFailure(): FitoutError | undefined {
    // A jump host that cannot reach on.
    const beyond = find(/open failed: (connect failed: .*|administratively prohibited.*|.*)/)
    if (beyond) return unreachable(failed(beyond[1] ?? ''), endpoint, story.through ?? 'the jump host')
    const refused = find(/connect to host (\S+) port (\d+): (.*)/)
    if (refused) {
      const at = { ...endpoint, hostName: refused[1] ?? endpoint.hostName, port: Number(refused[2]) }
      return unreachable(failed(refused[3] ?? ''), at)
    }
    const connected = /Connection established|Executing proxy command|Authenticating to/.test(log)
    if (!connected && story.late) return unreachable(failed('timed out', 'ETIMEDOUT'), endpoint)
    if (story.late || find(/timed out|Timeout, server/)) {
      const silent = !/Remote protocol version/.test(log)
      const error = new Error(silent ? 'said nothing' : 'timed out')
      return handshakeFailure(error, endpoint, address, { tried: [], offered: [] })
    }
    const proxy = find(/Executing proxy command: exec (.*)/)?.[1]
    const words = lines(said)
    if (proxy !== undefined && !/Remote protocol version/.test(log)) {
      const failure = new FitoutError({
        doing: 'connecting',
        cause: `the way to ${endpoint.alias} broke off: \`${proxy}\` ${words.length > 0 ? `said: ${words.at(-1)}` : 'ended'}`,
        remedy: 'try that command by itself; it is in the ProxyCommand or ProxyJump of ssh_config',
        said: words.slice(-6),
        host: endpoint.alias,
        verdict: 'retry',
      })
      // The `ssh` in between says so itself of the jump host; the outer one always says it of a way that broke off.
      return words.some((line) => /kex_exchange_identification/.test(line)) && story.through !== undefined
        ? droppedEarly(failure)
        : failure
    }
    return undefined
  }

  function strange(): FitoutError {
    const last = lines(everything).at(-1) ?? '`ssh` ended without a word'
    const failure = handshakeFailure(new Error(last), endpoint, address, { tried: [], offered: [] })
    const greeting = find(/banner line \d+: (.*)/)?.[1]
    const busy = greeting === undefined || busyWords.test(everything)
    return busy && /kex_exchange_identification/.test(everything) ? droppedEarly(failure) : failure
  }

  function failed(message: string, code?: string): NodeJS.ErrnoException {
    return Object.assign(new Error(message), code === undefined ? {} : { code })
  }
}

function hostKeyFailure({ resolved: { alias, knownName } }: SshStory, text: string): FitoutError | undefined {
  const found = (pattern: RegExp) => pattern.exec(text)?.[1]
  const type = found(/^The fingerprint for the (\S+) key sent/m) ?? found(/^The (\S+) host key for/m) ?? 'unknown'
  const fingerprint = found(/^(SHA256:\S+?|MD5:\S+?)\.?$/m) ?? found(/^debug1: Server host key: \S+ (\S+)/m) ?? ''
  const shown = `${type} key ${fingerprint}`
  const where = found(/^Offending .*key in (.+:\d+)\s*$/m) ?? 'known_hosts'
  const changed = found(/^(?:Host key for|\S+ host key for) (\S+) has changed/m)
  const nameOf = (name: string) => (name === knownName ? alias : name)
  if (changed) return changedKey(nameOf(changed), changed, shown, where, [{ file: where.replace(/:\d+$/, '') }])
  const revoked = found(/host key for (\S+) (?:is marked as|was) revoked/)
  if (revoked) return revokedKey(nameOf(revoked), revoked, shown, where)
  if (!/Host key verification failed/.test(text)) return undefined
  const unknown = found(/^(No \S+ host key is known for \S+)/m)
  return new FitoutError({
    doing: 'checking the host key',
    cause: unknown ?? `the host key of ${knownName} was not accepted`,
    remedy: 'compare the fingerprint with the machine, then log in once with `ssh`',
    host: alias,
  })
}

function loginFailure(story: SshStory): FitoutError | undefined {
  const { resolved: endpoint, address, prompts } = story
  // A jump host may be the one that refuses: it speaks on standard error.
  const text = /Permission denied|Too many auth/.test(story.said) ? story.said : story.log
  const denied = /^(?:(\S+): )?Permission denied \((.*)\)/m.exec(text)
  const tooMany = /Too many authentication failures/.test(text)
  if (!denied && !tooMany && !prompts.gaveUp) return undefined
  const keys = [...text.matchAll(/^debug1: Offering public key: (.+?) (\S+) (?:SHA256|MD5):\S+(.*)$/gm)]
  const offered =
    denied?.[2] ?? [...text.matchAll(/^debug1: Authentications that can continue: (.*)$/gm)].at(-1)?.[1] ?? ''
  const ended: string[] = []
  const ways = keys.map(([, path = '', type = '', how = '']) => {
    if (/-CERT$/.test(type)) {
      const end = endOf(path)
      if (end !== undefined && end.getTime() < Date.now()) {
        ended.push(`the certificate of ${path} expired on ${end.toISOString().slice(0, 16).replace('T', ' ')} UTC`)
        return `certificate of ${shortPath(path)} (expired)`
      }
      return `certificate of ${shortPath(path)}`
    }
    const name = `${/agent/.test(how) ? 'agent key' : 'key'} ${shortPath(path)}`
    if (!text.includes(`Server accepts key: ${path} `)) return `${name} (not accepted)`
    return prompts.passphrases.has(path)
      ? `${name} (encrypted, no right passphrase)`
      : `${name} (accepted, but it did not sign)`
  })
  if (ways.length === 0 && /publickey/.test(offered)) ways.push('no key (none was found)')
  const login = { tried: [...ways, ...prompts.tried], offered: offered.split(',').filter((method) => method !== '') }
  const error = Object.assign(new Error(tooMany ? 'too many authentication failures' : 'denied'), {
    level: 'client-authentication',
  })
  const who = denied?.[1] !== undefined && !sameUser(denied[1], address, endpoint) ? denied[1] : address
  const failure = handshakeFailure(error, endpoint, who, login)
  if (ended.length === 0) return failure
  return new FitoutError({
    doing: 'logging in',
    cause: `${failure.why}; ${ended.join('; ')}`,
    remedy: 'have the certificate renewed by who issues it, then try again',
    said: failure.said,
    host: endpoint.alias,
  })
}

function sameUser(who: string, address: string, endpoint: Endpoint): boolean {
  return address.startsWith(`${who}:`) || who === `${endpoint.user}@${endpoint.alias}`.toLowerCase()
}

function endOf(path: string): Date | undefined {
  for (const file of [`${path}-cert.pub`, path, `${path.replace(/\.pub$/, '')}-cert.pub`]) {
    const end = certificateEnd(textIfReadable(file))
    if (end !== undefined) return end
  }
  return undefined
}

function lines(text: string): string[] {
  return text.split(/\r?\n/).filter((line) => line.trim() !== '' && !/^(debug\d|OpenSSH_)/.test(line))
}
