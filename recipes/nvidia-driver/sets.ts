import { compareDebVersions } from '../../src/data/deb-version.js'
import { upstreamVersion } from '../../src/data/versions.js'
import type { Facts } from '../../src/facts/facts.js'
import { isInstalled } from '../../src/packages/installed.js'
import { packageManagerOf } from '../../src/packages/package-manager.js'
import type { ProbeResult } from '../../src/packages/probe.js'
import { branchesAsOf, branches as branchTable, isNewer, newestBranch } from '../nvidia/driver-branches.js'
import { modaliasOf } from '../nvidia/gpus.js'
import { headers, type KernelPart, kernelsOf, type Offers, prebuiltModules } from './kernels.js'
import { type Allowed, branchOf, isNewEnough, nameOf } from './needs.js'
import {
  archiveBranches,
  branchInName,
  type DriverSet,
  failingBuilds,
  isDriverPackage,
  wantsFabricManager,
} from './packages.js'
import { isDriverRpm } from './rpms.js'
import type { AptDriverWork, DriverVersion, DriverWork } from './types.js'

/**
 * The branches that will do, the longest supported first, those that the table does not know last; for a GPU that nobody knows yet, the
 * newest first.
 *
 * @param newer branches that a source offers and the table does not know.
 */
export function rankedBranches(
  { branches, newest, branch: willDo }: Allowed,
  clock: number,
  newer: readonly number[] = [],
): number[] {
  const month = monthOf(clock)
  const rank = (branch: number) => {
    const end = endOf(branch)
    return isNewer(branch) ? 3 : end === undefined ? 1 : end >= month ? 0 : 2
  }
  return [...new Set([...branches, ...newer.filter(willDo)])].sort((a, b) => {
    if (newest.length > 0) return b - a
    const ends = rank(a) === 0 && rank(b) === 0 ? (endOf(b) ?? '').localeCompare(endOf(a) ?? '') : 0
    return rank(a) - rank(b) || ends || b - a
  })
}

/** The month after which a branch gets no more security updates, as far as the table knows it. */
export function endOf(branch: number): string | undefined {
  return branchTable.find((row) => row.branch === branch)?.endOfLife
}

/** Branches that a source offers and the table does not know yet, by the names and versions of its packages. */
export function newerBranches(offers: Offers): number[] {
  const branches = Object.entries(offers ?? {}).flatMap(([name, versions]) =>
    versions.flatMap((version) =>
      isDriverPackage(name, version) || isDriverRpm(name, version) ? [branchInName(name) ?? branchOf(version)] : [],
    ),
  )
  return [...new Set(branches)].filter(isNewer)
}

/** The newest version of each branch that a source offers, newest first. */
export function driversOffered(offers: Offers): string[] {
  const newest = new Map<number, string>()
  for (const [name, versions] of Object.entries(offers ?? {})) {
    for (const version of versions) {
      const upstream = upstreamVersion(version)
      if (!/^\d{3}\.\d+/.test(upstream) || !(isDriverPackage(name, version) || isDriverRpm(name, version))) continue
      const best = newest.get(branchOf(version))
      if (best === undefined || compareDebVersions(upstream, best) > 0) newest.set(branchOf(version), upstream)
    }
  }
  return [...newest].sort(([a], [b]) => b - a).map(([, version]) => version)
}

/** The month of a host's clock, as the table of branches has it: `2026-11`. */
export function monthOf(clock: number): string {
  return new Date(clock * 1000).toISOString().slice(0, 7)
}

/** Sets in the order in which they are tried; those of one group are tried prebuilt first, then all to be built. */
export function groupsOf({ allowed, suite }: AptDriverWork, sets: readonly DriverSet[], offers: Offers): DriverSet[][] {
  if (sets.every(({ branch }) => branch !== undefined)) {
    return [...new Set(sets.map(({ branch }) => branch))].map((branch) => sets.filter((set) => set.branch === branch))
  }
  // Debian's current driver: which kernel modules are the better ones, its version says.
  const current = (set: DriverSet) => {
    const newest = offers === undefined ? String(archiveBranches[suite ?? '']?.[0]) : (offers[set.dkms]?.[0] ?? '')
    const at = allowed.modules(branchOf(newest)).indexOf(set.kernelModules)
    return at === -1 ? 9 : at
  }
  const unnamed = sets.filter(({ branch }) => branch === undefined).sort((a, b) => current(a) - current(b))
  return [...unnamed, ...sets.filter(({ branch }) => branch !== undefined)].map((set) => [set])
}

/** The newest version of a set that will do and of which all is offered. */
export function driverOf(
  work: DriverWork,
  set: DriverSet,
  offers: Offers,
  way: 'prebuilt' | 'dkms',
): DriverVersion | { lacks: string } {
  const { allowed, facts, suite, present: now } = work
  const compare = packageManagerOf(facts).compareVersions
  const fabric = wantsFabricManager(facts)
  const needed = way === 'dkms' ? [...set.driver, set.dkms] : set.driver
  const kind = `${set.kernelModules} kernel modules`
  if (fabric && set.fabricManager.length === 0)
    return { lacks: 'it has no fabric manager, which the NVSwitches of this host need' }
  if (offers === undefined) {
    const archive = archiveBranches[suite ?? ''] ?? []
    const branch = set.branch ?? archive[0] ?? 0
    const offered = set.source !== 'distro' || archive.includes(branch)
    if (
      !offered ||
      !allowed.branch(branch) ||
      !isNewEnough(allowed, branch) ||
      !allowed.modules(branch).includes(set.kernelModules)
    )
      return { lacks: `as far as known it offers no driver of branch ${branch} with ${kind} that will do` }
    const names = [...needed, ...set.beside, ...(fabric ? [set.fabricManager[0]!] : [])]
    const install = names.map((name) => ({ name }))
    return { branch, title: `branch ${branch} with ${kind}`, install, older: false }
  }
  const ofBranch = (offers[set.driver[0]!] ?? []).filter(
    (version) => set.branch === undefined || branchOf(version) === set.branch,
  )
  const stranger = (version: string) => strangerTo(work, set, version)
  const usable = (version: string) =>
    allowed.version(version) &&
    allowed.modules(branchOf(version)).includes(set.kernelModules) &&
    stranger(version) === undefined
  const versions = ofBranch.filter(usable).sort((a, b) => compare(b, a))
  // Of a driver that stays only what is missing comes, where it is still offered.
  const installed = versions.filter((version) => upstreamVersion(version) === now?.version)
  for (const version of [...installed, ...versions]) {
    const upstream = upstreamVersion(version)
    const same = (name: string) => ({ name, version: offers[name]?.find((one) => upstreamVersion(one) === upstream) })
    const parts = needed.map(same)
    const manager = fabric ? set.fabricManager.map(same).find(({ version: one }) => one) : undefined
    if (parts.some((part) => part.version === undefined) || (fabric && manager === undefined)) continue
    const kernel = way === 'dkms' ? kernelThatFails(facts, set.dkms, same(set.dkms).version!) : undefined
    if (kernel !== undefined) return { lacks: `${set.dkms} ${upstream} does not build for the kernel ${kernel}` }
    const optional = set.optional.map(same).filter((part) => part.version)
    const beside = set.beside
      .map((name) => ({ name, version: isInstalled(facts, name) ? undefined : offers[name]?.[0], beside: true }))
      .filter(({ name, version: one }) => one !== undefined || isInstalled(facts, name))
    return {
      version: upstream,
      branch: branchOf(version),
      title: `${upstream} with ${kind}`,
      install: [...parts, ...optional, ...(manager ? [manager] : []), ...beside],
      older: [...parts, ...optional].some((part) => offers[part.name]?.[0] !== part.version),
    }
  }
  const branch = set.branch === undefined ? 'its driver' : `branch ${set.branch}`
  const offered = [...new Set(ofBranch.map(upstreamVersion))]
  return {
    lacks:
      offered.length === 0
        ? `${branch} with ${kind} is not offered`
        : versions.length === 0
          ? `${branch} with ${kind} is offered as ${offered.join(', ')}, which ${ofBranch.map(stranger).find(Boolean) ?? 'will not do'}`
          : `${branch} with ${kind} is not offered whole${fabric ? ' (with a fabric manager of the same version)' : ''}`,
  }
}

/**
 * Why a driver is not taken to know all GPUs, as a phrase. What its own record lists decides; without one, a GPU that the tables do not know
 * needs a branch that is at least as new as they are.
 */
function strangerTo({ allowed, drives }: DriverWork, set: DriverSet, version: string): string | undefined {
  const upstream = upstreamVersion(version)
  const records = Object.entries((set.lists && drives?.[set.lists]) || {})
  const listed = records.find(([one]) => upstreamVersion(one) === upstream)?.[1]
  if (listed !== undefined) {
    const unknown = allowed.gpus.find(({ gpu }) => !listed.includes(modaliasOf(gpu)))
    return unknown && `does not list ${nameOf(unknown)} among the GPUs that it drives`
  }
  if (isNewEnough(allowed, branchOf(version))) return undefined
  return `is older than ${newestBranch}, the newest branch that fitout knows (as of ${branchesAsOf})`
}

/** The kernel of this host for which a package is known not to build. */
function kernelThatFails(facts: Facts, name: string, version: string): string | undefined {
  return kernelsOf(facts).find((kernel) =>
    failingBuilds.some(
      (row) =>
        row.package === name &&
        compareDebVersions(version, row.before) < 0 &&
        compareDebVersions(kernel, row.kernel) >= 0,
    ),
  )
}

/** What the kernels of this host need for a set: the ways to have it, the best first, or why there is none. */
export function kernelParts(
  { facts, suite }: AptDriverWork,
  set: DriverSet,
  offers: Offers,
  way: 'prebuilt' | 'dkms',
): KernelPart[] | { lacks: string } {
  if (way === 'dkms') {
    const found = headers(facts, suite, offers)
    return 'lacks' in found ? found : [found]
  }
  const ways = prebuiltModules(facts, suite, set.prebuilt!, offers)
  return ways.length > 0 ? ways : { lacks: `there are no prebuilt modules for the kernel ${kernelsOf(facts)[0]}` }
}

/** The newest version of each branch that repositories answered that they offer, newest first, in the words of people. */
export function branchesOffered(answers: readonly ProbeResult[]): string[] {
  const all: Record<string, string[]> = {}
  for (const { versions } of answers)
    for (const [name, offered] of Object.entries(versions)) all[name] = [...(all[name] ?? []), ...offered]
  return driversOffered(all)
}
