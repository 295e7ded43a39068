import { addressBelow } from '../packages/address.js'
import type { DnfRepository } from '../packages/dnf-probe.js'
import { type AptRepositoryOptions, aptRepository, repositoryHealing, sourcesFileOf } from './apt-repository.js'
import { dnfRepository, dnfRepositoryHealing } from './dnf-repository.js'
import type { Resource } from './resource.js'

/** A repository with a pinned key, as the package manager of the host knows it. */
export type PackageRepository =
  | Pick<AptRepositoryOptions, 'uri' | 'suite' | 'component' | 'arch' | 'key' | 'fingerprint'>
  | (DnfRepository & { fingerprint: string })

export interface PackageRepositoryOptions
  extends Pick<AptRepositoryOptions, 'name' | 'title'>,
    Partial<Pick<AptRepositoryOptions, 'same' | 'strayKeyrings' | 'strayLists'>> {
  repository: PackageRepository
  /**
   * Whether anything is wanted from it (the default); otherwise its entries stay as their owner wrote them, unless that stops apt for
   * everything, or others than root can change its files.
   */
  wanted?: boolean | undefined
}

/**
 * The repository configured once, by whatever its package manager reads.
 *
 * @param options `same` is its very address unless it says otherwise.
 */
export function packageRepository(options: PackageRepositoryOptions): Resource[] {
  const { repository, wanted = true, same = addressBelow(options.repository.uri), ...rest } = options
  if ('id' in repository) {
    const dnf = { ...repository, title: rest.title, same }
    return [wanted ? dnfRepository(dnf) : dnfRepositoryHealing(dnf)]
  }
  const apt = { strayKeyrings: [], ...rest, ...repository, same }
  return [wanted ? aptRepository(apt) : repositoryHealing(apt)]
}

/** What `packages` has to refresh for this repository: the sources file of NAME for apt, its id for dnf. */
export function indexOf(name: string, repository: PackageRepository): string {
  return 'id' in repository ? repository.id : sourcesFileOf(name)
}

/** Extended regular expression for the addresses of a repository, as `plainAddress` writes them: the vendor's, and the mirror's. */
export function vendorOrMirror(vendor: string, mirror: string | undefined): string {
  return mirror === undefined ? vendor : `${vendor}|${addressBelow(mirror)}`
}
