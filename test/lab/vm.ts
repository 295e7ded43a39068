import { rmSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { atExit, end, isAlive } from './cleanup.js'
import { run, type ShResult } from './command.js'
import { type ImageName, image, snapshotMemory, snapshotName } from './image.js'
import { labKey } from './keys.js'
import { newRunFolder } from './paths.js'
import { startQemu } from './qemu.js'
import { rebooted, type ShOptions, sshScript, waitForSsh, writeSshFiles } from './ssh.js'
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

/** A running Debian with systemd, fresh from its image. */
export interface Vm {
  name: string
  host: '127.0.0.1'
  /** ssh, forwarded on loopback. */
  port: number
  /** Private key accepted for root, dev (password `lab`, sudo asks for it), ops (sudo does not ask), guest (no sudo). */
  keyFile: string
  /** A known_hosts with this machine's keys, as [127.0.0.1]:port. */
  knownHostsFile: string
  /** An ssh_config with the aliases NAME (as dev) and NAME-root. */
  sshConfigFile: string
  /** Run a script in a new login, as root unless told. Throws with what was said when it does not exit 0 (see `check`). */
  sh(script: string, options?: ShOptions): Promise<ShResult>
  /** Path of the log of its serial console. */
  serial(): string
  /** Plug the network cable in or out. */
  link(up: boolean): Promise<void>
  /** Keep the machine as it is now, memory and disk, under a name; until it stops. */
  save(name: string): Promise<void>
  /** Go back to a saved state, or to `pristine`, and set the clock right. Takes seconds. */
  restore(name: string): Promise<void>
  /** Reboot it from inside, and wait until ssh answers in the next boot. */
  reboot(): Promise<void>
  /** Reset it as the reset button would, and wait until ssh answers again. */
  powerCycle(): Promise<void>
  /** Cut its power (QEMU is killed), and switch it on again; the latter waits until ssh answers. */
  powerOff(): Promise<void>
  powerOn(): Promise<void>
  stop(): Promise<void>
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
