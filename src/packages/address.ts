import { literally } from '../text.js'

/**
 * An address of a package repository in the one way in which all of its spellings are alike, for comparing: transports before it (`tor+`, `mirror+`), a
 * name and password, the case and the last dot of its host, the port of http or https, repeated slashes, dots, quotation marks and `%6c` for `l` make no
 * other repository of it. The shell has the same (address.sh).
 */
export function plainAddress(address: string): string {
  const unquoted = address.replaceAll('"', '').replace(/%([0-9a-f]{2})/gi, (encoded, code: string) => {
    const character = String.fromCharCode(Number.parseInt(code, 16))
    return /[A-Za-z0-9._~-]/.test(character) ? character : encoded
  })
  const colon = unquoted.indexOf(':')
  if (colon === -1) return unquoted
  const scheme = unquoted.slice(0, colon).toLowerCase().replace(/^.*\+/, '')
  const rest = unquoted.slice(colon + 1).replace(/^\/+/, '')
  const end = rest.search(/[/?#]|$/)
  const isFile = /^(file|copy|cdrom)$/.test(scheme)
  const host = isFile
    ? ''
    : rest
        .slice(0, end)
        .toLowerCase()
        .replace(/^.*@/, '')
        .replace(/:0*(80|443)?$/, '')
        .replace(/\.$/, '')
  let path = `/${isFile ? rest : rest.slice(end)}`.replace(/\/+/g, '/').replace(/(\/\.)+(?=\/|$)/g, '')
  for (let before = ''; before !== path; ) {
    before = path
    path = path.replace(/\/[^/]+\/\.\.(?=\/|$)/, '').replace(/^\/\.\.(?=\/|$)/, '')
  }
  return `${scheme}://${host}${path}`
}

/** Extended regular expression for what is at an address, in any spelling: `plainAddress` matches it. */
export function addressBelow(address: string): string {
  return `^${literally(plainAddress(address).replace(/\/+$/, ''))}(/|$)`
}

/** Whether an address, however it is spelled, is of a repository that an extended regular expression names. */
export function isSame(address: string, same: string): boolean {
  return new RegExp(same).test(plainAddress(address))
}
