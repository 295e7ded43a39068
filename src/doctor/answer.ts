import type { FailedCommand } from '../shell/frame.js'

/** A check asked for something that the host could not tell, because a command failed. */
export class Unanswered extends Error {
  constructor(readonly failed: FailedCommand) {
    super(`${failed.command} failed with status ${failed.status}`)
  }
}

/**
 * What a host answered: lines `key value`, in order. What a command that failed should have told is unknown, which is not the same as
 * nothing: whoever reads such a key gets `Unanswered`, unless it asks `knows` or `failure` first.
 */
export class LookAnswer {
  readonly #values = new Map<string, string[]>()

  /**
   * @param raw all of it.
   * @param failed the commands that failed meanwhile.
   * @param told is given those whose words a check has put into a finding of its own.
   */
  constructor(
    readonly raw: string,
    private readonly failed: readonly FailedCommand[] = [],
    private readonly told: Set<FailedCommand> = new Set(),
  ) {
    for (const line of raw.split('\n')) {
      const space = line.indexOf(' ')
      const key = space === -1 ? line : line.slice(0, space)
      if (key === '') continue
      const values = this.#values.get(key) ?? []
      values.push(space === -1 ? '' : line.slice(space + 1))
      this.#values.set(key, values)
    }
  }

  /** The first value of a key. */
  one(key: string): string | undefined {
    return this.all(key)[0]
  }

  /** @throws Unanswered if one of these is unknown. */
  needs(...keys: readonly string[]): void {
    for (const key of keys) {
      const failed = this.#spoilt(key)
      if (failed !== undefined) throw new Unanswered(failed)
    }
  }

  /** Every value of a key. */
  all(key: string): readonly string[] {
    this.needs(key)
    return this.#values.get(key) ?? []
  }

  has(key: string): boolean {
    return this.all(key).length > 0
  }

  /** A key's values as lines of one text: a file that was read. */
  text(key: string): string {
    return this.all(key).join('\n')
  }

  /** A key's value as JSON; `undefined` if it is not valid JSON. */
  json(key: string): unknown {
    const text = this.one(key) ?? ''
    try {
      return JSON.parse(text)
    } catch {
      return undefined
    }
  }

  /** Whether every command answered that tells this. If not, the doctor reports the failure elsewhere. */
  knows(key: string): boolean {
    return this.#spoilt(key) === undefined
  }

  /** The command that failed and should have told this. The check that asks for it puts it into a finding: the doctor does not report it again. */
  failure(key: string): FailedCommand | undefined {
    const failed = this.#spoilt(key)
    if (failed !== undefined) this.told.add(failed)
    return failed
  }

  #spoilt(key: string): FailedCommand | undefined {
    return this.failed.find(({ about }) => about.length === 0 || about.includes(key))
  }
}
