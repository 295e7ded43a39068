import { addressBelow } from '../packages/address.js'
import type { DnfRepository } from '../packages/dnf-probe.js'
import { type AptRepositoryOptions, aptRepository, sourcesFileOf } from './apt-repository.js'
import { dnfRepository } from './dnf-repository.js'
import type { Resource } from './resource.js'

/** A repository with a pinned key, as the package manager of the host knows it. */
export type PackageRepository =
  | Pick<AptRepositoryOptions, 'uri' | 'suite' | 'component' | 'arch' | 'key' | 'fingerprint'>
  | DnfRepository

export interface PackageRepositoryOptions
  extends Pick<AptRepositoryOptions, 'name' | 'title'>,
    Partial<Pick<AptRepositoryOptions, 'same' | 'strayKeyrings' | 'strayLists' | 'wanted'>> {
  repository: PackageRepository
}

/**
 * The repository configured once, by whatever its package manager reads.
 *
 * @param options `same` is its very address unless it says otherwise.
 */
export function packageRepository(options: PackageRepositoryOptions): Resource[] {
  const { repository, same = addressBelow(options.repository.uri), ...rest } = options
  if ('id' in repository) return [dnfRepository({ ...repository, title: rest.title, wanted: rest.wanted, same })]
  return [aptRepository({ strayKeyrings: [], ...rest, ...repository, same })]
}

/** What `packages` has to refresh for this repository: the sources file of NAME for apt, its id for dnf. */
export function indexOf(name: string, repository: PackageRepository): string {
  return 'id' in repository ? repository.id : sourcesFileOf(name)
}

/** Extended regular expression for the addresses of a repository, as `plainAddress` writes them: the vendor's, and the mirror's. */
export function vendorOrMirror(vendor: string, mirror: string | undefined): string {
  return mirror === undefined ? vendor : `${vendor}|${addressBelow(mirror)}`
}
