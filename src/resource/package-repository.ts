import type { DnfRepository } from '../packages/dnf-probe.js'
import { literally } from '../text.js'
import { type AptRepositoryOptions, aptRepository, repositoryHealing, sourcesFileOf } from './apt-repository.js'
import { dnfRepository } from './dnf-repository.js'
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
   * everything.
   */
  wanted?: boolean | undefined
}

/**
 * The repository configured once, by whatever its package manager reads.
 *
 * @param options `same` is its very address unless it says otherwise.
 */
export function packageRepository(options: PackageRepositoryOptions): Resource[] {
  const { repository, wanted = true, same = literally(options.repository.uri), ...rest } = options
  if ('id' in repository) return wanted ? [dnfRepository({ ...repository, title: rest.title, same })] : []
  const apt = { strayKeyrings: [], ...rest, ...repository, same }
  return [wanted ? aptRepository(apt) : repositoryHealing(apt)]
}

/** What `packages` has to refresh for this repository: the sources file of NAME for apt, its id for dnf. */
export function indexOf(name: string, repository: PackageRepository): string {
  return 'id' in repository ? repository.id : sourcesFileOf(name)
}

/** Extended regular expression for the addresses of a repository: the vendor's, and the mirror as it is written. */
export function vendorOrMirror(vendor: string, mirror: string | undefined): string {
  return mirror === undefined ? vendor : `${vendor}|${literally(mirror.replace(/\/+$/, ''))}`
}
