import { copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { sourceLine } from './apt-root.js'
import { cached } from './cached.js'
import { atExit } from './cleanup.js'
import { run } from './command.js'
import { debianSource, guestProxy } from './debian.js'
import { labKey } from './keys.js'
import { bootableDisk, ownBootPackages, ownBootScript, rootUuid } from './own-boot.js'
import { type Hardware, machineArguments, startQemu } from './qemu.js'
import { rebooted, sshScript, waitForSsh, writeSshFiles } from './ssh.js'
import { runTool, tool } from './tools.js'

/** The guests that can be started, and the Debian release of each. */
export const suites = { debian13: 'trixie', debian12: 'bookworm', 'debian13-disk': 'trixie' } as const

export type ImageName = keyof typeof suites

/** MiB of the machine that the snapshot was taken of; another size has to boot. */
export const snapshotMemory = 2048

/** Name of the snapshot inside the disk. */
export const snapshotName = 'pristine'

/** Guests that boot by their own boot loader; QEMU starts kernel and initramfs of the others, from outside. */
const bootsItself = (name: ImageName) => name === 'debian13-disk'

/** What `startVm` needs of a built image. */
export interface Image {
  disk: string
  /** What QEMU starts; undefined where the disk has a boot loader. */
  kernel: Hardware['kernel']
  /** Public host keys, one a line. */
  hostKeys: string
}

const packagesOf = (name: ImageName) => [
  ...['systemd-sysv', 'systemd-resolved', 'dbus', 'udev', 'kmod', 'e2fsprogs', 'procps', 'iproute2'],
  ...['openssh-server', 'sudo', 'ca-certificates'],
  ...(bootsItself(name) ? ownBootPackages : ['linux-image-cloud-amd64']),
]

const customize = fileURLToPath(new URL('guest.sh', import.meta.url))
const settle = fileURLToPath(new URL('settle.sh', import.meta.url))

/** The image of a guest, built unless the cache has it: a disk with a snapshot of the booted, quiet machine inside. */
export async function image(name: ImageName): Promise<Image> {
  const { publicKey } = await labKey()
  const source = await debianSource()
  const scripts = await Promise.all(scriptsOf(name).map((script) => readFile(script, 'utf8')))
  const qemu = await runTool('qemu-system-x86_64', '--version')
  const machine = machineArguments(bootsItself(name))
  const recipe = [suites[name], publicKey, source, packagesOf(name), scripts, qemu, machine, snapshotMemory, 1]
  const folder = await cached(name, recipe, async (unfinished) => {
    await buildDisk(name, unfinished)
    await takeSnapshot(name, unfinished)
  })
  return describe(name, folder)
}

async function describe(name: ImageName, folder: string): Promise<Image> {
  const hostKeys = await readFile(join(folder, 'host_keys'), 'utf8')
  const kernel = bootsItself(name) ? undefined : { image: join(folder, 'kernel'), initrd: join(folder, 'initrd') }
  return { disk: join(folder, 'disk.qcow2'), kernel, hostKeys }
}

function scriptsOf(name: ImageName): string[] {
  return [customize, settle, ...(bootsItself(name) ? [ownBootScript] : [])]
}

async function buildDisk(name: ImageName, folder: string): Promise<void> {
  if (process.getuid?.() !== 0) throw new Error('the lab builds its images as root: run `sudo -E npm run lab -- build`')
  const root = join(folder, 'root')
  const { archive, security } = await debianSource()
  const suite = suites[name]
  const lines = [
    sourceLine({ url: archive, suite }),
    sourceLine({ url: archive, suite: `${suite}-updates` }),
    sourceLine({ url: security, suite: `${suite}-security` }),
  ]
  const { path, env } = await tool('mmdebstrap')
  const variables = {
    LAB_NAME: name,
    LAB_SUITE: suite,
    LAB_ARCHIVE: archive,
    LAB_SECURITY: security,
    LAB_PUBLIC_KEY: (await labKey()).publicKey,
    LAB_PROXY: (await guestProxy()) ?? '',
    LAB_ROOT_UUID: rootUuid,
  }
  const hooks = [customize, ...(bootsItself(name) ? [ownBootScript] : [])]
  await run(
    path,
    [
      ...['--mode=root', '--variant=apt', '--architectures=amd64', `--include=${packagesOf(name).join(',')}`],
      ...[...hooks.map((script) => `--customize-hook=sh '${script}' "$1"`), suite, root, ...lines],
    ],
    { env: { ...env, ...variables } },
  )
  await keep(name, root, folder)
  const raw = join(folder, 'disk.raw')
  if (bootsItself(name)) await bootableDisk(root, raw, 8192)
  else await run('mke2fs', ['-q', '-t', 'ext4', '-d', root, '-E', 'lazy_itable_init=1', '-J', 'size=16', raw, '8G'])
  await rm(root, { recursive: true })
  await runTool('qemu-img', 'convert', '-O', 'qcow2', raw, join(folder, 'disk.qcow2'))
  await rm(raw)
}

/** Copy what is needed outside the disk: the kernel and initrd that QEMU starts, the host keys as known_hosts wants them. */
async function keep(name: ImageName, root: string, folder: string): Promise<void> {
  for (const file of await readdir(join(root, 'boot'))) {
    if (file.startsWith('vmlinuz-')) await writeFile(join(folder, 'release'), file.slice('vmlinuz-'.length))
    if (bootsItself(name)) continue
    if (file.startsWith('vmlinuz-')) await copyFile(join(root, 'boot', file), join(folder, 'kernel'))
    if (file.startsWith('initrd.img-')) await copyFile(join(root, 'boot', file), join(folder, 'initrd'))
  }
  const keys: string[] = []
  for (const file of await readdir(join(root, 'etc/ssh'))) {
    if (!/^ssh_host_.*\.pub$/.test(file)) continue
    keys.push((await readFile(join(root, 'etc/ssh', file), 'utf8')).split(' ').slice(0, 2).join(' '))
  }
  await writeFile(join(folder, 'host_keys'), `${keys.join('\n')}\n`)
}

/** Release of the kernel of a guest that boots itself, as of when its image was built. */
export async function kernelOf(name: ImageName): Promise<string> {
  const { disk } = await image(name)
  return (await readFile(join(dirname(disk), 'release'), 'utf8')).trim()
}

/** Boot once, let it settle, fetch apt's lists, and save the machine as it is then. */
async function takeSnapshot(name: ImageName, folder: string): Promise<void> {
  const { hostKeys, ...files } = await describe(name, folder)
  const run = join(folder, 'run')
  await mkdir(run)
  const qemu = await startQemu(run, name, { ...files, memory: snapshotMemory })
  const forget = atExit(() => process.kill(qemu.pid, 'SIGKILL'))
  try {
    const { sshConfigFile } = await writeSshFiles(run, name, qemu.port, (await labKey()).keyFile, hostKeys)
    await waitForSsh(sshConfigFile, name, 300)
    if (bootsItself(name)) await rebooted(sshConfigFile, name, 'update-grub && systemctl reboot')
    await sshScript(sshConfigFile, name, `date -s @${Date.now() / 1000}\n${await readFile(settle, 'utf8')}`)
    await qemu.monitor(`savevm ${snapshotName}`)
  } finally {
    await qemu.stop()
    forget()
  }
  await rm(run, { recursive: true })
}
