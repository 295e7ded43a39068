import type { Host, Target } from '../../host/host.js'
import { RunMemory } from '../../host/memory.js'
import { type AskOptions, asker, type Person } from '../../ui/ask.js'
import type { OpenSession } from '../hosts/targets.js'

type Hooks = Pick<AskOptions, 'onQuestion'>

/**
 * One person and their machines through a whole conversation: a machine that was looked at is still open when it is applied
 * to, so that nothing is asked twice.
 */
export class KeptHosts implements OpenSession {
  readonly #open = new Map<string, Promise<Host>>()
  readonly #person: Person
  #hooks: Hooks = {}

  constructor({ io, secrets }: Pick<AskOptions, 'io' | 'secrets'>) {
    this.#person = asker({
      io,
      secrets,
      onQuestion: (state) => this.#hooks.onQuestion?.(state),
    })
  }

  person(hooks: Hooks): Person {
    this.#hooks = hooks
    // Whoever wants to go there again may trust the key now.
    RunMemory.of(this.#person).forgetRefusals()
    return this.#person
  }

  opener(open: (target: Target) => Promise<Host>): (target: Target) => Promise<Host> {
    return async (target) => {
      const key = JSON.stringify(target)
      const kept = this.#open.get(key)
      if (kept !== undefined && !(await answers(kept))) {
        this.#open.delete(key)
        void kept.then((host) => host.close()).catch(() => undefined)
      }
      const opening = this.#open.get(key) ?? open(target)
      this.#open.set(key, opening)
      try {
        return lent(await opening)
      } catch (error) {
        this.#open.delete(key)
        throw error
      }
    }
  }

  /** Closes all that is open. */
  async close(): Promise<void> {
    const hosts = [...this.#open.values()]
    this.#open.clear()
    await Promise.all(hosts.map((opening) => opening.then((host) => host.close()).catch(() => undefined)))
  }
}

/** Whether a machine is still there: a person may have thought for an hour. */
async function answers(opening: Promise<Host>): Promise<boolean> {
  try {
    const host = await opening
    return (await host.login.exec(':')).code === 0
  } catch {
    return false
  }
}

/** The same machine, for somebody who closes it when they are done. */
function lent(host: Host): Host {
  return {
    target: host.target,
    get address() {
      return host.address
    },
    get login() {
      return host.login
    },
    root: () => host.root(),
    freshLogin: () => host.freshLogin(),
    reconnect: (seconds) => host.reconnect(seconds),
    close: async () => undefined,
  }
}
