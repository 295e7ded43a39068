import {
  file,
  finishInterrupted,
  keyFile,
  packages,
  plainUrl,
  recipe,
  versionRange,
  z,
} from '../../src/recipe/index.js'
import { aptComponents } from '../../src/resource/apt-components.js'
import { aptRepository, sourcesFileOf } from '../../src/resource/apt-repository.js'
import { dnfRepository } from '../../src/resource/dnf-repository.js'
import { dnfStream } from '../../src/resource/dnf-stream.js'
import { unfetchedRepository } from '../../src/resource/unfetched-repository.js'
import { nvidiaFacts } from '../nvidia/facts.js'
import { hasNvidia } from '../nvidia/gpus.js'
import { isWatched } from '../nvidia/packages.js'
import { nvidiaSymptoms } from '../nvidia/symptoms.js'
import { nvidiaTables } from '../nvidia/tables.js'
import { driverChecks } from './checks.js'
import { decideDriver } from './decide.js'
import { dkmsModule } from './dkms-module.js'
import { kernelsOf } from './kernels.js'
import loadModuleFunctions from './load-module.sh'
import { nvidiaModule } from './module.js'
import { driverRange } from './needs.js'
import { leftAlone } from './packages.js'
import rebootFunctions from './reboot.sh'
import { driverModule } from './rpms.js'
import { branchesOffered } from './sets.js'
import { preferencesName } from './sources.js'
import type { DriverRepository, RpmSource } from './types.js'

const rebuildInitramfs = `if command -v update-initramfs >/dev/null 2>&1; then
  update-initramfs -u -k all
elif command -v dracut >/dev/null 2>&1; then
  dracut --force --regenerate-all
fi`

export const nvidiaDriver = recipe({
  name: 'nvidia-driver',
  title: 'NVIDIA’s driver, fit for every GPU of the host',
  about:
    'Installs the driver that does for all GPUs of a host and for what was asked, or says before anything is touched why none ' +
    'can. A driver that does stays, whoever installed it. Modules that are built and signed already come first, then such as ' +
    'DKMS builds; packages of one source never meet those of another. nouveau is kept away, unattended upgrades leave the ' +
    'driver alone, and NVSwitches get their fabric manager. Where dnf is, the driver comes from NVIDIA’s CUDA repository: on EL8 and ' +
    'EL9 by the module stream of its branch, on EL10 and Fedora as plain packages, with other branches left out of the repository. ' +
    'DKMS, from EPEL on RHEL and its rebuilds, has to be at hand there; RPM Fusion’s driver stays where it does, and is never mixed ' +
    'with NVIDIA’s. Nothing is installed on a Jetson, in WSL, where GPUs belong to ' +
    'virtual machines, and where there is none: the plan says what to do instead.',
  byDefault: { when: 'on hosts with an NVIDIA GPU', suits: hasNvidia },
  facts: [nvidiaFacts],
  options: {
    branch: driverRange
      .default('auto')
      .describe(
        'a branch (`580`), a version (`550.163.01`) or a semver range (`>=550 <590`); `auto` takes, of the branches that do for ' +
          'every GPU, the longest supported',
      ),
    cuda: versionRange
      .optional()
      .describe(
        'a CUDA version that the driver has to have itself, as a semver range (`>=12.4`); its lower end counts. For versions that ' +
          'fitout does not know, NVIDIA’s CUDA repository is asked',
      ),
    kernelModules: z
      .enum(['auto', 'open', 'proprietary'])
      .default('auto')
      .describe(
        'the kind of kernel modules; `auto` takes the open ones from branch 560 on where every GPU can, and before where one must',
      ),
    source: z
      .enum(['auto', 'distro', 'cuda', 'ppa'])
      .default('auto')
      .describe(
        'where packages come from: the distribution’s archive, NVIDIA’s CUDA repository, or Ubuntu’s graphics-drivers PPA; ' +
          '`auto` keeps to the source of an installed driver, else takes the archive where it offers a driver that will do, ' +
          'else the CUDA repository, which is the one source where dnf is. A source that is named takes the place of another, whose packages are removed',
      ),
    profile: z
      .enum(['compute', 'desktop'])
      .optional()
      .describe(
        'what computing needs, or the desktop’s parts too; unset, `desktop` where such parts of a driver are installed, else `compute`',
      ),
    mirror: plainUrl
      .optional()
      .describe(
        'a mirror of https://developer.download.nvidia.com/compute/cuda/repos/RELEASE/ARCHITECTURE, down to that folder',
      ),
    mirrorKey: keyFile
      .optional()
      .describe(
        '`FILE:FINGERPRINT` of the key that signs the mirror; unset, it has to be NVIDIA’s own, which is pinned but for Fedora 43',
      ),
    hold: z
      .boolean()
      .optional()
      .describe('hold the packages at their version (`true`) or lift holds (`false`); unset, holds stay as they are'),
  },

  decide: ({ facts, options }) => decideDriver(facts, options),

  resources: ({ facts, options, choice }) => {
    if ('none' in choice) return []
    const { repository, preferences, rpm } = choice
    const open = choice.kernelModules === 'open'
    return [
      ...finishInterrupted(facts),
      ...(choice.components ? [aptComponents(choice.components)] : []),
      ...(repository === undefined ? [] : [aptRepositoryOf(repository)]),
      ...(rpm === undefined ? [] : rpmResources(rpm, facts.nvidia.stream)),
      ...(preferences === undefined
        ? []
        : [
            file({
              path: `/etc/apt/preferences.d/${preferencesName}`,
              text: preferences.text,
              purpose: 'let all parts of the driver come in one version from one source',
              stage: 'prepare',
            }),
          ]),
      packages({
        name: 'nvidia-driver',
        manager: facts.packageManager,
        install: choice.install,
        remove: choice.remove,
        hold: options.hold,
        from: choice.from,
        refresh: rpm ? rpm.repository.id : repository === undefined ? '' : sourcesFileOf(repository.name),
        transaction: choice.transaction,
        watched: isWatched,
      }),
      ...(rpm === undefined ? [] : [dkmsModule(choice.version, open, kernelsOf(facts))]),
      ...(facts.nvidia.nouveau.blacklisted ? [] : [nouveauAway()]),
      ...(choice.source === undefined || facts.packageManager !== 'apt' ? [] : [leftToUs()]),
      nvidiaModule({
        version: choice.version,
        open,
        services: { persistenced: choice.persistenced, fabricManager: choice.fabricManager },
      }),
    ]
  },

  notes: ({ choice }) =>
    'none' in choice ? [`no driver is installed: ${choice.none.cause}; ${choice.none.remedy}`] : choice.notes,
  version: {
    option: 'branch',
    of: 'NVIDIA’s driver',
    installed: ({ nvidia }) => nvidia.loaded?.version,
    offered: branchesOffered,
    branches: {
      unset: 'The longest supported',
      about: 'of those that do for every GPU',
      hint: 'a branch (580), a version, or a range (>=550 <590)',
    },
  },

  shell: `${loadModuleFunctions}\n${rebootFunctions}`,
  symptoms: nvidiaSymptoms,
  journals: [{ service: 'nvidia-fabricmanager' }, { service: 'nvidia-persistenced' }],
  tables: nvidiaTables,
  checks: driverChecks,
})

function aptRepositoryOf(repository: DriverRepository) {
  const { key } = repository
  return key === undefined ? unfetchedRepository(repository) : aptRepository({ ...repository, key })
}

/** The CUDA repository as dnf knows it, and the stream that has the branch. */
function rpmResources({ repository, stream }: RpmSource, now: string | undefined) {
  const { key, keyUrl, same, sum, ...known } = repository
  const title = 'NVIDIA’s CUDA repository'
  return [
    key === undefined
      ? unfetchedRepository({
          ...known,
          fingerprint: sum === undefined ? known.fingerprint : `…${known.fingerprint} (sha256 ${sum})`,
          name: known.id,
          title,
          keyUrl,
          manager: 'dnf',
        })
      : dnfRepository({ ...known, key, title, same }),
    ...(stream === undefined ? [] : [dnfStream({ module: driverModule, stream, repository: known.id, now })]),
  ]
}

/** For drivers of packages alone: others are not upgraded by anybody. */
function leftToUs() {
  return file({
    path: '/etc/apt/apt.conf.d/52fitout-nvidia',
    text: [
      '// Written by fitout: a driver that is replaced while its old module is loaded fails every program that starts then.',
      'Unattended-Upgrade::Package-Blacklist {',
      ...leftAlone.map((pattern) => `  "${pattern}";`),
      '};',
      '',
    ].join('\n'),
    purpose: 'let unattended-upgrades leave the driver alone',
  })
}

function nouveauAway() {
  return file({
    path: '/etc/modprobe.d/fitout-nouveau.conf',
    text: '# Written by fitout: one driver a GPU.\nblacklist nouveau\noptions nouveau modeset=0\n',
    purpose: 'keep nouveau away from GPUs that the driver is for, from the next start on',
    // The initramfs has a copy of its own, which counts at the start.
    after: rebuildInitramfs,
    unless: {
      says: '^[[:space:]]*blacklist[[:space:]]+nouveau([[:space:]]|$)',
      in: ['/etc/modprobe.d/*.conf', '/run/modprobe.d/*.conf', '/lib/modprobe.d/*.conf', '/usr/lib/modprobe.d/*.conf'],
    },
  })
}
