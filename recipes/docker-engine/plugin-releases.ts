import type { CliPluginOptions } from './cli-plugin.js'

/**
 * The releases that are taken where none is named. Both are published with these names and checksums beside them.
 * Source: the upstream versions that Debian sid packaged in November 2026.
 */
export const defaultPluginVersions = { compose: '2.40.3', buildx: '0.29.1' } as const

/** Docker's names of an architecture in the file names of the two projects' releases. */
const archNames: Record<string, { compose: string; buildx: string }> = {
  amd64: { compose: 'x86_64', buildx: 'amd64' },
  arm64: { compose: 'aarch64', buildx: 'arm64' },
  armhf: { compose: 'armv7', buildx: 'arm-v7' },
  armel: { compose: 'armv6', buildx: 'arm-v6' },
  ppc64el: { compose: 'ppc64le', buildx: 'ppc64le' },
  riscv64: { compose: 'riscv64', buildx: 'riscv64' },
  s390x: { compose: 's390x', buildx: 's390x' },
}

/** The two plugins as release binaries for one architecture; none where the projects publish none for it. */
export function pluginReleases(
  arch: string,
  options: {
    releaseUrl: string
    composeVersion: string
    buildxVersion: string
    composeSha256?: string | undefined
    buildxSha256?: string | undefined
  },
): CliPluginOptions[] {
  const names = archNames[arch]
  if (!names) return []
  const base = options.releaseUrl.replace(/\/+$/, '')
  const compose = options.composeVersion.replace(/^v/, '')
  const buildx = options.buildxVersion.replace(/^v/, '')
  const composeFolder = `${base}/compose/releases/download/v${compose}`
  const composeFile = `docker-compose-linux-${names.compose}`
  const buildxFolder = `${base}/buildx/releases/download/v${buildx}`
  return [
    {
      name: 'docker-compose',
      url: `${composeFolder}/${composeFile}`,
      sha256: options.composeSha256 ?? `${composeFolder}/${composeFile}.sha256`,
    },
    {
      name: 'docker-buildx',
      url: `${buildxFolder}/buildx-v${buildx}.linux-${names.buildx}`,
      sha256: options.buildxSha256 ?? `${buildxFolder}/checksums.txt`,
    },
  ]
}
