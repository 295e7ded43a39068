/**
 * Compares two Debian package versions as dpkg does: epoch, upstream version, revision; `~` sorts before everything, even
 * the end. Source: deb-version(7), Debian Policy 5.6.12.
 *
 * @returns negative when `a` is older, 0 when they are equal, positive when `a` is newer.
 */
export function compareDebVersions(a: string, b: string): number {
  const [x, y] = [parts(a), parts(b)]
  return x.epoch - y.epoch || compareText(x.upstream, y.upstream) || compareText(x.revision, y.revision)
}

function parts(version: string): { epoch: number; upstream: string; revision: string } {
  const colon = version.indexOf(':')
  const rest = version.slice(colon + 1)
  const dash = rest.lastIndexOf('-')
  return {
    epoch: colon === -1 ? 0 : Number(version.slice(0, colon)),
    upstream: dash === -1 ? rest : rest.slice(0, dash),
    revision: dash === -1 ? '' : rest.slice(dash + 1),
  }
}

/** Order of one character outside a number: `~`, then the end, then letters, then everything else. */
function weight(character: string | undefined): number {
  if (character === undefined || /\d/.test(character)) return 0
  if (character === '~') return -1
  const code = character.charCodeAt(0)
  return /[A-Za-z]/.test(character) ? code : code + 256
}

/** Text and numbers in turn, as dpkg's verrevcmp. */
function compareText(a: string, b: string): number {
  let i = 0
  let j = 0
  while (i < a.length || j < b.length) {
    while ((i < a.length && !/\d/.test(a[i]!)) || (j < b.length && !/\d/.test(b[j]!))) {
      const difference = weight(a[i]) - weight(b[j])
      if (difference !== 0) return difference
      i++
      j++
    }
    const x = /^\d*/.exec(a.slice(i))![0]
    const y = /^\d*/.exec(b.slice(j))![0]
    const difference = BigInt(x || '0') - BigInt(y || '0')
    if (difference !== 0n) return difference < 0n ? -1 : 1
    i += x.length
    j += y.length
  }
  return 0
}
