import type { Connection } from './connection/connection.js'
import type { SecretSource } from './root/asked-secret.js'
import type { SshRequest } from './ssh-config/ssh-config.js'

/** A machine over SSH. */
export interface SshTarget extends SshRequest {
  kind: 'ssh'
  /** What was written. */
  name: string
}

/** What a person wrote to name a machine, taken apart. `local` is this machine. */
export type Target = { kind: 'local'; name: 'local' } | SshTarget

/** How questions reach the person. The command line asks on the terminal; without one every question is refused. */
export interface Asker {
  /** A secret; `undefined` when nobody can be asked. Never logged. */
  secret(question: string): Promise<string | undefined>
  /** A yes or no; `undefined` when nobody can be asked. */
  confirm(question: string): Promise<boolean | undefined>
}

/** What carries SSH: ssh2 in this process, or the system's `ssh`; `auto` takes the latter where only it can do it. */
export type Transport = 'auto' | 'ssh2' | 'openssh'

export interface OpenOptions {
  ask: Asker
  /** `auto` when unset. */
  transport?: Transport | undefined
  /** Trust host keys that no known_hosts file mentions, and add them. */
  acceptNewHostKeys?: boolean | undefined
  /** Where the password of the login comes from, when it is wanted; unset, the person is asked. */
  password?: SecretSource | undefined
  /** The same for the password that sudo asks for. */
  sudoPassword?: SecretSource | undefined
  /** Extra or other files than the person's own; for tests and `--ssh-config`. */
  sshConfigFile?: string | undefined
  knownHostsFiles?: string[] | undefined
  /** Told of things worth a line on the screen: `host key added`, `asking for the passphrase of …`. */
  onNote?: ((text: string) => void) | undefined
}

/** A way to one machine over SSH, whatever carries it. It is resolved once, and connects as often as wanted. */
export interface Route<Link extends Connection = Connection> {
  /** `user@host:port`. */
  readonly address: string
  readonly user: string
  /**
   * Opens an authenticated connection.
   *
   * @param limit milliseconds for the connection and again for the login, where less than usual.
   * @throws FitoutError naming cause and remedy.
   */
  connect(limit?: number): Promise<Link>
}

/** A machine that can be reached. One connection serves the whole run. */
export interface Host {
  readonly target: Target
  /** `user@host:port` as really used, for messages. */
  readonly address: string
  /** As the person who logs in. */
  readonly login: Connection
  /**
   * As root: the login itself when it is root, else through sudo. Asks for the sudo password only when sudo wants one, and
   * again when it was wrong, three times at most. Rejects with a `FitoutError` when root is not available.
   *
   * @param login what is known of who logs in; for root it saves a question to the host.
   */
  root(login?: { uid: number }): Promise<Connection>
  /** A second, freshly authenticated login as the same person, so that new group memberships count. The caller closes it. */
  freshLogin(): Promise<Connection>
  /** Opens the connection again after it was lost, with backoff, for at most `seconds`. */
  reconnect(seconds: number): Promise<void>
  close(): Promise<void>
}
