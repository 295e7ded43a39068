import { isOthers } from '../../src/resource/content.js'
import { defineResource, type Resource } from '../../src/resource/resource.js'
import { sh } from '../../src/shell/quote.js'

export interface CliPluginOptions {
  /** `docker-compose` or `docker-buildx`. */
  name: string
  url: string
  /** Lower-case hex, or the address of a file that begins with it. */
  sha256: string
}

/** A Docker CLI plugin from its publisher's release, for all users; its checksum verified before it is put in place. */
export function cliPlugin({ name, url, sha256 }: CliPluginOptions): Resource {
  const path = `/usr/local/lib/docker/cli-plugins/${name}`
  const pinned = !sha256.includes('://')
  return defineResource<{ sum: string; others?: boolean }>({
    id: `cli-plugin ${name}`,
    inspect: sh`if [ -x ${path} ]; then
  sha256sum <${path}
  stat -L -c '@owner %u %a' ${path}
fi`,
    read: ({ text }) => {
      const [, uid, mode] = /^@owner (\d+) ([0-7]+)$/m.exec(text) ?? []
      const others = uid !== undefined && isOthers(uid, mode!)
      return { sum: text.trim().split(/\s/)[0] ?? '', ...(others ? { others } : {}) }
    },
    assume: () => ({ sum: '' }),
    plan: ({ sum, others }) => {
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
