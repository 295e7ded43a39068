import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'

/** An image of a single file, for one architecture or several. */
export interface SmallImage {
  /** Such as `library/hello-world`. */
  repository: string
  tags: string[]
  /** Name of the program, which is all the image holds, and what it runs. */
  program: string
  /** The program's bytes, by the architecture. */
  content: Partial<Record<'amd64' | 'arm64', Buffer>>
}

const mediaType = {
  config: 'application/vnd.docker.container.image.v1+json',
  layer: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
  manifest: 'application/vnd.docker.distribution.manifest.v2+json',
  list: 'application/vnd.docker.distribution.manifest.list.v2+json',
}

/** Push an image to the registry at `url`, the way `docker push` does but without Docker. */
export async function pushImage(url: string, image: SmallImage): Promise<void> {
  const repository = `${url}/v2/${image.repository}`
  const entries = await Promise.all(
    Object.entries(image.content).map(([architecture, content]) => pushOne(repository, image, architecture, content)),
  )
  const list = json({ schemaVersion: 2, mediaType: mediaType.list, manifests: entries })
  for (const tag of image.tags) await putManifest(repository, tag, mediaType.list, list)
}

/** Push what is for one architecture; gives back the entry of it in the list. */
async function pushOne(repository: string, image: SmallImage, architecture: string, content: Buffer) {
  const archive = tarOf(image.program, content)
  const config = json({
    architecture,
    os: 'linux',
    created: '2026-01-01T00:00:00Z',
    config: { Cmd: [`/${image.program}`], Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'] },
    rootfs: { type: 'layers', diff_ids: [digest(archive)] },
    history: [{ created: '2026-01-01T00:00:00Z' }],
  })
  const manifest = json({
    schemaVersion: 2,
    mediaType: mediaType.manifest,
    config: { mediaType: mediaType.config, ...(await putBlob(repository, config)) },
    layers: [{ mediaType: mediaType.layer, ...(await putBlob(repository, gzipSync(archive))) }],
  })
  await putManifest(repository, digest(manifest), mediaType.manifest, manifest)
  const platform = { architecture, os: 'linux' }
  return { mediaType: mediaType.manifest, digest: digest(manifest), size: manifest.length, platform }
}

async function putBlob(repository: string, content: Buffer): Promise<{ digest: string; size: number }> {
  const begun = await request('POST', `${repository}/blobs/uploads/`)
  const location = new URL(begun.headers.get('location') ?? '', repository)
  location.searchParams.set('digest', digest(content))
  await request('PUT', location.href, 'application/octet-stream', content)
  return { digest: digest(content), size: content.length }
}

async function putManifest(repository: string, reference: string, type: string, content: Buffer): Promise<void> {
  await request('PUT', `${repository}/manifests/${reference}`, type, content)
}

async function request(method: string, url: string, type?: string, content?: Buffer): Promise<Response> {
  const headers = type ? { 'Content-Type': type } : undefined
  const response = await fetch(url, { method, headers, body: content && new Uint8Array(content) })
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${await response.text()}`)
  return response
}

/** A tar archive of one executable file. */
function tarOf(name: string, content: Buffer): Buffer {
  const header = Buffer.alloc(512)
  header.write(name, 0)
  header.write('0000755\0', 100) // mode
  header.write('0000000\0', 108) // owner
  header.write('0000000\0', 116) // group
  header.write(`${content.length.toString(8).padStart(11, '0')}\0`, 124)
  header.write('00000000000\0', 136) // modified
  header.write(' '.repeat(8), 148) // the checksum counts its own place as blanks
  header.write('0', 156) // a regular file
  header.write('ustar\x0000', 257)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return Buffer.concat([header, content, Buffer.alloc(-content.length & 511), Buffer.alloc(1024)])
}

function digest(content: Buffer): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value))
}
