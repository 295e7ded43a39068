import type { KeyPin } from '../../src/data/openpgp/certificate.js'
import type { Facts, OsRelease } from '../../src/facts/facts.js'
import { dockerPlatform } from '../docker/platforms.js'
import { rpmPlatform } from '../docker/rpm-platforms.js'
import toolkitKeyText from '../keys/nvidia-container-toolkit.asc'

/**
 * Where NVIDIA publishes its container toolkit: a flat repository for all of Debian and Ubuntu at `/stable/deb/ARCH`, suite `/`. Source:
 * stable/deb/nvidia-container-toolkit.list there; docs.nvidia.com, install guide of the toolkit; read 2026-11.
 */
export const toolkitBaseUrl = 'https://nvidia.github.io/libnvidia-container'

/** The key that signs it, as its publisher gives it out (see keys/README.md). */
export const toolkitKey: string = toolkitKeyText

/** The fingerprint of that key’s primary, by which it is pinned. */
export const toolkitFingerprint = 'C95B321B61E88C1809C4F759DDCAE044F796ECB0'

/** Extended regular expression: URIs of the toolkit’s repository and of its predecessors, stable and experimental, whatever distribution they name. */
export const toolkitSame =
  'https?://nvidia\\.github\\.io/(libnvidia-container|nvidia-docker|nvidia-container-runtime)(/|$)'

/** Keyrings that the documented set-ups of earlier years left behind. Sources: NVIDIA’s install guides of 2018 to 2026, and ansible-role-nvidia-docker. */
export const toolkitStrayKeyrings: readonly string[] = [
  '/usr/share/keyrings/nvidia-container-toolkit-keyring.gpg',
  '/usr/share/keyrings/nvidia-docker-keyring.gpg',
  '/usr/share/keyrings/nvidia-docker.gpg',
  '/usr/share/keyrings/libnvidia-container-keyring.gpg',
  '/usr/share/keyrings/libnvidia-container-archive-keyring.gpg',
  '/etc/apt/keyrings/nvidia-container-toolkit.gpg',
  '/etc/apt/keyrings/nvidia-container-toolkit-keyring.gpg',
  '/etc/apt/keyrings/nvidia-docker.gpg',
  '/etc/apt/keyrings/libnvidia-container.gpg',
  '/etc/apt/trusted.gpg.d/nvidia-container-toolkit.gpg',
  '/etc/apt/trusted.gpg.d/nvidia-container-toolkit-keyring.gpg',
  '/etc/apt/trusted.gpg.d/nvidia-docker.gpg',
  '/etc/apt/trusted.gpg.d/libnvidia-container.gpg',
]

export interface ForeignRepository {
  uri: string
  suite: string
  /** Absent for a flat repository. */
  component?: string | undefined
  /** Where its armored key is, which is fetched once and has to have the fingerprint. */
  keyUrl: string
  fingerprint: string
}

const cudaBaseUrl = 'https://developer.download.nvidia.com/compute/cuda/repos'

/**
 * Keys of the CUDA repositories, by the names of their files there. The first is bound by SHA1, which Debian 13’s apt no longer takes since
 * 2026-02-01; it stays where it was, and releases since have one each. Sources: developer.nvidia.com, blog of 2022-04 on the key’s
 * change; cuda-repo-management issues 30, 34, 39 and 44; for 26.04 four published set-ups, two of which print the key; read 2026-11.
 */
const cudaKeys = {
  '3bf863cc': 'EB693B3035CD5710E231E123A4B469963BF863CC',
  '8793F200': '02182E60104FCDC26EAE1B8597A5D4CB8793F200',
  '60DF8A40': '14BAFBC7562AD710CA04E69905FBB6DA60DF8A40',
} as const

/** The key of before April 2022, which no repository uses any more. Source: the same blog. */
export const retiredCudaFingerprint = 'AE09FE4BBD223A84B2CCFCE3F60F4B3D7FA2AF80'

/** All keys of NVIDIA’s that sign, or signed, a repository of the toolkit’s or of CUDA. */
export const nvidiaFingerprints: readonly string[] = [
  toolkitFingerprint,
  retiredCudaFingerprint,
  ...Object.values(cudaKeys),
]

/**
 * Sources: docs.nvidia.com, CUDA installation guide for Linux; compute-gpu-installation 1.9.1. debian13/sbsa was not there in 2026-02
 * (cuda-repo-management issue 39) and is in several set-ups since, with 595.71.05; its key is taken to be that of x86_64, as for 26.04.
 * Read 2026-11.
 */
const cudaReleases: Record<string, { name: string; key: keyof typeof cudaKeys }> = {
  jammy: { name: 'ubuntu2204', key: '3bf863cc' },
  noble: { name: 'ubuntu2404', key: '3bf863cc' },
  resolute: { name: 'ubuntu2604', key: '60DF8A40' },
  bookworm: { name: 'debian12', key: '3bf863cc' },
  trixie: { name: 'debian13', key: '8793F200' },
}

/** NVIDIA’s name of a package architecture; `sbsa` are arm64 servers. */
const cudaArchitectures: Record<string, string> = { amd64: 'x86_64', arm64: 'sbsa' }

/** The CUDA repository for a release, its relatives’ included; `undefined` where NVIDIA has none for it. Never another release’s. */
export function cudaRepository(os: OsRelease, arch: Facts['arch']): ForeignRepository | undefined {
  const release = cudaReleases[baseOf(os, arch) ?? '']
  const directory = cudaArchitectures[arch.package]
  if (!release || !directory) return undefined
  const uri = `${cudaBaseUrl}/${release.name}/${directory}/`
  return { uri, suite: '/', keyUrl: `${uri}${release.key}.pub`, fingerprint: cudaKeys[release.key] }
}

/** Extended regular expression: URIs of any CUDA repository, and of the machine-learning repository that it once had beside it. */
export const cudaSame = 'https?://developer\\.download\\.nvidia\\.(com|cn)/compute/(cuda|machine-learning)/repos/'

/** Keyrings that cuda-keyring and older instructions put there. Source: cuda-keyring 1.1-1; NVIDIA’s guides of 2018 to 2026. */
export const cudaStrayKeyrings: readonly string[] = [
  '/usr/share/keyrings/cuda-archive-keyring.gpg',
  '/etc/apt/keyrings/cuda-archive-keyring.gpg',
  '/etc/apt/trusted.gpg.d/cuda-archive-keyring.gpg',
  '/etc/apt/trusted.gpg.d/cuda-keyring.gpg',
  '/etc/apt/trusted.gpg.d/cuda.gpg',
]

/**
 * Ubuntu’s “graphics-drivers” PPA; `undefined` where the host is no relative of Ubuntu. Source of the fingerprint: what add-apt-repository prints of it
 * (“Adding key … with fingerprint 2388…213C”, a log of 2021), the same in the published set-ups of several projects; read 2026-11.
 */
export function driversPpa(os: OsRelease): ForeignRepository | undefined {
  const suite = baseOf(os, { package: 'amd64', kernel: 'x86_64' })
  if (suite === undefined || !ubuntuSuites.has(suite)) return undefined
  const fingerprint = '2388FF3BE10A76F638F80723FCAE110B1118213C'
  return {
    uri: 'https://ppa.launchpadcontent.net/graphics-drivers/ppa/ubuntu',
    suite,
    component: 'main',
    keyUrl: `https://keyserver.ubuntu.com/pks/lookup?op=get&search=0x${fingerprint}`,
    fingerprint,
  }
}

const ubuntuSuites = new Set(['jammy', 'noble', 'resolute'])

/** The codename of the Debian or Ubuntu release that a host is or is built on: who is whose relative is the same question as for Docker’s packages. */
function baseOf(os: OsRelease, arch: Facts['arch']): string | undefined {
  const platform = dockerPlatform(os, arch)
  // What is assumed there is a release that merely comes near, such as Debian’s stable one for testing.
  return 'unsupported' in platform || platform.assumed !== undefined ? undefined : platform.suite
}

/**
 * Keys of the CUDA repositories for dnf, by the names of their files there. Sources: of D42D0685, NVIDIA/cuda-repo-management,
 * SIGNATURES.md; of 73CD9B30, its issue 49 and a published set-up that pins the same; of CDF6BA43 only the sum is known, by which a
 * published set-up pins it as NVIDIA’s own images pin theirs. Fedora 43 has 1940C73E, whose fingerprint nobody published. Read 2026-11.
 */
const cudaRpmKeys = {
  D42D0685: { fingerprint: '610C7B14E068A878070DA4E99CD0A493D42D0685' },
  '73CD9B30': { fingerprint: '129994480EC63D2789BC98E490DFED2F73CD9B30' },
  CDF6BA43: {
    fingerprint: 'CDF6BA43',
    sum: 'afbea87d3b979b3788ef34223aeeb323ade481128e2c133723ae99b8a51368bb',
  },
  '1940C73E': undefined,
} as const satisfies Record<string, KeyPin | undefined>

/**
 * The folders of releases that dnf serves, with the architectures that have a driver there. Sources: the listings of
 * developer.download.nvidia.com/compute/cuda/repos (fedora43/sbsa and fedora44/sbsa hold no driver); the driver installation guide of
 * R615 and R620; read 2026-11.
 */
const cudaRpmReleases: Record<string, { architectures: readonly string[]; key: keyof typeof cudaRpmKeys }> = {
  rhel8: { architectures: ['amd64', 'arm64'], key: 'D42D0685' },
  rhel9: { architectures: ['amd64', 'arm64'], key: 'D42D0685' },
  rhel10: { architectures: ['amd64', 'arm64'], key: 'CDF6BA43' },
  fedora42: { architectures: ['amd64'], key: 'D42D0685' },
  fedora43: { architectures: ['amd64'], key: '1940C73E' },
  fedora44: { architectures: ['amd64'], key: '73CD9B30' },
}

/**
 * The CUDA repository for a release of RHEL’s family or Fedora, named as NVIDIA’s own .repo file is (`cuda-rhel9`); `undefined` where
 * NVIDIA has none for it. There is no pin where the key is not known.
 */
export function cudaRpmRepository(os: OsRelease, arch: Facts['arch']) {
  const platform = rpmPlatform(os, arch)
  if ('unsupported' in platform) return undefined
  const name = `${platform.folder === 'fedora' ? 'fedora' : 'rhel'}${platform.major}`
  const release = cudaRpmReleases[name]
  const directory = cudaArchitectures[arch.package]
  if (!release?.architectures.includes(arch.package) || !directory) return undefined
  const uri = `${cudaBaseUrl}/${name}/${directory}`
  return { name: `cuda-${name}`, uri, keyUrl: `${uri}/${release.key}.pub`, pin: cudaRpmKeys[release.key] }
}
