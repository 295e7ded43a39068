import type { ParsedKey } from 'ssh2'
import { loginsAtOnce } from './connection/max-startups.js'
import { Slots } from './connection/slots.js'
import type { Asker } from './host.js'
import { KnownHosts } from './host-keys/known-hosts.js'
import type { Ran } from './openssh/config.js'
import type { OpensshWorkspace } from './openssh/workspace.js'
import { AskedSecret } from './root/asked-secret.js'
import type { ConfigLine } from './ssh-config/file.js'
import { findSsh } from './ssh2/limits.js'
import type { SshLink } from './ssh2/link.js'

/**
 * What one run has learnt and must not ask twice: passphrases, passwords, decisions about host keys. It lives as long as
 * the run's `Asker` and nowhere but in memory.
 */
export class RunMemory {
  /** Decrypted keys by file; a promise, so that two hosts in parallel ask once. */
  readonly keys = new Map<string, Promise<ParsedKey | undefined>>()
  /** What the system's `ssh` said of its configuration, by its arguments. */
  readonly resolved = new Map<string, Promise<Ran>>()
  /** The private folder that all connections of the system's `ssh` share. */
  workspace: Promise<OpensshWorkspace> | undefined
  /** Answers about unknown host keys, by name and fingerprint. What was refused is asked again after `forgetRefusals`. */
  readonly decisions = new Map<string, Promise<boolean | undefined>>()
  /** Hosts that have nothing better than group exchange. */
  readonly groupExchange = new Set<string>()
  /** Connections to jump hosts that several hosts share. */
  readonly jumps = new Map<string, { link: Promise<SshLink>; users: number }>()
  /** Handshakes at a time through jump hosts, whose one connection carries them all. */
  readonly handshakes = new Slots(24)

  /** Parsed ssh_config files by name. */
  readonly configs = new Map<string, ConfigLine[]>()
  #hasSsh: boolean | undefined
  readonly #secrets = new Map<string, AskedSecret>()
  readonly #loginSlots = new Map<string, Slots>()
  readonly #knownHosts = new Map<string, KnownHosts>()
  /** One question at a time on a terminal. */
  readonly #asking = new Slots(1)

  static of(ask: Asker): RunMemory {
    return remembered(memories, ask, () => new RunMemory(ask))
  }

  constructor(private readonly ask: Asker) {}

  /** Whether there is a system's `ssh`. */
  get hasSsh(): boolean {
    this.#hasSsh ??= findSsh() !== undefined
    return this.#hasSsh
  }

  /** A secret that the person types, one for each question: `Password of ada@web1:22`. */
  secret(question: string): AskedSecret {
    const ask = (again: string) => this.asking(() => this.ask.secret(`${question}${again}`))
    return remembered(this.#secrets, question, () => new AskedSecret(ask))
  }

  /** A person who wants the same once more may decide otherwise: host keys that they did not trust are asked about again. */
  forgetRefusals(): void {
    for (const [id, decision] of this.decisions) {
      void decision.then(
        (trusted) => trusted || this.decisions.delete(id),
        () => this.decisions.delete(id),
      )
    }
  }

  /** Connections on their way to one address at a time. */
  loginSlots(address: string): Slots {
    return remembered(this.#loginSlots, address, () => new Slots(loginsAtOnce))
  }

  /** The files, parsed once a run. */
  knownHosts(files: readonly string[]): KnownHosts {
    return remembered(this.#knownHosts, files.join('\n'), () => new KnownHosts(files))
  }

  /** Asks when no other question is on the screen. */
  asking<T>(question: () => Promise<T>): Promise<T> {
    return this.#asking.during(question)
  }
}

const memories = new WeakMap<Asker, RunMemory>()

/** What a map has under a key; it is made, and kept there, where nothing is yet. */
export function remembered<Key, Value>(
  map: { get(key: Key): Value | undefined; set(key: Key, value: Value): unknown },
  key: Key,
  make: () => Value,
): Value {
  const value = map.get(key) ?? make()
  map.set(key, value)
  return value
}

/** A time limit that stands still while the person is thinking. */
export class Deadline {
  #timer: NodeJS.Timeout | undefined
  #left: number
  #since = 0
  #held = 0
  /** Whether a person took their time: the other side may have lost its patience meanwhile. */
  asked = false

  constructor(
    milliseconds: number,
    readonly expired: () => void,
  ) {
    this.#left = milliseconds
    this.#run()
  }

  async hold<T>(work: () => Promise<T>): Promise<T> {
    const start = Date.now()
    this.#held += 1
    if (this.#held === 1) {
      clearTimeout(this.#timer)
      this.#left -= Date.now() - this.#since
    }
    try {
      return await work()
    } finally {
      this.#held -= 1
      if (Date.now() - start > 10_000) this.asked = true
      if (this.#held === 0) this.#run()
    }
  }

  clear(): void {
    clearTimeout(this.#timer)
    this.#held += 1 // Never runs again.
  }

  #run(): void {
    this.#since = Date.now()
    this.#timer = setTimeout(this.expired, Math.max(1, this.#left))
  }
}
