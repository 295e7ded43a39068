import type { Facts } from '../../src/facts/facts.js'

/** By the model that the device tree names. Source: its `model` on every board: `Raspberry Pi Zero W Rev 1.1` … */
export function isRaspberryPi({ board }: Pick<Facts, 'board'>): boolean {
  return board?.startsWith('Raspberry Pi ') ?? false
}

/** Why the recipes for NVIDIA have nothing to do on a Raspberry Pi; undefined elsewhere, and where one has a GPU on its PCIe. */
export function noNvidiaOnPi(facts: Facts): { cause: string; remedy: string } | undefined {
  if (!isRaspberryPi(facts) || facts.nvidia.devices.length > 0) return undefined
  return {
    cause: `a ${boardName(facts)} has no NVIDIA GPU; its own is a VideoCore, for which there is no CUDA`,
    remedy: 'containers reach that one with `--device /dev/dri`; compute on another host, or leave this recipe out',
  }
}

/** `Raspberry Pi 4 Model B`: without the board’s revision. */
export function boardName({ board = '' }: Pick<Facts, 'board'>): string {
  return board.replace(/ Rev .*$/, '')
}

/**
 * Whether a kernel is one of those that know `cgroup_enable`, which the main line does not. Sources: raspberrypi/linux pull request
 * 7442 (only Raspberry Pi’s own kernels have it); names of releases: `6.12.34+rpt-rpi-v8`, `6.1.21-v8+`, Ubuntu’s `6.8.0-1018-raspi`.
 */
export function knowsCgroupEnable({ kernel }: Pick<Facts, 'kernel'>): boolean {
  return /\+rpt-|-raspi$|^\d[\d.]*(-v\d+l?)?\+$|^\d[\d.]*-v\d+l?(-16k)?\+$/.test(kernel.release)
}

/** A 32-bit system on a 64-bit kernel, as Raspberry Pi OS starts it on a Pi 3, 4 and 5. */
export function mixedBits({ arch }: Pick<Facts, 'arch'>): boolean {
  return arch.package === 'armhf' && arch.kernel === 'aarch64'
}
