import type { Emit } from '../events.js'
import type { Asker } from '../host/host.js'
import type { Redactor } from '../redact.js'

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

  /** One asker for a whole run: what it answered is remembered under it. `secrets` is told of every secret. */
  asker(given: Partial<Asker>, secrets: Pick<Redactor, 'hide'>): Asker {
    return {
      secret: async (question) => {
        const secret = await this.ask(() => given.secret?.(question))
        if (secret !== undefined) secrets.hide(secret)
        return secret
      },
      confirm: (question) => this.ask(() => given.confirm?.(question)),
    }
  }

  /** @throws the first error of a callback. */
  rethrow(): void {
    if (this.#thrown !== undefined) throw this.#thrown.error
  }
}
