/**
 * Compares two rpm versions, `[epoch:]version[-release]`, as rpm does: a missing epoch is 0, and releases count only where
 * both have one. Source: rpmvercmp of rpm 4.16 to 6.1, with which a test compares it.
 *
 * @returns negative when `a` is older, 0 when they are equal, positive when `a` is newer.
 */
export function compareRpmVersions(a: string, b: string): number {
  const [x, y] = [parts(a), parts(b)]
  const upstream = x.epoch - y.epoch || compareText(x.version, y.version)
  if (upstream !== 0 || x.release === undefined || y.release === undefined) return upstream
  return compareText(x.release, y.release)
}

/** The version without an epoch of 0, which some of rpm's and dnf's outputs have and others leave out. */
export function plainRpmVersion(version: string): string {
  return version.replace(/^(0|\(none\)):/, '')
}

function parts(text: string): { epoch: number; version: string; release: string | undefined } {
  const colon = text.indexOf(':')
  const rest = text.slice(colon + 1)
  const dash = rest.lastIndexOf('-')
  return {
    epoch: colon === -1 ? 0 : Number(text.slice(0, colon)),
    version: dash === -1 ? rest : rest.slice(0, dash),
    release: dash === -1 ? undefined : rest.slice(dash + 1),
  }
}

/**
 * Segments of digits or of letters in turn; what stands between them only parts them. `~` sorts before everything, even
 * the end; `^` behind the end, and before everything else.
 */
function compareText(a: string, b: string): number {
  let [left, right] = [a, b]
  for (;;) {
    left = left.replace(/^[^A-Za-z0-9~^]+/, '')
    right = right.replace(/^[^A-Za-z0-9~^]+/, '')
    if (left[0] === '~' || right[0] === '~') {
      if (left[0] !== right[0]) return left[0] === '~' ? -1 : 1
    } else if (left[0] === '^' || right[0] === '^') {
      if (left[0] !== right[0]) {
        if (left === '' || right === '') return left === '' ? -1 : 1
        return left[0] === '^' ? -1 : 1
      }
    } else if (left === '' || right === '') {
      return left === right ? 0 : left === '' ? -1 : 1
    } else {
      const numeric = /^\d/.test(left)
      const kind = numeric ? /^\d*/ : /^[A-Za-z]*/
      const x = kind.exec(left)![0]
      const y = kind.exec(right)![0]
      // Where one has digits and the other letters, digits are newer.
      if (y === '') return numeric ? 1 : -1
      const difference = numeric ? compareNumbers(x, y) : x < y ? -1 : x > y ? 1 : 0
      if (difference !== 0) return difference
      left = left.slice(x.length)
      right = right.slice(y.length)
      continue
    }
    left = left.slice(1)
    right = right.slice(1)
  }
}

function compareNumbers(a: string, b: string): number {
  const difference = BigInt(a) - BigInt(b)
  return difference === 0n ? 0 : difference < 0n ? -1 : 1
}

/** rpm's word for an architecture. */
export function rpmArch(arch: string): string {
  return arch === 'amd64' ? 'x86_64' : arch === 'arm64' ? 'aarch64' : arch
}
