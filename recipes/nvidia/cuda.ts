import semver from 'semver'
import { compareDebVersions } from '../../src/data/deb-version.js'
import { FitoutError } from '../../src/errors.js'

export interface Toolkit {
  cuda: string
  /** The first driver that has this CUDA itself, for Linux on x86_64. */
  driver: string
  /** Who says so, as a phrase, if it is not the table. */
  said?: string | undefined
}

/**
 * CUDA toolkits and the driver that came with each, oldest first. Sources: docs.nvidia.com/cuda/archive/13.2.2/cuda-toolkit-release-notes,
 * table 3 (10.0 to 13.2.2); of 13.3, 13.4 and 13.5 the packages `cuda-compat-13-x` of the CUDA repository, whose version is the driver’s, and
 * developer.download.nvidia.com/compute/nvidia-driver/redist, redistrib_615.71.09.json (2026-09-09) and redistrib_620.70.06.json
 * (2026-11-04, “cuda13.5”); read 2026-11. 13.4.0 was a preview (release notes of 13.4.1).
 */
export const toolkits: readonly Toolkit[] = `
10.0.130 410.48, 10.1.105 418.39, 10.2.89 440.33,
11.0.2 450.51.05, 11.0.3 450.51.06, 11.1.0 455.23, 11.1.1 455.32, 11.2.0 460.27.03, 11.2.1 460.32.03, 11.3.0 465.19.01,
11.4.0 470.42.01, 11.4.1 470.57.02, 11.4.3 470.82.01, 11.5.0 495.29.05, 11.6.0 510.39.01, 11.6.1 510.47.03,
11.7.0 515.43.04, 11.7.1 515.48.07, 11.8.0 520.61.05,
12.0.0 525.60.13, 12.0.1 525.85.12, 12.1.0 530.30.02, 12.2.0 535.54.03, 12.2.1 535.86.09, 12.2.2 535.104.05,
12.3.0 545.23.06, 12.3.1 545.23.08, 12.4.0 550.54.14, 12.4.1 550.54.15, 12.5.0 555.42.02, 12.5.1 555.42.06,
12.6.0 560.28.03, 12.6.1 560.35.03, 12.6.3 560.35.05, 12.8.0 570.26, 12.8.1 570.124.06, 12.9.0 575.51.03, 12.9.1 575.57.08,
13.0.0 580.65.06, 13.0.1 580.82.07, 13.0.2 580.95.05, 13.1.0 590.44.01, 13.1.1 590.48.01, 13.2.0 595.45.04, 13.2.1 595.58.03,
13.2.2 595.71.05, 13.3.0 610.43.02, 13.3.1 610.43.02, 13.4.1 615.71.09, 13.4.2 615.71.09, 13.5.0 620.70.06`
  .split(',')
  .map((row) => row.trim().split(' '))
  .map(([cuda = '', driver = '']) => ({ cuda, driver }))

/**
 * Since CUDA 11 a container of one major version runs on every driver from this one on (minor version compatibility). Source:
 * docs.nvidia.com/deploy/cuda-compatibility; read 2026-11.
 */
const familyFloors: Record<number, string> = { 11: '450.80.02', 12: '525.60.13', 13: '580.65.06' }

/**
 * The oldest driver on which containers of a CUDA version run, without the compatibility package that some images bring along
 * for data-centre GPUs. For CUDA 11 and newer that is the driver with which the major version began; a program that needs a later
 * minor version’s features in the driver itself is the exception.
 *
 * @param version `12.4` or `12.4.1`.
 * @throws FitoutError for a major version that the table lacks.
 */
export function driverForCuda(version: string): string {
  const wanted = coerced(version)
  const exact = toolkits.findLast(({ cuda }) => compareMinor(cuda, version) === 0)
  const floor = familyFloors[wanted.major] ?? (wanted.major === 10 ? exact?.driver : undefined)
  if (floor) return floor
  throw new FitoutError({
    doing: `looking up the driver for CUDA ${version}`,
    cause: `fitout’s table knows CUDA 10.0 to ${toolkits.at(-1)!.cuda}`,
    remedy: 'name the driver’s branch instead',
  })
}

/** The CUDA version that a driver has itself, as nvidia-smi prints it (`12.2.2` for 535.183.01); `undefined` below CUDA 10. */
export function ownCudaOf(driver: string): string | undefined {
  return toolkits.findLast((toolkit) => compareDebVersions(toolkit.driver, driver) <= 0)?.cuda
}

/** Whether containers of a CUDA version run on a driver. */
export function runsOn(cuda: string, driver: string): boolean {
  return compareDebVersions(driverForCuda(cuda), driver) <= 0
}

export interface CudaBranches extends Toolkit {
  /** The first branch that will do; every newer one does too. */
  min: number
}

/**
 * The driver branches for a wanted CUDA version. Who asks for `>=12.4` wants a driver that has 12.4 itself: that containers of 12.4 would
 * start on 525 too (minor version compatibility) does not give them what 12.4 brought. A driver runs everything older, so that
 * only the lower end of a range counts: `12.x` is met by a driver with CUDA 13.
 *
 * @param range a semver range over CUDA versions.
 * @param known toolkits, oldest first: those of the table if nothing else is said.
 * @returns `undefined` where no CUDA version of them is that new.
 */
export function branchesForCuda(range: string, known: readonly Toolkit[] = toolkits): CudaBranches | undefined {
  const lowest = semver.validRange(range) === null ? null : semver.minVersion(range)
  const first = lowest && known.find(({ cuda }) => semver.gte(cuda, lowest))
  return first ? { min: Number(first.driver.split('.')[0]), ...first } : undefined
}

/**
 * Which CUDA toolkits compile for a compute capability, and have libraries for it: first and last. Sources: CUDA release notes and features
 * archive: 8.0 since 11.0, 8.6 since 11.1, 8.9 and 9.0 since 11.8, 10.0 and 12.0 since 12.8, 10.3 and 12.1 since 12.9, 11.0 (then
 * called 10.1) since 13.0, 10.7 since 13.4 (release notes of 13.4.1, “Rubin”; nvcc of 13.4 takes sm_107); 3.0 until 10.2, 3.5 and 3.7
 * until 11.8, what is below 7.5 until 12.9; read 2026-11.
 */
const toolkitsFor: Record<string, readonly [first: string, last?: string]> = {
  '3.0': ['10.0', '10.2'],
  '3.5': ['10.0', '11.8'],
  '3.7': ['10.0', '11.8'],
  '5.0': ['10.0', '12.9'],
  '5.2': ['10.0', '12.9'],
  '6.0': ['10.0', '12.9'],
  '6.1': ['10.0', '12.9'],
  '7.0': ['10.0', '12.9'],
  '7.5': ['10.0'],
  '8.0': ['11.0'],
  '8.6': ['11.1'],
  '8.7': ['11.4'],
  '8.9': ['11.8'],
  '9.0': ['11.8'],
  '10.0': ['12.8'],
  '10.3': ['12.9'],
  '10.7': ['13.4'],
  '11.0': ['13.0'],
  '12.0': ['12.8'],
  '12.1': ['12.9'],
}

/** Whether a CUDA toolkit compiles for a compute capability. One that the table lacks is newer than all toolkits of the table but the newest. */
export function compilesFor(cuda: string, computeCapability: string): boolean {
  const [first, last] = toolkitsFor[computeCapability] ?? [toolkits.at(-1)!.cuda]
  return compareMinor(cuda, first) >= 0 && (last === undefined || compareMinor(cuda, last) <= 0)
}

interface Image {
  cuda: string
  /** Package architectures that it is there for. */
  arch: readonly string[]
}

interface CudaTag extends Image {
  ubuntu: string
  /** Set where the public registries have it no more; a registry of one’s own may. */
  gone?: true
}

const amd64 = ['amd64']
const both = ['amd64', 'arm64']

/**
 * Images `nvidia/cuda:CUDA-{base,devel}-UBUNTU`, newest first; nvcr.io/nvidia/cuda has the same. Tags vanish half a year after the end of
 * their driver branch (NVIDIA’s container support policy), hence so many. Whether they are still there could not be asked.
 * 10.2 is the last for compute capability 3.0.
 */
const cudaTags: readonly CudaTag[] = [
  // Public Dockerfiles (base, devel) of 2026-09 to 2026-11; on Docker Hub since 2026-09-29. None is known of 13.5.
  { cuda: '13.4.2', ubuntu: 'ubuntu24.04', arch: both },
  // The same, with digests, also at nvcr.io and for arm64.
  { cuda: '13.4.1', ubuntu: 'ubuntu24.04', arch: both },
  // Seen: hub.docker.com/r/nvidia/cuda, size of the base image; 2026.
  { cuda: '13.2.1', ubuntu: 'ubuntu24.04', arch: both },
  // Public Dockerfiles (devel), one with its digest, one for arm64; 2026.
  { cuda: '13.0.2', ubuntu: 'ubuntu24.04', arch: both },
  // replicate/cog, cuda_compatibility.json (devel); 2026.
  { cuda: '12.9.1', ubuntu: 'ubuntu24.04', arch: both },
  { cuda: '12.8.1', ubuntu: 'ubuntu24.04', arch: both },
  { cuda: '12.6.3', ubuntu: 'ubuntu24.04', arch: both },
  { cuda: '12.4.1', ubuntu: 'ubuntu22.04', arch: both },
  // google-deepmind/meltingpot, devcontainer (devel, with its digest); 2023.
  { cuda: '12.2.2', ubuntu: 'ubuntu22.04', arch: both },
  // replicate/cog, cuda_base_images.json; 2023. The next also in its cuda_compatibility.json; 2026.
  { cuda: '12.0.1', ubuntu: 'ubuntu22.04', arch: both },
  { cuda: '11.8.0', ubuntu: 'ubuntu22.04', arch: both },
  // NVIDIA/nvidia-docker issue 1735 (base, run); 2023.
  { cuda: '11.6.2', ubuntu: 'ubuntu20.04', arch: amd64 },
  // replicate/cog, cuda_base_images.json; among the unsupported tags by 2025.
  { cuda: '11.4.3', ubuntu: 'ubuntu20.04', arch: amd64 },
  // NVlabs/instant-ngp issue 1406: deleted in July 2023.
  { cuda: '10.2', ubuntu: 'ubuntu18.04', arch: amd64, gone: true },
]

interface FrameworkImage extends Image {
  image: string
  /**
   * Compute capabilities that it has machine code for, as TORCH_CUDA_ARCH_LIST has them. Code for x.y runs on x.z where z is not below y;
   * `+PTX` is intermediate code, which the driver compiles for anything newer.
   */
  code: string
}

type Row = readonly [image: string, cuda: string, arch: readonly string[], code: string]

const imagesOf = (rows: readonly Row[]): FrameworkImage[] =>
  rows.map(([image, cuda, arch, code]) => ({ image, cuda, arch, code }))

/**
 * Newest first; the CUDA version is its image’s. Intermediate code of one generation is left out where compiling it for the next takes
 * half an hour, as with TensorFlow’s. Docker Hub’s images of PyTorch and TensorFlow for arm64 have no CUDA, NVIDIA’s have.
 * Tags seen in public Dockerfiles in 2026-11. Sources of the code: PyTorch: RELEASE.md; test-infra pull request 7046, issue
 * 157517. TensorFlow: TF_CUDA_COMPUTE_CAPABILITIES of its builds (.bazelrc, tf-keras CI).
 */
const pytorchImages = imagesOf([
  // Also on an RTX 5090.
  ['docker.io/pytorch/pytorch:2.9.1-cuda13.0-cudnn9-runtime', '13.0', amd64, '7.5 8.0 8.6 9.0 10.0 12.0+PTX'],
  // Also in docs.salad.com (2026-04).
  ['docker.io/pytorch/pytorch:2.9.1-cuda12.8-cudnn9-runtime', '12.8', amd64, '7.0 7.5 8.0 8.6 9.0 10.0 12.0'],
  ['docker.io/pytorch/pytorch:2.9.1-cuda12.6-cudnn9-runtime', '12.6', amd64, '5.0 6.0 7.0 7.5 8.0 8.6 9.0'],
  // Also with its digest; the code by issue 157517, at the least.
  ['docker.io/pytorch/pytorch:2.7.1-cuda12.8-cudnn9-runtime', '12.8', amd64, '7.5 8.0 8.6 9.0 10.0 12.0'],
  ['docker.io/pytorch/pytorch:2.7.1-cuda11.8-cudnn9-runtime', '11.8', amd64, '5.0 6.0 7.0 7.5 8.0 8.6 9.0'],
  ['docker.io/pytorch/pytorch:1.12.1-cuda11.3-cudnn8-runtime', '11.3', amd64, '3.7 5.0 6.0 7.0 7.5 8.0 8.6'],
  // Also pulled on a DGX Spark (arm64); the code not read: what NVIDIA supports there at the least.
  ['nvcr.io/nvidia/pytorch:25.09-py3', '13.0', both, '8.0 8.6 9.0 10.0 12.0+PTX'],
])

const tensorflowImages = imagesOf([
  // Also in the documentation of TU Dresden’s clusters.
  ['docker.io/tensorflow/tensorflow:2.19.0-gpu', '12.5', amd64, '6.0 7.0 8.0 8.9 9.0'],
  // Also in DeepOps; the last that NVIDIA made. The code not read; a report in tensorflow issue 89272 says that it failed on an RTX 5090.
  ['nvcr.io/nvidia/tensorflow:25.02-tf2-py3', '12.8', both, '7.5 8.0 8.6 9.0 10.0 12.0+PTX'],
  ['docker.io/tensorflow/tensorflow:2.15.0-gpu', '12.2', amd64, '5.0 6.0 7.0 8.0'],
  ['docker.io/tensorflow/tensorflow:2.10.1-gpu', '11.2', amd64, '3.5 5.0 6.0 7.0 7.5'],
])

/**
 * NVIDIA's sample that adds vectors and prints “Test PASSED”. The code by the defaults of cuda-samples' Makefile at that version (SMS, and intermediate
 * code of the newest), not read from the images. Seen in Kubernetes manifests; the first also in nvidia-container-toolkit’s own tests, the second
 * in operators’ (2026, the last 2023).
 */
const sample = 'nvcr.io/nvidia/k8s/cuda-sample:vectoradd-cuda'
const vectorAddImages = imagesOf([
  [`${sample}12.5.0`, '12.5', both, '5.0 5.2 6.0 6.1 7.0 7.5 8.0 8.6 8.9 9.0+PTX'],
  [`${sample}11.7.1-ubuntu20.04`, '11.7', both, '3.5 3.7 5.0 5.2 6.0 6.1 7.0 7.5 8.0 8.6+PTX'],
  [`${sample}10.2`, '10.2', amd64, '3.0 3.5 3.7 5.0 5.2 6.0 6.1 7.0 7.5'],
])

export interface CudaImageOptions {
  /** Version of the host’s driver: `580.95.05`. */
  driver: string
  /** Compute capabilities of all GPUs that the trial is to run on, as far as they are known: `['6.1', '8.6']`. */
  computeCapabilities: readonly string[]
  /** Package architecture of the host: `amd64` or `arm64`; no images for others. */
  arch: string
  /** A registry that has the images instead: takes the place of docker.io and nvcr.io (`registry.example/mirror` → `registry.example/mirror/nvidia/cuda:…`). */
  registry?: string | undefined
}

/**
 * Images for trials that run on a driver and know the GPUs. First come those whose CUDA the driver has itself, the newest first; then, from
 * the nearest on, those that minor version compatibility lets run, which some refuse by their own NVIDIA_REQUIRE_CUDA.
 *
 * @returns names, each list from the likeliest on; empty where nothing fits.
 */
export function cudaImages({ driver, computeCapabilities, arch, registry }: CudaImageOptions) {
  const own = ownCudaOf(driver)
  const usable = <Kind extends Image>(images: readonly Kind[]): Kind[] => {
    const running = images.filter((image) => image.arch.includes(arch) && runsOn(image.cuda, driver))
    const has = (cuda: string) => own !== undefined && compareMinor(cuda, own) <= 0
    const beyond = running.filter(({ cuda }) => !has(cuda)).sort((a, b) => compareMinor(a.cuda, b.cuda))
    return [...running.filter(({ cuda }) => has(cuda)), ...beyond]
  }
  const tags = usable(cudaTags.filter(({ gone }) => registry || !gone))
  const compiling = tags.filter(({ cuda }) => computeCapabilities.every((one) => compilesFor(cuda, one)))
  const cudaNames = (list: readonly CudaTag[], kind: string) => {
    const paths = list.slice(0, 4).map(({ cuda, ubuntu }) => `nvidia/cuda:${cuda}-${kind}-${ubuntu}`)
    // Where Docker Hub does not answer, or has had enough of this address for the day, NVIDIA’s own registry may.
    const hosts = registry ? ['docker.io'] : ['docker.io', 'nvcr.io']
    return hosts.flatMap((host) => paths.map((path) => named(`${host}/${path}`, registry)))
  }
  const withCode = (images: readonly FrameworkImage[]) =>
    usable(images)
      .filter((image) => computeCapabilities.every((one) => hasCodeFor(image, one)))
      .map(({ image }) => named(image, registry))
  return {
    // With CUDA’s runtime: what merely runs a program that was brought along works where no toolkit compiles for the GPU any more.
    base: cudaNames(compiling.length > 0 ? compiling : tags, 'base'),
    // With nvcc that compiles for all the GPUs.
    devel: cudaNames(compiling, 'devel'),
    vectorAdd: withCode(vectorAddImages),
    pytorch: withCode(pytorchImages),
    tensorflow: withCode(tensorflowImages),
  }
}

/** Docker Hub’s images go by their short names; a registry takes the place of any host. */
function named(image: string, registry: string | undefined): string {
  const [host = '', ...path] = image.split('/')
  if (registry) return [registry.replace(/\/+$/, ''), ...path].join('/')
  return host === 'docker.io' ? path.join('/') : image
}

function hasCodeFor({ code }: FrameworkImage, computeCapability: string): boolean {
  const wanted = coerced(computeCapability)
  return code.split(' ').some((one) => {
    const { major, minor } = coerced(one)
    const runs = major === wanted.major && minor <= wanted.minor
    return runs || (one.endsWith('+PTX') && compareMinor(computeCapability, one) >= 0)
  })
}

function compareMinor(a: string, b: string): number {
  const [one, other] = [coerced(a), coerced(b)]
  return one.major - other.major || one.minor - other.minor
}

function coerced(version: string): semver.SemVer {
  const found = semver.coerce(version)
  if (found) return found
  throw new FitoutError({
    doing: 'reading a CUDA version',
    cause: `“${version}” is none`,
    remedy: 'give one like 12.4 or 12.4.1',
  })
}
