import type { Facts } from '../../src/facts/facts.js'
import type { ProbedTransaction } from '../../src/packages/probe.js'
import type { Wanted } from '../../src/packages/wanted.js'
import type { PackageRepository } from '../../src/resource/package-repository.js'
import type { OwnEngine } from '../docker/facts.js'
import type { EnginePackaging, Leaving } from './packaging.js'

export interface EngineOptions {
  source: 'auto' | 'docker' | 'distro'
  version?: string | undefined
  channel: string
  mirror?: string | undefined
  /** The mirror's key, read by the option itself: armored text and the fingerprint it must have. */
  mirrorKey?: { text: string; fingerprint: string } | undefined
  hold?: boolean | undefined
  plugins: 'auto' | 'packages' | 'release' | 'none'
}

/** One host, what is asked for, and how Docker is packaged for it. */
export interface EngineWork {
  facts: Facts
  options: EngineOptions
  packaging: EnginePackaging
}

/** What is to be done about Docker Engine on one host: data from which the recipe names its resources. */
export interface EngineChoice {
  source: 'docker' | 'distro' | 'own'
  /** One sentence each, shown in the plan. */
  notes: string[]
  /** The repository to configure; `undefined` where the host's own sources serve. */
  repository?: PackageRepository | undefined
  /** Whether packages are wanted from the repository; otherwise its entries are only healed where they contradict each other. */
  needsRepository: boolean
  install: (Wanted & { beside?: boolean | undefined })[]
  remove: Leaving[]
  from: string
  transaction?: ProbedTransaction | undefined
  /** An engine that no package brought, and that these packages replace; with the reason. */
  moves?: { own: OwnEngine; why: string } | undefined
}

export const doing = 'deciding where Docker comes from'

/** Whether Compose and Buildx are to come as packages. */
export function wantsPluginPackages({ plugins }: EngineOptions): boolean {
  return plugins === 'auto' || plugins === 'packages'
}
