import type { Facts } from '../../src/facts/facts.js'
import { installedPackages, isInstalled } from '../../src/packages/installed.js'
import type { KernelModules } from '../nvidia/driver-branches.js'
import type { DriverProfile, DriverSet } from './packages.js'

const modulePackage = { open: 'kmod-nvidia-open-dkms', proprietary: 'kmod-nvidia-latest-dkms' } as const

/** The package of the other kind of kernel modules, which conflicts. */
export function otherModulePackage(kind: KernelModules): string {
  return modulePackage[kind === 'open' ? 'proprietary' : 'open']
}

/**
 * The driver of a branch in NVIDIA’s CUDA repository for dnf, where the branch is in versions alone.
 *
 * Sources: NVIDIA’s driver installation guide of R590 to R620, compute-only and desktop installation (`nvidia-driver-cuda` with
 * `kmod-nvidia-open-dkms` or `kmod-nvidia-latest-dkms`); NVIDIA/yum-packaging-nvidia-driver, nvidia-driver.spec, by which
 * nvidia-driver-cuda has nvidia-smi and asks for the persistence daemon except on arm64; read 2026-11.
 */
export function rpmSet(branch: number, kernelModules: KernelModules, profile: DriverProfile): DriverSet {
  return {
    source: 'cuda',
    branch,
    kernelModules,
    driver: ['nvidia-driver-cuda', ...(profile === 'desktop' ? ['nvidia-driver'] : [])],
    dkms: modulePackage[kernelModules],
    optional: ['nvidia-persistenced'],
    beside: [],
    fabricManager: ['nvidia-fabricmanager', 'nvidia-fabric-manager'],
  }
}

/** What was asked for; else what is there, and what computing needs on a host without a driver. */
export function profileOf(facts: Facts, asked: DriverProfile | undefined): DriverProfile {
  return asked ?? (isInstalled(facts, 'nvidia-driver') ? 'desktop' : 'compute')
}

/** All names whose versions decide, whatever the kind. */
export const driverRpms: readonly string[] = [
  'nvidia-driver-cuda',
  'nvidia-driver',
  'nvidia-persistenced',
  ...Object.values(modulePackage),
  'nvidia-fabricmanager',
  'nvidia-fabric-manager',
]

const parts =
  /^(?:nvidia-(?:driver|kmod|modprobe|persistenced|settings|libXNVCtrl|xconfig|open|fabric-?manager|imex)|kmod-nvidia-|libnvidia-|cuda-drivers|xorg-x11-nvidia|libnvsdm)/

/** Whether a package is a part of NVIDIA’s driver: those beside it, such as the container toolkit, have other versions. */
export function isDriverRpm(name: string, version: string): boolean {
  return parts.test(name) && /^(?:\d+:)?\d{3}\.\d/.test(version)
}

/** The module of dnf’s whose streams are the driver’s branches. */
export const driverModule = 'nvidia-driver'

/** The stream of a branch. Source: NVIDIA/cuda-repo-management, genmodules.py; the driver installation guide; read 2026-11. */
export function streamOf(branch: number, kind: KernelModules): string {
  return `${branch}-${kind === 'open' ? 'open' : 'dkms'}`
}

/** Whether the stream that is enabled follows NVIDIA’s newest branch. */
export function followsNewest({ nvidia }: Facts): boolean {
  return /^(latest|latest-dkms|open-dkms)$/.test(nvidia.stream ?? '')
}

/**
 * What is left out of the repository where it has no streams, as dnf’s patterns: versions of all branches but one, those that are still
 * to come too. NVIDIA’s guide has versions locked instead, by a plugin that need not be there.
 */
export function otherBranches(branch: number): string[] {
  const digits = String(branch).split('')
  const not = digits.map((digit, index) => {
    const others = '0123456789'.replace(digit, '')
    return `${digits.slice(0, index).join('')}[${others}]${'[0-9]'.repeat(digits.length - index - 1)}`
  })
  return ['*nvidia*', 'cuda-drivers*'].flatMap((name) => not.map((number) => `${name}-${number}.*-*.*`))
}

/** The driver's packages that are installed, with their versions. */
export const installedParts = (facts: Facts) => installedPackages(facts, isDriverRpm)
