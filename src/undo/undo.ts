import type { Facts } from '../facts/facts.js'
import type { SeenNow } from './look.js'
import type { PastRun } from './runs.js'

export interface UndoOptions {
  /** Packages stay as they are, with their holds and marks. */
  keepPackages: boolean
  /** Packages and files, by name and path, that stay as they are. */
  leave: readonly string[]
}

/** A run that is taken back, and what its parts need to know for that. */
export interface Undo {
  run: PastRun
  now: SeenNow
  facts: Facts
  options: UndoOptions
  /** Packages that come back at their version. */
  install: { name: string; version: string; now: string | undefined }[]
  /** Packages that go. */
  remove: { name: string; version: string }[]
  /** Names of the former, */
  back: ReadonlySet<string>
  /** and of the latter. */
  gone: ReadonlySet<string>
  /** What stays as it is, a sentence each; the parts add theirs. */
  left: string[]
}
