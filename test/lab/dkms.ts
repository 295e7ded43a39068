import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { sourceLine } from './apt-root.js'
import { cached } from './cached.js'
import { run } from './command.js'
import { debianSource } from './debian.js'
import { tool } from './tools.js'

/** What became of building one of Debian's driver packages for one kernel. */
export interface DkmsBuild {
  package: 'nvidia-kernel-dkms' | 'nvidia-open-kernel-dkms'
  /** DKMS's name of it: `nvidia-current`, `nvidia-current-open`. */
  module: string
  version: string
  /** Release of the kernel. */
  kernel: string
  seconds: number
  /** Lines of the compiler's errors; empty when it was built. */
  errors: string[]
  modules: { file: string; bytes: number; version: string; license: string; vermagic: string }[]
  /** The modules in the form that `dkms ldtarball` takes; undefined when they were not built. */
  archive: string | undefined
}

const script = fileURLToPath(new URL('dkms-build.sh', import.meta.url))

/**
 * Build Debian 13's NVIDIA modules natively, in a root of their own: emulated, one build takes over 24 minutes. Both kinds
 * for the kernel given, and the open one for a kernel older than 6.12.97, too, which changed a function that it calls.
 */
export async function dkmsBuilds(kernel: string): Promise<DkmsBuild[]> {
  const source = await debianSource()
  const lines = [
    { url: source.archive, suite: 'trixie' },
    { url: source.archive, suite: 'trixie-updates' },
    { url: source.security, suite: 'trixie-security' },
  ].map((suite) => `${sourceLine(suite)} contrib non-free non-free-firmware`)
  const builds = [
    ['nvidia-kernel-dkms', kernel],
    ['nvidia-open-kernel-dkms', kernel],
    ['nvidia-open-kernel-dkms', 'older'],
  ]
  const recipe = [lines, builds, await readFile(script, 'utf8'), 1]
  const folder = await cached('nvidia-modules', recipe, async (unfinished) => {
    const { path, env } = await tool('mmdebstrap')
    await run(
      'nice',
      [
        ...[path, '--mode=root', '--variant=apt', '--architectures=amd64', '--include=dkms,openssl', '--format=null'],
        ...[`--customize-hook=sh '${script}' "$1"`, 'trixie', '-', ...lines],
      ],
      { env: { ...env, LAB_OUT: unfinished, LAB_BUILDS: builds.map((words) => words.join(' ')).join('\n') } },
    )
  })
  const folders = (await readdir(folder)).map((entry) => join(folder, entry))
  return Promise.all(folders.map(read))
}

async function read(folder: string): Promise<DkmsBuild> {
  const lines = async (file: string) => {
    const text = await readFile(join(folder, file), 'utf8').catch(() => '')
    return text.split('\n').filter((line) => line !== '')
  }
  const [module = '', version = '', kernel = '', rc, seconds] = await lines('result')
  const modules = (await lines('modules')).map((line) => {
    const [, file = '', bytes = '', rest = ''] = /^(\S+) (\d+) (.*)$/.exec(line) ?? []
    const [version = '', license = '', vermagic = ''] = rest.split('\t')
    return { file, bytes: Number(bytes), version, license, vermagic: vermagic.trim() }
  })
  return {
    package: module.endsWith('-open') ? 'nvidia-open-kernel-dkms' : 'nvidia-kernel-dkms',
    ...{ module, version, kernel, seconds: Number(seconds), modules },
    errors: rc === '0' ? [] : await lines('errors'),
    archive: rc === '0' ? join(folder, `${module}-${version}.dkms.tar.gz`) : undefined,
  }
}
