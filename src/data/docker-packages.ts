import type { OsRelease } from '../facts/facts.js'

export interface PackageReason {
  name: string
  /** A short phrase for the plan: `the distribution's engine`. */
  why: string
}

/**
 * Docker's own packages; all named, because what apt only recommends is not upgraded along (docker/docs PR 14999).
 * Source: docs.docker.com, "Install Docker Engine", November 2026.
 */
export function dockerPackages(withPlugins: boolean): string[] {
  return [
    'docker-ce',
    'docker-ce-cli',
    'containerd.io',
    ...(withPlugins ? ['docker-buildx-plugin', 'docker-compose-plugin'] : []),
  ]
}

/** Packages that cannot stand beside the chosen engine, and why. Source: docs.docker.com and knowledge of file conflicts. */
export function conflictingPackages(source: 'docker' | 'distro'): PackageReason[] {
  if (source === 'docker') {
    return [
      { name: 'docker.io', why: 'the distribution’s engine' },
      { name: 'docker-cli', why: 'the distribution’s client' },
      { name: 'docker-doc', why: 'belongs to the distribution’s engine' },
      { name: 'docker-compose', why: 'the distribution’s Compose' },
      { name: 'docker-compose-v2', why: 'the distribution’s Compose owns the same file' },
      { name: 'docker-buildx', why: 'the distribution’s Buildx owns the same file' },
      { name: 'docker-engine', why: 'Docker’s engine of before 2017' },
      { name: 'podman-docker', why: 'owns /usr/bin/docker' },
      { name: 'containerd', why: 'containerd.io takes its place' },
      { name: 'runc', why: 'containerd.io brings its own' },
      { name: 'rootlesskit', why: 'conflicts with Docker’s rootless extras' },
    ]
  }
  return [
    { name: 'docker-ce', why: 'Docker’s own engine' },
    { name: 'docker-ce-cli', why: 'Docker’s own client' },
    { name: 'containerd.io', why: 'containerd and runc take its place' },
    { name: 'docker-buildx-plugin', why: 'belongs to Docker’s own engine' },
    { name: 'docker-compose-plugin', why: 'belongs to Docker’s own engine' },
    { name: 'docker-ce-rootless-extras', why: 'belongs to Docker’s own engine' },
    { name: 'docker-model-plugin', why: 'belongs to Docker’s own engine' },
    { name: 'docker-engine', why: 'Docker’s engine of before 2017' },
    { name: 'podman-docker', why: 'owns /usr/bin/docker' },
  ]
}

export interface DistroPackages {
  /** The engine and its client. */
  engine: string[]
  /** Packages of Compose v2 and Buildx. */
  plugins: string[]
  /** What the release has no package of. */
  missing: string[]
}

/** The distribution's own packages of Docker, by release. */
export function distroPackages(os: OsRelease, _withPlugins: boolean): DistroPackages {
  const debian = Number.parseInt(os.debianVersion ?? os.versionId ?? '', 10)
  const ubuntu = os.id === 'ubuntu' || os.idLike.includes('ubuntu')
  if (ubuntu) return { engine: ['docker.io'], plugins: ['docker-buildx', 'docker-compose-v2'], missing: [] }
  if (debian <= 12) return { engine: ['docker.io'], plugins: [], missing: ['Compose v2', 'Buildx'] }
  return { engine: ['docker.io', 'docker-cli'], plugins: ['docker-buildx', 'docker-compose'], missing: [] }
}
