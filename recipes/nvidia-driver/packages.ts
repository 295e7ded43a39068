import type { Facts } from '../../src/facts/facts.js'
import type { KernelModules } from '../nvidia/driver-branches.js'
import type { DriverOrigin } from '../nvidia/facts.js'
import { isNvSwitch } from '../nvidia/gpus.js'

/** `distro`: the distribution’s own archive; `cuda`: NVIDIA’s CUDA repository; `ppa`: graphics-drivers of Ubuntu. */
export type DriverSource = 'distro' | 'cuda' | 'ppa'
export type DriverProfile = 'compute' | 'desktop'
export type DriverVendor = 'Debian' | 'Ubuntu'

/** The packages of one driver, by name: all that is named is needed, because what packages only recommend is not installed. */
export interface DriverSet {
  source: DriverSource
  /** The branch that the names say; where they say none, the version of the first package does. */
  branch?: number | undefined
  kernelModules: KernelModules
  /** Of the driver’s own version, all of them. */
  driver: string[]
  /** Of the driver’s own version too, taken where they are offered. */
  optional: string[]
  /** Of versions of their own. */
  beside: string[]
  /** Begins the names of packages with modules that are built and signed already: the kernel’s release or flavour follows. */
  prebuilt?: string | undefined
  /** Builds the module on the host. */
  dkms: string
  /** The package whose record lists the GPUs that the driver knows (`Modaliases`), where there is one; it need not be installed. */
  lists?: string | undefined
  /** Names of the fabric manager, which has to be of the driver’s version; the first that is offered. */
  fabricManager: readonly string[]
}

/** `580-server` and `580`: Ubuntu keeps branches for servers apart, which get updates longer and nothing new. */
function ubuntuSet(
  source: DriverSource,
  branch: number,
  suffix: '' | '-server',
  kernelModules: KernelModules,
  profile: DriverProfile,
): DriverSet {
  const name = `${branch}${suffix}`
  const flavour = `${name}${kernelModules === 'open' ? '-open' : ''}`
  return {
    source,
    branch,
    kernelModules,
    // The headless package has the libraries for computing and the persistence daemon, but not nvidia-smi.
    driver:
      profile === 'desktop'
        ? [`nvidia-driver-${flavour}`]
        : [`nvidia-headless-no-dkms-${flavour}`, `nvidia-utils-${name}`],
    optional: [],
    beside: [],
    ...(source === 'distro' ? { prebuilt: `linux-modules-nvidia-${flavour}-` } : {}),
    // Source: ubuntu-drivers-common, README (“XB-Modaliases”); the records of nvidia-driver-550 and -595-open.
    lists: `nvidia-driver-${flavour}`,
    dkms: `nvidia-dkms-${flavour}`,
    fabricManager: [`nvidia-fabricmanager-${branch}`],
  }
}

/** Debian’s current driver, whose names carry no branch; `tesla` names an older one that stays beside it. */
function debianSet(kernelModules: KernelModules, profile: DriverProfile, tesla?: number): DriverSet {
  const part = (name: string) => (tesla === undefined ? `nvidia-${name}` : `nvidia-tesla-${tesla}-${name}`)
  const library = (name: string) =>
    tesla === undefined ? `lib${name}` : `libnvidia-tesla-${tesla}-${name.replace('nvidia-', '')}`
  const desktop = profile === 'desktop'
  return {
    source: 'distro',
    branch: tesla,
    kernelModules,
    // The persistence daemon works with nvidia-cfg1.
    driver: [part('smi'), library('cuda1'), library('nvidia-cfg1'), ...(desktop ? [part('driver')] : [])],
    optional: [
      // CUDA’s linking as it runs.
      ...(tesla === undefined || tesla >= 510 ? [library('nvidia-nvvm4')] : []),
      ...(desktop ? [part('vulkan-icd'), library('nvidia-encode1')] : []),
    ],
    beside: ['nvidia-persistenced'],
    dkms: part(kernelModules === 'open' ? 'open-kernel-dkms' : 'kernel-dkms'),
    fabricManager: [],
  }
}

/** NVIDIA’s packages for Ubuntu carry the branch in their names up to 580; those for Debian never did. */
function cudaSet(
  vendor: DriverVendor,
  branch: number,
  kernelModules: KernelModules,
  profile: DriverProfile,
): DriverSet {
  const fabricManager =
    branch < 580 ? [`nvidia-fabricmanager-${branch}`] : ['nvidia-fabricmanager', `nvidia-fabricmanager-${branch}`]
  const base = { source: 'cuda' as const, branch, kernelModules, optional: [], beside: [], fabricManager }
  const open = kernelModules === 'open'
  const desktop = profile === 'desktop'
  if (vendor === 'Debian') {
    return {
      ...base,
      // nvidia-smi is in the first.
      driver: ['nvidia-driver-cuda', 'nvidia-persistenced', ...(desktop ? ['nvidia-driver'] : [])],
      dkms: open ? 'nvidia-kernel-open-dkms' : 'nvidia-kernel-dkms',
    }
  }
  const suffix = branch < 590 ? `-${branch}` : ''
  // nvidia-smi, and the persistence daemon.
  const utilities = [`nvidia-utils${suffix}`, suffix === '' ? 'nvidia-persistenced' : `nvidia-compute-utils${suffix}`]
  return {
    ...base,
    driver: [
      `libnvidia-compute${suffix}`,
      ...(suffix === '' ? [] : utilities),
      ...(desktop ? [`libnvidia-gl${suffix}`] : []),
    ],
    // How 590 and newer share their files out is less well known here: what is offered of these is taken.
    optional: suffix === '' ? utilities : [],
    dkms: `nvidia-dkms${suffix}${open ? '-open' : ''}`,
    lists: `nvidia-driver${suffix}${open ? '-open' : ''}`,
  }
}

/** Names by which a source tells branches that nobody named yet; where versions alone tell them, none is needed. */
export function branchPatterns(source: DriverSource, vendor: DriverVendor): string[] {
  return vendor === 'Ubuntu' && source !== 'cuda' ? ['nvidia-driver-*'] : []
}

/** Debian’s older drivers that stay beside its current one, newest first. Source: Packages of bookworm and trixie non-free, read 2026-11-21. */
const teslaBranches = [535, 470] as const

/**
 * The sets that a source may offer, the better first.
 *
 * Sources, read 2026-11-21: Packages of Ubuntu 22.04, 24.04 and 26.04 (restricted, multiverse; release, updates and security) and of
 * Debian 12 and 13 (contrib, non-free); for the CUDA repository NVIDIA’s driver installation guide of R580 to R615 (Ubuntu:
 * `libnvidia-compute nvidia-dkms-open`, Debian: `nvidia-driver-cuda nvidia-kernel-open-dkms`, names without a branch from 590 on).
 *
 * @param branches the branches in question, the better first.
 * @param modules the kernel modules of a branch that will do, the better first.
 */
export function driverSets(
  source: DriverSource,
  vendor: DriverVendor,
  profile: DriverProfile,
  branches: readonly number[],
  modules: (branch: number) => KernelModules[],
): DriverSet[] {
  if (source === 'distro' && vendor === 'Debian') {
    // Which branch the first is, its version says.
    return [
      debianSet('open', profile),
      debianSet('proprietary', profile),
      ...teslaBranches
        .filter((branch) => branches.includes(branch) && modules(branch).includes('proprietary'))
        .map((branch) => debianSet('proprietary', profile, branch)),
    ]
  }
  return branches.flatMap((branch) =>
    modules(branch).flatMap((kind) => {
      if (source === 'cuda') return [cudaSet(vendor, branch, kind, profile)]
      if (source === 'ppa') return [ubuntuSet(source, branch, '', kind, profile)]
      const suffixes = profile === 'desktop' ? (['', '-server'] as const) : (['-server', ''] as const)
      return suffixes.map((suffix) => ubuntuSet(source, branch, suffix, kind, profile))
    }),
  )
}

/**
 * What the archives offered when they were last read, by release: taken for granted where no host can be asked. Source: their
 * Packages, read 2026-11-21. Ubuntu’s of 535, 550, 570 and 590 are transitional: they pull 580 or 595. bullseye has 535 since its
 * security updates of 2026 (535.309.01-0+deb11u1).
 */
export const archiveBranches: Readonly<Record<string, readonly number[]>> = {
  jammy: [470, 580, 595, 615],
  noble: [470, 580, 595, 615],
  resolute: [580, 595, 615],
  bullseye: [535, 470],
  bookworm: [535, 470],
  trixie: [550, 535],
}

/**
 * Modules that DKMS is known to fail to build, found out only at the end of an installation otherwise: the first version of the package
 * that builds again, and the first kernel that it does not build for.
 */
export const failingBuilds: readonly { package: string; before: string; kernel: string }[] = [
  // Source: built natively on Debian 13, 2026-11: 550.163.01-2 fails for 6.12.117 (pci_resize_resource), builds for 6.12.94;
  // NVIDIA/open-gpu-kernel-modules#1272.
  { package: 'nvidia-open-kernel-dkms', before: '550.163.01-3', kernel: '6.12.97' },
]

/** Whose packages an installed driver’s are, as a source; `undefined` for what came from elsewhere. */
export function sourceOf(origin: DriverOrigin): DriverSource | undefined {
  if (origin === 'ubuntu' || origin === 'debian') return 'distro'
  return origin === 'cuda' || origin === 'ppa' ? origin : undefined
}

/**
 * Components of the distribution’s archive that its driver is in. Non-free firmware has one of its own since Debian 12; Ubuntu’s
 * fabric managers, and since 2026 its newest drivers, are in multiverse (packages.ubuntu.com: nvidia-driver-595-server-open).
 */
export function driverComponents(vendor: DriverVendor, suite: string | undefined, source: DriverSource): string[] {
  if (vendor === 'Ubuntu') return source === 'distro' ? ['restricted', 'multiverse'] : []
  // NVIDIA’s packages for Debian need its update-glx and nvidia-support. Source: NVIDIA’s driver installation guide, Debian.
  if (source !== 'distro') return ['contrib']
  return ['contrib', 'non-free', ...(suite === 'bullseye' ? [] : ['non-free-firmware'])]
}

const driverName =
  /^(?:nvidia-|libnvidia-|libcuda1$|libcudadebugger1$|libnvcuvid1$|libnvoptix1$|xserver-xorg-video-nvidia|cuda-drivers|firmware-nvidia-)/
const kernelName = /^linux-(?:modules|objects|signatures)-nvidia-/
const noDriver = /^(?:lib)?nvidia-(?:container|docker)|^nvidia-driver-(?:pinning|assistant)/

/** Whether an installed package belongs to a driver: its version is a driver’s, or it holds modules of one. */
export function isDriverPackage(name: string, version: string): boolean {
  if (kernelName.test(name)) return true
  return driverName.test(name) && !noDriver.test(name) && /^(?:\d+:)?\d{3}\.\d/.test(version)
}

/** The branch that a package’s name carries: 470 of `nvidia-utils-470-server`. */
export function branchInName(name: string): number | undefined {
  const found = /-(\d{3})(?:-|$)/.exec(name)?.[1]
  return found === undefined ? undefined : Number(found)
}

/** Names of a driver’s packages as apt’s preferences take them. */
export const driverNamePatterns = '*nvidia* libcuda1 libcudadebugger1 libnvcuvid1 libnvoptix1 libxnvctrl* cuda-drivers*'

/**
 * What unattended-upgrades leaves alone, as its regular expressions. Prebuilt modules are not among them: those of a new kernel have
 * to come with it, and they need just the driver that is there.
 */
export const leftAlone: readonly string[] = [
  '^nvidia-(?!container|docker)',
  '^libnvidia-(?!container)',
  '^libcuda1$',
  '^xserver-xorg-video-nvidia',
  '^cuda-drivers',
  '^firmware-nvidia-',
]

/** GPUs that are joined by NVSwitch need a service of their own (fabricmanager). */
export function wantsFabricManager(facts: Facts): boolean {
  return facts.nvidia.devices.some(isNvSwitch)
}
