import { FitoutError } from '../../src/errors.js'
import type { Facts } from '../../src/facts/facts.js'
import type { Wanted } from '../../src/packages/wanted.js'
import type { PackageRepository } from '../../src/resource/package-repository.js'
import type { DistroPackages, PackageReason } from '../docker/packages.js'
import { dockerPlatform } from '../docker/platforms.js'
import type { Published, Unsupported } from '../docker/published.js'
import { isRpmRelative } from '../docker/rpm-platforms.js'
import { packagedByApt } from './apt.js'
import { packagedByDnf } from './dnf.js'
import { doing, type EngineOptions } from './types.js'

/** A package that has to leave. */
export interface Leaving extends PackageReason {
  /** Whether the package manager removes it without being told (Transaction.remove). */
  byItself?: boolean | undefined
}

export interface PublishedPlatform extends Published {
  /** The release, as messages name it. */
  place: string
}

/** How Docker is packaged for a host, by Docker and by the distribution. */
export interface EnginePackaging {
  /** The distribution's own engine. */
  distroEngine: string
  /** Where Docker's own packages for the host are, or why there are none. */
  platform: PublishedPlatform | Unsupported
  /** Docker's repository. Only if `platform` names a place. */
  repository(options: EngineOptions): PackageRepository
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
