import type { Emit } from '../events.js'
import type { Asker } from '../host/host.js'

/**
 * Calls what a program gave. What throws counts as a no, so that no host is left in the middle; the first error is kept, and
 * thrown once all hosts are done.
 */
export class Callbacks {
  #thrown: { error: unknown } | undefined

  emitTo(onEvent: Emit | undefined): Emit {
    return (event) => {
      try {
        onEvent?.(event)
      } catch (error) {
        this.#thrown ??= { error }
      }
    }
  }

  /** An answer, or `undefined` where there is nobody who gives one. */
  async ask<Answer>(callback: () => Answer | Promise<Answer>): Promise<Answer | undefined> {
    try {
      return await callback()
    } catch (error) {
      this.#thrown ??= { error }
      return undefined
    }
  }

  /** One asker for a whole run: what it answered is remembered under it. */
  asker(given: Partial<Asker> = {}): Asker {
    return {
      secret: (question) => this.ask(() => given.secret?.(question)),
      confirm: (question) => this.ask(() => given.confirm?.(question)),
    }
  }

  /** @throws the first error of a callback. */
  rethrow(): void {
    if (this.#thrown !== undefined) throw this.#thrown.error
  }
}
