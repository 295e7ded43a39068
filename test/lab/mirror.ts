import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AptRoot } from './apt-root.js'
import { cached } from './cached.js'
import { debianSource } from './debian.js'
import { Repacker, upstreamVersion } from './docker-packages.js'
import { indexSuite, makeSigningKey, poolOf, stopAgent } from './repository.js'
import { type ServedRequest, serveFolder } from './static-server.js'

/** The releases that the mirror has a suite for, with the end of the versions in it. */
export const releases = { trixie: '~debian.13~trixie', bookworm: '~debian.12~bookworm' } as const

/** A running look-alike of Docker's package archive. */
export interface Mirror {
  /** As the guests reach it; suites are below, in dists. */
  url: string
  /** The same on this machine's loopback. */
  hostUrl: string
  /** The armored public key of its signatures; also served as `gpg` below the URL. */
  keyFile: string
  fingerprint: string
  /** Upstream versions of docker-ce in every suite, oldest first; `aptVersion` makes apt's out of one. */
  versions: string[]
  /** Every request since it started; `requests.length = 0` forgets them. */
  requests: ServedRequest[]
  stop(): Promise<void>
}

/** Whom packages are for; of the others than amd64 there is trixie alone, in one version. */
export type Architecture = 'amd64' | 'arm64' | 'armhf'

/** Serve Docker's packages to guests, until it is stopped or this process ends. Built at the first call. */
export async function startMirror(architecture: Architecture = 'amd64'): Promise<Mirror> {
  const folder = await builtMirror(architecture)
  const { fingerprint, versions } = JSON.parse(await readFile(join(folder, 'mirror.json'), 'utf8'))
  const server = await serveFolder(join(folder, 'www'))
  return {
    url: `http://10.0.2.2:${server.port}/linux/debian`,
    hostUrl: `http://127.0.0.1:${server.port}/linux/debian`,
    keyFile: join(folder, 'www/linux/debian/gpg'),
    fingerprint,
    versions,
    requests: server.requests,
    stop: server.stop,
  }
}

/** What apt calls a version of docker-ce in a suite: `5:28.5.2-1~debian.13~trixie`. */
export function aptVersion(version: string, release: keyof typeof releases): string {
  return `5:${version}-1${releases[release]}`
}

async function builtMirror(architecture: Architecture): Promise<string> {
  const makers = ['docker-packages.ts', 'maintainer-scripts.ts', 'repository.ts', 'mirror.ts']
  const recipe = await Promise.all(makers.map((file) => readFile(new URL(file, import.meta.url), 'utf8')))
  const name = architecture === 'amd64' ? 'mirror' : `mirror-${architecture}`
  return cached(name, recipe, async (folder) => {
    const { archive } = await debianSource()
    const own = architecture === 'amd64'
    const suites = (own ? ['bookworm', 'trixie', 'sid'] : ['trixie']).map((suite) => ({ url: archive, suite }))
    const apt = await AptRoot.open(join(folder, 'apt'), suites, undefined, architecture)
    const root = join(folder, 'www/linux/debian')
    await mkdir(root, { recursive: true })
    const key = await makeSigningKey(join(folder, 'gnupg'), join(root, 'gpg'))
    let versions: string[] = []
    for (const release of own ? (['trixie', 'bookworm'] as const) : (['trixie'] as const)) {
      const pool = await poolOf(root, release, architecture)
      versions = own ? await fillPool(apt, release, pool) : [await fillForeignPool(apt, architecture, pool)]
      await indexSuite(root, release, key, architecture)
    }
    await stopAgent(key)
    await rm(join(folder, 'apt'), { recursive: true })
    await writeFile(join(folder, 'mirror.json'), JSON.stringify({ fingerprint: key.fingerprint, versions }))
  })
}

/**
 * Put three generations of Docker into a pool: bookworm's, trixie's and sid's. All of it runs on both releases but the
 * newer runc, which wants a newer C library than bookworm's: there bookworm's own is taken.
 */
async function fillPool(apt: AptRoot, release: keyof typeof releases, pool: string): Promise<string[]> {
  const repack = new Repacker(pool, releases[release], 'amd64')
  const get = (suite: string) => (name: string) => apt.download(name, suite)
  const [bookworm, trixie, sid] = [get('bookworm'), get('trixie'), get('sid')]
  const tini = await trixie('tini')
  const generations = [
    { engine: await bookworm('docker.io'), tini, containerd: '1.6.0', extra: ['libdevmapper1.02.1'] },
    { engine: await trixie('docker.io'), client: await trixie('docker-cli'), tini, containerd: '1.6.24', extra: [] },
    { engine: await sid('docker.io'), client: await sid('docker-cli'), tini, containerd: '1.7.24', extra: [] },
  ]
  for (const from of generations) await repack.engine(upstreamVersion(from.engine), from)
  for (const suite of [trixie, sid]) {
    const containerd = await suite('containerd')
    const runc = release === 'bookworm' ? await bookworm('runc') : await suite('runc')
    await repack.containerd(upstreamVersion(containerd), containerd, runc)
    for (const plugin of ['buildx', 'compose']) {
      const deb = await suite(`docker-${plugin}`)
      await repack.plugin(`docker-${plugin}-plugin`, upstreamVersion(deb), deb, `docker-${plugin}`)
    }
  }
  return generations.map(({ engine }) => upstreamVersion(engine))
}

/** The same of trixie's Docker alone, for another architecture; gives back its version. */
async function fillForeignPool(apt: AptRoot, architecture: Architecture, pool: string): Promise<string> {
  const repack = new Repacker(pool, releases.trixie, architecture)
  const get = (name: string) => apt.download(name, 'trixie')
  const engine = await get('docker.io')
  const [client, tini, containerd] = [await get('docker-cli'), await get('tini'), await get('containerd')]
  await repack.engine(upstreamVersion(engine), { engine, client, tini, containerd: '1.6.24', extra: [] })
  await repack.containerd(upstreamVersion(containerd), containerd, await get('runc'))
  for (const plugin of ['buildx', 'compose']) {
    const deb = await get(`docker-${plugin}`)
    await repack.plugin(`docker-${plugin}-plugin`, upstreamVersion(deb), deb, `docker-${plugin}`)
  }
  return upstreamVersion(engine)
}
