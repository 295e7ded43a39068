import { compareNumbers, versionParts } from './deb-version.js'

/**
 * Compares two rpm versions, `[epoch:]version[-release]`, as rpm does: a missing epoch is 0, and releases count only where
 * both have one. Source: rpmvercmp of rpm 4.16 to 6.1, with which a test compares it.
 *
 * @returns negative when `a` is older, 0 when they are equal, positive when `a` is newer.
 */
export function compareRpmVersions(a: string, b: string): number {
  const [x, y] = [versionParts(a), versionParts(b)]
  const upstream = x.epoch - y.epoch || compareText(x.version, y.version)
  if (upstream !== 0 || x.release === undefined || y.release === undefined) return upstream
  return compareText(x.release, y.release)
}

/** The version without an epoch of 0, which some of rpm's and dnf's outputs have and others leave out. */
export function plainRpmVersion(version: string): string {
  return version.replace(/^(0|\(none\)):/, '')
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
    const order = rank(left) - rank(right)
    if (order !== 0) return order
    if (left === '') return 0
    const numeric = /^\d/.test(left)
    const segment = numeric ? /^\d*/ : /^(?:[~^]|[A-Za-z]*)/
    const x = segment.exec(left)![0]
    const y = segment.exec(right)![0]
    // Where one has digits and the other letters, digits are newer.
    if (y === '') return numeric ? 1 : -1
    const difference = numeric ? compareNumbers(x, y) : x < y ? -1 : x > y ? 1 : 0
    if (difference !== 0) return difference
    left = left.slice(x.length)
    right = right.slice(y.length)
  }
}

/** The order of what may come next: `~`, the end, `^`, a segment. */
function rank(text: string): number {
  const index = ['~', undefined, '^'].indexOf(text[0])
  return index === -1 ? 3 : index
}

/** rpm's word for an architecture. */
export function rpmArch(arch: string): string {
  return arch === 'amd64' ? 'x86_64' : arch === 'arm64' ? 'aarch64' : arch
}
