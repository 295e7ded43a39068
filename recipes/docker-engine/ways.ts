import { compareDebVersions } from '../../src/data/deb-version.js'
import { compareRpmVersions } from '../../src/data/rpm-version.js'
import { FitoutError } from '../../src/errors.js'
import type { Facts } from '../../src/facts/facts.js'
import type { DnfRepository } from '../../src/resource/dnf-probe.js'
import type { PackageProbe } from '../../src/resource/probe.js'
import {
  conflictingPackages,
  conflictingRpms,
  type DistroPackages,
  distroPackages,
  fedorasPackages,
  type PackageReason,
  takenCompanions,
} from '../docker/packages.js'
import { dockerPlatform } from '../docker/platforms.js'
import {
  dockerBaseUrl,
  dockerFingerprint,
  dockerKey,
  dockerRpmFingerprint,
  dockerRpmKey,
} from '../docker/repository.js'
import { isRpmRelative, rpmPlatform } from '../docker/rpm-platforms.js'

/** Docker's package repository for one host, as apt knows it. */
export interface AptEngineRepository {
  uri: string
  suite: string
  component: string
  arch: string
  key: string
  fingerprint: string
}

/** The same as dnf knows it. */
export interface DnfEngineRepository extends DnfRepository {
  fingerprint: string
}

export type EngineRepository = AptEngineRepository | DnfEngineRepository

/** A package that has to leave. */
export interface Leaving extends PackageReason {
  /** Whether the package manager removes it without being told (Transaction.remove). */
  byItself?: boolean | undefined
}

/** Where Docker's own packages for a host are, or why there are none. */
export type EnginePlatform =
  | { place: string; why: string; published: boolean; assumed?: string | undefined }
  | { unsupported: { cause: string; remedy: string; last?: string | undefined } }

/** What differs between package managers when it is decided which engine a host gets. */
export interface EngineWays {
  manager: 'apt' | 'dnf'
  /** The distribution's own engine. */
  distroEngine: string
  platform(): EnginePlatform
  /** Docker's repository. Only where `platform` names a place. */
  repository(options: {
    channel: string
    mirror?: string | undefined
    mirrorKey?: { text: string; fingerprint: string } | undefined
  }): EngineRepository
  conflicts(source: 'docker' | 'distro'): Leaving[]
  /** What the distribution has of Docker; undefined where that is nothing. */
  distro(withPlugins: boolean): DistroPackages | undefined
  /** What an engine that is installed anew takes along. */
  companions(): string[]
  /** What Docker, or what was asked for, does not work without on this host whatever engine is there; the host lacks it. */
  needed(options: { hold?: boolean | undefined }): { name: string; version?: string | undefined }[]
  probe(question: {
    repository?: EngineRepository | undefined
    sameRepository?: string | undefined
    versionsOf: string[]
    simulate: string[]
    leaving: readonly Leaving[]
  }): PackageProbe
  /** Whether a line of the package manager's says that it knows no such package, or none that it could install. */
  isUnknown(name: string, line: string): boolean
  /** Negative when the first version is older. */
  compare(a: string, b: string): number
  /** How a person sees what the host's own sources are and say. */
  ownSources: string
}

/**
 * @throws FitoutError where fitout cannot drive the host's package manager.
 */
export function waysOf(facts: Facts): EngineWays {
  if (facts.packageManager === 'apt') return aptWays(facts)
  if (facts.packageManager === 'dnf') return dnfWays(facts)
  const doing = 'deciding where Docker comes from'
  if (isRpmRelative(facts.os) && facts.os.id !== 'amzn') {
    throw new FitoutError({
      doing,
      cause: `${facts.os.prettyName} has no dnf here (an image made small has microdnf, an old release yum alone)`,
      remedy: '`microdnf install dnf`, then run fitout again; a release that has yum alone is not served',
    })
  }
  const platform = dockerPlatform(facts.os, facts.arch)
  throw new FitoutError({
    doing,
    ...('unsupported' in platform
      ? platform.unsupported
      : {
          cause: `the package manager of ${facts.os.prettyName} is ${facts.packageManager}, which fitout cannot drive`,
          remedy: 'install Docker by your distribution’s own means; the other recipes still work',
        }),
  })
}

function isAbsent(facts: Facts, name: string): boolean {
  return facts.packages[name]?.state !== 'installed'
}

function aptWays(facts: Facts): EngineWays {
  const platform = dockerPlatform(facts.os, facts.arch)
  return {
    manager: 'apt',
    distroEngine: 'docker.io',
    platform: () => ('unsupported' in platform ? platform : { ...platform, place: platform.suite }),
    repository: ({ channel, mirror, mirrorKey }) => {
      if ('unsupported' in platform) throw new Error('there is no repository for this host')
      return {
        uri: mirror?.replace(/\/+$/, '') ?? `${dockerBaseUrl}/${platform.family}`,
        suite: platform.suite,
        component: channel,
        arch: facts.arch.package,
        key: mirrorKey?.text ?? dockerKey,
        fingerprint: mirrorKey?.fingerprint ?? dockerFingerprint,
      }
    },
    conflicts: (source) => conflictingPackages(source, facts.packages),
    distro: (withPlugins) => distroPackages(facts.os, withPlugins),
    companions: () =>
      takenCompanions()
        .map(({ name }) => name)
        .filter((name) => isAbsent(facts, name)),
    needed: () => [],
    probe: ({ repository, sameRepository, versionsOf, simulate, leaving }) => ({
      ...(repository === undefined ? {} : { repository: repository as AptEngineRepository, sameRepository }),
      versionsOf,
      simulate: [...simulate, ...leaving.map(({ name }) => `${name}-`)],
    }),
    isUnknown: (name, line) =>
      line.endsWith(`Unable to locate package ${name}`) || line.includes(`Package '${name}' has no installation`),
    compare: compareDebVersions,
    ownSources: '/etc/apt/sources.list (apt-get update says what fails)',
  }
}

function dnfWays(facts: Facts): EngineWays {
  const platform = rpmPlatform(facts.os, facts.arch)
  const dnf = facts.dnf ?? { major: 4, versionlock: false }
  return {
    manager: 'dnf',
    distroEngine: 'moby-engine',
    platform: () => ('unsupported' in platform ? platform : { ...platform, place: platform.name }),
    repository: ({ channel, mirror, mirrorKey }) => {
      if ('unsupported' in platform) throw new Error('there is no repository for this host')
      const folder = mirror?.replace(/\/+$/, '') ?? `${dockerBaseUrl}/${platform.folder}`
      return {
        file: 'docker-ce',
        id: `docker-ce-${channel}`,
        label: `Docker CE (${channel})`,
        uri: `${folder}/${platform.major}/$basearch/${channel}`,
        key: mirrorKey?.text ?? dockerRpmKey,
        fingerprint: mirrorKey?.fingerprint ?? dockerRpmFingerprint,
      }
    },
    conflicts: (source) =>
      conflictingRpms(source, facts.packages).map(({ name, why, undeclared }) => ({
        name,
        why,
        byItself: !undeclared,
      })),
    distro: (withPlugins) =>
      'folder' in platform && platform.folder === 'fedora'
        ? { ...fedorasPackages(withPlugins), missing: [] }
        : undefined,
    companions: () => (isAbsent(facts, 'ca-certificates') ? ['ca-certificates'] : []),
    needed: ({ hold }) => [
      ...(hold === true && !dnf.versionlock ? [{ name: 'python3-dnf-plugin-versionlock' }] : []),
      ...neededModules(facts),
    ],
    probe: ({ repository, sameRepository, versionsOf, simulate, leaving }) => ({
      manager: 'dnf',
      major: dnf.major,
      arch: facts.arch.package,
      ...(repository === undefined ? {} : { repository: repository as DnfEngineRepository, sameRepository }),
      versionsOf,
      simulate: [...simulate, ...leaving.filter(({ byItself }) => !byItself).map(({ name }) => `${name}-`)],
      ...(leaving.length > 0 ? { erasing: true } : {}),
    }),
    isUnknown: (name, line) =>
      new RegExp(`^(No match|Unable to find a match).*\\b${escaped(name)}(-[\\d:.]|\\s|$)`).test(line),
    compare: compareRpmVersions,
    ownSources: '/etc/yum.repos.d (dnf repolist -v says what there is)',
  }
}

/**
 * EL10 has xt_addrtype, without which Docker starts no bridge, in a package beside the kernel's, one for each kernel.
 * Sources: ce-packaging issue 1340, for-linux issue 1559.
 */
function neededModules({ kernel }: Facts): { name: string; version?: string | undefined }[] {
  if ((kernel.lacks ?? []).length === 0) return []
  const version = kernel.release.replace(/\.(x86_64|aarch64)$/, '')
  return [{ name: /uek/.test(version) ? 'kernel-uek-modules-extra' : 'kernel-modules-extra', version }]
}

function escaped(text: string): string {
  return text.replace(/[.+*?()[\]{}|^$\\]/g, '\\$&')
}
