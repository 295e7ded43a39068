/** How often a person is asked for one secret, and how often one is tried, as sudo and ssh do. */
export const mostTries = 3

/** Where a secret comes from. */
export interface SecretSource {
  /**
   * @param refused the secrets that were refused where this one is wanted, so far.
   * @param by who refused them, for the question: `ada@web1:22`; nothing where nobody else could have.
   * @returns `undefined` when nobody can be asked.
   */
  get(refused: readonly string[], by?: string): Promise<string | undefined>
  /** It was wrong. @returns whether there may be another: a person is asked again, a file says the same again. */
  refuse(secret: string): boolean
  /** It was right. */
  accept(secret: string): void
}

/** A secret that nobody types: it is wrong or right, and there is no other. */
export function fixedSecret(get: () => Promise<string | undefined>): SecretSource {
  return { get, refuse: () => false, accept: () => undefined }
}

/**
 * A secret that a person types, for all who share it: asked for once, and not before it is wanted. One that was refused is
 * forgotten, and whoever wanted it next is asked for again, unless somebody else was asked meanwhile. One that was right for
 * somebody stays theirs: who refuses it has a secret of their own.
 */
export class AskedSecret implements SecretSource {
  #asking: Promise<string | undefined> | undefined
  #value: string | undefined
  readonly #right = new Set<string>()

  /** @param ask puts the question; `again` is what to add to it after earlier tries: ` (wrong; try 2 of 3)`. */
  constructor(private readonly ask: (again: string) => Promise<string | undefined>) {}

  async get(refused: readonly string[], by?: string): Promise<string | undefined> {
    const why = by === undefined ? 'wrong' : `${by} refused the last one`
    const again = refused.length === 0 ? '' : ` (${why}; try ${refused.length + 1} of ${mostTries})`
    for (;;) {
      const mine = this.#asking === undefined
      const asking = this.#asking ?? this.#ask(again)
      const value = await asking
      if (mine || value === undefined || !refused.includes(value)) return value
      if (this.#right.has(value)) return await this.ask(again)
      if (this.#asking === asking) this.#asking = undefined
    }
  }

  refuse(secret: string): boolean {
    if (this.#value === secret && !this.#right.has(secret)) {
      this.#asking = undefined
      this.#value = undefined
    }
    return true
  }

  accept(secret: string): void {
    this.#right.add(secret)
  }

  #ask(again: string): Promise<string | undefined> {
    const asking = this.ask(again)
    this.#asking = asking
    const settle = (value: string | undefined) => {
      if (this.#asking !== asking) return
      this.#value = value
      // Nobody was there, or the question was interrupted: the next may be luckier.
      if (value === undefined) this.#asking = undefined
    }
    asking.then(settle, () => settle(undefined))
    return asking
  }
}
