import { shellWords } from './python.js'

/** What arguments for `ssh` mean to a connection. */
export interface SshArguments {
  /** The machines to go through, as `ssh -J` takes them. */
  jump?: string | undefined
  /** The first option that leads to another place in a way that is not known here. */
  elsewhere?: string | undefined
  /** Options that are not taken over. */
  left: string[]
}

/** Options of `ssh` that take a value (OpenSSH 9.2, ssh(1)). */
const withValue = new Set('BbcDEeFIiJLlmOopQRSWw')
/** Without these an own connection is as good. */
const needless =
  /^(?:compression|control(?:master|path|persist)|serveralive(?:interval|countmax)|tcpkeepalive|connecttimeout|connectionattempts|loglevel|batchmode)$/
/** Who is called, and as whom. */
const leading = /^(?:hostname|port|user|match|include|hostkeyalias|proxyusefdpass)$/

/** Reads arguments for `ssh`, of which the first that says something counts. */
export function sshArguments(text: string): SshArguments {
  const found: SshArguments = { left: [] }
  const words = shellWords(text)
  if (words === undefined) return { elsewhere: 'with a quote that is not closed', left: [] }
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at]!
    if (!/^-\w/.test(word)) {
      found.elsewhere ??= 'that are not options'
      continue
    }
    const flags = word.slice(1)
    const valued = [...flags].findIndex((flag) => withValue.has(flag))
    if (valued === -1) {
      if (!/^[Cqtv46aATxk]+$/.test(flags)) found.left.push(word)
      continue
    }
    const flag = flags[valued]!
    const inside = flags.slice(valued + 1)
    if (inside === '') at += 1
    take(found, flag, inside === '' ? (words[at] ?? '') : inside)
  }
  return found
}

function take(found: SshArguments, flag: string, value: string): void {
  if (flag === 'J') found.jump ??= value
  else if (/[FlpW]/.test(flag)) found.elsewhere ??= `-${flag}`
  else if (flag !== 'o') found.left.push(`-${flag}`)
  else takeOption(found, value)
}

function takeOption(found: SshArguments, option: string): void {
  const [, name = '', value = ''] = /^\s*(\w+)(?:\s*=\s*|\s+)([\s\S]*)$/.exec(option) ?? []
  const key = name.toLowerCase()
  if (key === 'proxyjump') found.jump ??= value
  else if (key === 'proxycommand') {
    const jump = value === 'none' ? 'none' : throughSsh(value)
    if (jump !== undefined) found.jump ??= jump
    else if (found.jump === undefined) found.elsewhere ??= name
  } else if (key === '' || leading.test(key)) found.elsewhere ??= name === '' ? '-o' : name
  else if (!needless.test(key)) found.left.push(name)
}

/** The gate of `ssh -W %h:%p gate`, which is what `ProxyJump` does. */
function throughSsh(command: string): string | undefined {
  const words = shellWords(command) ?? []
  const rest = words.join(' ')
  const found =
    /^ssh (?:-q )?-W (?:%h:%p|\[%h\]:%p) (?:-q )?([\w.@:[\]-]+)$/.exec(rest) ??
    /^ssh (?:-q )?([\w.@:[\]-]+) -W %h:%p$/.exec(rest)
  return found?.[1]?.startsWith('-') ? undefined : found?.[1]
}
