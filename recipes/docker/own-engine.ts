import { basename, dirname } from 'node:path/posix'
import { compareDebVersions } from '../../src/data/deb-version.js'
import { satisfiesRange, upstreamVersion } from '../../src/data/versions.js'
import { FitoutError } from '../../src/errors.js'
import type { Facts } from '../../src/facts/facts.js'
import type { Change } from '../../src/resource/resource.js'
import { enginePackage, enginePackages } from './engine-packages.js'
import type { OwnEngine } from './facts.js'

/** The engine that no package brought, where it is the only one. */
export function ownEngine(facts: Facts): OwnEngine | undefined {
  return enginePackage(facts) === undefined ? facts.docker.own : undefined
}

/** The installed engine's version, a package's or another's; `undefined` if there is none. */
export function dockerVersion(facts: Facts): string | undefined {
  const found = enginePackage(facts)
  return found === undefined ? ownEngine(facts)?.version : upstreamVersion(found.version)
}

/** `Docker Engine 28.5.2 in /usr/local/bin/dockerd, started by /etc/systemd/system/docker.service` */
export function ownEngineText({ path, version, unit }: OwnEngine): string {
  return `Docker Engine${version ? ` ${version}` : ''} in ${path}, ${unit ? `started by ${unit}` : 'which no unit starts'}`
}

/** Whether the host's only engine came from no package and is what docker.service starts. */
export function ownHasDockerUnit(facts: Facts): boolean {
  const own = ownEngine(facts)
  // One that somebody started by hand holds what the service would need.
  return own !== undefined && isDockerUnit(own) && (!own.running || own.byUnit)
}

/** Whether the unit of the engine is the one that everything else calls Docker's. */
function isDockerUnit({ unit }: OwnEngine): boolean {
  return unit !== undefined && basename(unit) === 'docker.service'
}

export interface OwnEngineWish {
  source: 'auto' | 'docker' | 'distro'
  version?: string | undefined
  plugins: string
}

/** Why the packages that the options ask for have to take the engine's place; `undefined` if it stays. */
export function whyMoved(own: OwnEngine, { source, version }: OwnEngineWish): string | undefined {
  if (source !== 'auto') return `docker-engine.source=${source} asks for packages`
  if (version === undefined) return undefined
  if (version !== 'latest' && own.version !== undefined && satisfiesRange(version, own.version)) return undefined
  return `docker-engine.version=${version} asks for another version`
}

/** Lines for the plan about an engine that stays, whatever `--yes` says. */
export function keptEngineNotes(own: OwnEngine, { plugins }: OwnEngineWish): string[] {
  return [
    `${ownEngineText(own)}, came from no package and stays; whoever put it there upgrades it`,
    'docker-engine.source=docker moves it to packages, with its data',
    ...(own.unit === undefined ? ['no unit starts this Docker: it does not come back after a reboot'] : []),
    ...(plugins === 'release' || plugins === 'none'
      ? []
      : ['Compose and Buildx stay as they are; docker-engine.plugins=release installs them beside this engine']),
  ]
}

/** The refusal to put an engine aside, with what to do instead. */
export function notMoved(own: OwnEngine, why: string, cause: string, remedy: string): FitoutError {
  return new FitoutError({
    doing: 'planning to move Docker to packages',
    cause: `${why}, and ${ownEngineText(own)}, came from no package: ${cause}`,
    remedy: `${remedy}; or keep this engine: leave docker-engine.source and docker-engine.version unset`,
  })
}

/**
 * Compares the engine with the package that takes its place: an older engine may not read the data of a newer one.
 *
 * @param install the packages to install; their versions are unknown if no repository was asked.
 * @returns a line for the plan if the options ask for an older version.
 * @throws FitoutError if the packages are older and nobody asked for that, or if the engine's version is unknown.
 */
export function olderEngineNotes(
  own: OwnEngine,
  why: string,
  { version }: OwnEngineWish,
  install: readonly { name: string; version?: string | undefined }[],
): string[] {
  const chosen = install.find(({ name }) => enginePackages.includes(name))?.version
  if (chosen === undefined) return []
  const to = upstreamVersion(chosen)
  if (!/^\d/.test(own.version ?? '')) {
    const remedy = `see what \`${own.path} --version\` says, and who can change that file: root does not run what others can change`
    throw notMoved(own, why, `its version is unknown, so its data may be newer than ${to} can read`, remedy)
  }
  if (compareDebVersions(to, upstreamVersion(own.version!)) >= 0) return []
  if (version === undefined || version === 'latest') {
    throw notMoved(
      own,
      why,
      `the packages have ${to}, which is older and may not read the data of ${own.version}`,
      'choose another source, or ask for the older version: `--set docker-engine.version=VERSION`',
    )
  }
  return [
    `DOWNGRADE of Docker Engine ${own.version} -> ${to}: Docker does not promise that it reads the data of a newer one`,
  ]
}

/** The folders in which the script of a plan finds programs. */
const scriptPath = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin']

/**
 * Why fitout cannot restart the engine that stays, or have it read its configuration again: it drives docker.service, and without systemd
 * the dockerd that it finds. `undefined` if it can.
 *
 * @param change what would need that.
 */
export function notRestarted(facts: Facts, change: Change): FitoutError | undefined {
  const own = ownEngine(facts)
  if (own === undefined) return undefined
  if (facts.init === 'systemd' ? ownHasDockerUnit(facts) : scriptPath.includes(dirname(own.path))) return undefined
  const needs =
    change.resource === 'json-file /etc/docker/daemon.json' ||
    change.effects.some(({ kind }) => kind === 'restarts-docker' || kind === 'reloads-docker')
  if (!needs) return undefined
  const other = own.unit !== undefined && !isDockerUnit(own) ? { file: own.unit, name: basename(own.unit) } : undefined
  return new FitoutError({
    doing: `planning: ${change.title}`,
    cause: `Docker would have to read its new configuration, and ${
      other
        ? `fitout restarts docker.service only. Here ${other.name} starts Docker (${other.file})`
        : `nothing that fitout could restart started it: ${ownEngineText(own)}`
    }`,
    remedy: `${
      other
        ? `rename the unit to docker.service (\`systemctl disable --now ${other.name}\`, then move the file), move Docker to packages (\`--set docker-engine.source=docker\`)`
        : 'stop it and start it by a unit called docker.service'
    }, or leave this change out (\`--skip\`, or without its option) and make it yourself; nothing was changed`,
  })
}
