import { check } from '../../src/doctor/check.js'
import { documentOf, keyLine, withSetting } from '../docker/checks/daemon-document.js'
import { infoOf } from '../docker/checks/engine-state.js'
import { daemonJsonPath } from '../docker/daemon-keys.js'
import { daemonLook, engineLook } from '../docker/looks/index.js'
import { hasGpuForContainers } from '../nvidia/gpus.js'

/** What the doctor looks at because of nvidia-default-runtime. */
export const defaultRuntimeCheck = check({
  name: 'default-runtime',
  title: 'NVIDIA’s runtime is the default only where there is a GPU',
  finds: 'the default runtime nvidia on a host without an NVIDIA GPU',
  mends: ['docker-daemon'],
  looks: [engineLook, daemonLook],
  judge: ({ facts }, answer) => {
    const document = documentOf(answer)
    const byDefault = document['default-runtime'] ?? infoOf(answer)?.DefaultRuntime
    if (byDefault !== 'nvidia' || hasGpuForContainers(facts)) return []
    return {
      severity: 'warning',
      title: 'the default runtime is nvidia, and there is no NVIDIA GPU',
      evidence: [
        document['default-runtime'] === undefined
          ? 'docker info: DefaultRuntime=nvidia'
          : keyLine(answer, 'default-runtime'),
      ],
      cause: 'images that set NVIDIA_VISIBLE_DEVICES=all, as all of nvidia/cuda do, fail to start here',
      remedy: `take "default-runtime" out of ${daemonJsonPath}, then \`systemctl reload docker\``,
      ...(document['default-runtime'] === undefined ? {} : { mend: withSetting('default-runtime=null') }),
    }
  },
})
