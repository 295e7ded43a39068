import { access, readFile, rm } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { findProgram } from '../../src/host/connection/find-program.js'
import { AptRoot, type Suite } from './apt-root.js'
import { cached } from './cached.js'
import { run } from './command.js'
import { debianSource } from './debian.js'

/** The programs that the lab needs beyond those of every Debian machine, and the packages that have them. */
const packageOf = {
  'qemu-system-x86_64': 'qemu-system-x86',
  'qemu-system-aarch64': 'qemu-system-arm',
  'qemu-img': 'qemu-utils',
  mmdebstrap: 'mmdebstrap',
  strace: 'strace',
  slirp4netns: 'slirp4netns',
  'docker-registry': 'docker-registry',
  // For the Raspberry Pi: programs of another architecture, its device tree, its boot partition.
  'qemu-aarch64-static': 'qemu-user-static',
  fdtput: 'device-tree-compiler',
  'mkfs.vfat': 'dosfstools',
  mcopy: 'mtools',
} as const

type ToolName = keyof typeof packageOf

/** How to start a tool: `args` come before the caller's own. */
export interface Tool {
  path: string
  args: string[]
  env: NodeJS.ProcessEnv
}

/**
 * Find a tool on this machine, or else fetch it with what it depends on into the cache and run it from there: nothing
 * is installed. QEMU must be 10 or newer (7.2 of Debian 12 panics guests in cmpxchg16b), so Debian 12 takes it from
 * its backports.
 */
export function tool(name: ToolName): Promise<Tool> {
  const known = found.get(name) ?? find(name)
  found.set(name, known)
  return known
}

const found = new Map<ToolName, Promise<Tool>>()

async function find(name: ToolName): Promise<Tool> {
  const installed = findProgram(name)
  if (installed && (!name.startsWith('qemu-system-') || (await qemuMajor(installed)) >= 10)) {
    return { path: installed, args: [], env: process.env }
  }
  const prefix = await fetched(name)
  const path = ['usr/bin', 'usr/sbin', 'bin', 'sbin'].map((folder) => join(prefix, folder, name))
  const at = (await Promise.all(path.map(exists))).indexOf(true)
  const libraries = ['usr/lib/x86_64-linux-gnu', 'lib/x86_64-linux-gnu'].map((folder) => join(prefix, folder))
  const data = ['usr/share/qemu', 'usr/share/seabios'].flatMap((folder) => ['-L', join(prefix, folder)])
  return {
    path: path[at] ?? name,
    // Without a sound backend named it tries all modules it finds, those of another QEMU installed here too, and aborts.
    args: name.startsWith('qemu-system-') ? ['-audio', 'none', ...data] : [],
    env: {
      ...process.env,
      LD_LIBRARY_PATH: libraries.join(delimiter),
      QEMU_MODULE_DIR: join(libraries[0] ?? '', 'qemu'),
    },
  }
}

/** Run a tool to its end. Throws unless it exits 0. */
export async function runTool(name: ToolName, ...args: string[]): Promise<string> {
  const { path, args: first, env } = await tool(name)
  return (await run(path, [...first, ...args], { env })).stdout
}

async function fetched(name: ToolName): Promise<string> {
  const release = /^VERSION_CODENAME=(\w+)/m.exec(await readFile('/etc/os-release', 'utf8'))?.[1]
  if (!release) throw new Error(`${name} is not installed, and this is no Debian release to fetch it for`)
  const backports = release === 'bookworm' && name.startsWith('qemu') ? `${release}-backports` : undefined
  return cached(`tool-${name}`, [release, backports], async (folder) => {
    const { archive } = await debianSource()
    const suites: Suite[] = [release, backports].flatMap((suite) => (suite ? [{ url: archive, suite }] : []))
    const root = await AptRoot.open(join(folder, 'apt'), suites, '/var/lib/dpkg/status')
    const from = backports ? ['-t', backports] : []
    for (const deb of await root.downloadWithDependencies([...from, packageOf[name]])) {
      await run('dpkg-deb', ['-x', deb, folder])
    }
    await rm(join(folder, 'apt'), { recursive: true })
  })
}

async function qemuMajor(path: string): Promise<number> {
  return Number(/version (\d+)/.exec((await run(path, ['--version'])).stdout)?.[1] ?? 0)
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
