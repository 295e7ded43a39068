import { isObject, type JsonObject } from '../../src/resource/json-text.js'
import rootFunctions from './docker-root.sh'
import storesScript from './stores.sh'

/** Shell functions that say where Docker keeps what it has. */
export const storesFunctions = `${rootFunctions}\n${storesScript}`

/** Docker's own folder, and containerd's, unless somebody chose others. */
export const defaultRoot = '/var/lib/docker'
export const defaultContainerdRoot = '/var/lib/containerd'

/** What is in a folder of Docker's data. */
export interface DockerFolder {
  root: string
  /** Graph drivers that have data there. */
  prior: readonly string[]
  /** Whether there are containers, volumes or images of a graph driver. */
  hasData: boolean
}

/** Where Docker keeps what it has, as `docker_stores` (stores.sh) tells it. */
export interface Stores extends DockerFolder {
  containerd: {
    root: string
    /** dockerd starts it itself, so that its folder is in Docker's. */
    isOwn: boolean
    /** Whether the folder exists. */
    isThere: boolean
    /** Whether it holds content of images, of Docker or of others. */
    hasImages: boolean
  }
}

/** @param all every value of a key. */
export function folderOf(all: (key: string) => readonly string[], key: string, root: string): DockerFolder {
  return { root, prior: all(`${key}.prior`), hasData: all(`${key}.data`).length > 0 }
}

/** @param all every value of a key. */
export function storesOf(all: (key: string) => readonly string[]): Stores {
  const says = (key: string) => all(key).length > 0
  return {
    ...folderOf(all, 'docker', all('docker.root')[0] ?? defaultRoot),
    containerd: {
      root: all('containerd.root')[0] ?? defaultContainerdRoot,
      isOwn: says('containerd.own'),
      isThere: says('containerd.there'),
      hasImages: says('containerd.images'),
    },
  }
}

/** Graph drivers that Docker 29 still has. Source: moby, daemon/graphdriver/register, docker-v29.7.2, read 2026-12. */
const graphDrivers: readonly string[] = ['overlay2', 'btrfs', 'zfs', 'fuse-overlayfs', 'vfs']

/** Where images are: in a graph driver's folder in Docker's data, or in containerd's store. */
export type ImageStore = 'graph' | 'containerd'

/**
 * Which store Docker takes when it starts. Before 29 that is a graph driver's, unless `features.containerd-snapshotter` says otherwise. From 29 on
 * it is containerd's, unless a graph driver is asked for or has data in Docker's folder already; vfs does not count as that. So an upgraded host stays with
 * its driver, and loses sight of its images once `data-root` names an empty folder. Source: moby, daemon/image_store_choice.go and `HasPriorDriver` of
 * daemon/graphdriver/driver.go, docker-v29.0.0 and docker-v29.7.2, daemon/daemon.go of v28.5.2; read 2026-12.
 *
 * @param isRecent whether the engine is Docker 29 or later; `undefined` if nobody knows.
 * @returns `undefined` if it depends on the version.
 */
export function imageStore(
  document: JsonObject,
  { prior }: Pick<DockerFolder, 'prior'>,
  isRecent: boolean | undefined,
): ImageStore | undefined {
  const features = isObject(document.features) ? document.features : {}
  const asked = features['containerd-snapshotter']
  if (typeof asked === 'boolean') return asked ? 'containerd' : 'graph'
  const driver = document['storage-driver']
  if (prior.length > 0 || (typeof driver === 'string' && graphDrivers.includes(driver))) return 'graph'
  if (isRecent === undefined) return undefined
  return isRecent ? 'containerd' : 'graph'
}

/** What `docker info` says of a store of containerd's, whatever snapshotter is in use. Source: moby, daemon/containerd/service.go, read 2026-12. */
export const snapshotterType = 'io.containerd.snapshotter.v1'

/** What is in which of the two folders, and how that gets to another disk. `cp -a` as root takes along what overlay keeps in extended attributes. */
export function heldBy({ root, prior, containerd }: Stores): { folder: string; what: string; elsewhere: string }[] {
  const all = prior.length > 0 || containerd.isOwn
  const docker = {
    folder: root,
    what: all ? 'Docker’s images, containers and volumes' : 'volumes and logs of Docker’s containers',
    elsewhere: `\`fitout apply --set docker-daemon.config.data-root=FOLDER --set docker-daemon.move-data=true\`, or by hand: \`systemctl stop docker.socket docker\`, copy ${root} with \`cp -a\`, set \`data-root\` in daemon.json to the copy, \`systemctl start docker\``,
  }
  if (containerd.isOwn || !containerd.hasImages) return [docker]
  const images = {
    folder: containerd.root,
    what: 'images in containerd’s store',
    elsewhere: `\`systemctl stop docker.socket docker containerd\`, copy ${containerd.root} with \`cp -a\`, set \`root\` in /etc/containerd/config.toml to the copy (\`data-root\` does not move this store), \`systemctl start containerd docker\``,
  }
  return [images, docker]
}
