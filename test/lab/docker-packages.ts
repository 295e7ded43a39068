import { chmod, cp, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { run } from './command.js'
import { maintainerScripts } from './maintainer-scripts.js'

/** Debian's packages that one set of look-alikes is made of: paths of .deb files. */
export interface DebianDocker {
  engine: string
  /** Undefined where docker.io still has the client in it (20.10). */
  client?: string
  tini: string
  /** The oldest containerd.io that this engine works with. */
  containerd: string
  /** Dependencies of the engine beyond the usual, such as libdevmapper for 20.10. */
  extra: string[]
}

/**
 * Repacks Debian's Docker packages as those of Docker's own archive: the same names, file layout, relations between the
 * packages and maintainer scripts, so that installing, upgrading, holding and conflicting go as with the real ones.
 */
export class Repacker {
  readonly #pool: string
  readonly #suffix: string
  readonly #architecture: string

  /** Packages go to `pool`; their versions end in `suffix`, as in `~debian.13~trixie`. */
  constructor(pool: string, suffix: string, architecture: string) {
    this.#pool = pool
    this.#suffix = suffix
    this.#architecture = architecture
  }

  /** docker-ce and docker-ce-cli of an upstream version. */
  async engine(version: string, from: DebianDocker): Promise<void> {
    await inScratch(async (scratch) => {
      const [ce, cli, tini] = ['ce', 'cli', 'tini'].map((name) => join(scratch, name)) as [string, string, string]
      await unpack(from.engine, ce)
      await unpack(from.tini, tini)
      if (from.client) await unpack(from.client, cli)
      else {
        await mkdir(join(cli, 'usr/bin'), { recursive: true })
        await rename(join(ce, 'usr/bin/docker'), join(cli, 'usr/bin/docker'))
      }
      await drop(cli, 'usr/share/doc', 'usr/share/man', 'usr/share/lintian')
      await drop(ce, 'usr/share', 'etc/init.d', 'usr/bin/docker-init', 'usr/lib/sysusers.d')
      await mergeUsr(ce)
      await cp(join(tini, 'usr/bin/tini-static'), join(ce, 'usr/bin/docker-init'))
      await edit(join(ce, 'usr/lib/systemd/system/docker.service'), (unit) =>
        unit
          .replaceAll('/usr/sbin/dockerd', '/usr/bin/dockerd')
          .replace(
            /^After=.*/m,
            'After=network-online.target nss-lookup.target docker.socket firewalld.service ' +
              'containerd.service time-set.target',
          )
          .replace(/^Wants=.*/m, 'Wants=network-online.target containerd.service'),
      )
      await this.#build(
        ce,
        'docker-ce',
        `5:${version}-1${this.#suffix}`,
        {
          Depends: [
            `containerd.io (>= ${from.containerd})`,
            'docker-ce-cli, iptables, libsystemd0, init-system-helpers (>= 1.54~)',
            await libc(from.engine),
            ...from.extra,
          ].join(', '),
          Recommends: 'apparmor, ca-certificates, git, libltdl7, pigz, procps, xz-utils',
          Suggests: 'cgroupfs-mount | cgroup-lite',
          Conflicts: 'docker (<< 1.5~), docker.io',
          Replaces: 'docker-engine',
        },
        ['docker.socket', 'docker.service'],
      )
      await this.#build(cli, 'docker-ce-cli', `5:${version}-1${this.#suffix}`, {
        Depends: await libc(from.client ?? from.engine),
        Recommends: 'docker-buildx-plugin, docker-compose-plugin',
        Conflicts: 'docker (<< 1.5~), docker.io, docker-cli',
        Replaces: 'docker-ce (<< 5:0)',
        Breaks: 'docker-ce (<< 5:0)',
      })
    })
  }

  /** containerd.io, with runc inside as upstream has it. */
  async containerd(version: string, containerd: string, runc: string): Promise<void> {
    await inScratch(async (scratch) => {
      const root = join(scratch, 'root')
      await unpack(containerd, root)
      await unpack(runc, root)
      await drop(root, 'usr/share/doc', 'usr/share/lintian', 'usr/share/man', 'etc/init.d')
      await mergeUsr(root)
      await edit(join(root, 'usr/lib/systemd/system/containerd.service'), (unit) =>
        unit.replaceAll('/usr/sbin/runc', '/usr/bin/runc'),
      )
      await mkdir(join(root, 'etc/containerd'), { recursive: true })
      await writeFile(join(root, 'etc/containerd/config.toml'), 'disabled_plugins = ["cri"]\n')
      await this.#build(
        root,
        'containerd.io',
        `${version}-1${this.#suffix}`,
        {
          Provides: 'containerd, runc',
          Conflicts: 'containerd, runc',
          Replaces: 'containerd, runc',
          Depends: `${await libc(containerd, runc)}, libseccomp2 (>= 2.5.0), init-system-helpers (>= 1.54~)`,
        },
        ['containerd.service'],
      )
    })
  }

  /** A plugin of the client: `program` alone out of Debian's package. */
  async plugin(name: string, version: string, deb: string, program: string): Promise<void> {
    await inScratch(async (scratch) => {
      const [from, root] = [join(scratch, 'from'), join(scratch, 'root')]
      await unpack(deb, from)
      const file = join('usr/libexec/docker/cli-plugins', program)
      await mkdir(dirname(join(root, file)), { recursive: true })
      await rename(join(from, file), join(root, file))
      await this.#build(root, name, `${version}-1${this.#suffix}`, {
        Depends: await libc(deb),
        Enhances: 'docker-ce-cli',
      })
    })
  }

  async #build(root: string, name: string, version: string, relations: Record<string, string>, units: string[] = []) {
    const size = (await run('du', ['-sk', root])).stdout.split('\t')[0]
    const fields = {
      Package: name,
      Version: version,
      Architecture: this.#architecture,
      Maintainer: 'lab <lab@invalid>',
      Section: 'admin',
      Priority: 'optional',
      'Installed-Size': size,
      ...relations,
      Description: `lab look-alike of Docker's ${name}, repacked from Debian`,
    }
    const control = Object.entries(fields).map(([field, value]) => `${field}: ${value}\n`)
    await mkdir(join(root, 'DEBIAN'))
    await writeFile(join(root, 'DEBIAN/control'), control.join(''))
    const { stdout } = await run('find', ['etc', '-type', 'f'], { cwd: root, check: false })
    await writeFile(join(root, 'DEBIAN/conffiles'), stdout.replace(/^/gm, '/').replace(/\/$/, ''))
    for (const [script, text] of Object.entries(maintainerScripts(name, units))) {
      await writeFile(join(root, 'DEBIAN', script), text)
      await chmod(join(root, 'DEBIAN', script), 0o755)
    }
    // Upstream's file names leave the epoch out.
    const file = `${name}_${version.replace(/^\d+:/, '')}_${this.#architecture}.deb`
    await run('dpkg-deb', ['-Zzstd', '-z3', '--root-owner-group', '-b', root, join(this.#pool, file)])
  }
}

/** The upstream version in a Debian file name: 28.5.2 of docker.io_28.5.2+dfsg4-5_amd64.deb. */
export function upstreamVersion(deb: string): string {
  const version = /_(?:\d+%3a)?(\d+(?:\.\d+)*)/.exec(basename(deb))?.[1]
  if (!version) throw new Error(`${deb}: no version in its name`)
  return version
}

async function inScratch(action: (scratch: string) => Promise<void>): Promise<void> {
  const scratch = await mkdtemp(join(tmpdir(), 'fitout-repack-'))
  try {
    await action(scratch)
  } finally {
    await rm(scratch, { recursive: true })
  }
}

async function unpack(deb: string, root: string): Promise<void> {
  await mkdir(root, { recursive: true })
  await run('dpkg-deb', ['-x', deb, root])
}

async function drop(root: string, ...paths: string[]): Promise<void> {
  for (const path of paths) await rm(join(root, path), { recursive: true, force: true })
}

/** Move lib to usr/lib and usr/sbin to usr/bin, where upstream's packages have their files. */
async function mergeUsr(root: string): Promise<void> {
  for (const [from, to] of [
    ['lib', 'usr/lib'],
    ['usr/sbin', 'usr/bin'],
  ] as const) {
    await cp(join(root, from), join(root, to), { recursive: true, verbatimSymlinks: true }).catch(ignoreMissing)
    await rm(join(root, from), { recursive: true, force: true })
  }
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error
}

async function edit(file: string, change: (text: string) => string): Promise<void> {
  await writeFile(file, change(await readFile(file, 'utf8')))
}

/** The libc6 dependencies of packages: `libc6 (>= 2.34)`. */
async function libc(...debs: string[]): Promise<string> {
  const depends = await Promise.all(debs.map(async (deb) => (await run('dpkg-deb', ['-f', deb, 'Depends'])).stdout))
  return depends.flatMap((line) => /libc6 \(.*?\)/.exec(line)?.[0] ?? []).join(', ')
}
