import { basename } from 'node:path/posix'
import { satisfiesRange } from '../data/versions.js'
import { FitoutError } from '../errors.js'
import type { Facts, OwnEngine } from '../facts/facts.js'

/** The packages that are an engine. */
const enginePackages = ['docker-ce', 'docker.io', 'moby-engine', 'docker-engine']

/** The engine that no package brought, where it is the only one. */
export function ownEngine({ packages, docker }: Facts): OwnEngine | undefined {
  return enginePackages.some((name) => packages[name]?.state === 'installed') ? undefined : docker.own
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
export function isDockerUnit({ unit }: OwnEngine): boolean {
  return unit !== undefined && basename(unit) === 'docker.service'
}

/**
 * What becomes of an engine that no package brought: it stays, whatever `--yes` says.
 *
 * @returns lines for the plan.
 * @throws FitoutError where the options ask for another engine: packages beneath it would fight for its socket and its data.
 */
export function keepOwnEngine(
  own: OwnEngine,
  options: { source: string; version?: string | undefined; plugins: string },
): string[] {
  const replaced =
    options.source !== 'auto'
      ? `docker-engine.source=${options.source} asks for packages`
      : options.version !== undefined &&
          (options.version === 'latest' || own.version === undefined || !satisfiesRange(options.version, own.version))
        ? `docker-engine.version=${options.version} asks for another version`
        : undefined
  if (replaced !== undefined) {
    throw new FitoutError({
      doing: 'deciding where Docker comes from',
      cause: `${ownEngineText(own)}, came from no package, and ${replaced}: two engines would fight for one socket and one data folder`,
      remedy:
        `to move to packages, stop it and put it aside: \`${own.unit ? `systemctl disable --now ${basename(own.unit)}; mv ${own.unit} /root/` : 'kill "$(cat /var/run/docker.pid)"'}; ` +
        `mv ${own.path} /root/\` (with docker, containerd and runc beside it), then run fitout again; /var/lib/docker and /etc/docker/daemon.json stay, and the packages use them. ` +
        'To keep it, leave docker-engine.source and docker-engine.version unset',
    })
  }
  return [
    `${ownEngineText(own)}, came from no package and stays; whoever put it there upgrades it`,
    ...(own.unit === undefined ? ['no unit starts this Docker: it does not come back after a reboot'] : []),
    ...(own.unit !== undefined && !isDockerUnit(own)
      ? [
          `its service is ${basename(own.unit)}, not docker.service: restart it yourself where its configuration changes`,
        ]
      : []),
    ...(options.plugins === 'release' || options.plugins === 'none'
      ? []
      : ['Compose and Buildx stay as they are; docker-engine.plugins=release installs them beside this engine']),
  ]
}
