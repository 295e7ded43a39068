import { compareDebVersions } from '../../src/data/deb-version.js'
import { rangesMeet, satisfiesRange } from '../../src/data/versions.js'
import type { Facts } from '../../src/facts/facts.js'
import { diffOf, onlyAdds, putFile, type SeenFile } from '../../src/resource/content.js'
import type { JsonObject, JsonValue } from '../../src/resource/json-merge.js'
import { quote } from '../../src/shell/quote.js'
import rootFunctions from './docker-root.sh'
import { readSizes, type Sizes, sizesOf } from './move-data.js'
import { dockerVersion } from './own-engine.js'
import {
  type DockerFolder,
  defaultContainerdRoot,
  defaultRoot,
  folderOf,
  heldBy,
  imageStore,
  type Stores,
  storesFunctions,
  storesOf,
} from './stores.js'

/** Keys of daemon.json that decide where images, containers and volumes are. */
const deciding = ['data-root', 'storage-driver', 'features']

/** fitout's own words to systemd on where containerd keeps its data. */
export const containerdDropIn = '/etc/systemd/system/containerd.service.d/fitout-root.conf'

/** Whether the engine is Docker 29 or later: the one that runs here, and the one after this plan; `undefined` if nobody knows. */
export interface EngineAge {
  now: boolean | undefined
  planned: boolean | undefined
}

const isRecent = (version: string) => compareDebVersions(version, '29~') >= 0

/** @param range what docker-engine.version says, if that recipe is chosen. */
export function engineAge(facts: Facts, range: unknown): EngineAge {
  const version = dockerVersion(facts)
  const now = version === undefined || !/^\d/.test(version) ? undefined : isRecent(version)
  if (typeof range !== 'string') return { now, planned: now }
  if (range === 'latest') return { now, planned: now === true ? true : undefined }
  if (version !== undefined && satisfiesRange(range, version)) return { now, planned: now }
  if (!rangesMeet(range, '>=29')) return { now, planned: false }
  return { now, planned: rangesMeet(range, '<29') ? undefined : true }
}

/** Shell that sets `command` to what Docker's unit runs; behind that unit. */
const fromUnit = `case $unit_state in
  *'argv[]='*)
    command=\${unit_state#*'argv[]='}
    command=\${command%%' ;'*}
    ;;
  *) command='' ;;
esac
`

/** Shell that prints `@swarm` if Docker is part of a swarm, wherever it keeps that; behind Docker's unit. */
export const swarmLook = `${rootFunctions}
${fromUnit}docker_root "$command"
if [ -e "$docker_root/swarm/docker-state.json" ]; then echo @swarm; fi
`

/**
 * Shell that prints where data are, behind Docker's unit; nothing if these changes do not decide on that.
 *
 * @param moving whether data are to be moved, so that it matters how much there is.
 */
export function placesOf(configs: readonly JsonObject[], moving: boolean): string {
  if (!configs.some((config) => deciding.some((key) => key in config))) return ''
  const root = configs.map((config) => config['data-root']).findLast((value) => value !== undefined)
  return `${storesFunctions}${fromUnit}docker_stores "$command"
docker_data wanted ${quote(rootIn(root))}
${moving ? sizesOf(rootIn(root)) : ''}if [ -d /run/systemd/system ]; then echo 'places.systemd yes'; fi
if any ${defaultContainerdRoot}/* /etc/systemd/system/containerd.service /usr/lib/systemd/system/containerd.service /lib/systemd/system/containerd.service; then
  echo 'containerd.there yes'
fi
`
}

const rootIn = (value: JsonValue | undefined) => (typeof value === 'string' && value !== '' ? value : defaultRoot)

/** What `placesOf` printed. */
export interface Places {
  stores: Stores
  /** The folder that daemon.json will name. */
  wanted: Pick<DockerFolder, 'prior' | 'hasData'>
  systemd: boolean
  /** What is to be copied, if that was asked. */
  sizes: Sizes | undefined
}

/** @returns `undefined` if nobody asked. */
export function readPlaces(text: string): Places | undefined {
  const lines = text.split('\n').map((line): [string, string] => {
    const space = line.indexOf(' ')
    return [line.slice(0, space), line.slice(space + 1)]
  })
  const all = (key: string) => lines.flatMap(([name, value]) => (name === key ? [value] : []))
  if (all('docker.root').length === 0) return undefined
  return {
    stores: storesOf(all),
    wanted: folderOf(all, 'wanted', ''),
    systemd: all('places.systemd').length > 0,
    sizes: readSizes(all),
  }
}

/** A host of which only facts are known has nothing anywhere. */
export function assumedPlaces(facts: Facts): Places {
  const bare = facts.init === 'systemd' ? 'places.systemd yes' : ''
  const none = readPlaces(`docker.root ${defaultRoot}\n${bare}`)!
  // An engine that is there has used its folders, and nobody knows which.
  const isThere = dockerVersion(facts) !== undefined
  return { ...none, stores: { ...none.stores, hasData: isThere, containerd: { ...none.stores.containerd, isThere } } }
}

/** Changes of daemon.json, and where data are. */
export interface Move {
  places: Places
  /** daemon.json before and after, and whether Docker is there. */
  before: JsonObject
  after: JsonObject
  hasDocker: boolean
  age: EngineAge | undefined
}

/**
 * Whether containerd's folder goes with Docker's: on a host that has neither yet. Elsewhere containerd's data would have to move, which is
 * not done without anybody's knowledge. The folder is the one that dockerd takes for a containerd of its own (moby, daemon/command/daemon.go, `containerdRootDir`, docker-v29.7.2).
 */
export function freshContainerdRoot(move: Move): string | undefined {
  const { places, after, hasDocker, age } = move
  const { stores, wanted, systemd } = places
  const root = after['data-root']
  if (hasDocker || !systemd || typeof root !== 'string' || root === defaultRoot) return undefined
  if (stores.hasData || wanted.hasData || stores.containerd.isThere) return undefined
  if (imageStore(after, wanted, age?.planned) === 'graph') return undefined
  // What systemd would read otherwise.
  return /^\/[\w./@+-]+$/.test(root) ? `${root.replace(/\/+$/, '')}/containerd/daemon` : undefined
}

/** containerd starts with this folder, once its mount is there. */
export function containerdRootPart(root: string, dropIn: SeenFile) {
  const text = `# Docker keeps images in containerd's store, which data-root of daemon.json does not move.
[Unit]
RequiresMountsFor=${root}

[Service]
ExecStart=
ExecStart=/usr/bin/containerd --root ${root}
`
  if (dropIn.text === text) return []
  const part = {
    script: putFile(dropIn, text),
    diff: diffOf(containerdDropIn, dropIn.text, text),
    adds: onlyAdds(dropIn, text),
    reason: `containerd’s store goes along to ${root}`,
  }
  return [part]
}

/** Lines for the plan: what these changes move, and what not. */
export function moveDetails(move: Move): string[] {
  const { places, before, after, hasDocker, age } = move
  const { stores, wanted } = places
  const moves = rootIn(before['data-root']) !== rootIn(after['data-root'])
  const [from, to] = [stores.root, moves ? rootIn(after['data-root']) : stores.root]
  const isOwn = hasDocker ? stores.containerd.isOwn : !places.systemd
  const was = hasDocker ? imageStore(before, stores, age?.now) : undefined
  const will = imageStore(after, moves ? wanted : stores, age?.planned)
  const store = stores.containerd.root
  const details: string[] = []
  const what = was === 'graph' || isOwn ? 'images, containers and volumes' : 'containers and volumes'
  if (moves && wanted.hasData) details.push(`Docker shows what is in ${to} already`)
  if (moves && stores.hasData)
    details.push(
      `${what} in ${from} stay there, and Docker does not show them any more: fitout copies nothing${wanted.hasData ? '' : ', unless you say docker-daemon.move-data=true'}`,
    )
  if (was === 'graph' && will !== 'graph') {
    const [driver = 'overlay2'] = stores.prior
    const when = will === undefined ? 'from Docker 29 on, ' : ''
    details.push(
      `${when}images change from ${driver} to containerd’s store (${isOwn ? `${to}/containerd/daemon` : store}): Docker does not show those of ${driver} any more; docker-daemon.config.storage-driver=${driver} keeps the driver`,
    )
  } else if (was === 'containerd' && will === 'graph') {
    details.push(
      `images change from containerd’s store (${store}) to a graph driver in ${to}: Docker does not show those of the store any more`,
    )
  }
  if (!moves || isOwn || will === 'graph') return details
  const fresh = freshContainerdRoot(move)
  if (fresh !== undefined) {
    details.push(
      `data-root moves volumes, logs and settings of containers. Images are in containerd’s store (from Docker 29 on): it moves to ${fresh} by ${containerdDropIn}`,
    )
  } else {
    const [held] = heldBy({ ...stores, prior: [], containerd: { ...stores.containerd, hasImages: true } })
    details.push(
      `${will === undefined ? 'from Docker 29 on, ' : ''}data-root does not move images: they are in containerd’s store (${store}); to move that: ${held!.elsewhere}`,
    )
  }
  return details
}
