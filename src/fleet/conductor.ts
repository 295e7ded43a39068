import type { HostOutcome } from '../events.js'
import { counted } from '../text.js'
import { failuresAllowed, type Share, shareText, waveSizes } from './waves.js'

/** How a fleet is gone through. */
export interface Pace {
  /** Hosts at work at a time. */
  concurrency: number
  /** Without any, all hosts are one wave. */
  waves?: readonly Share[] | undefined
  /** Once more hosts have failed, no further one is begun. Unset: with waves none may, without any all. */
  maxFailures?: Share | undefined
}

export interface Wave {
  /** From 1. */
  index: number
  total: number
  hosts: readonly string[]
}

export interface ConductorOptions extends Pace {
  hosts: readonly string[]
  /** When it is aborted, everybody who waits is let go at once. */
  stop?: AbortSignal | undefined
  /**
   * Told of each wave that begins and that is done, where there are several; and where no further host is begun because too much
   * has failed, with the reason.
   */
  onWave?: ((wave: Wave, state: 'started' | 'done' | 'stopped', because?: string) => void) | undefined
}

interface Waiting {
  host: string
  wave: number
  go(may: boolean): void
}

/**
 * Says which host may work when: at most so many at a time, wave after wave, and no new one once too many have failed. A
 * wave begins when every host of those before it has ended.
 */
export class Conductor {
  readonly #wave = new Map<string, number>()
  readonly #waves: Wave[] = []
  readonly #allowed: number
  readonly #ended = new Set<string>()
  readonly #failed: string[] = []
  #waiting: Waiting[] = []
  /** Hosts that have a slot. */
  readonly #atWork = new Set<string>()
  #current = 0
  #left: number
  #halted = false
  #begun = false
  /** The wave that was said to have begun, and not yet to be done. */
  #told: Wave | undefined

  constructor(private readonly options: ConductorOptions) {
    const { hosts, waves, maxFailures, stop } = options
    const several = waves !== undefined && waves.length > 0
    let at = 0
    const sizes = several ? waveSizes(hosts.length, waves) : [hosts.length]
    for (const [index, size] of sizes.entries()) {
      const names = hosts.slice(at, at + size)
      this.#waves.push({ index: index + 1, total: sizes.length, hosts: names })
      for (const name of names) this.#wave.set(name, index)
      at += size
    }
    this.#left = sizes[0] ?? 0
    const unlimited = maxFailures === undefined && !several
    this.#allowed = unlimited ? Number.POSITIVE_INFINITY : failuresAllowed(hosts.length, maxFailures ?? { hosts: 0 })
    stop?.addEventListener('abort', () => this.#pump(), { once: true })
  }

  get waves(): number {
    return this.#waves.length
  }

  /** Waits for a slot for what may be done out of turn: looking. @returns as `begin`. */
  look(host: string): Promise<boolean> {
    return this.#queue(host, -1)
  }

  /**
   * Waits for the host’s wave and for a slot.
   *
   * @returns whether it has the slot, until `leave`; if not, too much has failed, or the work is being stopped, and it is not begun.
   */
  begin(host: string): Promise<boolean> {
    if (!this.#begun) {
      this.#begun = true
      this.#tell('started')
    }
    return this.#queue(host, this.#wave.get(host) ?? 0)
  }

  /** Gives the host’s slot back, if it has one. */
  leave(host: string): void {
    if (this.#atWork.delete(host)) this.#pump()
  }

  /** A host has ended, whether it was begun or not. A failure counts from the moment on in which its wave has begun. */
  ended(host: string, outcome: HostOutcome): void {
    if (this.#ended.has(host)) return
    this.#ended.add(host)
    if (outcome === 'failed') this.#failed.push(host)
    if (this.#wave.get(host) === this.#current) this.#left -= 1
    this.#advance()
    this.#pump()
  }

  /** Why hosts are not begun any more; `undefined` while they are. */
  get why(): string | undefined {
    if (!this.#halted) return undefined
    const failed = this.#counted()
    const names = failed.length <= 3 ? ` (${failed.join(', ')})` : ''
    const { maxFailures } = this.options
    const limit = this.#allowed === 0 ? 'none may' : `at most ${shareText(maxFailures!)} may`
    const wave = this.#waves.length > 1 ? ` by wave ${this.#current + 1} of ${this.#waves.length}` : ''
    return `${counted(failed.length, 'host')} failed${names}${wave}, and ${limit}`
  }

  #counted(): string[] {
    return this.#failed.filter((host) => (this.#wave.get(host) ?? 0) <= this.#current)
  }

  #advance(): void {
    this.#haltIfDue()
    while (!this.#halted && this.#left === 0) {
      this.#tell('done')
      if (this.#current === this.#waves.length - 1) return
      this.#current += 1
      this.#left = this.#waves[this.#current]!.hosts.filter((host) => !this.#ended.has(host)).length
      this.#haltIfDue()
      if (!this.#halted) this.#tell('started')
    }
  }

  #haltIfDue(): void {
    if (this.#halted || this.#counted().length <= this.#allowed) return
    this.#halted = true
    this.options.onWave?.(this.#waves[this.#current]!, 'stopped', this.why)
  }

  #tell(state: 'started' | 'done'): void {
    if (!this.#begun || this.#waves.length === 1) return
    const wave = this.#waves[this.#current]!
    if (state === 'done' && this.#told !== wave) return
    this.#told = state === 'done' ? undefined : wave
    this.options.onWave?.(wave, state)
  }

  #queue(host: string, wave: number): Promise<boolean> {
    return new Promise((go) => {
      this.#waiting.push({ host, wave, go })
      this.#pump()
    })
  }

  #pump(): void {
    if (this.options.stop?.aborted) {
      for (const { go } of this.#waiting.splice(0)) go(false)
      return
    }
    const kept: Waiting[] = []
    for (const one of this.#waiting) {
      if (this.#halted && one.wave >= 0) one.go(false)
      else if (one.wave <= this.#current && this.#atWork.size < this.options.concurrency) {
        this.#atWork.add(one.host)
        one.go(true)
      } else kept.push(one)
    }
    this.#waiting = kept
  }
}
