import { upstreamVersion } from '../../src/data/versions.js'
import { isInstalled } from '../../src/packages/installed.js'
import {
  finishInterrupted,
  indexOf,
  keyFile,
  packageRepository,
  packages,
  plainUrl,
  recipe,
  versionRange,
  z,
} from '../../src/recipe/index.js'
import { versionsOffered } from '../../src/recipe/versions-offered.js'
import { hasGpuForContainers } from '../nvidia/gpus.js'
import { isWatched } from '../nvidia/packages.js'
import { toolkitStrayKeyrings } from '../nvidia/repositories.js'
import { toolkitChecks } from './checks.js'
import { dockerConffile } from './conffile.js'
import { decideToolkit, sameToolkitRepository } from './decide.js'
import { dockerToolkit } from './docker-toolkit.js'
import { toolkitPredecessors, toolkitStrayLists } from './packages.js'

export const nvidiaContainerToolkit = recipe({
  name: 'nvidia-container-toolkit',
  title: 'NVIDIA Container Toolkit',
  about:
    'Installs the four packages of the NVIDIA Container Toolkit at one version, from NVIDIA’s repository with its pinned key. ' +
    'Entries, lists and keyrings that earlier guides left for it go, nvidia-docker and nvidia-docker2 give way to it, and ' +
    'daemon.json, which nvidia-docker2 owned, is made safe from a later purge. A running Docker is restarted only where ' +
    'it has never seen the toolkit. A Jetson keeps to the toolkit of its JetPack.',
  byDefault: { when: 'on hosts whose containers can use an NVIDIA GPU', suits: hasGpuForContainers },
  after: ['docker-engine', 'nvidia-driver'],
  options: {
    version: versionRange
      .optional()
      .describe(
        'a semver range (`^1.17`, `>=1.16 <1.18`) or `latest`; unset, any installed version is right as long as the packages agree',
      ),
    mirror: plainUrl
      .optional()
      .describe('a mirror of https://nvidia.github.io/libnvidia-container, down to that folder'),
    mirrorKey: keyFile
      .optional()
      .describe(
        '`FILE:FINGERPRINT` of the key that signs the mirror; unset, it is NVIDIA’s own, which signs what a true copy has',
      ),
    hold: z
      .boolean()
      .optional()
      .describe('hold the packages at their version (`true`) or lift holds (`false`); unset, holds stay as they are'),
  },

  decide: ({ facts, options }) => decideToolkit(facts, options),

  resources: ({ facts, options, choice }) => {
    if ('none' in choice) return []
    const { repository } = choice
    return [
      ...finishInterrupted(facts),
      ...(repository
        ? packageRepository({
            name: 'nvidia-container-toolkit',
            title: 'NVIDIA’s repository of the container toolkit',
            repository,
            same: sameToolkitRepository(options.mirror),
            strayKeyrings: toolkitStrayKeyrings,
            strayLists: toolkitStrayLists,
            wanted: choice.needsRepository,
          })
        : []),
      packages({
        name: 'nvidia-container-toolkit',
        manager: facts.packageManager,
        install: choice.install,
        remove: choice.remove,
        hold: options.hold,
        from: choice.from,
        refresh: choice.needsRepository && repository ? indexOf('nvidia-container-toolkit', repository) : '',
        transaction: choice.transaction,
        watched: isWatched,
      }),
      dockerConffile({
        packages: toolkitPredecessors.map(({ name }) => name),
        removed: choice.remove.map(({ name }) => name),
      }),
      dockerToolkit(!isInstalled(facts, 'nvidia-container-toolkit')),
    ]
  },

  notes: ({ choice }) =>
    'none' in choice ? [`no toolkit is installed: ${choice.none.cause}; ${choice.none.remedy}`] : choice.notes,
  version: {
    of: 'the toolkit',
    installed: ({ packages: { 'nvidia-container-toolkit': found } }) =>
      found?.state === 'installed' ? upstreamVersion(found.version) : undefined,
    offered: (answers) => versionsOffered(answers, ['nvidia-container-toolkit']),
  },

  journals: [{ service: 'nvidia-cdi-refresh' }],
  checks: toolkitChecks,
})
