import { errorData } from '../errors.js'
import type { Emit } from '../events.js'
import { type Output, writeJson } from './io.js'

/** Subscribes JSON lines to the stream of events: one object a line, dated, errors as plain data. */
export function jsonLinesTo(output: Output, { verbose = false, now = () => new Date() } = {}): Emit {
  return (event) => {
    const plain =
      event.type === 'host-done' && event.error ? { ...event, error: errorData(event.error, verbose) } : event
    writeJson(output, { at: now().toISOString(), ...plain })
  }
}
