import { join } from 'node:path'
import { sourceLine } from './apt-root.js'
import { cached } from './cached.js'
import { run } from './command.js'
import { debianSource } from './debian.js'
import { tool } from './tools.js'

/**
 * A root folder with a Debian release's sudo, sudo-rs and shells, to be mounted by `sudoHost` (test/support/sudo-host.ts). It is
 * unpacked only: no package's script has run in it. The first time takes half a minute. Needs root.
 */
export async function sudoRoot(release: 'trixie' | 'sid'): Promise<string> {
  const { archive } = await debianSource()
  const packages = 'base-files,base-passwd,bash,busybox,coreutils,dash,grep,libpam-modules,sed,sudo,sudo-rs,util-linux'
  const folder = await cached(`sudo-${release}`, [archive, packages], async (unfinished) => {
    const { path, env } = await tool('mmdebstrap')
    const options = [
      ...['--mode=root', '--variant=extract', `--include=${packages}`],
      // The snapshot of sid that a mirror has may be older than its Release file wants.
      '--aptopt=Acquire::Check-Valid-Until "false"',
    ]
    await run(path, [...options, release, join(unfinished, 'base'), sourceLine({ url: archive, suite: release })], {
      env,
    })
  })
  return join(folder, 'base')
}
