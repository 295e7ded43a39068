/**
 * Compares two Debian package versions as dpkg does: epoch, upstream version, revision; `~` sorts before everything, even
 * the end. Source: deb-version(7), Debian Policy 5.6.12.
 *
 * @returns negative when `a` is older, 0 when they are equal, positive when `a` is newer.
 */
export function compareDebVersions(a: string, b: string): number {
  const [x, y] = [versionParts(a), versionParts(b)]
  return x.epoch - y.epoch || compareText(x.version, y.version) || compareText(x.release ?? '', y.release ?? '')
}

/** `[epoch:]version[-release]`, as both dpkg and rpm write it. */
export function versionParts(text: string): { epoch: number; version: string; release: string | undefined } {
  const colon = text.indexOf(':')
  const rest = text.slice(colon + 1)
  const dash = rest.lastIndexOf('-')
  return {
    epoch: colon === -1 ? 0 : Number(text.slice(0, colon)),
    version: dash === -1 ? rest : rest.slice(0, dash),
    release: dash === -1 ? undefined : rest.slice(dash + 1),
  }
}

/** Compares whole numbers of any length; none at all is 0. */
export function compareNumbers(a: string, b: string): number {
  const difference = BigInt(a) - BigInt(b)
  return difference === 0n ? 0 : difference < 0n ? -1 : 1
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
    const difference = compareNumbers(x, y)
    if (difference !== 0) return difference
    i += x.length
    j += y.length
  }
  return 0
}
