import { compareRpmVersions } from '../../src/data/rpm-version.js'
import { upstreamVersion } from '../../src/data/versions.js'
import type { Offers } from './kernels.js'
import { branchOf, type KernelModules } from './needs.js'
import { wantsFabricManager } from './present.js'
import { profileOf, rpmDriver } from './rpms.js'
import type { DriverChoice, DriverWork, Present } from './types.js'

/** A version that would do, with all its packages. */
export interface FoundRpms {
  version: string | undefined
  branch: number
  kind: KernelModules
  stream: string | undefined
  install: DriverChoice['install']
}

/** The newest version of a branch that will do and of which all is offered. */
export function foundRpms(
  work: DriverWork,
  now: Present | undefined,
  offers: Offers,
  { branch, kind, stream }: Pick<FoundRpms, 'branch' | 'kind' | 'stream'>,
): FoundRpms | { lacks: string } {
  const { facts, allowed } = work
  const set = rpmDriver(kind, profileOf(facts, work.options.profile))
  const fabric = wantsFabricManager(facts)
  const base = { branch, kind, stream }
  if (offers === undefined) {
    const names = [...set.driver, ...set.optional, ...(fabric ? [{ name: set.fabricManager[0]! }] : [])]
    return { ...base, version: undefined, install: names.map(({ name }) => ({ name })) }
  }
  const title = `branch ${branch} with ${kind} kernel modules`
  const [leader] = set.driver
  const versions = (offers[leader!.name] ?? [])
    .filter((version) => branchOf(version) === branch && allowed.version(version))
    .sort((a, b) => compareRpmVersions(b, a))
  const present = versions.filter((version) => upstreamVersion(version) === now?.version)
  for (const version of [...present, ...versions]) {
    const upstream = upstreamVersion(version)
    const same = ({ name }: { name: string }) => ({
      name,
      version: offers[name]?.find((one) => upstreamVersion(one) === upstream),
    })
    const parts = set.driver.map(same)
    const manager = fabric ? set.fabricManager.map((name) => same({ name })).find((one) => one.version) : undefined
    if (parts.some((part) => part.version === undefined) || (fabric && manager === undefined)) continue
    const optional = set.optional.map(same).filter((part) => part.version !== undefined)
    return { ...base, version: upstream, install: [...parts, ...optional, ...(manager ? [manager] : [])] }
  }
  return {
    lacks:
      versions.length === 0
        ? `${title} is not offered`
        : `${title} is not offered whole${fabric ? ' (with a fabric manager of the same version)' : ''}`,
  }
}
