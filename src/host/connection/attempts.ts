import type { FitoutError } from '../../errors.js'

/** What came of one attempt to log in: a connection, or why not, and whether another attempt may succeed. */
export type Attempt<Link> = { link: Link } | { failure: FitoutError; again: boolean }

/** Attempts a login three times at most. @throws the failure of the last attempt. */
export async function attempted<Link>(attempt: () => Promise<Attempt<Link>>): Promise<Link> {
  for (let left = 2; ; left -= 1) {
    const result = await attempt()
    if ('link' in result) return result.link
    if (!result.again || left === 0) throw result.failure
  }
}
