import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { cached } from './cached.js'
import { indexFlat, makeSigningKey, stopAgent } from './repository.js'
import { type ServedRequest, serveFolder } from './static-server.js'
import { predecessorStandIns, toolkitStandIns } from './toolkit-packages.js'

/** Versions of the toolkit in the repository, oldest first; the first is of nvidia-docker2's days. */
export const toolkitVersions = ['1.13.5-1', '1.17.8-1', '1.18.0-1'] as const

/** A running look-alike of NVIDIA's repository of the container toolkit: flat, signed, with stand-ins in it. */
export interface ToolkitMirror {
  /** As the guests reach what is https://nvidia.github.io/libnvidia-container at its publisher. */
  url: string
  keyFile: string
  fingerprint: string
  requests: ServedRequest[]
  stop(): Promise<void>
}

/** Serve the toolkit's stand-ins to guests, until it is stopped or this process ends. Built at the first call. */
export async function startToolkitMirror(): Promise<ToolkitMirror> {
  const makers = ['toolkit-packages.ts', 'toolkit-mirror.ts', 'repository.ts']
  const recipe = await Promise.all(makers.map((file) => readFile(new URL(file, import.meta.url), 'utf8')))
  const folder = await cached('toolkit-mirror', recipe, async (unfinished) => {
    const root = join(unfinished, 'www/libnvidia-container')
    const pool = join(root, 'stable/deb/amd64')
    await mkdir(pool, { recursive: true })
    const key = await makeSigningKey(join(unfinished, 'gnupg'), join(root, 'gpgkey'))
    for (const version of toolkitVersions) await toolkitStandIns(pool, version)
    await predecessorStandIns(pool)
    await indexFlat(pool, key)
    await stopAgent(key)
    await writeFile(join(unfinished, 'mirror.json'), JSON.stringify({ fingerprint: key.fingerprint }))
  })
  const { fingerprint } = JSON.parse(await readFile(join(folder, 'mirror.json'), 'utf8'))
  const server = await serveFolder(join(folder, 'www'))
  return {
    url: `http://10.0.2.2:${server.port}/libnvidia-container`,
    keyFile: join(folder, 'www/libnvidia-container/gpgkey'),
    fingerprint,
    requests: server.requests,
    stop: server.stop,
  }
}
