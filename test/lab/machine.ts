import type { ShResult } from './command.js'
import type { ShOptions } from './ssh.js'

/** A running Debian with systemd, fresh from its image: emulated (`startVm`) or in namespaces at this machine's own speed (`startHost`). */
export interface Machine {
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
  /** Plug the network cable in or out. */
  link(up: boolean): Promise<void>
  /** Keep the machine as it is now under a name, until it stops. */
  save(name: string): Promise<void>
  /** Go back to a saved state, or to `pristine`. Takes seconds. */
  restore(name: string): Promise<void>
  /** Reboot it from inside, and wait until ssh answers in the next boot. */
  reboot(): Promise<void>
  /** Reset it as the reset button would, and wait until ssh answers again. */
  powerCycle(): Promise<void>
  /** Cut its power, and switch it on again; the latter waits until ssh answers. */
  powerOff(): Promise<void>
  powerOn(): Promise<void>
  stop(): Promise<void>
}
