import { chmod, copyFile, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { AptRoot } from './apt-root.js'
import { run } from './command.js'
import { debianSource } from './debian.js'
import { runTool, tool } from './tools.js'

/** What the device tree says; fitout and everything else tells a Raspberry Pi by it. */
export const boardModel = 'Raspberry Pi 4 Model B Rev 1.5'

/** What cmdline.txt holds on the fresh machine. */
export const freshCommandLine =
  'console=ttyAMA0,115200 console=tty1 root=/dev/vda rootfstype=ext4 fsck.repair=yes rootwait net.ifnames=0'

/** A Pi 4's processor on QEMU's board, which has what a Pi 4 has under other addresses. Must not differ between saving and loading a snapshot. */
export const piMachine = [
  ...['-machine', 'virt', '-accel', 'tcg,thread=multi,tb-size=512', '-cpu', 'cortex-a72', '-smp', '2'],
  ...['-device', 'virtio-net-pci,netdev=n0,romfile=', '-device', 'virtio-rng-pci', '-display', 'none', '-vga', 'none'],
]

export const piScript = fileURLToPath(new URL('raspberry-pi.sh', import.meta.url))

/** What the stand-in of the firmware needs beside kernel and disk. */
export interface Board {
  /** A compiled device tree. */
  deviceTree: string
  /** The boot partition: a qcow2 file with a FAT file system. */
  boot: string
}

/**
 * What a Raspberry Pi's firmware and kernel do about the command line, done by QEMU's caller: at each start the first line of
 * cmdline.txt is read from the boot partition, behind the words of the device tree. Among those is `cgroup_disable=memory`, as on a Pi;
 * Raspberry Pi's kernels let a later `cgroup_enable=memory` take that back, and Debian's, which runs here, does not know the
 * word: so the stand-in leaves its own word out then.
 */
export async function firmwareStandIn({ boot }: Pick<Board, 'boot'>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'fitout-firmware-'))
  try {
    const raw = join(folder, 'boot.raw')
    await runTool('qemu-img', 'convert', '-O', 'raw', boot, raw)
    const text = await runTool('mcopy', '-i', raw, '::cmdline.txt', '-')
    const [line = ''] = text.split(/\r?\n/)
    const words = line.split(/\s+/)
    const enabled = words.lastIndexOf('cgroup_enable=memory') > words.lastIndexOf('cgroup_disable=memory')
    return ['coherent_pool=1M', ...(enabled ? [] : ['cgroup_disable=memory']), 'vc_mem.mem_size=0x40000000', line].join(
      ' ',
    )
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** The kernel's package, fetched into `folder`. */
export async function fetchKernel(folder: string): Promise<{ kernel: string; busybox: string }> {
  const { archive } = await debianSource()
  const apt = await AptRoot.open(join(folder, 'apt'), [{ url: archive, suite: 'trixie' }], undefined, 'arm64')
  const plan = await apt.apt('install', '-s', '-qq', 'linux-image-cloud-arm64')
  const name = /^Inst (linux-image-\d\S*) /m.exec(plan)?.[1]
  if (name === undefined) throw new Error('Debian has no kernel for arm64')
  return { kernel: await apt.download(name, 'trixie'), busybox: await apt.download('busybox-static', 'trixie') }
}

/** Runs before the root file system is there; the only driver that Debian's kernel lacks for that is the disk's. */
const init = `#!/bin/busybox sh
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t devtmpfs dev /dev
/bin/busybox insmod /virtio_blk.ko
for word in $(/bin/busybox cat /proc/cmdline); do
  case $word in root=*) root=\${word#root=} ;; esac
done
until [ -b "$root" ]; do /bin/busybox sleep 0.1; done
/bin/busybox mount -o rw "$root" /root
/bin/busybox mount -o move /dev /root/dev
/bin/busybox umount /proc
exec /bin/busybox switch_root /root /sbin/init
`

/** An initramfs that mounts the root file system. One of Debian's own, made inside, emulated, would take twenty minutes. */
export async function writeInitramfs(root: string, busybox: string, file: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'fitout-initramfs-'))
  try {
    for (const name of ['bin', 'proc', 'dev', 'root', 'package']) await mkdir(join(folder, name))
    await run('dpkg-deb', ['-x', busybox, join(folder, 'package')])
    await copyFile(join(folder, 'package/usr/bin/busybox'), join(folder, 'bin/busybox'))
    await rm(join(folder, 'package'), { recursive: true })
    const modules = join(root, 'usr/lib/modules')
    const [release = ''] = await readdir(modules)
    const packed = join(modules, release, 'kernel/drivers/block/virtio_blk.ko.xz')
    await copyFile(packed, join(folder, 'virtio_blk.ko.xz'))
    await run('xz', ['-d', join(folder, 'virtio_blk.ko.xz')])
    await writeFile(join(folder, 'init'), init)
    await chmod(join(folder, 'init'), 0o755)
    await run('sh', ['-c', 'find . | cpio --quiet -o -H newc >"$1"', 'sh', file], { cwd: folder })
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** The boot partition as Raspberry Pi OS lays it out, as far as fitout looks at it. */
export async function writeBootPartition(file: string): Promise<void> {
  const raw = `${file}.raw`
  await run('truncate', ['-s', '64M', raw])
  await runTool('mkfs.vfat', '-n', 'bootfs', raw)
  const files = {
    'cmdline.txt': `${freshCommandLine}\n`,
    'config.txt':
      '# For more options see the documentation\ndtparam=audio=on\ncamera_auto_detect=1\n\n[cm4]\notg_mode=1\n\n[all]\n',
  }
  for (const [name, text] of Object.entries(files)) {
    await writeFile(`${raw}.${name}`, text)
    await runTool('mcopy', '-i', raw, `${raw}.${name}`, `::${name}`)
    await rm(`${raw}.${name}`)
  }
  await runTool('qemu-img', 'convert', '-O', 'qcow2', raw, file)
  await rm(raw)
}

/** The device tree of QEMU's board, with a Raspberry Pi's name. */
export async function writeDeviceTree(file: string, memory: number): Promise<void> {
  const { path, args, env } = await tool('qemu-system-aarch64')
  const machine = piMachine.map((word) => (word === 'virt' ? `virt,dumpdtb=${file}` : word))
  await run(path, [...args, ...machine, '-netdev', 'user,id=n0', '-m', String(memory)], { env, timeout: 60 })
  await runTool('fdtput', '-t', 's', file, '/', 'model', boardModel)
}
