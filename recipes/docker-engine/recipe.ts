import { upstreamVersion } from '../../src/data/versions.js'
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
import { exactVersion, sha256 } from '../../src/recipe/options.js'
import { versionsOffered } from '../../src/recipe/versions-offered.js'
import { engineChecks } from '../docker/checks/engine.js'
import { engineRuns } from '../docker/checks/engine-state.js'
import { machineChecks } from '../docker/checks/machine.js'
import { packageChecks } from '../docker/checks/packages.js'
import { enginePackage, enginePackages } from '../docker/engine-packages.js'
import { dockerFacts } from '../docker/facts.js'
import { kernelNotes } from '../docker/kernel.js'
import { engineLook } from '../docker/looks/index.js'
import { dockerMirror } from '../docker/mirrors.js'
import { ownEngine, ownHasDockerUnit } from '../docker/own-engine.js'
import { pluginNames } from '../docker/packages.js'
import { sameDockerRepository, strayKeyrings } from '../docker/repository.js'
import { dockerService } from '../docker/service.js'
import { dockerSymptoms } from '../docker/symptoms.js'
import { dockerTables } from '../docker/tables.js'
import { isWatched } from '../nvidia/packages.js'
import { cliPlugin, defaultPluginVersions, pluginReleases } from './cli-plugin.js'
import { decideEngine } from './decide.js'
import { ownEngineAside } from './engine-aside.js'
import { engineToBe } from './engine-to-be.js'
import { dockerFunctions, engineService } from './service.js'

const binarySum = sha256
  .optional()
  .describe('for plugins=release: the binary’s sha256; unset, the one published beside it')

export const dockerEngine = recipe({
  name: 'docker-engine',
  title: 'Docker Engine with Buildx and Compose',
  about:
    'Installs Docker Engine, its client, containerd, Buildx and Compose, and sees that the daemon runs. An engine that is ' +
    'installed already stays where it came from, also one that no package brought, unless `source` or `version` ask for packages: then it stops with your consent, is put aside, and ' +
    'the packages use its data; `fitout undo` brings it back. An engine that is installed anew brings apparmor and ca-certificates where they are missing. Packages that conflict are removed, never purged; images, volumes and configuration stay.',
  byDefault: true,
  facts: [dockerFacts],
  options: {
    source: z
      .enum(['auto', 'docker', 'distro'])
      .default('auto')
      .describe(
        'where packages come from: `docker` is Docker’s own repository, `distro` the distribution’s docker.io; `auto` keeps ' +
          'an installed engine, else takes Docker’s where it publishes for this host and answers, else the distribution’s',
      ),
    version: versionRange
      .optional()
      .describe('a semver range (`^28`, `28.5.x`, `>=27 <30`) or `latest`; unset, any installed version is right'),
    channel: z.enum(['stable', 'test']).default('stable').describe('the channel of Docker’s repository'),
    mirror: dockerMirror.optional(),
    mirrorKey: keyFile
      .optional()
      .describe(
        '`FILE:FINGERPRINT` of the key that signs the mirror; unset, it is Docker’s own, which signs what a true copy has',
      ),
    hold: z
      .boolean()
      .optional()
      .describe('hold the packages at their version (`true`) or lift holds (`false`); unset, holds stay as they are'),
    plugins: z
      .enum(['auto', 'packages', 'release', 'none'])
      .default('auto')
      .describe(
        'Compose and Buildx: from `packages` where there are some (`auto` too), as `release` binaries with a verified ' +
          'checksum, or `none`',
      ),
    releaseUrl: plainUrl
      .default('https://github.com/docker')
      .describe(
        'for plugins=release: where compose/releases and buildx/releases are; http:// needs composeSha256 and buildxSha256',
      ),
    composeVersion: exactVersion
      .default(defaultPluginVersions.compose)
      .describe('for plugins=release: the Compose release'),
    buildxVersion: exactVersion
      .default(defaultPluginVersions.buildx)
      .describe('for plugins=release: the Buildx release'),
    composeSha256: binarySum,
    buildxSha256: binarySum,
  },

  refuses: ({ plugins, releaseUrl, composeSha256, buildxSha256 }) => {
    const isChecked = composeSha256 !== undefined && buildxSha256 !== undefined
    if (plugins !== 'release' || isChecked || releaseUrl.startsWith('https://')) return undefined
    return {
      option: 'releaseUrl',
      because: `${releaseUrl} is not encrypted, and the checksums would come from the same server: anyone in between could replace both; use https://, or set composeSha256 and buildxSha256`,
    }
  },

  decide: ({ facts, options }) => decideEngine(facts, options),

  resources: ({ facts, options, choice }) => {
    const { repository, install } = choice
    const plugins = options.plugins === 'release' ? pluginReleases(facts.arch.package, options).map(cliPlugin) : []
    if (choice.source === 'own') {
      // Another unit than Docker's is its owner's to start.
      return ownHasDockerUnit(facts) ? [...plugins, dockerService(facts.init)] : plugins
    }
    return [
      ...(repository
        ? packageRepository({
            name: 'docker',
            title: 'Docker’s package repository',
            repository,
            same: sameDockerRepository(options.mirror),
            strayKeyrings,
            wanted: choice.needsRepository,
          })
        : []),
      // After the sources: where two of them contradict each other, apt refuses this, too.
      ...finishInterrupted(facts),
      ...(choice.moves
        ? [ownEngineAside({ ...choice.moves, init: facts.init, manager: facts.packageManager, install })]
        : []),
      packages({
        name: 'docker-engine',
        manager: facts.packageManager,
        install,
        called: pluginNames,
        remove: choice.remove,
        hold: options.hold,
        from: choice.from,
        refresh: choice.needsRepository && repository ? indexOf('docker', repository) : '',
        transaction: choice.transaction,
        watched: isWatched,
      }),
      ...plugins,
      dockerService(facts.init, { replaced: choice.moves !== undefined }),
    ]
  },

  notes: ({ facts, options, choice, all }) => {
    // Releases that were asked for are where they should be.
    const shadowing = facts.docker.shadowingPlugins.filter(
      (path) => options.plugins !== 'release' || !path.startsWith('/usr/local/lib/docker/'),
    )
    const { client } = facts.docker
    const usesPackages = choice.source !== 'own' && choice.moves === undefined
    return [
      ...choice.notes,
      ...kernelNotes(
        facts,
        engineToBe(facts, options, choice, all['docker-daemon']),
        // The matches of iptables that EL10 packs beside the kernel.
        choice.install.some(({ name }) => name.endsWith('-modules-extra')) ? ['matches'] : [],
      ),
      shadowing.length > 0 &&
        `Compose or Buildx put here by hand, found before the packages’ own: ${shadowing.join(', ')}`,
      usesPackages &&
        client?.startsWith('/usr/bin/') === false &&
        `the docker command that PATH finds first is ${client}, not the packages’ /usr/bin/docker`,
      facts.init !== 'systemd' &&
        'no systemd here: the daemon is started by other means and that is said where it happens',
      facts.selinux !== undefined &&
        facts.packageManager === 'dnf' &&
        `SELinux is ${facts.selinux} here, and container-selinux comes with the engine; that containers are confined by it is up to you: selinux-enabled in docker-daemon.config`,
      facts.firewalld &&
        'firewalld runs here: Docker puts its networks into a zone of its own, docker, and ports that containers publish are open whatever the other zones say; publish on 127.0.0.1 what others must not reach',
    ].filter((note) => typeof note === 'string')
  },
  version: {
    of: 'Docker',
    installed: (facts) => {
      const found = enginePackage(facts)
      return found === undefined ? ownEngine(facts)?.version : upstreamVersion(found.version)
    },
    offered: (answers) => versionsOffered(answers, enginePackages),
  },

  services: [engineService],
  shell: dockerFunctions,
  symptoms: dockerSymptoms,
  journals: [
    // The check engine-runs says why a stopped daemon does not start.
    { service: 'docker', looks: [engineLook], skip: (said) => !engineRuns(said) },
    { service: 'containerd' },
  ],
  tables: dockerTables,
  checks: [...engineChecks, ...machineChecks, ...packageChecks],
})
