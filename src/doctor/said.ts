/** What a host answered: lines `key value`, in order. */
export class Said {
  readonly #values = new Map<string, string[]>()

  /** @param raw all of it. */
  constructor(readonly raw: string) {
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
    return this.#values.get(key)?.[0]
  }

  /** Every value of a key. */
  all(key: string): readonly string[] {
    return this.#values.get(key) ?? []
  }

  has(key: string): boolean {
    return this.#values.has(key)
  }

  /** A key's values as lines of one text: a file that was read. */
  text(key: string): string {
    return this.all(key).join('\n')
  }

  /** A key's value as JSON; `undefined` where it is none. */
  json(key: string): unknown {
    try {
      return JSON.parse(this.one(key) ?? '')
    } catch {
      return undefined
    }
  }
}
