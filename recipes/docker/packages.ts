import { compareDebVersions } from '../../src/data/deb-version.js'
import type { InstalledPackage, OsRelease } from '../../src/facts/facts.js'
import { toolkitPackages, toolkitPredecessors } from '../nvidia-container-toolkit/packages.js'
import { dockerPlatform } from './platforms.js'

export interface PackageReason {
  name: string
  /** A short phrase for the plan: `the distribution's engine`. */
  why: string
}

/**
 * Docker's own packages; all named, because what apt only recommends is not upgraded along (docker/docs PR 14999).
 * `docker-ce-rootless-extras` and `docker-model-plugin` are left to their owner.
 * Source: docs.docker.com, "Install Docker Engine", November 2026.
 */
export function dockerPackages(withPlugins: boolean): string[] {
  return ['docker-ce', 'docker-ce-cli', 'containerd.io', ...(withPlugins ? dockerPlugins : [])]
}

const dockerPlugins = ['docker-buildx-plugin', 'docker-compose-plugin']

/** A row of a table: a package, why it is in the table, and how we know. */
type Row = readonly [name: string, why: string, source: string, more?: More]

interface More {
  /** Only from this version on. */
  since?: string
  /** No field of either package says so, so that dnf does not remove it by itself. */
  undeclared?: boolean
  /** It is installed beside an engine. */
  take?: boolean
}

const rowsOf = (...rows: readonly Row[]) => rows.map(([name, why, source, more]) => ({ name, why, source, ...more }))

const packageFields = 'fields of the package in Debian 11 to 13 and testing, read 2026-11'
const packageFiles = 'files of the package in Debian 12 and 13, read 2026-11'
const samePrograms = 'the same programs under the same paths'
const installGuide = 'docs.docker.com/engine/install, read 2026-11'

const otherBuilds: readonly Row[] = [
  [
    'docker-engine',
    'Docker’s engine of before 2017',
    `${samePrograms}; declared by docker-ce until 2026-06-10 (docker-ce-packaging, deb/common/control, 3f49f87)`,
  ],
  ['moby-engine', 'Microsoft’s build of the engine', 'Azure IoT Edge’s and AKS’s scripts install one or the other'],
  ['moby-cli', 'Microsoft’s build of the client', 'as moby-engine'],
  ['moby-buildx', 'Microsoft’s build of Buildx', 'as moby-engine'],
  ['moby-compose', 'Microsoft’s build of Compose', 'as moby-engine'],
  ['moby-containerd', 'Microsoft’s build of containerd', 'as moby-engine'],
  ['moby-runc', 'Microsoft’s build of runc', 'as moby-engine'],
]

/**
 * Who conflicts with Docker's own packages. Only what truly cannot stay is here: `docker-doc` shares no file with them,
 * `rootlesskit` only conflicts with the rootless extras, and `docker` of Debian 12 and older is a window maker's dock.
 */
const besideDockers = rowsOf(
  ['docker.io', 'the distribution’s engine', `declared by docker.io (${packageFields})`],
  ['docker-cli', 'the distribution’s client', `declared by docker-cli (${packageFields})`],
  ['docker-buildx', 'owns the file of Docker’s Buildx', `${packageFiles}; geerlingguy role issue 527`],
  // Version 1 is a program of its own that shares no file.
  ['docker-compose', 'owns the file of Docker’s Compose', packageFiles, { since: '2~' }],
  ['docker-compose-v2', 'owns the file of Docker’s Compose', installGuide],
  ['podman-docker', 'owns /usr/bin/docker', packageFiles],
  ['containerd', 'containerd.io takes its place', installGuide],
  ['runc', 'containerd.io brings its own', installGuide],
  ...otherBuilds,
)

/** Who conflicts with the distribution's packages. */
const besideDistros = rowsOf(
  ['docker-ce', 'Docker’s own engine', `declared by docker.io (${packageFields})`],
  ['docker-ce-cli', 'Docker’s own client', `declared by docker.io or docker-cli (${packageFields})`],
  ['docker-ce-rootless-extras', 'belongs to Docker’s own engine', `declared by docker.io (${packageFields})`],
  [
    'containerd.io',
    'the distribution’s containerd and runc take its place',
    'docker.io depends on containerd and runc',
  ],
  [
    'docker-buildx-plugin',
    'belongs to Docker’s own client',
    `declared by docker-buildx in testing, the same file before (${packageFiles}); docker/cli issue 4193 for older clients`,
  ],
  [
    'docker-compose-plugin',
    'belongs to Docker’s own client',
    `declared by docker-compose in testing, the same file before (${packageFiles})`,
  ],
  ['podman-docker', 'owns /usr/bin/docker', `declared by podman-docker (${packageFields})`],
  ...otherBuilds,
)

/** Every name that decides anything here: what facts ask the host about. */
export function packagesThatMatter(): string[] {
  const names = [
    ...dockerPackages(true),
    ...distroSets.flatMap(({ engine, plugins }) => [...engine, ...plugins]),
    ...[...besideDockers, ...besideDistros, ...takenCompanions(), ...toolkitPredecessors].map(({ name }) => name),
    ...toolkitPackages,
  ]
  return [...new Set(names)].sort()
}

const dockersSpec = 'docker-ce-packaging, rpm/SPECS, 2f12fe8 of 2026-08-20'
const containerdSpec = 'obsoleted and declared by containerd.io (containerd-packaging, rpm/containerd.spec)'
const sameFiles =
  'Fedora’s own packages of the same programs under the same paths, which no field of either tells apart'
/** Of RHEL 7 and old Fedora, which an upgrade in place may leave behind. */
const formerRpms = [
  ...['docker-client', 'docker-client-latest', 'docker-common', 'docker-latest', 'docker-latest-logrotate'],
  ...['docker-logrotate', 'docker-selinux', 'docker-engine-selinux'],
]
const withoutEngine = `${samePrograms}, or of no use without docker-ce`

/** Who conflicts with Docker's own packages where these are rpm's. */
const besideDockersRpm = rowsOf(
  [
    'podman-docker',
    'owns /usr/bin/docker',
    'it declares the conflict with docker-ce itself (podman.spec, read 2026-11)',
  ],
  ['runc', 'containerd.io brings its own', `${containerdSpec}; docker-install issue 230`],
  ['containerd', 'containerd.io takes its place', containerdSpec],
  ['moby-engine', 'the distribution’s engine', 'it declares the conflict itself (moby-engine.spec)'],
  ...['docker', 'docker-io', 'docker-ee'].map(
    (name): Row => [name, 'another engine', `declared by docker-ce (${dockersSpec})`],
  ),
  ['docker-ee-cli', 'another client', `declared by docker-ce-cli (${dockersSpec})`],
  [
    'docker-engine-cs',
    'another engine',
    `${samePrograms}; declared by docker-ce until 2024-05-10 (${dockersSpec}, a218478)`,
    { undeclared: true },
  ],
  [
    'docker-engine',
    'Docker’s engine of before 2017',
    `${samePrograms}; obsoleted by docker-ce until 2025-01-23 (${dockersSpec}, 4608bdf)`,
    { undeclared: true },
  ],
  ...formerRpms.map(
    (name): Row => [name, 'belongs to the distribution’s engine of before 2019', installGuide, { undeclared: true }],
  ),
  ['docker-cli', 'the distribution’s client', sameFiles, { undeclared: true }],
  ['docker-buildx', 'owns the file of Docker’s Buildx', sameFiles, { undeclared: true }],
  ['docker-compose', 'owns the file of Docker’s Compose', sameFiles, { undeclared: true }],
)

/** Who conflicts with Fedora's own packages. */
const besideMoby = rowsOf(
  ['docker-ce', 'Docker’s own engine', 'declared by moby-engine (moby-engine.spec)'],
  ['docker-ce-cli', 'Docker’s own client', 'declared by moby-engine (moby-engine.spec)'],
  ...['docker-ce-rootless-extras', ...dockerPlugins].map(
    (name): Row => [name, 'belongs to Docker’s own engine', withoutEngine, { undeclared: true }],
  ),
  ['containerd.io', 'the distribution’s containerd takes its place', 'it declares the conflict itself'],
  ['podman-docker', 'owns /usr/bin/docker', 'it declares the conflict with moby-engine itself'],
)

const beside = {
  apt: { docker: besideDockers, distro: besideDistros },
  dnf: { docker: besideDockersRpm, distro: besideMoby },
}

/**
 * Packages that cannot stand beside the chosen engine, and why. They are removed, never purged.
 *
 * @param manager where `undeclared` ones are told apart: dnf has to be told to remove them.
 * @param installed the host's packages; with them only those are named that are there, in a version that conflicts.
 */
export function conflictingPackages(
  manager: keyof typeof beside,
  source: 'docker' | 'distro',
  installed?: Readonly<Record<string, InstalledPackage>>,
): (PackageReason & Pick<More, 'undeclared'>)[] {
  return beside[manager][source]
    .filter(({ name, since }) => {
      if (installed === undefined) return true
      const found = installed[name]
      if (found === undefined || found.state === 'config-files') return false
      return since === undefined || compareDebVersions(found.version, since) >= 0
    })
    .map(({ name, why, undeclared }) => ({ name, why, undeclared }))
}

/**
 * Fedora's own engine. RHEL and its relatives have none: their podman-docker is podman under another name.
 * Source: public set-ups for Fedora name these four (mqzabin/bootc-containerfiles, read 2026-11); no Fedora was asked.
 */
export function fedorasPackages(withPlugins: boolean): { engine: string[]; plugins: string[] } {
  return { engine: ['moby-engine', 'docker-cli'], plugins: withPlugins ? ['docker-buildx', 'docker-compose'] : [] }
}

/** Names of rpm packages that decide anything here. */
export function rpmPackagesThatMatter(): string[] {
  const { engine, plugins } = fedorasPackages(true)
  const names = [
    ...dockerPackages(true),
    ...engine,
    ...plugins,
    ...[...besideDockersRpm, ...besideMoby, ...toolkitPredecessors].map(({ name }) => name),
    ...['podman', 'buildah', 'container-selinux', 'ca-certificates', 'python3-dnf-plugin-versionlock'],
    ...toolkitPackages,
  ]
  return [...new Set(names)].sort()
}

export interface DistroPackages {
  /** The engine, its client, and what it does not run without. */
  engine: string[]
  /** Packages of Compose v2 and Buildx. */
  plugins: string[]
  /** What the release has no package of. */
  missing: string[]
}

/**
 * The distributions' own packages of Docker. In Debian 11 and 12 `docker-compose` is version 1, a program beside Docker and
 * no plugin, and there is no Buildx; from Debian 13 on `docker-compose` is version 2 and the client is a package of its own.
 */
const distroSets = [
  {
    family: 'debian',
    suites: ['stretch', 'buster', 'bullseye', 'bookworm'],
    // On a kernel with AppArmor, which is Debian's, these engines start no container without its parser.
    engine: ['docker.io', 'apparmor'],
    plugins: [],
    source:
      'package lists of Debian 11 and 12 (docker.io 20.10.5 and 20.10.24, docker-compose 1.25 and 1.29), read 2026-11',
  },
  {
    family: 'debian',
    suites: ['trixie'],
    engine: ['docker.io', 'docker-cli'],
    plugins: ['docker-buildx', 'docker-compose'],
    source:
      'package lists of Debian 13 and testing (docker.io 26.1.5 and 28.5.2, docker-compose 2.26.1 and 2.40.3), read 2026-11',
  },
  {
    family: 'ubuntu',
    suites: ['xenial', 'bionic'],
    engine: ['docker.io'],
    plugins: [],
    source: 'packages.ubuntu.com lists docker-compose-v2 and docker-buildx from focal on',
  },
  {
    family: 'ubuntu',
    suites: [],
    engine: ['docker.io'],
    plugins: ['docker-buildx', 'docker-compose-v2'],
    source:
      'packages.ubuntu.com, jammy to resolute, read 2026-11; the client is part of docker.io, both plugins depend on it',
  },
]

/** The distribution's own packages of Docker, by the release that it is or is built on. */
export function distroPackages(os: OsRelease, withPlugins: boolean): DistroPackages {
  // Which release it is does not depend on the architecture.
  const platform = dockerPlatform(os, { package: 'amd64', kernel: 'x86_64' })
  const ubuntu = 'family' in platform ? platform.family === 'ubuntu' : os.idLike.includes('ubuntu')
  const suite = 'suite' in platform ? platform.suite : undefined
  const sets = distroSets.filter(({ family }) => family === (ubuntu ? 'ubuntu' : 'debian'))
  const { engine, plugins } = sets.find(({ suites }) => suites.includes(suite ?? '')) ?? sets.at(-1)!
  if (!withPlugins) return { engine, plugins: [], missing: [] }
  return { engine, plugins, missing: plugins.length === 0 ? ['Compose v2', 'Buildx'] : [] }
}

const take = { take: true }
const rootless = 'docs.docker.com/engine/security/rootless'

/**
 * What engines recommend, and what becomes of it: recommended packages are not installed by themselves, and these are
 * the ones that are named after all.
 *
 * Recommended by: docker.io of Debian 11 to testing and docker-ce (docker-ce-packaging, control); read 2026-11.
 */
export const companions = rowsOf(
  [
    'apparmor',
    'confines containers; without its parser some engines start no container on a kernel with AppArmor, others run them unconfined',
    'moby issues 44900 and 44970, docker/for-linux issue 974',
    take,
  ],
  ['ca-certificates', 'without it no registry’s certificate can be checked', 'moby trusts the system’s roots', take],
  ['git', 'only for builds from git addresses', 'docs.docker.com, build contexts'],
  ['xz-utils', 'only for images whose layers are packed by xz, which are rare', 'moby pkg/archive'],
  ['pigz', 'only unpacks layers faster', 'moby PR 35697'],
  ['procps', 'only for `docker top`', 'moby daemon/top_unix.go'],
  ['needrestart', 'restarts services after upgrades, which is its owner’s choice', 'its description'],
  ['cgroupfs-mount', 'systemd mounts them, and so does Docker’s own init script', 'moby contrib/init/sysvinit-debian'],
  ['dbus-user-session', 'only for rootless Docker', rootless],
  ['docker-ce-rootless-extras', 'only for rootless Docker', rootless],
)

/** The companions that are installed beside an engine from wherever. */
export function takenCompanions(): PackageReason[] {
  return companions.filter((one) => one.take).map(({ name, why }) => ({ name, why }))
}

/** What people call the packages of Docker's plugins. */
export const pluginNames: Readonly<Record<string, string>> = {
  'docker-buildx-plugin': 'Buildx',
  'docker-buildx': 'Buildx',
  'docker-compose-plugin': 'Compose',
  'docker-compose-v2': 'Compose',
  'docker-compose': 'Compose',
}
