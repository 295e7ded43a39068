interface Parts {
  access: string
  userinfo: string
  host: string
  path: string
}

/** Source: `URI::CopyFrom` in apt-pkg/contrib/strutl.cc. Slashes in square brackets separate nothing: names of discs have some. */
function partsOf(text: string): Parts {
  const colon = text.indexOf(':')
  const rest = text.slice(colon)
  const hasHost = rest.startsWith('://') && rest.length > 3
  const start = hasHost ? 3 : 0
  const slash = /^(?:[^/[]|\[[^\]]*(?:\]|$))*/.exec(rest.slice(start))![0].length + start
  const authority = rest.slice(rest.startsWith('://') ? 3 : 1, slash)
  const at = authority.lastIndexOf('@')
  const found = { access: text.slice(0, colon), path: rest.slice(slash) || '/' }
  const [userinfo, named] = at > 0 ? [authority.slice(0, at), authority.slice(at + 1)] : ['', authority]
  // Square brackets around an address of IPv6 hold its colons together.
  const bracket = named.lastIndexOf(']')
  if (named.includes('[') && bracket === -1) return { ...found, userinfo, host: '' }
  const end = named.lastIndexOf(':')
  const hasPort = end !== -1 && end > bracket
  const plain = (hasPort ? named.slice(0, end) : named).replace(/[[\]]/g, '')
  const port = hasPort ? Number.parseInt(named.slice(end + 1), 10) || 0 : 0
  const host = /[/:]/.test(plain) ? `[${plain}]` : plain
  return { ...found, userinfo, host: port > 0 ? `${host}:${port}` : host }
}

/** Whoever logs in, with `%xx` for all that apt writes so. */
function loginOf(userinfo: string): string {
  if (userinfo === '') return ''
  const encoded = (text: string) =>
    text
      .replace(/%([0-9a-f]{2})/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
      .replace(/[^!-~]|[:/?#[\]@%]/g, (character) => `%${character.charCodeAt(0).toString(16).padStart(2, '0')}`)
  const colon = userinfo.indexOf(':', 1)
  const user = encoded(colon === -1 ? userinfo : userinfo.slice(0, colon))
  const password = colon === -1 ? '' : encoded(userinfo.slice(colon + 1))
  return `${user}${password === '' ? '' : `:${password}`}@`
}

/**
 * A URI as apt writes it again, with a slash at its end: `file:///srv` is `file:/srv/`.
 *
 * @returns undefined if it has no colon: apt refuses that.
 */
export function aptUri(text: string): string | undefined {
  if (!text.includes(':')) return undefined
  const { access, userinfo, host, path } = partsOf(text)
  const scheme = access === '' ? '' : `${access}:`
  const authority = host === '' ? '' : `${access === '' ? '' : '//'}${loginOf(userinfo)}${host}`
  const whole = `${scheme}${authority}${path.startsWith('/') ? '' : '/'}${path}`
  return whole.endsWith('/') ? whole : `${whole}/`
}

/** What of a URI apt compares, to know one repository from another: neither how it is reached nor who logs in. */
export function siteOf(uri: string): string {
  const { host, path } = partsOf(uri)
  return `${host}${path.startsWith('/') ? '' : '/'}${path}`
}
