import type { KeyPin } from '../../src/data/openpgp/certificate.js'
import type { Facts } from '../../src/facts/facts.js'
import type { SourcesFile } from '../../src/packages/apt-sources/unit.js'
import type { DnfRepository } from '../../src/packages/dnf-probe.js'
import type { ProbedTransaction, ProbeResult } from '../../src/packages/probe.js'
import type { Wanted } from '../../src/packages/wanted.js'
import type { AptComponentsOptions } from '../../src/resource/apt-components.js'
import type { PackageReason } from '../docker/packages.js'
import type { KernelModules } from '../nvidia/driver-branches.js'
import type { ForeignRepository } from '../nvidia/repositories.js'
import type { Offers } from './kernels.js'
import type { Allowed, DriverWish } from './needs.js'
import type { DriverProfile, DriverSource, DriverVendor } from './packages.js'

export interface DriverOptions extends DriverWish {
  source: 'auto' | DriverSource
  profile?: DriverProfile | undefined
  /** A copy of the CUDA repository, down to the release and architecture. */
  mirror?: string | undefined
  mirrorKey?: { text: string; fingerprint: string } | undefined
  hold?: boolean | undefined
}

/** A repository with the key that signs it, and where that is fetched. */
export interface Keyed extends KeyPin {
  uri: string
  /** Absent where the host fetches it, and nobody has asked a host. */
  key?: string | undefined
  keyUrl: string
  /** What is to be said of a release that no table lists. */
  unlisted?: string | undefined
  /** Of such a release: what else may sign it. */
  otherKeys?: readonly (KeyPin & { keyUrl: string })[]
}

/** A repository of the driver that is not the distribution's. */
export interface DriverRepository extends ForeignRepository, Keyed {
  name: string
  title: string
  arch: string
  same: string
  strayKeyrings: readonly string[]
}

/** The CUDA repository as dnf knows it, with what keeps the driver on its branch. */
export interface RpmSource {
  repository: Omit<DnfRepository, 'key'> & Keyed & { same: string }
  /** The stream of NVIDIA’s module that has the branch; absent where the release has no modules. */
  stream?: string | undefined
}

/** What is to be done about the driver on one host: data from which the recipe names its resources. */
export interface DriverChoice {
  /** One sentence each, shown in the plan. */
  notes: string[]
  /** The version that it will be, as the driver says it itself: `580.95.05`; absent where nobody could be asked. */
  version?: string | undefined
  kernelModules: KernelModules
  /** Of packages that fitout knows; absent for a driver of NVIDIA's .run installer and others that just stay. */
  source?: DriverSource | undefined
  install: (Wanted & { beside?: boolean | undefined })[]
  remove: PackageReason[]
  from: string
  transaction?: ProbedTransaction | undefined
  components?: AptComponentsOptions | undefined
  repository?: DriverRepository | undefined
  /** What the preferences file is to say; `undefined` leaves it as it is, without a text it goes. */
  preferences?: { text?: string | undefined } | undefined
  /** Where dnf has it from. */
  rpm?: RpmSource | undefined
  fabricManager: boolean
  /** Whether the persistence daemon is there, or comes. */
  persistenced: boolean
}

/** A driver that is installed. */
export interface Present {
  version?: string | undefined
  kernelModules?: KernelModules | undefined
  source?: DriverSource | undefined
  title: string
}

/** One host, what is asked of its driver, and the driver that is there. */
export interface DriverWork {
  facts: Facts
  options: DriverOptions
  allowed: Allowed
  present: Present | undefined
  /** Where apt is. */
  vendor?: DriverVendor | undefined
  suite?: string | undefined
  /** What packages of the source in question say of the GPUs that they drive. */
  drives?: ProbeResult['drives']
}

/** The same where apt is. */
export interface AptDriverWork extends DriverWork {
  vendor: DriverVendor
  profile: DriverProfile
}

/** What a source offers, and how the host would have to be set up for it. */
export interface SourceOffer {
  offers: Offers
  drives?: ProbeResult['drives']
  repository?: DriverRepository | undefined
  sources?: SourcesFile[] | undefined
  components?: AptComponentsOptions | undefined
}

/** Why something cannot be installed. */
export interface Failed {
  failed: string[]
  /** What the host said of a key that it could not fetch. */
  said?: readonly string[] | undefined
  /** Because of Secure Boot. */
  secureBoot?: boolean | undefined
}

export interface DriverVersion {
  /** Of the driver; absent where nobody could be asked. */
  version?: string | undefined
  branch: number
  title: string
  install: DriverChoice['install']
  /** Some of it is not the newest that is offered: what it depends on has to be told apart, too. */
  older: boolean
}
