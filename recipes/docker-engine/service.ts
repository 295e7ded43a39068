import type { Service } from '../../src/resource/service.js'
import { quote, sh } from '../../src/shell/quote.js'
import containersScript from '../docker/containers.sh'
import daemonFlags from '../docker/daemon-flags.sh'
import daemonJsonFunctions from '../docker/daemon-json.sh'
import daemonProcess from '../docker/daemon-process.sh'
import daemonRuns from '../docker/daemon-runs.sh'
import { enginePackages, isOfDaemon } from '../docker/engine-packages.js'
import moveDataFunctions from '../docker/move-data.sh'
import { notRestarted, ownHasDockerUnit } from '../docker/own-engine.js'
import ownEngineFunctions from '../docker/own-engine.sh'
import serviceFunctions from '../docker/service.sh'
import { defaultContainerdRoot, defaultRoot, heldBy, storesFunctions, storesOf } from '../docker/stores.js'
import { dockerUnit } from '../docker/unit.js'
import { ownEngineId } from './engine-aside.js'

/** Shell functions of all that changes Docker. */
export const dockerFunctions = [
  daemonProcess,
  serviceFunctions,
  daemonFlags,
  daemonJsonFunctions,
  ownEngineFunctions,
  moveDataFunctions,
].join('\n')

const titles = {
  start: 'See that Docker is back',
  restart: 'Restart Docker',
  reload: 'Let Docker read its new configuration',
}

const programs = 'dockerd|docker|docker-init|docker-proxy|containerd|containerd-shim(-runc-v[12])?|ctr|runc'

/** Docker's daemon, as plans restart it and undo restores it. */
export const engineService: Service = {
  name: 'docker',
  title: 'Docker',
  units: ['docker.service', 'docker.socket', 'containerd.service'],
  byHand: { runs: 'docker_runs', start: 'start_docker', stop: 'stop_docker' },
  isPartOf: isOfDaemon,
  running: `[ -S /var/run/docker.sock ] || exit 0\n${daemonProcess}${daemonRuns}${containersScript}`,
  room: {
    folders: [defaultRoot, defaultContainerdRoot],
    look: `${storesFunctions}about docker.root\ndocker_stores "$(docker_command)"
folders="$folders $docker_root $containerd_root"`,
    holds: (all) => heldBy(storesOf(all)),
    see: 'docker system df',
    free: 'docker system prune',
  },
  refuseToStop: (agreed) => sh`refuse_if_stopping ${[...agreed]}`.trimEnd(),
  bringUp: (mode, changes) => {
    const runtime = changes.find((change) => change.runtime !== undefined)?.runtime
    const withIt = runtime ? sh` ${[runtime.name, runtime.path, ...(runtime.isDefault ? ['default'] : [])]}` : ''
    if (mode !== 'check') return { title: titles[mode], script: `bring_up_docker ${mode}${withIt}` }
    return (
      runtime && { title: `See that Docker has the runtime ${runtime.name}`, script: `bring_up_docker check${withIt}` }
    )
  },
  // Packages that take an engine's place bring a service that can be restarted.
  refuses: (facts, changes) =>
    changes.some(({ resource }) => resource === ownEngineId)
      ? []
      : changes.flatMap((change) => notRestarted(facts, change) ?? []),
  undo: {
    runs: `${dockerUnit}case $unit_state in *ActiveState=active*) true ;; *) false ;; esac`,
    packages: enginePackages,
    isUnpackaged: ownHasDockerUnit,
    unpackagedFiles: new RegExp(`/(${programs})$|/systemd/system/`),
    paths: new RegExp(
      `^/usr/(s?bin/(${programs})|lib/systemd/system/(docker\\.service|docker\\.socket|containerd\\.service))$`,
    ),
    reads: (path) =>
      path === '/etc/docker/daemon.json' || /^\/etc\/systemd\/system\/(docker|containerd)\.service\.d\//.test(path),
    group: 'docker',
    makeWay: 'note_containers\nstop_docker\nend_engine',
    stopAll: (ids) => `if docker_runs; then docker -H unix:///var/run/docker.sock stop ${ids.map(quote).join(' ')}; fi`,
  },
}
