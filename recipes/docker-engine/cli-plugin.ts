import { type Others, printOwners, readOwners, refuseOthers } from '../../src/resource/content.js'
import { defineResource, type Resource } from '../../src/resource/resource.js'
import { sh } from '../../src/shell/quote.js'

interface CliPluginOptions {
  /** `docker-compose` or `docker-buildx`. */
  name: string
  url: string
  /** Lower-case hex, or the address of a file that begins with it. */
  sha256: string
}

const folder = '/usr/local/lib/docker/cli-plugins'

/**
 * A Docker CLI plugin from its publisher's release, for all users; its checksum verified before it is put in place.
 *
 * @throws FitoutError from `plan` if others than root can change its folder, or one above it.
 */
export function cliPlugin({ name, url, sha256 }: CliPluginOptions): Resource {
  const path = `${folder}/${name}`
  const pinned = !sha256.includes('://')
  return defineResource<{ sum: string; others?: Others | undefined; ofFolder?: Others | undefined }>({
    id: `cli-plugin ${name}`,
    inspect: `${sh`if [ -f ${path} ] && [ -x ${path} ]; then timeout 60 sha256sum <${path}; fi`}
${printOwners(folder, path)}`,
    read: ({ text }) => {
      const owners = readOwners(text)
      const sum = /^[0-9a-f]{64}/.exec(text)?.[0] ?? ''
      return { sum, others: owners.get(path), ofFolder: owners.get(folder) }
    },
    assume: () => ({ sum: '' }),
    plan: ({ sum, others, ofFolder }) => {
      refuseOthers(path, ofFolder)
      // A checksum that is only published beside the binary is asked for once, not at each look.
      if (sum !== '' && !others && (!pinned || sum === sha256)) return undefined
      return {
        resource: `cli-plugin ${name}`,
        stage: 'configure',
        title: `Put the ${name} release into ${path}`,
        why:
          sum === ''
            ? 'it is not there'
            : others
              ? 'others than root can change it, and whoever runs docker runs it'
              : 'another version is there',
        details: [`from ${url}`, pinned ? `sha256 ${sha256}` : `sha256 as published at ${sha256}`],
        script: sh`put_binary ${path} ${url} ${sha256}`,
        effects: [],
        ...(sum === '' ? { adds: true as const } : {}),
      }
    },
  })
}

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
