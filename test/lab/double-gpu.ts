import { readFile } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import type { DkmsBuild } from './dkms.js'
import { serveFolder } from './static-server.js'
import type { Vm } from './vm.js'

/**
 * Have a guest that boots itself see an NVIDIA T4 in sysfs, with nouveau loaded for it as on any fresh machine, and reboot
 * it. It is thin: one folder that stands for the hardware. Drivers are real, and find nothing behind it.
 */
export async function plugInDoubleGpu(vm: Vm): Promise<void> {
  await vm.sh(await readFile(new URL('double-gpu-sysfs.sh', import.meta.url), 'utf8'))
  await vm.reboot()
}

/**
 * Stand in for DKMS's build step, which takes over 24 minutes emulated: lay natively built modules where the postinst of
 * DKMS packages looks for prebuilt ones (`dkms ldtarball`). DKMS itself, its installing, depmod and initramfs are the real ones.
 */
export async function dkmsPrebuiltStandIn(vm: Vm, builds: readonly DkmsBuild[]): Promise<void> {
  for (const { module, archive } of builds) {
    if (!archive) continue
    const server = await serveFolder(dirname(archive))
    const target = `/usr/share/${module}-dkms`
    const url = `http://10.0.2.2:${server.port}/${basename(archive)}`
    await vm.sh(`mkdir -p ${target}; /usr/lib/apt/apt-helper download-file ${url} ${target}/${basename(archive)}`)
    await server.stop()
  }
}
