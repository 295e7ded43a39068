import { type Others, printOwners, readOwners, refuseOthers } from '../../src/resource/content.js'
import { defineResource, type Resource } from '../../src/resource/resource.js'
import { sh } from '../../src/shell/quote.js'

export interface CliPluginOptions {
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
