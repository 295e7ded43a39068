import { peopleOf } from '../../src/facts/people.js'
import { imageName, recipe, z } from '../../src/recipe/index.js'
import { hasGpuForContainers } from '../nvidia/gpus.js'
import { noNvidiaOnPi } from '../raspberry-pi/board.js'
import { cudaLevels, cudaTrials, defaultLevels } from './trials.js'

const own = (what: string) => z.array(imageName).optional().describe(what)

export const cudaSmoke = recipe({
  name: 'cuda-smoke',
  title: 'Containers that compute on the GPU, as their user',
  about:
    'Uses the GPUs from containers the way the machine’s owner will: as that user, through a fresh login. Each level is a ' +
    'trial of its own. `visible`: the same GPUs inside as outside, through `--gpus all`, one device alone, `--runtime=nvidia`, ' +
    'the default runtime and CDI; where no registry gives an image, in one made of the host’s own loader and C library. ' +
    '`compute`: NVIDIA’s vectorAdd, which checks its sum. `compile`: a kernel of fitout’s own, compiled by nvcc for the GPUs ' +
    'that are there, its sum checked. `pytorch`, `tensorflow`: matrices multiplied on each GPU and compared with the CPU. ' +
    '`survives`: a running container keeps its GPUs through `systemctl daemon-reload` (as root). `wiring`: a container goes ' +
    'through NVIDIA’s runtime without any GPU. Images are chosen by the driver and by what the GPUs can, with others behind ' +
    'them where a tag is gone. Everything that a trial brought is removed. The levels that need a GPU have not met one yet.',
  byDefault: { when: 'on hosts whose containers can use an NVIDIA GPU', suits: hasGpuForContainers },
  after: [
    'docker-engine',
    'docker-daemon',
    'docker-group',
    'nvidia-driver',
    'nvidia-container-toolkit',
    'nvidia-default-runtime',
    'hello-world',
  ],
  options: {
    levels: z
      .array(z.enum(cudaLevels))
      .min(1)
      .optional()
      .describe(
        'what to try; by default `visible,compute` where the host has a GPU that it can use, else `wiring`; `compile`, ' +
          '`pytorch` and `tensorflow` download gigabytes, and `survives` has systemd read all its units anew',
      ),
    registry: z
      .string()
      .regex(/^(?!.*\/\/)[a-z0-9][a-z0-9.:/_-]*$/i, 'is not the name of a registry like registry.example/mirror')
      .optional()
      .describe('a registry that has the images, in place of Docker Hub and nvcr.io: `registry.example/mirror`'),
    images: z
      .object({
        visible: own('anything with a C library; the toolkit brings nvidia-smi (also for `survives`)'),
        compute: own('prints “Test PASSED” by itself'),
        compile: own('with sh and nvcc'),
        pytorch: own('with python3 and torch'),
        tensorflow: own('with python3, numpy and tensorflow'),
      })
      .default({})
      .describe('images of one’s own for a level; the first that can be had is used'),
    pull: z.boolean().default(true).describe('ask registries at all; `false` uses only images that are on the host'),
    keep: z.boolean().default(false).describe('keep the images that were downloaded, for the next time'),
    timeout: z
      .int()
      .min(60)
      .default(1800)
      .describe('seconds that one level may take; downloads have seven tenths of it'),
  },
  trials: ({ facts, options, selected, all }) => {
    if (noNvidiaOnPi(facts)) return []
    const users = selected.includes('docker-group') ? (all['docker-group']?.users as string[] | undefined) : []
    const runtime = selected.includes('nvidia-default-runtime')
    return cudaTrials({
      ...options,
      facts,
      // Nobody in the group: root is who uses Docker here.
      user: peopleOf(facts, users)[0] ?? 'root',
      levels: options.levels ?? defaultLevels(facts),
      runtime,
      defaultRuntime: runtime && all['nvidia-default-runtime']?.default !== false,
    })
  },
  notes: ({ facts }) => {
    const no = noNvidiaOnPi(facts)
    return no ? [`nothing is tried: ${no.cause}; ${no.remedy}`] : []
  },
})
