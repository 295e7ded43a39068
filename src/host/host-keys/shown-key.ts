import type { FitoutError } from '../../errors.js'
import type { OpenOptions } from '../host.js'
import { type Deadline, RunMemory } from '../memory.js'
import type { SshSettings } from '../ssh-config/ssh-config.js'
import { checkHostKey, type HostKeyPolicy, hostKeyAlgorithms } from './host-keys.js'
import { type KnownHosts, knownName } from './known-hosts.js'

/** The host key of one connection: checked when it is shown, kept once the host has proved that the key is its own. */
export class ShownKey {
  /** Why it was refused. */
  refused: FitoutError | undefined
  readonly #known: KnownHosts
  readonly #policy: HostKeyPolicy
  #trusted: Buffer | undefined
  #toAdd: Buffer | undefined

  /** @param passOn whether a host that is known by a certificate authority may be left to the system's `ssh`. */
  constructor(
    private readonly settings: SshSettings,
    private readonly options: OpenOptions,
    private readonly deadline: Deadline,
    passOn: boolean,
  ) {
    this.#known = RunMemory.of(options.ask).knownHosts(options.knownHostsFiles ?? settings.knownHostsFiles)
    this.#policy = {
      name: settings.hostKeyAlias?.toLowerCase() ?? knownName(settings.hostName, settings.port),
      alias: settings.alias,
      strict: settings.strictHostKeyChecking,
      options,
      passOn,
    }
  }

  /** The algorithms to ask for, those of known keys first. */
  get algorithms(): string[] {
    return hostKeyAlgorithms(this.#known.typesFor(this.#policy.name))
  }

  /** ssh2's `hostVerifier`; the deadline waits while a person is asked. */
  readonly check = (key: Buffer, verify: (good: boolean) => void): void => {
    // A new key exchange on the same connection.
    if (this.#trusted?.equals(key)) {
      verify(true)
      return
    }
    const shown = Buffer.from(key)
    this.deadline
      .hold(() => checkHostKey(this.#known, shown, this.#policy))
      .then(
        (answer) => {
          this.#trusted = shown
          if (answer === 'accepted') this.#toAdd = shown
          verify(true)
        },
        (error) => {
          this.refused = error as FitoutError
          verify(false)
        },
      )
  }

  /** Adds a key that a person accepted to known_hosts. */
  keep(): void {
    const key = this.#toAdd
    if (key === undefined) return
    this.#toAdd = undefined
    const { alias, hashKnownHosts: hash } = this.settings
    const named = this.options.knownHostsFiles !== undefined
    try {
      const file = this.#known.add(this.#policy.name, key, { hash, named })
      if (file) this.options.onNote?.(`host key of ${alias} added to ${file}`)
    } catch (error) {
      this.options.onNote?.(
        `host key of ${alias} is trusted for this run but could not be kept: ${(error as Error).message}`,
      )
    }
  }
}
