import { rpmArch, rpmPlatform } from '../data/rpm-platforms.js'
import { FitoutError } from '../errors.js'
import type { Facts } from '../facts/facts.js'
import { type Allowed, branchOf } from './driver-needs.js'
import { rankedBranches } from './driver-sets.js'
import type { DriverChoice } from './driver-types.js'
import { doing } from './driver-words.js'

/**
 * The driver where packages are dnf's: one that runs and does for all GPUs stays. Installing one is not built yet; what would
 * have to be done is worked out, and said.
 *
 * @throws FitoutError with the commands for this release and these GPUs, where no driver runs that will do.
 */
export function driverByDnf(facts: Facts, allowed: Allowed): DriverChoice {
  const { loaded } = facts.nvidia
  if (loaded && allowed.version(loaded.version)) {
    const kind = loaded.open ? 'open' : 'proprietary'
    if (allowed.modules(branchOf(loaded.version)).includes(kind)) {
      return {
        notes: [
          `the NVIDIA driver ${loaded.version} (${kind} modules) runs, does for every GPU here, and stays as it is`,
        ],
        version: loaded.version,
        kernelModules: kind,
        install: [],
        remove: [],
        from: 'where it came from',
        fabricManager: false,
        persistenced: false,
        kept: true,
      }
    }
  }
  const [branch] = rankedBranches(allowed, facts.clock)
  const kind = branch === undefined ? undefined : allowed.modules(branch)[0]
  const commands = branch === undefined || kind === undefined ? undefined : driverCommands(facts, branch, kind)
  throw new FitoutError({
    doing,
    cause: `fitout cannot install an NVIDIA driver by dnf yet${loaded ? `, and the one that runs, ${loaded.version}, will not do for every GPU here` : ', and none runs'}`,
    remedy:
      commands === undefined
        ? 'install one by NVIDIA’s guide for this release, or leave the recipe out: --skip nvidia-driver'
        : `run the commands below as root, restart, then run fitout again: the toolkit and the rest go on from there (or --skip nvidia-driver)`,
    said: commands ?? [],
  })
}

/**
 * How the driver comes by dnf: a module stream of its branch on EL8 and EL9; on EL10 and Fedora, which have no modules, a version
 * lock. Source: docs.nvidia.com, Driver Installation Guide (RHEL, Fedora); the CUDA repository's folders; read 2026-11.
 */
export function driverCommands(facts: Facts, branch: number, kind: 'open' | 'proprietary'): string[] | undefined {
  const platform = rpmPlatform(facts.os, facts.arch)
  const { arch } = facts
  if ('unsupported' in platform || (arch.package !== 'amd64' && arch.package !== 'arm64')) return undefined
  const fedora = platform.folder === 'fedora'
  const name = `${fedora ? 'fedora' : 'rhel'}${platform.major}`
  const folder = `https://developer.download.nvidia.com/compute/cuda/repos/${name}/${arch.package === 'arm64' ? 'sbsa' : rpmArch(arch.package)}`
  const streams = !fedora && Number(platform.major) < 10
  const add = facts.dnf?.major === 5 ? 'addrepo --from-repofile=' : '--add-repo '
  return [
    ...(fedora ? [] : [epel(facts, platform.major)]),
    `dnf config-manager ${add}${folder}/cuda-${name}.repo`,
    `dnf install kernel-devel-${facts.kernel.release}`,
    streams
      ? `dnf module enable nvidia-driver:${branch}-${kind === 'open' ? 'open' : 'dkms'}`
      : `dnf versionlock add '*nvidia*${branch}*'`,
    `dnf install ${kind === 'open' ? 'nvidia-open' : 'cuda-drivers'}`,
  ]
}

/** DKMS, which builds the module, is in EPEL. Source: docs.fedoraproject.org, EPEL, "Getting started", and Oracle's own package of it. */
function epel({ os }: Facts, major: string): string {
  if (os.id === 'rhel')
    return `dnf install https://dl.fedoraproject.org/pub/epel/epel-release-latest-${major}.noarch.rpm`
  if (os.id === 'ol') return `dnf install oracle-epel-release-el${major}`
  return 'dnf install epel-release'
}
