import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { type ElfArch, printingProgram } from './elf.js'
import { tarArchive } from './tar.js'

/** What the embedded image prints. */
export const helloText = 'Hello from fitout: this container runs.\n'

/** How an image's config names the architecture. */
const platforms: Record<ElfArch, { architecture: string; variant?: string }> = {
  amd64: { architecture: 'amd64' },
  arm64: { architecture: 'arm64' },
  armhf: { architecture: 'arm', variant: 'v7' },
}

const epoch = '1970-01-01T00:00:00Z'

/**
 * An image of one small program, as `docker load` takes it (a gzipped docker-archive): proves that containers run
 * where no registry can be reached. The same arguments always give the same bytes.
 */
export function helloArchive(arch: ElfArch, tag: string): Uint8Array {
  const layer = tarArchive([{ name: 'hello', mode: 0o755, bytes: printingProgram(arch, helloText) }])
  const diffId = sha256(layer)
  const config = json({
    ...platforms[arch],
    os: 'linux',
    created: epoch,
    config: { Cmd: ['/hello'] },
    rootfs: { type: 'layers', diff_ids: [`sha256:${diffId}`] },
    history: [{ created: epoch, created_by: 'fitout' }],
  })
  const configName = `${sha256(config)}.json`
  const layerName = `${diffId}.tar`
  const manifest = json([{ Config: configName, RepoTags: [tag], Layers: [layerName] }])
  const archive = tarArchive([
    { name: layerName, mode: 0o644, bytes: layer },
    { name: configName, mode: 0o644, bytes: config },
    { name: 'manifest.json', mode: 0o644, bytes: manifest },
  ])
  const packed = gzipSync(archive, { level: 9 })
  packed[9] = 255 // the operating system, which zlib fills in: unknown
  return packed
}

/** The archive as one line of base64. */
export function helloArchiveBase64(arch: ElfArch, tag: string): string {
  return Buffer.from(helloArchive(arch, tag)).toString('base64')
}

function json(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value), 'utf8')
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
