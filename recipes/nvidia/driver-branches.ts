import type { Architecture, Gpu } from './gpus.js'

export interface Branch {
  /** The first number of its versions: 580 in 580.95.05. */
  branch: number
  /** `legacy`: kept for old GPUs only, and no longer maintained by NVIDIA. */
  kind: 'legacy' | 'lts' | 'production' | 'new-feature'
  /** The month after which it gets no more security updates: `2028-06`. */
  endOfLife?: string
  source: string
}

const lifecycle = 'docs.nvidia.com/datacenter/tesla/drivers/615, supported drivers; read 2026-11'
const legacy = 'forums.developer.nvidia.com/t/28500, current driver releases, legacy; read 2026-11'

/** Driver branches that anyone may still meet, oldest first. Those that are missing have ended (the source of 580 says so of all older ones). */
export const branches: readonly Branch[] = [
  { branch: 340, kind: 'legacy', source: legacy },
  { branch: 390, kind: 'legacy', source: legacy },
  { branch: 470, kind: 'legacy', source: legacy },
  { branch: 535, kind: 'lts', endOfLife: '2026-06', source: lifecycle },
  { branch: 570, kind: 'production', endOfLife: '2026-02', source: 'the same, edition of 2025-10' },
  { branch: 580, kind: 'lts', endOfLife: '2028-06', source: `${lifecycle} (2028-08 in its edition of 2025-10)` },
  {
    branch: 590,
    kind: 'new-feature',
    source: 'forums.developer.nvidia.com/t/28500: “current new feature branch” of 2026-02',
  },
  { branch: 595, kind: 'production', endOfLife: '2027-03', source: lifecycle },
  { branch: 610, kind: 'new-feature', endOfLife: '2026-08', source: lifecycle },
  {
    branch: 615,
    kind: 'new-feature',
    source: 'its guide of 2026-09-09, which does not say its kind: the shortest-lived is taken for granted',
  },
  {
    branch: 620,
    kind: 'new-feature',
    source: 'its guide of 2026-11-09, which does not say its kind: the shortest-lived is taken for granted',
  },
]

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
  /** The last one. */
  max?: number | undefined
  /** Kinds of kernel modules that can drive it; see lastProprietaryBranch and openByDefaultFrom for which of two. */
  kernelModules: ('open' | 'proprietary')[]
  /** Set where the GPU is newer than the table: of the branches that are offered, the newest is the likeliest to know it. */
  newest?: true | undefined
  /** A phrase for people: `580 is the last branch for Pascal`. */
  because: string
  source: string
}

const matrix = 'NVIDIA’s CUDA toolkit, driver and architecture matrix; read 2026-11'

type Rule = Omit<DriverNeeds, 'newest'>
const both: Rule['kernelModules'] = ['open', 'proprietary']

/**
 * Sources besides the matrix: the driver of the first CUDA version that knows an architecture gives its first branch. Debian’s lists of ids for
 * 340, 390, 470 and 550 agree (a unit test looks); they know nothing of 580 and of Blackwell. Of what is offered in 2026-11: 470 in
 * Debian bookworm and sid, 340 and 390 in sid alone.
 */
const byArchitecture: Record<Architecture, Rule> = {
  older: {
    max: 340,
    kernelModules: ['proprietary'],
    because: '340 was the last branch for GPUs before Fermi',
    source: legacy,
  },
  Fermi: { max: 390, kernelModules: ['proprietary'], because: '390 was the last branch for Fermi', source: matrix },
  Kepler: { max: 470, kernelModules: ['proprietary'], because: '470 is the last branch for Kepler', source: matrix },
  Maxwell: lastAt580('Maxwell'),
  Pascal: lastAt580('Pascal'),
  Volta: lastAt580('Volta'),
  Turing: {
    min: 410,
    kernelModules: both,
    because: 'Turing works with every branch that is cared for',
    source: matrix,
  },
  Ampere: {
    min: 450,
    kernelModules: both,
    because: 'Ampere works with every branch that is cared for',
    source: matrix,
  },
  Ada: { min: 520, kernelModules: both, because: 'Ada works with branch 520 and newer', source: matrix },
  Hopper: { min: 520, kernelModules: both, because: 'Hopper works with branch 520 and newer', source: matrix },
  Blackwell: {
    min: 570,
    kernelModules: ['open'],
    because: 'Blackwell needs open kernel modules and branch 570 or newer',
    source: matrix,
  },
  Rubin: {
    min: 595,
    kernelModules: ['open'],
    because: 'Rubin needs open kernel modules; which branch was the first is not known here',
    source: `${matrix}; the branch is that of the newest production releases, an assumption`,
  },
  unknown: {
    kernelModules: ['open'],
    because: 'the GPU is newer than fitout’s table: open kernel modules of the newest branch are taken for it',
    source: 'NVIDIA’s nvidia-driver-assistant does the same',
  },
}

function lastAt580(architecture: string): Rule {
  return {
    max: 580,
    kernelModules: ['proprietary'],
    because: `580 is the last branch for ${architecture}, and open kernel modules do not drive it`,
    source: matrix,
  }
}

/** What differs from the architecture, by chip or by id. */
const exceptions: readonly { applies: (gpu: Gpu, device: string) => boolean; rule: Partial<Rule> }[] = [
  {
    applies: (_, device) => ['0fef', '0ff2', '11bf'].includes(device),
    rule: {
      max: 340,
      because: 'newer branches than 340 left out GRID K1, K2 and K340, unlike other Kepler GPUs',
      source: 'Debian’s nvidia-detect 550.163.01-5.1: only in its list for 340; 2026-11',
    },
  },
  {
    // 2342: GH200 120GB/480GB; 2348: GH200 144G HBM3e.
    applies: (_, device) => device === '2342' || device === '2348',
    rule: {
      min: 535,
      kernelModules: ['open'],
      because: 'Grace Hopper needs open kernel modules',
      source: 'NVIDIA’s driver installation guide, kernel modules; supported-gpus.json',
    },
  },
  {
    applies: (_, device) => device === '2c3a',
    rule: {
      min: 595,
      because: 'this Blackwell needs open kernel modules and branch 595 or newer',
      source:
        'awslabs/amazon-eks-ami, doc/usage/g7-ami.md (G7 has RTX PRO 4500 Blackwell Server Edition); read 2026-11',
    },
  },
  {
    // 10.3, 11.0 and 12.1 came with CUDA 12.9 (575) and 13.0 (580).
    applies: (gpu) => ['10.3', '11.0', '12.1'].includes(gpu.computeCapability ?? ''),
    rule: {
      min: 580,
      because: 'this Blackwell needs open kernel modules and branch 580 or newer',
      source: 'CUDA release notes: its compute capability came with 12.9 (575, ended) or 13.0 (580)',
    },
  },
]

/** What a GPU needs of a driver. The needs of all GPUs of a host have to be met by one driver. */
export function needsOf(gpu: Gpu): DriverNeeds {
  const device = gpu.id.slice(gpu.id.indexOf(':') + 1)
  const exception = exceptions.find(({ applies }) => applies(gpu, device))?.rule
  return {
    ...byArchitecture[gpu.architecture],
    ...exception,
    ...(gpu.known || gpu.architecture === 'older' ? {} : { newest: true }),
  }
}
