import { satisfiesRange } from '../data/versions.js'
import type { Facts } from '../facts/facts.js'

/** As Debian Policy 5.6.1 has it, and what rpm allows beside that. */
export const packageName = /^[A-Za-z0-9][A-Za-z0-9+._-]*$/

/** Whether a package is there whole: not cut off on its way, so that what was to come with it is there, too. */
export function isInstalled({ packages }: Pick<Facts, 'packages'>, name: string): boolean {
  return packages[name]?.state === 'installed'
}

/** The installed packages of which that is true, in the order of their names. */
export function installedPackages(
  { packages }: Pick<Facts, 'packages'>,
  is: (name: string, version: string) => boolean,
) {
  return Object.entries(packages).flatMap(([name, { version, state, held }]) =>
    state === 'installed' && is(name, version) ? [{ name, version, held }] : [],
  )
}

/** Whether a package is there, in whatever state but removed. */
export function isPresent({ packages }: Pick<Facts, 'packages'>, name: string): boolean {
  const found = packages[name]
  return found !== undefined && found.state !== 'config-files'
}

/**
 * The installed version of a package, if it is what was asked for: without a range any is, `latest` asks the repository.
 *
 * @param range a semver range, or `latest`.
 */
export function rightVersion(
  { packages }: Pick<Facts, 'packages'>,
  name: string,
  range: string | undefined,
): string | undefined {
  const found = packages[name]
  if (found?.state !== 'installed' || range === 'latest') return undefined
  return range === undefined || satisfiesRange(range, found.version) ? found.version : undefined
}
