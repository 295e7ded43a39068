import type { PresentPackage } from '../../src/facts/part.js'
import { matchesPattern } from '../../src/patterns.js'
import { packagesThatMatter, rpmPackagesThatMatter } from '../docker/packages.js'
import type { DriverOrigin } from './facts.js'

/** Asked for on every host: what the container toolkit is, and was. */
export const containerPatterns: readonly string[] = ['libnvidia-container*', 'nvidia-container-*', 'nvidia-docker*']

/** Asked for besides where there is NVIDIA hardware, as the shell takes them. Patterns are dpkg’s: only `*` is special. */
export const hardwarePatterns =
  'cuda-drivers* cuda-keyring datacenter-gpu-manager* dkms dracut firmware-nvidia-* initramfs-tools libcuda1* libnvidia-* ' +
  'linux-headers-* linux-image-* linux-modules-nvidia-* linux-objects-nvidia-* linux-signatures-nvidia-* mokutil nvidia-* ' +
  'nvlsm proxmox-default-headers proxmox-default-kernel proxmox-headers-* proxmox-kernel-* pve-headers* pve-kernel-* ' +
  'shim-signed ubuntu-drivers-common unattended-upgrades xserver-xorg-video-nvidia*'

/** The same where packages are rpm's. */
export const rpmHardwarePatterns =
  'akmod-nvidia* cuda-drivers* datacenter-gpu-manager* dkms dnf-plugin-nvidia kernel-devel* kmod-nvidia* libnvidia-* ' +
  'kernel-uek-devel* libnvsdm mokutil nvidia-* xorg-x11-drv-nvidia* xorg-x11-nvidia'

const always = new Set([...packagesThatMatter(), ...rpmPackagesThatMatter()])

/**
 * Whether facts hold what dpkg says of a package: when it is absent from them, it is absent from the host.
 *
 * @param hardware whether the host has NVIDIA hardware; without it less is asked for.
 */
export function isWatched(name: string, hardware = false): boolean {
  const patterns = hardware ? [...containerPatterns, ...hardwarePatterns.split(' ')] : containerPatterns
  return always.has(name) || patterns.some((pattern) => matchesPattern(pattern, name))
}

/** Parts of a driver whose mixture does harm. Libraries beside it that have their own versions (egl-wayland …) are none. */
const driverPart =
  /^(?:nvidia-(?:driver|kernel|dkms|utils|headless|compute-utils|smi|open|alternative)|libnvidia-(?:compute|ml|cfg1|gl)|libcuda1|cuda-drivers|xserver-xorg-video-nvidia)(?:$|[-\d])/
const noDriverPart = /^(?:nvidia-driver-(?:pinning|assistant)|cuda-drivers-fabricmanager)/
/** Built and signed by Canonical, for Ubuntu’s kernels alone; their versions are the kernel’s. */
const prebuilt = /^linux-(?:modules|objects|signatures)-nvidia-/

/**
 * Where installed packages of a driver came from, by their names, versions and maintainers; in the order of the alphabet.
 *
 * Sources, read 2026-11: versions that the archives list, as people show them by `apt policy` and `apt list` – Ubuntu’s archive
 * `580.95.05-0ubuntu0.24.04.2` and `418.226.00-0ubuntu5~0.22.04.1`, graphics-drivers `550.78-0ubuntu0~gpu24.04.1`, the CUDA repository `610.43.02-1ubuntu1` (Ubuntu,
 * branch 590 and newer), `550.54.14-0ubuntu1` (before), `560.35.03-1` and `615.71.09-2` (Debian), Debian `550.163.01-2`,
 * `535.183.01-1~deb12u1`. `-0ubuntu1` is Ubuntu’s as well on the day of a release, and `-1` is Debian’s.
 *
 * @param cudaRepository whether this host knows NVIDIA’s CUDA repository, which decides where a version does not.
 */
export function driverOrigins(packages: readonly PresentPackage[], cudaRepository: boolean): DriverOrigin[] {
  const cuda =
    cudaRepository || packages.some(({ name }) => /^(?:cuda-(?:drivers|keyring)|nvidia-driver-pinning-)/.test(name))
  const origins = new Set<DriverOrigin>()
  for (const { name, version, maintainer } of packages) {
    if (/\.(?:el|fc)\d/.test(version)) {
      const origin = rpmOrigin(name, maintainer)
      if (origin !== undefined) origins.add(origin)
    } else if (prebuilt.test(name)) origins.add('ubuntu')
    // Packages of these names with other versions, as Debian’s nvidia-kernel-common 20220217, are beside the driver.
    else if (driverPart.test(name) && !noDriverPart.test(name) && /^(?:\d+:)?\d{3}\.\d+/.test(version))
      origins.add(originOf(version, maintainer, cuda))
  }
  return [...origins].sort()
}

/**
 * The same of rpm’s packages, whose vendor stands in the maintainer’s place. Those of negativo17 have NVIDIA’s names. Sources: the spec
 * files of RPM Fusion’s xorg-x11-drv-nvidia and nvidia-kmod, of ELRepo’s nvidia-x11-drv and of NVIDIA/yum-packaging-*; read 2026-11.
 */
function rpmOrigin(name: string, vendor: string): DriverOrigin | undefined {
  if (/^(?:akmod-nvidia|xorg-x11-drv-nvidia)/.test(name)) return 'rpmfusion'
  if (/^(?:nvidia-x11-drv|dkms-nvidia)/.test(name)) return 'unknown'
  if (!/^(?:nvidia-(?:driver|open)|cuda-drivers|kmod-nvidia-(?:open-dkms|latest-dkms|\d))/.test(name)) return undefined
  return noDriverPart.test(name) ? undefined : /negativo17/i.test(vendor) ? 'unknown' : 'cuda'
}

function originOf(version: string, maintainer: string, cuda: boolean): DriverOrigin {
  if (/@nvidia\.com>/.test(maintainer)) return 'cuda'
  if (/~gpu\d/.test(version)) return 'ppa'
  if (/-0ubuntu(?:0|\d+~0)\.\d/.test(version)) return 'ubuntu'
  if (/-[1-9]\d*ubuntu\d+$/.test(version)) return 'cuda'
  if (/-0ubuntu\d+(?:\.\d+)*$/.test(version)) return cuda ? 'cuda' : 'ubuntu'
  // Debian’s own is 550 in Debian 13, where the CUDA repository has gone beyond.
  const [, branch, revision] = /^(?:\d+:)?(\d+)\.\d.*-(\d+)$/.exec(version) ?? []
  if (cuda && (revision === '1' || Number(branch) >= 560)) return 'cuda'
  return /-\d+(?:[~+]deb\d+u\d+|~bpo\d+\+\d+|\+b\d+)*$/.test(version) ? 'debian' : 'unknown'
}
