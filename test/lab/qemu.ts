import { readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { end, isAlive } from './cleanup.js'
import { run } from './command.js'
import { humanMonitor } from './monitor.js'
import { type Board, firmwareStandIn, piMachine } from './raspberry-pi.js'
import { tool } from './tools.js'

/** What a machine is made of; `disk` is a qcow2 file that it may write to. */
export interface Hardware {
  disk: string
  /** A kernel and its initramfs to start, from files of this machine; without them the disk's boot loader is. */
  kernel: { image: string; initrd: string } | undefined
  /** MiB */
  memory: number
  /** `safe`: what the guest was told is on disk is there, also when QEMU is killed. Default: quicker. */
  caching?: 'fast' | 'safe' | undefined
  /** A Raspberry Pi: arm64, started anew by its firmware’s stand-in at each boot, so that QEMU ends when the guest reboots. */
  board?: Board | undefined
}

/** A running QEMU. */
export interface Qemu {
  pid: number
  /** Port on loopback that leads to the guest's port 22. */
  port: number
  serial: string
  /** Give a command to QEMU's human monitor; throws with the answer when that is an error. */
  monitor(command: string): Promise<string>
  /** End it, and wait until it is gone. SIGKILL is quicker, SIGTERM (the default) leaves a whole disk. */
  stop(signal?: NodeJS.Signals): Promise<void>
}

/** Parts that must not differ between saving and loading a snapshot. */
export const machineArguments = (bootsItself: boolean) => [
  ...['-machine', 'q35', '-accel', 'tcg,thread=multi,tb-size=512', '-cpu', 'max', '-smp', '2'],
  ...(bootsItself ? [] : ['-append', 'root=/dev/vda rw console=ttyS0 net.ifnames=0 mitigations=off']),
  ...['-device', 'virtio-net-pci,netdev=n0,romfile=', '-device', 'virtio-rng-pci', '-display', 'none', '-vga', 'none'],
]

/**
 * Start a machine in `folder`, where its serial log, monitor socket and pid file go. With `snapshot` it goes on from
 * there instead of booting. TCG, not KVM: it works everywhere, in containers and nested machines too.
 *
 * @param samePort where its ssh has to be reached: a machine that is switched on again keeps its address.
 */
export async function startQemu(
  folder: string,
  name: string,
  hardware: Hardware,
  snapshot?: string,
  samePort?: number,
): Promise<Qemu> {
  const { board } = hardware
  const { path, args, env } = await tool(board ? 'qemu-system-aarch64' : 'qemu-system-x86_64')
  const serial = join(folder, 'serial.log')
  const socket = join(folder, 'monitor')
  const pidFile = join(folder, 'pid')
  const { kernel, memory, caching = 'fast' } = hardware
  // Both keep the device's cache as the guest sees it, so that a snapshot of one can be loaded by the other.
  const cache = caching === 'safe' ? 'writeback' : 'unsafe'
  const machine = board
    ? [...piMachine, '-no-reboot', '-dtb', board.deviceTree, '-append', await firmwareStandIn(board)]
    : machineArguments(!kernel)
  const start = async (port: number) => {
    const own = [
      ...['-name', name, '-m', String(memory), ...(kernel ? ['-kernel', kernel.image, '-initrd', kernel.initrd] : [])],
      ...['-drive', `file=${hardware.disk},if=virtio,format=qcow2,cache=${cache},discard=unmap`],
      ...(board ? ['-drive', `file=${board.boot},if=virtio,format=qcow2,cache=${cache}`] : []),
      ...['-netdev', `user,id=n0,ipv6=off,hostfwd=tcp:127.0.0.1:${port}-:22`],
      ...['-serial', `file:${serial}`, '-qmp', `unix:${socket},server=on,wait=off`],
      ...['-pidfile', pidFile, '-daemonize', ...(snapshot ? ['-loadvm', snapshot] : [])],
    ]
    await run(path, [...args, ...machine, ...own], { env, timeout: 120 })
    return port
  }
  // The port may be taken between finding it free and QEMU's listening: try another then.
  const port = await start(samePort ?? (await freePort())).catch(async (error: Error) => {
    if (!/forwarding rule/.test(error.message) || samePort !== undefined) throw error
    return start(await freePort())
  })
  const pid = Number(await readFile(pidFile, 'utf8'))
  let stopped = false
  return {
    pid,
    port,
    serial,
    monitor: (command) => humanMonitor(socket, command),
    async stop(signal) {
      // Its process id may be another's by the second time.
      if (stopped) return
      stopped = true
      end(pid, signal)
      for (let wait = 0; isAlive(pid); wait++) {
        if (wait === 100) end(pid, 'SIGKILL')
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
    },
  }
}

/** A port of loopback that nothing listens on just now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}
