import { errorData } from '../errors.js'
import type { Emit } from '../events.js'
import { jsonText } from '../text.js'
import type { Output } from './io.js'

/** Subscribes JSON lines to the stream of events: one object a line, dated, errors as plain data. */
export function jsonLinesTo(output: Output, { verbose = false, now = () => new Date() } = {}): Emit {
  return (event) => {
    const plain =
      event.type === 'host-done' && event.error ? { ...event, error: errorData(event.error, verbose) } : event
    output.write(`${jsonText({ at: now().toISOString(), ...plain })}\n`)
  }
}
