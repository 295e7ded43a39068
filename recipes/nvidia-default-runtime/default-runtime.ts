import { compareDebVersions } from '../../src/data/deb-version.js'
import { FitoutError } from '../../src/errors.js'
import type { Facts } from '../../src/facts/facts.js'
import { isObject, type JsonObject, type JsonValue } from '../../src/resource/json-merge.js'
import type { DaemonWish } from '../docker/daemon-wishes.js'
import { dockerVersion } from '../docker/own-engine.js'

export interface DefaultRuntimeOptions {
  default: boolean
  cdi: 'auto' | boolean
}

const doing = 'planning the NVIDIA runtime'

/** The runtime's program, as `nvidia-ctk runtime configure` names it: looked up in the daemon's PATH. */
const nvidiaRuntime = 'nvidia-container-runtime'

/**
 * Names under which daemon.json may know programs of the toolkit.
 * Source: packaging/debian/nvidia-container-toolkit-base.install of NVIDIA/nvidia-container-toolkit, read 2026-11.
 */
export const toolkitPrograms: readonly string[] = [
  nvidiaRuntime,
  `${nvidiaRuntime}.cdi`,
  `${nvidiaRuntime}.legacy`,
].flatMap((name) => [name, `/usr/bin/${name}`])

/**
 * What daemon.json has to say for the NVIDIA runtime. Pure. An entry that means the same counts as right: the program with
 * or without /usr/bin, without `args`, with `runtimeArgs` of its owner's.
 *
 * @throws FitoutError where Docker is a snap, or only a rootless one, or too old for the CDI that was asked for.
 */
export function runtimeWish(facts: Facts, options: DefaultRuntimeOptions, selected: readonly string[]): DaemonWish {
  refuseOtherDockers(facts, selected)
  const version = dockerVersion(facts)
  if (options.cdi === true && version !== undefined && compareDebVersions(version, '25') < 0) {
    throw new FitoutError({
      doing,
      cause: `nvidia-default-runtime.cdi=true needs Docker 25, and this host has ${version}`,
      remedy: 'upgrade Docker (docker-engine.version=latest), or leave nvidia-default-runtime.cdi at auto',
    })
  }
  return {
    config: (document) => ({
      runtimes: { nvidia: isSame(runtimeOf(document)) ? {} : entryFor(runtimeOf(document)) },
      ...(options.default ? { 'default-runtime': 'nvidia' } : {}),
      ...(wantsCdi(document, options.cdi, version) ? { features: { cdi: true } } : {}),
    }),
    option: (key) =>
      key === 'default-runtime'
        ? 'nvidia-default-runtime.default'
        : key.startsWith('features')
          ? 'nvidia-default-runtime.cdi'
          : 'nvidia-default-runtime',
    brought: selected.includes('nvidia-container-toolkit') ? toolkitPrograms : [],
    runtime: { name: 'nvidia', path: nvidiaRuntime, isDefault: options.default },
    ...(options.cdi === 'auto' ? { mayWait: ['cdi'] } : {}),
  }
}

function runtimeOf(document: JsonObject): JsonValue | undefined {
  const { runtimes } = document
  return isObject(runtimes) ? runtimes.nvidia : undefined
}

/** Whether an entry starts the toolkit's runtime. nvidia-docker2 wrote `runtimeArgs`, nvidia-ctk writes `args`. */
function isSame(entry: JsonValue | undefined): boolean {
  return isObject(entry) && (entry.path === nvidiaRuntime || entry.path === `/usr/bin/${nvidiaRuntime}`)
}

/** A new entry as nvidia-ctk writes it; of one that is there only the program changes. */
function entryFor(entry: JsonValue | undefined): JsonObject {
  return isObject(entry) ? { path: nvidiaRuntime } : { path: nvidiaRuntime, args: [] }
}

/**
 * CDI came with 25.0 and is on by itself since 28.2.0 (moby issue 45192, PR 49963; read 2026-11). Where nobody knows yet
 * which Docker will be installed it is said: older ones ignore it. What the owner says of it stays.
 */
function wantsCdi(document: JsonObject, cdi: DefaultRuntimeOptions['cdi'], version: string | undefined): boolean {
  if (cdi !== 'auto') return cdi
  const { features } = document
  if (isObject(features) && features.cdi !== undefined) return false
  return version === undefined || (compareDebVersions(version, '25') >= 0 && compareDebVersions(version, '28.2') < 0)
}

/** @throws FitoutError where the daemon that people use here does not read /etc/docker/daemon.json. */
function refuseOtherDockers(facts: Facts, selected: readonly string[]): void {
  if (facts.docker.snap) {
    throw new FitoutError({
      doing,
      cause:
        'Docker is a snap here: it reads /var/snap/docker/current/config/daemon.json and brings a toolkit of its own',
      remedy:
        'move to Docker’s packages: save its data, `snap remove docker` (that deletes its volumes), and run fitout again',
    })
  }
  if (facts.docker.rootless && dockerVersion(facts) === undefined && !selected.includes('docker-engine')) {
    throw new FitoutError({
      doing,
      cause: `the only Docker here is the rootless one of ${facts.login.user}, which does not read /etc/docker/daemon.json`,
      remedy: rootlessRemedy,
    })
  }
}

const rootlessRemedy =
  'as that user: `nvidia-ctk runtime configure --runtime=docker --config=$HOME/.config/docker/daemon.json` and ' +
  '`systemctl --user restart docker`; as root: `nvidia-ctk config --set nvidia-container-cli.no-cgroups --in-place`'

/** Lines for the plan. */
export function runtimeNotes(facts: Facts, options: DefaultRuntimeOptions, hasGpu: boolean): string[] {
  const notes: string[] = []
  if (facts.docker.rootless)
    notes.push(
      `${facts.login.user} also has a rootless Docker, which reads a daemon.json of its own and stays as it is; ${rootlessRemedy}`,
    )
  if (!hasGpu && options.default)
    notes.push(
      'there is no NVIDIA GPU here: with this default runtime every image that sets NVIDIA_VISIBLE_DEVICES=all (all of ' +
        'nvidia/cuda do) fails to start; nvidia-default-runtime.default=false only makes the runtime known',
    )
  return notes
}
