import type { KeyPin } from '../../src/data/openpgp/certificate.js'
import type { Facts, OsRelease } from '../../src/facts/facts.js'
import { asOf } from '../../src/recipe/known-table.js'
import { dockerPlatform, dockerSuites } from '../docker/platforms.js'
import { rpmPlatform } from '../docker/rpm-platforms.js'
import toolkitKeyText from '../keys/nvidia-container-toolkit.asc'
import { nvidiaRepositories } from './tables.js'

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

export interface ForeignRepository extends KeyPin {
  uri: string
  suite: string
  /** Absent for a flat repository. */
  component?: string | undefined
  /** Where its armored key is, which is fetched once. */
  keyUrl: string
}

/** A CUDA repository, and what is known of its key. */
export interface CudaRepository {
  /** `ubuntu2404`, `rhel9`. */
  name: string
  /** Without a slash at its end. */
  uri: string
  /**
   * The keys that may sign it, by the names of their files there: of a release that the table lists its own, whose fingerprint may be unknown; of
   * another all that are known, the newest first.
   */
  keys: readonly { file: string; pin: KeyPin | undefined }[]
  /** What is to be said of a release that the table does not list. It is asked for. */
  unlisted?: string | undefined
}

const cudaBaseUrl = 'https://developer.download.nvidia.com/compute/cuda/repos'

/**
 * Keys of the CUDA repositories, by the names of their files there, the newest first. The last is bound by SHA1, which Debian 13’s apt no longer
 * takes since 2026-02-01; it stays where it was, and releases since have one each. Sources: developer.nvidia.com, blog of 2022-04 on the key’s
 * change; cuda-repo-management issues 30, 34, 39 and 44; for 26.04 four published set-ups, two of which print the key; read 2026-11.
 */
const cudaKeys = {
  '60DF8A40': { fingerprint: '14BAFBC7562AD710CA04E69905FBB6DA60DF8A40' },
  '8793F200': { fingerprint: '02182E60104FCDC26EAE1B8597A5D4CB8793F200' },
  '3bf863cc': { fingerprint: 'EB693B3035CD5710E231E123A4B469963BF863CC' },
} as const

/** The key of before April 2022, which no repository uses any more. Source: the same blog. */
export const retiredCudaFingerprint = 'AE09FE4BBD223A84B2CCFCE3F60F4B3D7FA2AF80'

/** All keys of NVIDIA’s that sign, or signed, a repository of the toolkit’s or of CUDA. */
export const nvidiaFingerprints: readonly string[] = [
  toolkitFingerprint,
  retiredCudaFingerprint,
  ...Object.values(cudaKeys).map(({ fingerprint }) => fingerprint),
]

/**
 * Sources: docs.nvidia.com, CUDA installation guide for Linux; compute-gpu-installation 1.9.1. debian13/sbsa was not there in 2026-02
 * (cuda-repo-management issue 39) and is in several set-ups since, with 595.71.05; its key is taken to be that of x86_64, as for 26.04.
 * Read 2026-11.
 */
const cudaReleases: Record<string, keyof typeof cudaKeys> = {
  ubuntu2204: '3bf863cc',
  ubuntu2404: '3bf863cc',
  ubuntu2604: '60DF8A40',
  debian12: '3bf863cc',
  debian13: '8793F200',
}

/** NVIDIA’s name of a package architecture; `sbsa` are arm64 servers. */
const cudaArchitectures: Record<string, string> = { amd64: 'x86_64', arm64: 'sbsa' }

/** Numbers of Debian releases to come. Source: Debian’s announcement of their names; read 2026-11. */
const comingDebian: Record<string, string> = { forky: '14', duke: '15' }

/**
 * The CUDA repository for a release, its relatives’ included, by the name that NVIDIA gives it: `ubuntu` or `debian` and the number. Never another
 * release’s. `undefined` if no such name is known for it: what rolls has no number, and NVIDIA’s packages are for two architectures.
 */
export function cudaRepository(os: OsRelease, arch: Facts['arch']): CudaRepository | undefined {
  const platform = dockerPlatform(os, arch)
  if ('unsupported' in platform || platform.near) return undefined
  const { family, suite } = platform
  const known = dockerSuites.find((row) => row.family === family && row.suite === suite)?.release
  const release = known ?? comingDebian[suite] ?? (os.id === family ? os.versionId : undefined)
  if (release === undefined) return undefined
  const name = `${family}${release.replace('.', '')}`
  return cudaAt(name, arch, cudaKeys, cudaReleases[name])
}

/**
 * @param key the file of the release’s key, if it is known.
 * @param listed whether the table has the repository for this architecture.
 */
function cudaAt<Name extends string>(
  name: string,
  arch: Facts['arch'],
  keys: Readonly<Record<Name, KeyPin | undefined>>,
  key: Name | undefined,
  listed = key !== undefined,
): CudaRepository | undefined {
  const directory = cudaArchitectures[arch.package]
  if (directory === undefined) return undefined
  const repository = { name, uri: `${cudaBaseUrl}/${name}/${directory}` }
  const own = key === undefined ? [] : [{ file: `${key}.pub`, pin: keys[key] }]
  if (listed) return { ...repository, keys: own }
  const others = (Object.keys(keys) as Name[])
    .filter((one) => one !== key && keys[one] !== undefined)
    .map((one) => ({ file: `${one}.pub`, pin: keys[one] }))
  const unlisted = `fitout’s table (${asOf(nvidiaRepositories)}) does not list ${name} on ${arch.package}`
  return { ...repository, keys: [...own, ...others], unlisted }
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
 * Ubuntu’s “graphics-drivers” PPA; `undefined` if the host is no relative of Ubuntu. Which suites it has, it says itself. Source of the fingerprint:
 * what add-apt-repository prints of it (“Adding key … with fingerprint 2388…213C”, a log of 2021), the same in the published set-ups of several
 * projects; read 2026-11.
 */
export function driversPpa(os: OsRelease): ForeignRepository | undefined {
  const platform = dockerPlatform(os, { package: 'amd64', kernel: 'x86_64' })
  if ('unsupported' in platform || platform.family !== 'ubuntu') return undefined
  const fingerprint = '2388FF3BE10A76F638F80723FCAE110B1118213C'
  return {
    uri: 'https://ppa.launchpadcontent.net/graphics-drivers/ppa/ubuntu',
    suite: platform.suite,
    component: 'main',
    keyUrl: `https://keyserver.ubuntu.com/pks/lookup?op=get&search=0x${fingerprint}`,
    fingerprint,
  }
}

/**
 * Keys of the CUDA repositories for dnf, by the names of their files there. Sources: of D42D0685, NVIDIA/cuda-repo-management,
 * SIGNATURES.md; of 73CD9B30, its issue 49 and a published set-up that pins the same; of CDF6BA43 only the sum is known, by which a
 * published set-up pins it as NVIDIA’s own images pin theirs. Fedora 43 has 1940C73E, whose fingerprint nobody published. Read 2026-11.
 */
const cudaRpmKeys = {
  '1940C73E': undefined,
  CDF6BA43: {
    fingerprint: 'CDF6BA43',
    sum: 'afbea87d3b979b3788ef34223aeeb323ade481128e2c133723ae99b8a51368bb',
  },
  '73CD9B30': { fingerprint: '129994480EC63D2789BC98E490DFED2F73CD9B30' },
  D42D0685: { fingerprint: '610C7B14E068A878070DA4E99CD0A493D42D0685' },
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

/** The CUDA repository for a release of RHEL’s family or Fedora, which is named by its number as well. */
export function cudaRpmRepository(os: OsRelease, arch: Facts['arch']): CudaRepository | undefined {
  const platform = rpmPlatform(os, arch)
  if ('unsupported' in platform) return undefined
  const name = `${platform.folder === 'fedora' ? 'fedora' : 'rhel'}${platform.major}`
  const release = cudaRpmReleases[name]
  return cudaAt(name, arch, cudaRpmKeys, release?.key, release?.architectures.includes(arch.package) ?? false)
}
