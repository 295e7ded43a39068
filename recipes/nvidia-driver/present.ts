import { upstreamVersion } from '../../src/data/versions.js'
import type { Facts } from '../../src/facts/facts.js'
import { installedPackages, isInstalled } from '../../src/packages/installed.js'
import type { KernelModules } from '../nvidia/driver-branches.js'
import { originTitles } from '../nvidia/driver-origins.js'
import { kernelsOf } from './kernels.js'
import { branchOf, isNewEnough } from './needs.js'
import {
  type DriverProfile,
  type DriverSet,
  driverSets,
  isDriverPackage,
  sourceOf,
  wantsFabricManager,
} from './packages.js'
import type { AptDriverWork, DriverChoice, DriverWork, Present } from './types.js'
import { gpuNames, refusal, refuseUnsigned } from './words.js'

export function presentDriver(facts: Facts): Present | undefined {
  const { origins, loaded, kernels } = facts.nvidia
  if (origins.length === 0 && loaded === undefined) return undefined
  // Libraries first: a package that is named after an older branch may merely pull the newer one’s.
  const [packaged] = [
    /^(libnvidia-compute|libcuda1|libnvidia-tesla-\d+-cuda1)(-|$)/,
    /^(nvidia-driver-cuda|nvidia-utils|nvidia-smi|nvidia-headless|nvidia-driver)(-|$)/,
  ].flatMap((part) => driverPackages(facts).filter(({ name }) => part.test(name)))
  const module = kernelsOf(facts)
    .map((release) => kernels.find((kernel) => kernel.release === release)?.module)
    .find((one) => one !== undefined)
  const open = (module ?? loaded)?.open
  const [origin] = origins
  return {
    version: packaged ? upstreamVersion(packaged.version) : (module ?? loaded)?.version,
    kernelModules: open === undefined ? undefined : open ? 'open' : 'proprietary',
    source: hasAny(facts, cudaOnly) ? 'cuda' : origin && sourceOf(origin),
    title: origin === undefined ? 'an unknown origin' : originTitles[origin],
  }
}

/** Names that only NVIDIA’s own repository uses, also where a mirror of it is configured that nobody else knows as one. */
const cudaOnly =
  /^(nvidia-driver-cuda|nvidia-kernel-open-dkms|libnvidia-compute|nvidia-dkms(-open)?|nvidia-open|cuda-drivers.*)$/

/** Who has a driver's desktop parts uses them: they stay, and come with another driver too. */
export function hasDesktopParts(facts: Facts): boolean {
  return hasAny(facts, /^(xserver-xorg-video-nvidia|libnvidia-gl-|nvidia-driver-libs)/)
}

/** Whether a package of such a name is installed. */
function hasAny(facts: Facts, pattern: RegExp): boolean {
  return installedPackages(facts, (name) => pattern.test(name)).length > 0
}

/** @throws FitoutError where NVIDIA’s .run installer is to make way: packages do not know its files. */
export function refuseMixture({ facts, options, present: now, allowed }: AptDriverWork): void {
  const { origins } = facts.nvidia
  const titles = origins.map((origin) => originTitles[origin]).join(', ')
  const said = driverPackages(facts).map(({ name, version }) => `${name} ${version}`)
  const usable =
    now?.version !== undefined &&
    allowed.version(now.version) &&
    isNewEnough(allowed, branchOf(now.version)) &&
    origins.length === 1
  if (origins.includes('runfile') && !(usable && options.source === 'auto')) {
    throw refusal({
      cause:
        origins.length > 1
          ? `drivers of several origins are mixed here: ${titles}`
          : `the driver here (${now?.version ?? 'of unknown version'}) is from NVIDIA’s .run installer, whose files packages would overwrite without knowing of them`,
      remedy: 'remove it with `nvidia-uninstall`, as root, then run fitout again',
      said,
    })
  }
  if (origins.length > 1 && options.source === 'auto') {
    throw refusal({
      cause: `packages of several origins are mixed here: ${titles}; one takes the other’s place file by file until neither works`,
      remedy:
        'name the one to stay with nvidia-driver.source (distro, cuda or ppa): the other’s packages then give way, and the plan lists them',
      said,
    })
  }
}

/** The driver's packages that are installed. */
export const driverPackages = (facts: Facts) => installedPackages(facts, isDriverPackage)

/** The set of packages that the installed driver is; `undefined` where it is none that fitout knows. */
export function installedSet({ facts, options, vendor, profile }: AptDriverWork, now: Present): DriverSet | undefined {
  const { source, version, kernelModules } = now
  if (source === undefined || version === undefined) return undefined
  const kinds: KernelModules[] = kernelModules ? [kernelModules] : ['open', 'proprietary']
  const profiles: DriverProfile[] = options.profile ? [options.profile] : [profile, 'compute', 'desktop']
  const share = (set: DriverSet) => set.driver.filter((name) => isInstalled(facts, name)).length / set.driver.length
  // Debian's sets come in both kinds, whatever is asked; a second kind beside the one that is there would be built in vain.
  const [best] = profiles
    .flatMap((one) => driverSets(source, vendor, one, [branchOf(version)], () => kinds))
    .filter((set) => kinds.includes(set.kernelModules))
    .sort((a, b) => share(b) - share(a))
  return best !== undefined && share(best) > 0 ? best : undefined
}

/** Whether a package has the persistence daemon, or depends on it. Ubuntu’s `nvidia-headless` and `nvidia-driver` do. */
export function bringsPersistenced(name: string): boolean {
  return /^nvidia-(persistenced$|compute-utils(-|$)|headless-|driver-\d)/.test(name)
}

/** Whether the driver that is there does for all GPUs and for what was asked; a mixture of several does for nothing. */
export function fitsAll(
  { facts, allowed }: DriverWork,
  now: Present | undefined,
): now is Present & { version: string } {
  return (
    now?.version !== undefined &&
    facts.nvidia.origins.length < 2 &&
    allowed.version(now.version) &&
    isNewEnough(allowed, branchOf(now.version)) &&
    (now.kernelModules === undefined || allowed.modules(branchOf(now.version)).includes(now.kernelModules))
  )
}

/** An installed driver that stays, or what of it is missing. */
export function keptDriver(
  work: DriverWork,
  now: Present,
  set: DriverSet | undefined,
): DriverChoice | { missing: string[] } {
  const { facts } = work
  const [next = ''] = kernelsOf(facts)
  const kernel = facts.nvidia.kernels.find(({ release }) => release === next)
  const hasModule = kernel === undefined ? facts.nvidia.loaded !== undefined : kernel.module !== undefined
  const fabric = set && wantsFabricManager(facts) ? set.fabricManager : []
  const hasFabric = fabric.some((name) => isInstalled(facts, name))
  const missing =
    set === undefined
      ? []
      : [
          ...set.driver.filter((name) => !isInstalled(facts, name)),
          ...(hasModule ? [] : [`a module for the kernel ${next}, which boots next`]),
          ...(fabric.length > 0 && !hasFabric ? ['the fabric manager'] : []),
        ]
  if (missing.length > 0) return { missing }
  refuseUnsigned(work, kernel?.module)
  const whose = facts.nvidia.origins.length === 0 ? '' : ` from ${now.title}`
  const notes = [
    `NVIDIA driver ${now.version} (${now.kernelModules ?? 'unknown'} kernel modules)${whose} does for ${gpuNames(work)} and stays`,
  ]
  if (!hasModule)
    notes.push(`it has no module for the kernel ${next}, which boots next: whoever installed it has to build one`)
  if (set === undefined && wantsFabricManager(facts))
    notes.push('the NVSwitches here need a fabric manager of exactly the driver’s version, from where the driver came')
  return {
    notes,
    version: now.version,
    kernelModules: now.kernelModules ?? 'open',
    source: now.source,
    install: [...(set?.driver ?? []), ...fabric.filter((name) => isInstalled(facts, name))].map((name) => ({ name })),
    remove: [],
    from: now.title,
    fabricManager: hasFabric,
    persistenced: installedPackages(facts, bringsPersistenced).length > 0,
  }
}
