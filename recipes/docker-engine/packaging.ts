import { FitoutError } from '../../src/errors.js'
import type { Facts } from '../../src/facts/facts.js'
import { isInstalled } from '../../src/packages/installed.js'
import type { Wanted } from '../../src/packages/wanted.js'
import type { PackageRepository } from '../../src/resource/package-repository.js'
import { mirrorFolder } from '../docker/mirrors.js'
import {
  conflictingPackages,
  type DistroPackages,
  distroPackages,
  fedorasPackages,
  type PackageReason,
  takenCompanions,
} from '../docker/packages.js'
import { type DockerPlatform, dockerPlatform } from '../docker/platforms.js'
import type { Published, Unsupported } from '../docker/published.js'
import {
  dockerBaseUrl,
  dockerFingerprint,
  dockerKey,
  dockerRpmFingerprint,
  dockerRpmKey,
} from '../docker/repository.js'
import { isRpmRelative, type RpmPlatform, rpmPlatform } from '../docker/rpm-platforms.js'
import { doing, type EngineOptions } from './types.js'

/** A package that has to leave. */
export interface Leaving extends PackageReason {
  /** Whether the package manager removes it without being told (Transaction.remove). */
  byItself?: boolean | undefined
}

/** Where Docker's packages for a release are. */
export interface PublishedPlatform extends Published {
  /** The release, as messages name it. */
  release: string
  /** Docker's repository for it, at its publisher or at a mirror. */
  repository(options: EngineOptions): PackageRepository
}

/** How Docker is packaged for a host, by Docker and by the distribution. */
export interface EnginePackaging {
  /** The distribution's own engine. */
  distroEngine: string
  /** Where Docker's own packages for the host are, to be asked in this order, or why there are none. */
  platforms: readonly [PublishedPlatform, ...PublishedPlatform[]] | Unsupported
  conflicts(source: 'docker' | 'distro'): Leaving[]
  /** What the distribution has of Docker; undefined if that is nothing. */
  distro(withPlugins: boolean): DistroPackages | undefined
  /** What an engine that is installed anew takes along; the host lacks it (docs/design.md, decision 9). */
  companions: string[]
  /** What Docker, or what was asked for, does not work without on this host whatever engine is there; the host lacks it. */
  needed(options: EngineOptions): Wanted[]
}

/**
 * @throws FitoutError if fitout cannot drive the host's package manager.
 */
export function packagingOf(facts: Facts): EnginePackaging {
  if (facts.packageManager === 'apt') return packagedByApt(facts)
  if (facts.packageManager === 'dnf') return packagedByDnf(facts)
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

/** Docker for Debian, Ubuntu and their relatives. */
function packagedByApt(facts: Facts): EnginePackaging {
  const platform = dockerPlatform(facts.os, facts.arch)
  return {
    distroEngine: 'docker.io',
    platforms: 'unsupported' in platform ? platform : aptPlatforms(platform, facts.arch.package),
    conflicts: (source) => conflictingPackages('apt', source, facts.packages),
    distro: (withPlugins) => distroPackages(facts.os, withPlugins),
    companions: takenCompanions()
      .map(({ name }) => name)
      .filter((name) => !isInstalled(facts, name)),
    needed: () => [],
  }
}

function aptPlatforms(
  { otherwise, ...platform }: Exclude<DockerPlatform, Unsupported>,
  arch: string,
): readonly [PublishedPlatform, ...PublishedPlatform[]] {
  const of = (published: Published & { family: string; suite: string }): PublishedPlatform => ({
    ...published,
    release: published.suite,
    repository: ({ channel, mirror, mirrorKey }) => ({
      uri: mirrorFolder(mirror, published.family) ?? `${dockerBaseUrl}/${published.family}`,
      suite: published.suite,
      component: channel,
      arch,
      key: mirrorKey?.text ?? dockerKey,
      fingerprint: mirrorKey?.fingerprint ?? dockerFingerprint,
    }),
  })
  return [of(platform), ...(otherwise ? [of(otherwise)] : [])]
}

/** Docker for RHEL, its relatives, and Fedora, which alone has an engine of its own. */
function packagedByDnf(facts: Facts): EnginePackaging {
  const platform = rpmPlatform(facts.os, facts.arch)
  return {
    distroEngine: 'moby-engine',
    platforms: 'unsupported' in platform ? platform : [dnfPlatform(platform)],
    conflicts: (source) =>
      conflictingPackages('dnf', source, facts.packages).map(({ undeclared, ...one }) => ({
        ...one,
        byItself: !undeclared,
      })),
    distro: (withPlugins) =>
      'folder' in platform && platform.folder === 'fedora'
        ? { ...fedorasPackages(withPlugins), missing: [] }
        : undefined,
    companions: isInstalled(facts, 'ca-certificates') ? [] : ['ca-certificates'],
    needed: ({ hold }) => [
      ...(hold === true && !facts.dnf?.versionlock ? [{ name: 'python3-dnf-plugin-versionlock' }] : []),
      ...neededModules(facts),
    ],
  }
}

function dnfPlatform(platform: Exclude<RpmPlatform, Unsupported>): PublishedPlatform {
  return {
    ...platform,
    release: platform.name,
    repository: ({ channel, mirror, mirrorKey }) => {
      const folder = mirrorFolder(mirror, platform.folder) ?? `${dockerBaseUrl}/${platform.folder}`
      return {
        file: 'docker-ce',
        id: `docker-ce-${channel}`,
        label: `Docker CE (${channel})`,
        uri: `${folder}/${platform.major}/$basearch/${channel}`,
        key: mirrorKey?.text ?? dockerRpmKey,
        fingerprint: mirrorKey?.fingerprint ?? dockerRpmFingerprint,
      }
    },
  }
}

/**
 * EL10 has xt_addrtype, without which Docker starts no bridge, in a package beside the kernel's, one for each kernel.
 * Sources: ce-packaging issue 1340, for-linux issue 1559.
 */
function neededModules({ kernel }: Facts): Wanted[] {
  // Those of a kernel that was replaced are not loaded any more, wherever they come from.
  if (!kernel.lacks?.includes('xt_addrtype') || kernel.modulesGone) return []
  const version = kernel.release.replace(/\.(x86_64|aarch64)$/, '')
  return [{ name: /uek/.test(version) ? 'kernel-uek-modules-extra' : 'kernel-modules-extra', version }]
}
