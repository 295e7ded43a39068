import type { Facts } from '../../src/facts/facts.js'
import type { Trial } from '../../src/recipe/recipe.js'
import { sh } from '../../src/shell/quote.js'
import { clientFunctions } from '../docker/client.js'
import { helloArchiveBase64, helloText } from '../docker/hello-image.js'
import { cudaImages } from '../nvidia/cuda.js'
import { gpuOf, isGpu, wholeGpus } from '../nvidia/gpus.js'
import commonScript from './common.sh'
import { asTyped, judgeCompile, judgeCompute, judgeMatrix, judgeSurvives, judgeVisible, judgeWiring } from './judges.js'
import programScript from './program.sh'
import { kernelSource, pytorchProgram, tensorflowProgram } from './programs.js'
import survivesScript from './survives.sh'
import visibleScript from './visible.sh'
import wiringScript from './wiring.sh'

/** What can be tried, from the wiring alone to whole frameworks. */
export const cudaLevels = ['wiring', 'visible', 'compute', 'compile', 'pytorch', 'tensorflow', 'survives'] as const
export type CudaLevel = (typeof cudaLevels)[number]

/** Levels that choose among images. */
type ImageLevel = Exclude<CudaLevel, 'wiring' | 'survives'>

/** Whether this host can hand a GPU to its own containers, as far as its hardware goes. A Jetson needs images of its own. */
function usableGpu({ nvidia }: Facts): boolean {
  if (nvidia.jetson !== undefined) return false
  const slices = nvidia.loaded !== undefined && nvidia.devices.some((device) => isGpu(device) && device.virtual)
  return nvidia.wsl === true || slices || wholeGpus(nvidia).length > 0
}

/**
 * The levels that are tried unless a person names others. With a GPU: what shows that containers see it and compute on it, for one download
 * of two small images; compilers and frameworks are gigabytes, and `survives` touches all of systemd. Without one: the wiring.
 */
export function defaultLevels(facts: Facts): CudaLevel[] {
  return usableGpu(facts) ? ['visible', 'compute'] : ['wiring']
}

/**
 * The driver by which images are chosen where the facts have none, as on WSL, whose driver is Windows': images of CUDA 12.2, which any driver in use
 * takes. Source: NVIDIA's driver branches, 535 the oldest that lived in 2026.
 */
const unknownDriver = '535.183.01'

export interface CudaTrialOptions {
  facts: Facts
  /** Who runs the containers; `survives` is root's. */
  user: string
  levels: readonly CudaLevel[]
  registry?: string | undefined
  images: { [Level in ImageLevel]?: readonly string[] | undefined }
  pull: boolean
  keep: boolean
  /** Seconds that one level may take, downloads included. */
  timeout: number
  /** The recipe that makes the runtime known, and the default, is part of the run. */
  runtime: boolean
  defaultRuntime: boolean
}

const titles: Record<CudaLevel, string> = {
  wiring: 'Docker goes through NVIDIA’s runtime',
  visible: 'Containers see the GPUs',
  compute: 'A container computes on a GPU',
  compile: 'nvcc compiles for the GPUs, in a container',
  pytorch: 'PyTorch multiplies on the GPUs',
  tensorflow: 'TensorFlow multiplies on the GPUs',
  survives: 'A running container keeps its GPUs',
}

/** One trial a level. Images are chosen by the driver that runs now and by what the GPUs can. */
export function cudaTrials(options: CudaTrialOptions): Trial[] {
  const { facts, user, images, timeout } = options
  const { nvidia, arch } = facts
  const gpus = nvidia.devices.filter(isGpu).map(({ device }) => gpuOf(device))
  const capabilities = [...new Set(gpus.flatMap(({ computeCapability }) => computeCapability ?? []))]
  const known =
    nvidia.loaded !== undefined && gpus.length > 0 && gpus.every(({ computeCapability }) => computeCapability)
  const chosen = cudaImages({
    driver: nvidia.loaded?.version ?? unknownDriver,
    computeCapabilities: capabilities,
    arch: arch.package,
    registry: options.registry,
  })
  const lists: Record<ImageLevel, readonly string[]> = {
    visible: images.visible ?? chosen.base,
    compute: images.compute ?? chosen.vectorAdd,
    compile: images.compile ?? chosen.devel,
    pytorch: images.pytorch ?? chosen.pytorch,
    tensorflow: images.tensorflow ?? chosen.tensorflow,
  }
  const script = (...parts: string[]) =>
    [
      sh`pull=${options.pull ? 'yes' : 'no'} keep=${options.keep ? 'yes' : 'no'}`,
      sh`limit=${timeout} pull_limit=${Math.ceil(timeout * 0.7)} run_limit=${Math.max(30, Math.floor(timeout * 0.3))}`,
      clientFunctions,
      commonScript,
      ...parts,
    ].join('\n')
  const program = (level: ImageLevel, judge: Level['judge'], text: string, command: readonly string[]): Level => ({
    script: script(
      sh`images=${lists[level].join(' ')}`,
      sh`archs=${known ? capabilities.map((one) => `sm_${one.replace('.', '')}`).join(' ') : ''}`,
      sh`program=${text}`,
      command.length > 0 ? sh`set -- ${command}` : 'set --',
      programScript,
    ),
    judge: (answer) => (lists[level].length > 0 ? judge(answer) : noImage(judge(answer), facts)),
  })
  const python = ['python3', '-']
  const matrix = (framework: string) => (text: string) => judgeMatrix(text, { user, level: framework })
  const levels: Record<CudaLevel, Level> = {
    wiring: {
      script: script(
        sh`embedded=${embeddedFor(arch.package)} hello=${helloTag} expect=${helloText.trimEnd()}`,
        wiringScript,
      ),
      judge: (text) => judgeWiring(text, options),
    },
    visible: {
      script: script(sh`images=${lists.visible.join(' ')}`, visibleScript),
      judge: (text) => judgeVisible(text, { ...options, pull: options.pull && lists.visible.length > 0 }),
    },
    compute: program('compute', (text) => judgeCompute(text, options), '', []),
    compile: program('compile', (text) => judgeCompile(text, options), kernelSource, ['sh', '-c', compileCommand]),
    pytorch: program('pytorch', matrix('PyTorch'), pytorchProgram, python),
    tensorflow: program('tensorflow', matrix('TensorFlow'), tensorflowProgram, python),
    survives: { script: script(sh`images=${lists.visible.join(' ')}`, survivesScript), judge: judgeSurvives },
  }
  return [...new Set(options.levels)].map((level) => {
    const who = level === 'survives' ? 'root' : user
    const { script: own, judge } = levels[level]
    return {
      name: `cuda-smoke-${level}`,
      title: titles[level],
      user: who,
      types: ['docker'],
      // The script keeps its own time; this is for one that cannot.
      timeout: timeout + 180,
      script: own,
      judge: (answer) => asTyped(judge(answer.text), answer.text, who),
    }
  })
}

/** What differs from level to level: its script, and what is made of the script's words. */
interface Level {
  script: string
  judge(text: string): ReturnType<Trial['judge']>
}

/** Machine code for each GPU; without a word about these, what nvcc does by itself. */
const compileCommand =
  'cat >/tmp/kernel.cu && set -- && for one in $FITOUT_ARCHS; do set -- "$@" -gencode "arch=compute_${one#sm_},code=$one"; done && nvcc "$@" -o /tmp/kernel /tmp/kernel.cu && /tmp/kernel'

const helloTag = 'fitout-trial:wiring'

function embeddedFor(arch: string): string {
  return arch === 'amd64' || arch === 'arm64' || arch === 'armhf' ? helloArchiveBase64(arch, helloTag) : ''
}

/** No image of the tables fits: what the host itself lacks is said first. */
function noImage(judged: ReturnType<Trial['judge']>, { nvidia, arch }: Facts): ReturnType<Trial['judge']> {
  if (judged.outcome === 'failed') return judged
  return {
    outcome: 'skipped',
    proven: [],
    because: `fitout knows no image for it that runs on driver ${nvidia.loaded?.version ?? '?'}, ${arch.package}, and has code for every GPU here`,
    remedy: 'name one in cuda-smoke.images',
  }
}
