import { FitoutError } from '../../errors.js'
import type { Ended } from '../../fleet/each-host.js'

/** The results that are errors. */
export function errorsOf<Value>(ended: readonly Ended<Value>[]): { host: string; error: unknown }[] {
  return ended.flatMap((one) => ('error' in one ? [one] : []))
}

/** 0 without errors, 130 where one was an interruption, 64 where all were bad input, else 1. */
export function exitCodeOfErrors(errors: readonly { error: unknown }[]): number {
  const codes = errors.map(({ error }) => (error instanceof FitoutError ? error.exitCode : 1))
  if (codes.length === 0) return 0
  if (codes.includes(130)) return 130
  return codes.every((code) => code === 64) ? 64 : 1
}
