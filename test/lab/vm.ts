import { rmSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { atExit, end, isAlive } from './cleanup.js'
import { run } from './command.js'
import { type ImageName, image, snapshotMemory, snapshotName } from './image.js'
import { labKey } from './keys.js'
import type { Machine } from './machine.js'
import { newRunFolder } from './paths.js'
import { startQemu } from './qemu.js'
import { rebooted, sshScript, waitForSsh, writeSshFiles } from './ssh.js'
import { sweep } from './sweep.js'

export interface VmOptions {
  /** Default: the image's name. */
  name?: string
  /** MiB. Any size but the default (2048) boots instead of going on from the snapshot: a minute instead of seconds. */
  memory?: number
  /** `snapshot` leaves the clock where it stood when the image was built: days behind. Default: set right. */
  clock?: 'right' | 'snapshot'
  /** `safe` for a machine whose power is cut: what it was told is on disk is there afterwards. Default: quicker. */
  caching?: 'fast' | 'safe'
}

/** An emulated machine. A saved state has its memory, too, and going back to one sets the clock right. */
export interface Vm extends Machine {
  /** Path of the log of its serial console. */
  serial(): string
}

/** Start a fresh guest from its pristine snapshot; building the image first takes minutes. It ends with this process. */
export async function startVm(imageName: ImageName, options: VmOptions = {}): Promise<Vm> {
  await sweep()
  const { name = imageName, memory = snapshotMemory, clock = 'right', caching } = options
  const { disk: pristine, kernel, hostKeys, board: fresh } = await image(imageName)
  const { keyFile } = await labKey()
  const folder = await newRunFolder(name)
  const disk = join(folder, 'disk.qcow2')
  await run('cp', ['--sparse=always', '--reflink=auto', pristine, disk])
  const snapshot = memory === snapshotMemory ? snapshotName : undefined
  const board = fresh && { ...fresh, boot: join(folder, 'boot.qcow2') }
  if (board) await run('cp', ['--sparse=always', '--reflink=auto', fresh.boot, board.boot])
  const hardware = { disk, kernel, memory, caching, board }
  let qemu = await startQemu(folder, name, hardware, snapshot)
  let off = false
  const again =
    board &&
    startsAgain(
      () => !off && !isAlive(qemu.pid),
      async () => (qemu = await startQemu(folder, name, hardware, undefined, qemu.port)),
    )
  const forget = atExit(() => {
    end(qemu.pid, 'SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  })
  const files = await writeSshFiles(folder, name, qemu.port, keyFile, hostKeys)
  const vm: Vm = {
    name,
    host: '127.0.0.1',
    port: qemu.port,
    ...files,
    sh: (script, shOptions) => sshScript(files.sshConfigFile, name, script, shOptions),
    serial: () => qemu.serial,
    async link(up) {
      await qemu.monitor(`set_link n0 ${up ? 'on' : 'off'}`)
    },
    async save(state) {
      await qemu.monitor(`savevm ${state}`)
    },
    async restore(state) {
      await qemu.monitor(`loadvm ${state}`)
      await waitForSsh(files.sshConfigFile, name, 120)
      await vm.sh(`date -s @${Date.now() / 1000}`)
    },
    reboot: () => rebooted(files.sshConfigFile, name, 'systemctl reboot'),
    async powerCycle() {
      if (again) await qemu.stop('SIGKILL')
      else await qemu.monitor('system_reset')
      await waitForSsh(files.sshConfigFile, name, 300)
    },
    async powerOff() {
      off = true
      await qemu.stop('SIGKILL')
    },
    async powerOn() {
      qemu = await startQemu(folder, name, hardware, undefined, qemu.port)
      off = false
      await waitForSsh(files.sshConfigFile, name, 300)
    },
    async stop() {
      await again?.end()
      await qemu.stop('SIGKILL')
      await rm(folder, { recursive: true, force: true })
      forget()
    },
  }
  try {
    await waitForSsh(files.sshConfigFile, name, snapshot ? 120 : 300)
    if (clock === 'right') await vm.sh(`date -s @${Date.now() / 1000}`)
  } catch (error) {
    await vm.stop()
    throw error
  }
  return vm
}

/**
 * Starts a machine again whenever its QEMU has ended, as a Raspberry Pi's firmware does: whatever it reads from the disk
 * (`firmwareStandIn`) it reads anew.
 */
function startsAgain(hasEnded: () => boolean, start: () => Promise<unknown>): { end(): Promise<void> } {
  let going = true
  const watching = (async () => {
    while (going) {
      await new Promise((resolve) => setTimeout(resolve, 200))
      if (going && hasEnded()) await start()
    }
  })()
  return {
    async end() {
      going = false
      await watching
    },
  }
}
