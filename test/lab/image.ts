import { copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { sourceLine } from './apt-root.js'
import { cached } from './cached.js'
import { atExit } from './cleanup.js'
import { run } from './command.js'
import { debianSource, guestProxy } from './debian.js'
import { withArm64Programs } from './foreign.js'
import { labKey } from './keys.js'
import { bootableDisk, ownBootPackages, ownBootScript, rootUuid } from './own-boot.js'
import { type Hardware, machineArguments, startQemu } from './qemu.js'
import {
  type Board,
  fetchKernel,
  piMachine,
  piScript,
  writeBootPartition,
  writeDeviceTree,
  writeInitramfs,
} from './raspberry-pi.js'
import { rebooted, sshScript, waitForSsh, writeSshFiles } from './ssh.js'
import { runTool, tool } from './tools.js'

/** The guests that can be started, and the Debian release of each. */
export const suites = {
  debian13: 'trixie',
  debian12: 'bookworm',
  'debian13-disk': 'trixie',
  'raspberrypi-arm64': 'trixie',
} as const

export type ImageName = keyof typeof suites

/** MiB of the machine that the snapshot was taken of; another size has to boot. */
export const snapshotMemory = 2048

/** Name of the snapshot inside the disk. */
export const snapshotName = 'pristine'

/** Guests that boot by their own boot loader; QEMU starts kernel and initramfs of the others, from outside. */
const bootsItself = (name: ImageName) => name === 'debian13-disk'

/** Raspberry Pi OS 13 as far as fitout sees it: Debian for arm64 on a board of that name. */
const isPi = (name: ImageName) => name === 'raspberrypi-arm64'

/** What `startVm` needs of a built image. */
export interface Image {
  disk: string
  /** What QEMU starts; undefined where the disk has a boot loader. */
  kernel: Hardware['kernel']
  /** Of a Raspberry Pi. */
  board?: Board
  /** Public host keys, one a line. */
  hostKeys: string
}

const packagesOf = (name: ImageName) => [
  ...['systemd-sysv', 'systemd-resolved', 'dbus', 'udev', 'kmod', 'e2fsprogs', 'procps', 'iproute2'],
  ...['openssh-server', 'sudo', 'ca-certificates'],
  ...(bootsItself(name) ? ownBootPackages : isPi(name) ? [] : ['linux-image-cloud-amd64']),
]

const customize = fileURLToPath(new URL('guest.sh', import.meta.url))
const settle = fileURLToPath(new URL('settle.sh', import.meta.url))

/** The image of a guest, built unless the cache has it: a disk with a snapshot of the booted, quiet machine inside. */
export async function image(name: ImageName): Promise<Image> {
  const { publicKey } = await labKey()
  const source = await debianSource()
  const scripts = await Promise.all(scriptsOf(name).map((script) => readFile(script, 'utf8')))
  const qemu = await runTool(isPi(name) ? 'qemu-system-aarch64' : 'qemu-system-x86_64', '--version')
  const machine = isPi(name) ? piMachine : machineArguments(bootsItself(name))
  const recipe = [suites[name], publicKey, source, packagesOf(name), scripts, qemu, machine, snapshotMemory, 1]
  // Emulated, its packages take long to set up: what comes after may fail without that being done again.
  const unbooted = isPi(name)
    ? await cached(`${name}-unbooted`, recipe, (unfinished) => buildDisk(name, unfinished))
    : undefined
  const folder = await cached(name, recipe, async (unfinished) => {
    if (unbooted === undefined) await buildDisk(name, unfinished)
    else await run('cp', ['-a', '--sparse=always', '--reflink=auto', `${unbooted}/.`, unfinished])
    await takeSnapshot(name, unfinished)
  })
  return describe(name, folder)
}

async function describe(name: ImageName, folder: string): Promise<Image> {
  const hostKeys = await readFile(join(folder, 'host_keys'), 'utf8')
  const kernel = bootsItself(name) ? undefined : { image: join(folder, 'kernel'), initrd: join(folder, 'initrd') }
  const disk = join(folder, 'disk.qcow2')
  if (!isPi(name)) return { disk, kernel, hostKeys }
  return {
    disk,
    kernel,
    hostKeys,
    board: { deviceTree: join(folder, 'pi.dtb'), boot: join(folder, 'boot.qcow2') },
  }
}

function scriptsOf(name: ImageName): string[] {
  return [customize, settle, ...(bootsItself(name) ? [ownBootScript] : []), ...(isPi(name) ? [piScript] : [])]
}

async function buildDisk(name: ImageName, folder: string): Promise<void> {
  if (process.getuid?.() !== 0) throw new Error('the lab builds its images as root: run `sudo -E npm run lab -- build`')
  const root = join(folder, 'root')
  const { archive, security } = await debianSource()
  const suite = suites[name]
  const architecture = isPi(name) ? 'arm64' : 'amd64'
  const lines = [
    { url: archive, suite },
    { url: archive, suite: `${suite}-updates` },
    { url: security, suite: `${suite}-security` },
  ].map((source) => sourceLine(source, architecture))
  const pi = isPi(name) ? await fetchKernel(folder) : undefined
  const { path, env } = await tool('mmdebstrap')
  const variables = {
    LAB_NAME: name,
    LAB_SUITE: suite,
    LAB_ARCHIVE: archive,
    LAB_SECURITY: security,
    LAB_PUBLIC_KEY: (await labKey()).publicKey,
    LAB_PROXY: (await guestProxy()) ?? '',
    LAB_ROOT_UUID: rootUuid,
    LAB_KERNEL: pi?.kernel ?? '',
  }
  const hooks = [...(isPi(name) ? [piScript] : []), customize, ...(bootsItself(name) ? [ownBootScript] : [])]
  const args = [
    ...['--mode=root', '--variant=apt', `--architectures=${architecture}`, `--include=${packagesOf(name).join(',')}`],
    ...[...hooks.map((script) => `--customize-hook=sh '${script}' "$1"`), suite, root, ...lines],
  ]
  if (pi === undefined) await run(path, args, { env: { ...env, ...variables } })
  else {
    // Neither can be mounted in a namespace, and nothing that is set up here needs them.
    const skip = '--skip=chroot/mount/proc,chroot/mount/sys'
    await withArm64Programs(path, [skip, ...args], { ...env, ...variables })
    await writeInitramfs(root, pi.busybox, join(folder, 'initrd'))
    await writeBootPartition(join(folder, 'boot.qcow2'))
    await writeDeviceTree(join(folder, 'pi.dtb'), snapshotMemory)
    await rm(join(folder, 'apt'), { recursive: true })
  }
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
