import { recipe, z } from '../../src/recipe/index.js'
import { daemonJsonOf } from '../docker/daemon-json.js'
import { hasGpuForContainers } from '../nvidia/gpus.js'
import { noNvidiaOnPi } from '../raspberry-pi/board.js'
import { defaultRuntimeCheck } from './checks.js'
import { runtimeNotes, runtimeWish } from './default-runtime.js'

export const nvidiaDefaultRuntime = recipe({
  name: 'nvidia-default-runtime',
  title: 'NVIDIA as Docker’s default runtime',
  about:
    'Makes the runtime of the NVIDIA Container Toolkit known to Docker and, unless told otherwise, its default, and turns CDI ' +
    'on where Docker has it and it is not on by itself. It goes into /etc/docker/daemon.json by the same merge as ' +
    'docker-daemon’s keys, and everything else keeps its bytes; an entry that means the same counts as right. Docker reads ' +
    'it again without stopping a container. Where Docker would not find the runtime, the old file goes back.',
  byDefault: { when: 'on hosts whose containers can use an NVIDIA GPU', suits: hasGpuForContainers },
  after: ['docker-engine', 'docker-daemon', 'nvidia-driver', 'nvidia-container-toolkit'],
  options: {
    default: z
      .boolean()
      .default(true)
      .describe(
        'containers get the runtime without asking for it; `false` only makes it known (`docker run --runtime=nvidia`) and leaves the default as it is',
      ),
    cdi: z
      .union([z.literal('auto'), z.boolean()])
      .default('auto')
      .describe(
        'whether to say `"cdi": true` among daemon.json’s features: `auto` where Docker has CDI and it is off by default ' +
          '(25.0 to 28.1), without a restart for that alone; `true` always; `false` leaves it as it is',
      ),
  },
  resources: ({ facts, options, selected }) =>
    noNvidiaOnPi(facts) ? [] : [daemonJsonOf(runtimeWish(facts, options, selected))],
  notes: ({ facts, options }) => {
    const no = noNvidiaOnPi(facts)
    if (no) return [`Docker’s runtimes stay as they are: ${no.cause}; ${no.remedy}`]
    return runtimeNotes(facts, options, hasGpuForContainers(facts))
  },
  checks: [defaultRuntimeCheck],
})
