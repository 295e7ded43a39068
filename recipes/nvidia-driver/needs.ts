import semver from 'semver'
import { z } from 'zod'
import { compareDebVersions } from '../../src/data/deb-version.js'
import { satisfiesRange, upstreamVersion } from '../../src/data/versions.js'
import { FitoutError } from '../../src/errors.js'
import type { Facts } from '../../src/facts/facts.js'
import type { CudaBranches } from '../nvidia/cuda.js'
import {
  branches,
  type DriverNeeds,
  type KernelModules,
  lastProprietaryBranch,
  needsOf,
  newestBranch,
  openByDefaultFrom,
} from '../nvidia/driver-branches.js'
import type { NvidiaDevice } from '../nvidia/facts.js'
import { type Gpu, gpuOf, wholeGpus } from '../nvidia/gpus.js'

/** What a person asked of the driver. */
export interface DriverWish {
  /** `auto`, a branch, a version or a semver range of them. */
  branch: string
  kernelModules: 'auto' | KernelModules
  /** A semver range of CUDA versions. */
  cuda?: string | undefined
}

/** What a driver has to be for all GPUs of a host and for what was asked. */
export interface Allowed {
  gpus: { gpu: Gpu; needs: DriverNeeds; count: number }[]
  /** Branches of the tables that will do. */
  branches: number[]
  /** Whether some version of a branch will do, also of one that the tables lack. */
  branch(branch: number): boolean
  /** Whether a version will do; a package's will do as well. */
  version(version: string): boolean
  /** Which kernel modules of a branch will do, the better first; none where the branch cannot. */
  modules(branch: number): KernelModules[]
  /** GPUs that are newer than the tables: a branch older than their newest needs the driver’s own word that it knows them. */
  newest: Gpu[]
  /** What the wanted CUDA version needs. */
  cuda?: CudaBranches | undefined
}

/** The first branch that fitout installs: older ones are offered for none of the releases that it knows. */
const firstBranch = 470
/** The first branch with open kernel modules. Source: NVIDIA, open-gpu-kernel-modules, 2022-05. */
const firstOpenBranch = 515

/**
 * The last CUDA version that makes programs for a GPU. Source: CUDA toolkit release notes of 11.0 (compute capability 3.0 dropped), 12.0
 * (3.5, 3.7) and 13.0 (5.x to 7.0); read 2026-11.
 */
function lastCudaFor(gpu: Gpu): number | undefined {
  const capability = Number(gpu.computeCapability)
  if (Number.isNaN(capability) || capability >= 7.5) return undefined
  return capability >= 5 ? 12 : capability >= 3.5 ? 11 : 10
}

/** The first number of a version: 580 of `580.95.05-0ubuntu0.24.04.1`. */
export function branchOf(version: string): number {
  return Number.parseInt(upstreamVersion(version), 10)
}

/** Whether a person named one version, not a branch or a range. */
export const isVersion = (branch: string) => /^\d+\.\d+(\.\d+)?$/.test(branch.trim())

/** A branch, a version or a range as semver takes it: NVIDIA writes `550.54.04`. `undefined` when it is none. */
function rangeOf(branch: string): string | undefined {
  const range = branch.trim().replace(/\.0+(?=\d)/g, '.')
  return range !== '' && semver.validRange(range) !== null ? range : undefined
}

/** `2 × Tesla P40`, by which people know a GPU; without a name, its id. */
export function nameOf({ gpu, count }: { gpu: Gpu; count: number }): string {
  const name = gpu.name ?? `${gpu.chip ?? 'unknown GPU'} (${gpu.id})`
  return count === 1 ? name : `${count} × ${name}`
}

/**
 * What all GPUs that the host itself drives need, and what was asked, at once. Pure.
 *
 * @throws FitoutError where no driver can meet it all, with a table that shows why.
 */
export function driverNeeds(facts: Facts, wish: DriverWish, cuda?: CudaBranches): Allowed {
  const gpus: Allowed['gpus'] = []
  for (const one of wholeGpus(facts.nvidia)) {
    const gpu = gpuOf(one.device)
    const known = gpus.find((one) => one.gpu.id === gpu.id)
    if (known) known.count++
    else gpus.push({ gpu, needs: driven(facts, one) ?? needsOf(gpu), count: 1 })
  }
  const range = wish.branch === 'auto' ? undefined : rangeOf(wish.branch)
  const byGpus = (branch: number) =>
    branch >= firstBranch && gpus.every(({ needs }) => branch >= (needs.min ?? 0) && branch <= (needs.max ?? 9999))
  const kinds = (branch: number, asked: DriverWish['kernelModules']): KernelModules[] => {
    const all: KernelModules[] = branch >= openByDefaultFrom ? ['open', 'proprietary'] : ['proprietary', 'open']
    return all.filter(
      (kind) =>
        (asked === 'auto' || asked === kind) &&
        (kind === 'open' ? branch >= firstOpenBranch : branch <= lastProprietaryBranch) &&
        gpus.every(({ needs }) => needs.kernelModules.includes(kind)),
    )
  }
  const asksFor = (branch: number) =>
    (range === undefined || semver.intersects(range, `${branch}.x`)) && (cuda === undefined || branch >= cuda.min)
  // Branches that a person names, or a CUDA version needs, need not be in the table.
  const named = [...(range === undefined ? [] : [semver.minVersion(range)?.major ?? 0]), ...(cuda ? [cuda.min] : [])]
  const known = [...new Set([...branches.map(({ branch }) => branch), ...named])].sort((a, b) => a - b)
  const possible = known.filter((branch) => byGpus(branch) && kinds(branch, 'auto').length > 0)
  const willDo = (branch: number) => byGpus(branch) && asksFor(branch) && kinds(branch, wish.kernelModules).length > 0
  const wanted = known.filter(willDo)
  const tooNewCuda = gpus.find(({ gpu }) => cuda && Number.parseInt(cuda.cuda, 10) > (lastCudaFor(gpu) ?? 99))
  if (wanted.length === 0 || tooNewCuda) {
    throw unsatisfiable(gpus, wish, cuda, possible, wanted.length > 0 ? tooNewCuda : undefined)
  }
  return {
    gpus,
    branches: wanted,
    branch: willDo,
    version: (version) =>
      byGpus(branchOf(version)) &&
      gpus.every(({ needs }) => compareDebVersions(upstreamVersion(version), needs.minVersion ?? '0') >= 0) &&
      (range === undefined || satisfiesRange(range, version)) &&
      (cuda === undefined || compareDebVersions(upstreamVersion(version), cuda.driver) >= 0),
    modules: (branch) => kinds(branch, wish.kernelModules),
    // Who names a branch knows more of the GPU than the tables do.
    newest: wish.branch === 'auto' ? gpus.flatMap(({ gpu, needs }) => (needs.newest ? [gpu] : [])) : [],
    cuda,
  }
}

/** What a GPU needs that a driver of this host drives, though the tables do not know that it does. */
function driven({ nvidia: { loaded } }: Facts, device: NvidiaDevice): DriverNeeds | undefined {
  const gpu = gpuOf(device.device)
  const needs = needsOf(gpu)
  if (loaded === undefined || device.driver !== 'nvidia') return undefined
  const isOlder = compareDebVersions(loaded.version, needs.minVersion ?? '0') < 0
  if (!needs.newest && !isOlder) return undefined
  return {
    min: branchOf(loaded.version),
    kernelModules: loaded.open ? ['open'] : ['open', 'proprietary'],
    because: `driver ${loaded.version} drives the GPU, though fitout’s tables do not know it`,
  }
}

/** Whether a branch is taken to know all GPUs without a word of the driver itself. */
export function isNewEnough({ newest }: Pick<Allowed, 'newest'>, branch: number): boolean {
  return newest.length === 0 || branch >= newestBranch
}

const doing = 'choosing a driver for the GPUs of this host'

function unsatisfiable(
  gpus: Allowed['gpus'],
  wish: DriverWish,
  cuda: CudaBranches | undefined,
  possible: readonly number[],
  tooNewCuda: Allowed['gpus'][number] | undefined,
): FitoutError {
  const said = table([
    ['', 'architecture', 'branches', 'kernel modules'],
    ...gpus.map((one) => [nameOf(one), one.gpu.architecture, span(one.needs), one.needs.kernelModules.join(' or ')]),
    ...(wish.branch === 'auto' ? [] : [['asked: branch', '', wish.branch, '']]),
    ...(cuda === undefined ? [] : [[`asked: CUDA ${wish.cuda}`, '', `${cuda.driver} and newer`, '']]),
    ...(wish.kernelModules === 'auto' ? [] : [['asked: kernelModules', '', '', wish.kernelModules]]),
  ])
  const reasons = [...new Set(gpus.map(({ needs }) => needs.because))]
  const refusal = (cause: string, remedy: string) => new FitoutError({ doing, cause, remedy, said })
  const ancient = gpus.find(({ needs }) => (needs.max ?? 9999) < firstBranch)
  if (ancient) {
    return refusal(
      `${nameOf(ancient)}: ${ancient.needs.because}, and it has ended; no release that fitout knows offers it, and no kernel of today builds it`,
      'leave the GPU to nouveau and skip NVIDIA here (`--skip nvidia-driver`), or put a newer GPU in its place',
    )
  }
  if (possible.length === 0) {
    return refusal(
      `no one driver can drive all of these GPUs: ${reasons.join('; ')}`,
      'take one kind out of this host, or give it to a virtual machine (bound to vfio-pci it is left out of account)',
    )
  }
  if (tooNewCuda) {
    const last = lastCudaFor(tooNewCuda.gpu)
    return refusal(
      `CUDA ${last} is the last that makes programs for ${nameOf(tooNewCuda)}: containers of CUDA ${wish.cuda} would start and find no kernel that runs on it`,
      `ask for a range that begins at CUDA ${last} or before, or put a newer GPU in its place`,
    )
  }
  const option = wish.branch !== 'auto' ? 'branch' : wish.kernelModules !== 'auto' ? 'kernelModules' : 'cuda'
  return refusal(
    `no driver is both what the GPUs can use and what was asked: ${reasons.join('; ')}`,
    `these GPUs can use branch ${possible.join(', ')}: change nvidia-driver.${option}, or put newer GPUs in`,
  )
}

function span({ min, max }: DriverNeeds): string {
  if (max !== undefined) return min === undefined ? `up to ${max}` : `${min} to ${max}`
  return min === undefined ? 'any' : `${min} and newer`
}

/** Rows under each other, in columns as wide as they need to be. */
function table(rows: string[][]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd(),
  )
}

/** A branch, a version or a range of NVIDIA's driver, or `auto`. */
export const driverRange = z
  .string()
  .refine(
    (text) => text === 'auto' || rangeOf(text) !== undefined,
    'is not a branch like 580, a version like 550.163.01, a range like ">=550 <590", or auto',
  )
