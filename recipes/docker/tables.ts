import type { KnownTable } from '../../src/recipe/known-table.js'

const packaging = 'github.com/docker/docker-ce-packaging'

/** Releases that Docker builds packages for: platforms.ts and rpm-platforms.ts. */
export const dockerReleases: KnownTable = {
  name: 'docker-releases',
  lists: 'releases and architectures that Docker builds packages for',
  read: '2026-11',
  sources: [`${packaging}, distros.json`, 'docs.docker.com/engine/install', 'github.com/docker/docker-install'],
}

/** packages.ts */
const dockerPackageNames: KnownTable = {
  name: 'docker-packages',
  lists: 'packages of Docker and of the distributions, and which of them conflict',
  read: '2026-11',
  sources: [`${packaging}, deb and rpm`, 'packages.debian.org', 'packages.ubuntu.com', 'packages.fedoraproject.org'],
}

/** daemon-keys.ts */
export const daemonKeys: KnownTable = {
  name: 'docker-daemon-keys',
  lists: 'keys of daemon.json that a running dockerd takes over, and the flags that it refuses beside them',
  read: '2026-11',
  sources: ['github.com/moby/moby, daemon/config and reload.go'],
}

/** mirrors.ts */
export const dockerMirrors: KnownTable = {
  name: 'docker-mirrors',
  lists: 'well-known mirrors of download.docker.com',
  read: '2026-11',
  sources: ['github.com/docker/docker-install, README', 'the mirrors’ own help pages on docker-ce'],
}

/** What fitout knows of Docker by heart. */
export const dockerTables: readonly KnownTable[] = [dockerReleases, dockerPackageNames, daemonKeys, dockerMirrors]
