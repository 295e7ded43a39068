import { firstListed, isUnlisted } from './driver-lists.js'
import type { Architecture, Gpu } from './gpus.js'

/** Which kind of NVIDIA’s kernel modules. */
export type KernelModules = 'open' | 'proprietary'

/**
 * Driver branches that anyone may still meet, oldest first, each with the month after which it gets no more security updates. Those that are
 * missing have ended (the source of 580 says so of all older ones). Sources, read 2026-11: docs.nvidia.com/datacenter/tesla/drivers/615 and
 * /620, supported drivers and CUDA toolkit versions; of legacy branches forums.developer.nvidia.com/t/28500, current driver releases.
 * Repositories offer newer ones before the table knows them (see `isNewer`).
 */
export const branches: readonly { branch: number; endOfLife?: string }[] = [
  // Legacy: kept for old GPUs only, and no longer maintained by NVIDIA.
  { branch: 340 },
  { branch: 390 },
  { branch: 470 },
  { branch: 535, endOfLife: '2026-06' },
  // By the edition of 2025-10.
  { branch: 570, endOfLife: '2026-02' },
  // 2028-08 in the edition of 2025-10.
  { branch: 580, endOfLife: '2028-06' },
  // “Current new feature branch” of 2026-02, in the same thread of the forum.
  { branch: 590 },
  { branch: 595, endOfLife: '2027-03' },
  { branch: 610, endOfLife: '2026-08' },
  // The edition of 620 lists it no more: a new feature branch, which has no end of support.
  { branch: 615 },
  // Long-term support.
  { branch: 620, endOfLife: '2029-09' },
]

/** When the table of branches was last read: sentences that rest on it say so. */
export const branchesAsOf = '2026-11'

/** The newest branch of the table. */
export const newestBranch = branches.at(-1)!.branch

/** The last branch with proprietary kernel modules. Source: NVIDIA’s driver installation guide for R620, 2026-11-09. */
export const lastProprietaryBranch = 615

/**
 * Where both kinds of kernel modules do, the open ones are NVIDIA’s default from here on; before, they were for data-centre GPUs
 * first. Source: docs.nvidia.com, driver installation guide, kernel modules (“Starting in the 560 driver release series …”); 2026-11.
 */
export const openByDefaultFrom = 560

export interface DriverNeeds {
  /** The first branch that can drive the GPU. */
  min?: number | undefined
  /** The first version of it that can. */
  minVersion?: string | undefined
  /** The last one. */
  max?: number | undefined
  /** Kinds of kernel modules that can drive it; see lastProprietaryBranch and openByDefaultFrom for which of two. */
  kernelModules: KernelModules[]
  /**
   * Set where the GPU is newer than the tables: unless a driver says that it knows it, the newest branch on offer is taken, and none that is
   * older than the newest of the table.
   */
  newest?: true | undefined
  /** A phrase for people: `580 is the last branch for Pascal`. */
  because: string
}

const both: KernelModules[] = ['open', 'proprietary']

/**
 * Sources: NVIDIA’s CUDA toolkit, driver and architecture matrix, read 2026-11; the driver of the first CUDA version that knows an
 * architecture gives its first branch; for what is older than Fermi the forum’s thread on legacy branches. Debian’s lists of ids for
 * 340, 390, 470 and 550 agree (a unit test looks); they know nothing of 580 and of Blackwell. Of what is offered in 2026-11: 470 in
 * Debian bookworm and sid, 340 and 390 in sid alone.
 */
const byArchitecture: Record<Architecture, DriverNeeds> = {
  older: { max: 340, kernelModules: ['proprietary'], because: '340 was the last branch for GPUs before Fermi' },
  Fermi: { max: 390, kernelModules: ['proprietary'], because: '390 was the last branch for Fermi' },
  Kepler: { max: 470, kernelModules: ['proprietary'], because: '470 is the last branch for Kepler' },
  Maxwell: lastAt580('Maxwell'),
  Pascal: lastAt580('Pascal'),
  Volta: lastAt580('Volta'),
  Turing: { min: 410, kernelModules: both, because: 'Turing works with every supported branch' },
  Ampere: { min: 450, kernelModules: both, because: 'Ampere works with every supported branch' },
  Ada: { min: 520, kernelModules: both, because: 'Ada works with branch 520 and newer' },
  Hopper: { min: 520, kernelModules: both, because: 'Hopper works with branch 520 and newer' },
  Blackwell: {
    min: 570,
    kernelModules: ['open'],
    because: 'Blackwell needs open kernel modules and branch 570 or newer',
  },
  // Source: NVIDIA/cutlass, release notes of 4.8.0dev (“requires the R615 driver … R610 is not sufficient”); cuDNN 9.25, support matrix.
  Rubin: { min: 615, kernelModules: ['open'], because: 'Rubin needs open kernel modules and branch 615 or newer' },
  // NVIDIA’s nvidia-driver-assistant does the same.
  unknown: { kernelModules: ['open'], because: 'GPUs of new architectures need open kernel modules' },
}

function lastAt580(architecture: string): DriverNeeds {
  return {
    max: 580,
    kernelModules: ['proprietary'],
    because: `580 is the last branch for ${architecture}, and open kernel modules do not drive it`,
  }
}

/** What differs from the architecture, by chip or by id. */
const exceptions: readonly { applies: (gpu: Gpu, device: string) => boolean; needs: Partial<DriverNeeds> }[] = [
  {
    // Source: Debian’s nvidia-detect 550.163.01-5.1: only in its list for 340; 2026-11.
    applies: (_, device) => ['0fef', '0ff2', '11bf'].includes(device),
    needs: { max: 340, because: 'newer branches than 340 left out GRID K1, K2 and K340, unlike other Kepler GPUs' },
  },
  {
    // 2342: GH200 120GB/480GB; 2348: GH200 144G HBM3e. Source: NVIDIA’s driver installation guide, kernel modules; supported-gpus.json.
    applies: (_, device) => device === '2342' || device === '2348',
    needs: { min: 535, kernelModules: ['open'], because: 'Grace Hopper needs open kernel modules' },
  },
  {
    // Source: awslabs/amazon-eks-ami, doc/usage/g7-ami.md (G7 has RTX PRO 4500 Blackwell Server Edition); read 2026-11.
    applies: (_, device) => device === '2c3a',
    needs: { min: 595, because: 'this Blackwell needs open kernel modules and branch 595 or newer' },
  },
  ...Object.entries(firstListed).map(([id, version]) => ({
    applies: (_: Gpu, device: string) => device === id,
    needs: {
      min: Number.parseInt(version, 10),
      minVersion: version,
      because: `the lists of NVIDIA’s drivers have this GPU from ${version} on`,
    },
  })),
  {
    // Source: CUDA release notes: 10.3, 11.0 and 12.1 came with CUDA 12.9 (575, ended) and 13.0 (580).
    applies: (gpu) => ['10.3', '11.0', '12.1'].includes(gpu.computeCapability ?? ''),
    needs: { min: 580, because: 'this Blackwell needs open kernel modules and branch 580 or newer' },
  },
]

/** What a GPU needs of a driver. The needs of all GPUs of a host have to be met by one driver. */
export function needsOf(gpu: Gpu): DriverNeeds {
  const device = gpu.id.slice(gpu.id.indexOf(':') + 1)
  const needs = {
    ...byArchitecture[gpu.architecture],
    ...exceptions.find(({ applies }) => applies(gpu, device))?.needs,
  }
  // Of what NVIDIA has left behind no new products come.
  if (needs.max !== undefined || (gpu.known && !isUnlisted(device))) return needs
  const which = gpu.known
    ? 'the GPU is in none of NVIDIA’s lists that fitout knows'
    : 'the GPU is newer than fitout’s tables'
  return { ...needs, newest: true, because: `${which}, as of ${branchesAsOf}; ${needs.because}` }
}

/** Whether a branch is newer than the table, which then knows neither its kind nor its end. */
export const isNewer = (branch: number) => branch > newestBranch
