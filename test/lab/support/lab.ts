import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'

/** Something of the lab that runs, or lies on this machine, until it is stopped. */
interface Stoppable {
  stop(): unknown
}

/** What tests run on: all that they started. */
export class Lab {
  readonly #started: Promise<Stoppable>[] = []

  /** Has something that starts be stopped with the lab, and gives it back. */
  with<T extends Stoppable>(starting: Promise<T>): Promise<T> {
    this.#started.push(starting)
    return starting
  }

  /** A new empty folder, removed with the lab. */
  async folder(name: string): Promise<string> {
    const path = await mkdtemp(join(tmpdir(), `fitout-${name}-`))
    void this.with(Promise.resolve({ stop: () => rm(path, { recursive: true, force: true }) }))
    return path
  }

  /**
   * Stops everything, the last one first. What still starts is waited for, what did not start is passed over, and what cannot
   * be stopped keeps nothing else running; that is thrown in the end.
   */
  async stop(): Promise<void> {
    const failures: unknown[] = []
    for (const starting of this.#started.splice(0).reverse()) {
      const one = await starting.catch(() => undefined)
      try {
        await one?.stop()
      } catch (failure) {
        failures.push(failure)
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, failures.join('\n'))
  }
}

/** A lab that is stopped after the tests of the file or the `describe` that it is made in, also when their set-up failed. */
export function newLab(): Lab {
  const lab = new Lab()
  afterAll(() => lab.stop())
  return lab
}
