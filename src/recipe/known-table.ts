/**
 * A table of facts about the world that fitout brings along. It gives the default; what it is about has the last word if it can be asked, so the
 * table never says that something does not exist.
 */
export interface KnownTable {
  /** `agent-releases` */
  name: string
  /** What it lists, as a phrase: `releases that the agent is built for`. */
  lists: string
  /** The month in which it was last compared with its sources: `2026-11`. */
  read: string
  /** Where its rows come from: addresses, or documents by their names. */
  sources: readonly string[]
}

/** The date of a sentence that rests on a table: `as of 2026-11`. */
export function asOf({ read }: KnownTable): string {
  return `as of ${read}`
}

/** How many whole months ago a table was read. */
export function monthsOld({ read }: KnownTable, now: Date): number {
  const [year = 0, month = 1] = read.split('-').map(Number)
  return Math.max(0, (now.getFullYear() - year) * 12 + now.getMonth() + 1 - month)
}
