import type { Emit, Phase } from '../events.js'

/** Runs a part of the work on a host and tells when it began, when it was done, and how long it took. */
export function timedPhases(name: string, emit: Emit): <T>(phase: Phase, work: () => Promise<T>) => Promise<T> {
  return async (phase, work) => {
    const began = performance.now()
    emit({ type: 'phase', host: name, phase, state: 'started' })
    const result = await work()
    emit({ type: 'phase', host: name, phase, state: 'done', milliseconds: Math.round(performance.now() - began) })
    return result
  }
}
