import { open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { run } from './command.js'

/** UUID of the root file system of guests that boot from their own disk. */
export const rootUuid = '6c6f7564-6c61-4a62-8f6f-6669746f7574'

/** Packages of such a guest: a boot loader, and the kernel of real machines (the cloud kernel has no graphics drivers). */
export const ownBootPackages = ['linux-image-amd64', 'grub2-common', 'grub-pc-bin', 'initramfs-tools', 'zstd']

export const ownBootScript = fileURLToPath(new URL('own-boot.sh', import.meta.url))

const sector = 512
const firstSector = 2048

/**
 * Make a disk of one partition that holds what is in `root`, and that a BIOS boots by GRUB. Neither mounts nor loop devices
 * are needed: GRUB's boot.img expects the rest of itself, as grub-mkimage made it, in the sectors that follow the first.
 */
export async function bootableDisk(root: string, disk: string, mebibytes: number): Promise<void> {
  await run('truncate', ['-s', `${mebibytes}M`, disk])
  await run('sfdisk', ['--quiet', disk], { input: `label: dos\nstart=${firstSector}, type=83, bootable\n` })
  const fileSystem = ['-q', '-t', 'ext4', '-U', rootUuid, '-d', root, '-J', 'size=16']
  const extended = `lazy_itable_init=1,offset=${firstSector * sector}`
  await run('mke2fs', [...fileSystem, '-E', extended, disk, `${mebibytes - (firstSector * sector) / 2 ** 20}M`])
  const boot = await readFile(join(root, 'usr/lib/grub/i386-pc/boot.img'))
  const core = await readFile(join(root, 'boot/grub/i386-pc/core.img'))
  if (core.length > (firstSector - 1) * sector) throw new Error('GRUB does not fit before the first partition')
  const file = await open(disk, 'r+')
  try {
    await file.write(boot, 0, 440, 0) // the disk's signature and its partitions follow there
    await file.write(core, 0, core.length, sector)
  } finally {
    await file.close()
  }
}
