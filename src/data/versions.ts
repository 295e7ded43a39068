import semver from 'semver'
import { compareDebVersions } from './deb-version.js'

/**
 * The upstream version that a Debian package version carries: `5:28.5.2-1~debian.13~trixie` is `28.5.2`,
 * `20.10.24+dfsg1-1` is `20.10.24`, `5:29.0.0~rc.1-1` is `29.0.0-rc.1`. The older form `5:20.10.24~3-0~debian-bookworm`
 * carries a packaging number behind the tilde, not a prerelease.
 */
export function upstreamVersion(version: string): string {
  const [release = '', prerelease = ''] = version.replace(/^\d+:/, '').split('-')[0]!.split('+')[0]!.split('~')
  return /^[a-z]/.test(prerelease) ? `${release}-${prerelease}` : release
}

/** The same as semver: leading zeros go (`580.95.05`), missing parts are zero. `undefined` where there is no number at all. */
function semverOf(version: string): string | undefined {
  const found = /^(\d+)(?:\.(\d+))?(?:\.(\d+))?[^-]*(?:-(.+))?$/.exec(upstreamVersion(version))
  if (!found) return undefined
  const [, major, minor = '0', patch = '0', prerelease] = found
  const numbers = [major, minor, patch].map((part) => String(Number(part))).join('.')
  return semver.valid(prerelease === undefined ? numbers : `${numbers}-${prerelease}`) ?? numbers
}

/** What is wrong with a version range, as a sentence with an example; `undefined` when it is right. */
export function rangeProblem(range: string): string | undefined {
  if (range.trim() !== '' && semver.validRange(range) !== null) return undefined
  return `“${range}” is not a version range; try ^28, 28.5.x, ">=27 <30" or latest`
}

/** Whether a package version lies in a semver range. Prereleases count only where the range names one. */
export function satisfiesRange(range: string, version: string): boolean {
  const plain = semverOf(version)
  return plain !== undefined && semver.satisfies(plain, range)
}

/** Whether a version that a range allows can lie in another range; `latest` or `undefined` allow every one. */
export function rangeReaches(range: string | undefined, other: string): boolean {
  return range === undefined || range === 'latest' || semver.intersects(range, other)
}

/**
 * The version to install, of those that a repository offers.
 *
 * @param range a semver range; `latest` or `undefined` mean the newest that is no prerelease.
 * @returns `undefined` when nothing offered lies in the range.
 */
export function chooseVersion(
  range: string | undefined,
  offered: readonly string[],
  compare: (a: string, b: string) => number = compareDebVersions,
): string | undefined {
  const wanted = range === undefined || range === 'latest' ? '*' : range
  return [...offered].sort((a, b) => compare(b, a)).find((version) => satisfiesRange(wanted, version))
}

/** Whether a version can lie in both ranges. */
export function rangesMeet(one: string, other: string): boolean {
  return semver.intersects(one, other)
}
