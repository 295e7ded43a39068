import type { Location } from './problems.js'

/** A value of a YAML document that knows where it stands. */
export interface Located {
  /** Plain data: what JSON has. */
  value: unknown
  location: Location
  /** A number or a truth value as it was written: `28.10` is another version than `28.1`. */
  source?: string | undefined
  /** Where the key stands that leads to it. */
  key?: Location | undefined
  /** That key is not text to whom the file is for, but a number, a truth value or nothing. */
  oddKey?: boolean | undefined
  inner?: Map<string | number, Located> | undefined
}

/** Whether a value is one with keys. */
export function hasKeys(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The value at a path, or the nearest above it. */
export function at(root: Located, path: readonly PropertyKey[]): Located {
  let here = root
  for (const step of path) {
    const next = here.inner?.get(typeof step === 'symbol' ? String(step) : step)
    if (next === undefined) return here
    here = next
  }
  return here
}
