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

interface Conflict extends PackageReason {
  /** How we know that the two cannot stand beside each other. */
  source: string
  /** Only this version and newer conflict. */
  since?: string
}

const packageFields = 'fields of the package in Debian 11 to 13 and testing, read 2026-11'
const packageFiles = 'files of the package in Debian 12 and 13, read 2026-11'

/**
 * Who conflicts with Docker's own packages. Only what truly cannot stay is here: `docker-doc` shares no file with them,
 * `rootlesskit` only conflicts with the rootless extras, and `docker` of Debian 12 and older is a window maker's dock.
 */
const besideDockers: readonly Conflict[] = [
  { name: 'docker.io', why: 'the distribution’s engine', source: `declared by docker.io (${packageFields})` },
  { name: 'docker-cli', why: 'the distribution’s client', source: `declared by docker-cli (${packageFields})` },
  {
    name: 'docker-buildx',
    why: 'owns the file of Docker’s Buildx',
    source: `${packageFiles}; geerlingguy role issue 527`,
  },
  {
    name: 'docker-compose',
    why: 'owns the file of Docker’s Compose',
    source: `${packageFiles}; version 1 is a program of its own that shares no file`,
    since: '2~',
  },
  {
    name: 'docker-compose-v2',
    why: 'owns the file of Docker’s Compose',
    source: 'docs.docker.com/engine/install/ubuntu, read 2026-11',
  },
  { name: 'podman-docker', why: 'owns /usr/bin/docker', source: packageFiles },
  { name: 'containerd', why: 'containerd.io takes its place', source: 'docs.docker.com/engine/install, read 2026-11' },
  { name: 'runc', why: 'containerd.io brings its own', source: 'docs.docker.com/engine/install, read 2026-11' },
  {
    name: 'docker-engine',
    why: 'Docker’s engine of before 2017',
    source: 'declared by docker-ce (docker-ce-packaging, control)',
  },
  {
    name: 'moby-engine',
    why: 'Microsoft’s build of the engine',
    source: 'Azure IoT Edge’s and AKS’s scripts install one or the other',
  },
  { name: 'moby-cli', why: 'Microsoft’s build of the client', source: 'as moby-engine' },
  { name: 'moby-buildx', why: 'Microsoft’s build of Buildx', source: 'as moby-engine' },
  { name: 'moby-compose', why: 'Microsoft’s build of Compose', source: 'as moby-engine' },
  { name: 'moby-containerd', why: 'Microsoft’s build of containerd', source: 'as moby-engine' },
  { name: 'moby-runc', why: 'Microsoft’s build of runc', source: 'as moby-engine' },
]

/** Who conflicts with the distribution's packages. */
const besideDistros: readonly Conflict[] = [
  { name: 'docker-ce', why: 'Docker’s own engine', source: `declared by docker.io (${packageFields})` },
  {
    name: 'docker-ce-cli',
    why: 'Docker’s own client',
    source: `declared by docker.io or docker-cli (${packageFields})`,
  },
  {
    name: 'docker-ce-rootless-extras',
    why: 'belongs to Docker’s own engine',
    source: `declared by docker.io (${packageFields})`,
  },
  {
    name: 'containerd.io',
    why: 'the distribution’s containerd and runc take its place',
    source: 'docker.io depends on containerd and runc',
  },
  {
    name: 'docker-buildx-plugin',
    why: 'belongs to Docker’s own client',
    source: `declared by docker-buildx in testing, the same file before (${packageFiles}); docker/cli issue 4193 for older clients`,
  },
  {
    name: 'docker-compose-plugin',
    why: 'belongs to Docker’s own client',
    source: `declared by docker-compose in testing, the same file before (${packageFiles})`,
  },
  { name: 'podman-docker', why: 'owns /usr/bin/docker', source: `declared by podman-docker (${packageFields})` },
  ...besideDockers.filter(({ name }) => name === 'docker-engine' || name.startsWith('moby-')),
]

/**
 * Packages that cannot stand beside the chosen engine, and why. They are removed, never purged.
 *
 * @param installed the host's packages; with them only those are named that are there, in a version that conflicts.
 */
export function conflictingPackages(
  source: 'docker' | 'distro',
  installed?: Readonly<Record<string, InstalledPackage>>,
): PackageReason[] {
  return (source === 'docker' ? besideDockers : besideDistros)
    .filter(({ name, since }) => {
      if (installed === undefined) return true
      const found = installed[name]
      if (found === undefined || found.state === 'config-files') return false
      return since === undefined || compareDebVersions(found.version, since) >= 0
    })
    .map(({ name, why }) => ({ name, why }))
}

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

/** Who conflicts with Docker's own packages where these are rpm's. */
const besideDockersRpm: readonly RpmConflict[] = [
  {
    name: 'podman-docker',
    why: 'owns /usr/bin/docker',
    source: 'it declares the conflict with docker-ce itself (podman.spec, read 2026-11)',
  },
  {
    name: 'runc',
    why: 'containerd.io brings its own',
    source:
      'obsoleted and declared by containerd.io (containerd-packaging, rpm/containerd.spec); docker-install issue 230',
  },
  {
    name: 'containerd',
    why: 'containerd.io takes its place',
    source: 'obsoleted and declared by containerd.io (containerd-packaging, rpm/containerd.spec)',
  },
  {
    name: 'moby-engine',
    why: 'the distribution’s engine',
    source: 'it declares the conflict itself (moby-engine.spec)',
  },
  ...['docker', 'docker-io', 'docker-ee', 'docker-engine-cs'].map((name) => ({
    name,
    why: 'another engine',
    source: 'declared by docker-ce (docker-ce-packaging, rpm/SPECS/docker-ce.spec)',
  })),
  {
    name: 'docker-engine',
    why: 'Docker’s engine of before 2017',
    source: 'obsoleted by docker-ce (docker-ce-packaging, rpm/SPECS/docker-ce.spec)',
  },
  ...[
    { name: 'docker-cli', why: 'the distribution’s client' },
    { name: 'docker-buildx', why: 'owns the file of Docker’s Buildx' },
    { name: 'docker-compose', why: 'owns the file of Docker’s Compose' },
  ].map((one) => ({
    ...one,
    undeclared: true,
    source: 'Fedora’s own packages of the same programs under the same paths, which no field of either tells apart',
  })),
]

/** Who conflicts with Fedora's own packages. */
const besideMoby: readonly RpmConflict[] = [
  { name: 'docker-ce', why: 'Docker’s own engine', source: 'declared by moby-engine (moby-engine.spec)' },
  { name: 'docker-ce-cli', why: 'Docker’s own client', source: 'declared by moby-engine (moby-engine.spec)' },
  ...['docker-ce-rootless-extras', 'docker-buildx-plugin', 'docker-compose-plugin'].map((name) => ({
    name,
    why: 'belongs to Docker’s own engine',
    undeclared: true,
    source: 'the same programs under the same paths, or of no use without docker-ce',
  })),
  {
    name: 'containerd.io',
    why: 'the distribution’s containerd takes its place',
    source: 'it declares the conflict itself',
  },
  { name: 'podman-docker', why: 'owns /usr/bin/docker', source: 'it declares the conflict with moby-engine itself' },
]

interface RpmConflict extends PackageReason {
  source: string
  /** Whether no package says so, so that dnf does not remove it by itself. */
  undeclared?: boolean
}

/** The same as `conflictingPackages` where packages are rpm's; with whether dnf has to be told to remove them. */
export function conflictingRpms(
  source: 'docker' | 'distro',
  installed: Readonly<Record<string, InstalledPackage>>,
): (PackageReason & { undeclared: boolean })[] {
  return (source === 'docker' ? besideDockersRpm : besideMoby)
    .filter(({ name }) => installed[name] !== undefined)
    .map(({ name, why, undeclared = false }) => ({ name, why, undeclared }))
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

interface DistroSet extends DistroPackages {
  family: 'ubuntu' | 'debian'
  suites: readonly string[]
  source: string
}

/**
 * The distributions' own packages of Docker. In Debian 11 and 12 `docker-compose` is version 1, a program beside Docker and
 * no plugin, and there is no Buildx; from Debian 13 on `docker-compose` is version 2 and the client is a package of its own.
 */
const distroSets: readonly DistroSet[] = [
  {
    family: 'debian',
    suites: ['stretch', 'buster', 'bullseye', 'bookworm'],
    // On a kernel with AppArmor, which is Debian's, these engines start no container without its parser.
    engine: ['docker.io', 'apparmor'],
    plugins: [],
    missing: ['Compose v2', 'Buildx'],
    source:
      'package lists of Debian 11 and 12 (docker.io 20.10.5 and 20.10.24, docker-compose 1.25 and 1.29), read 2026-11',
  },
  {
    family: 'debian',
    suites: ['trixie'],
    engine: ['docker.io', 'docker-cli'],
    plugins: ['docker-buildx', 'docker-compose'],
    missing: [],
    source:
      'package lists of Debian 13 and testing (docker.io 26.1.5 and 28.5.2, docker-compose 2.26.1 and 2.40.3), read 2026-11',
  },
  {
    family: 'ubuntu',
    suites: ['xenial', 'bionic'],
    engine: ['docker.io'],
    plugins: [],
    missing: ['Compose v2', 'Buildx'],
    source: 'packages.ubuntu.com lists docker-compose-v2 and docker-buildx from focal on',
  },
  {
    family: 'ubuntu',
    suites: [],
    engine: ['docker.io'],
    plugins: ['docker-buildx', 'docker-compose-v2'],
    missing: [],
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
  const [newest, ...older] = distroSets.filter(({ family }) => family === (ubuntu ? 'ubuntu' : 'debian')).reverse()
  const { engine, plugins, missing } = older.find(({ suites }) => suites.includes(suite ?? '')) ?? newest!
  return withPlugins ? { engine, plugins, missing } : { engine, plugins: [], missing: [] }
}

export interface Companion extends PackageReason {
  /** Whether it is installed beside the engine. */
  take: boolean
  source: string
}

/**
 * What engines recommend, and what becomes of it: recommended packages are not installed by themselves, and these are
 * the ones that are named after all.
 *
 * Recommended by: docker.io of Debian 11 to testing and docker-ce (docker-ce-packaging, control); read 2026-11.
 */
export const companions: readonly Companion[] = [
  {
    name: 'apparmor',
    take: true,
    why: 'confines containers; without its parser some engines start no container on a kernel with AppArmor, others run them unconfined',
    source: 'moby issues 44900 and 44970, docker/for-linux issue 974',
  },
  {
    name: 'ca-certificates',
    take: true,
    why: 'without it no registry’s certificate can be checked',
    source: 'moby trusts the system’s roots',
  },
  { name: 'git', take: false, why: 'only for builds from git addresses', source: 'docs.docker.com, build contexts' },
  {
    name: 'xz-utils',
    take: false,
    why: 'only for images whose layers are packed by xz, which are rare',
    source: 'moby pkg/archive',
  },
  { name: 'pigz', take: false, why: 'only unpacks layers faster', source: 'moby PR 35697' },
  { name: 'procps', take: false, why: 'only for `docker top`', source: 'moby daemon/top_unix.go' },
  {
    name: 'needrestart',
    take: false,
    why: 'restarts services after upgrades, which is its owner’s choice',
    source: 'its description',
  },
  {
    name: 'cgroupfs-mount',
    take: false,
    why: 'systemd mounts them, and so does Docker’s own init script',
    source: 'moby contrib/init/sysvinit-debian',
  },
  {
    name: 'dbus-user-session',
    take: false,
    why: 'only for rootless Docker',
    source: 'docs.docker.com/engine/security/rootless',
  },
  {
    name: 'docker-ce-rootless-extras',
    take: false,
    why: 'only for rootless Docker',
    source: 'docs.docker.com/engine/security/rootless',
  },
]

/** The companions that are installed beside an engine from wherever. */
export function takenCompanions(): PackageReason[] {
  return companions.filter(({ take }) => take).map(({ name, why }) => ({ name, why }))
}

/** What people call the packages of Docker's plugins. */
export const pluginNames: Readonly<Record<string, string>> = {
  'docker-buildx-plugin': 'Buildx',
  'docker-buildx': 'Buildx',
  'docker-compose-plugin': 'Compose',
  'docker-compose-v2': 'Compose',
  'docker-compose': 'Compose',
}
