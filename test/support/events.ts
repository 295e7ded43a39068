import { expect } from 'vitest'
import { errorData } from '../../src/errors.js'
import type { FitoutEvent } from '../../src/events.js'
import { eventSchema } from '../../src/events.js'

/** Fails where an event, as it is written, is not what the schema says, or has a key that the schema does not know. */
export function heldBySchema(event: FitoutEvent): void {
  const wire =
    event.type === 'host-done' && event.error !== undefined ? { ...event, error: errorData(event.error) } : event
  lineHeldBySchema(JSON.parse(JSON.stringify(wire)))
}

/** The same for a line of `--json`, read. */
export function lineHeldBySchema(line: Record<string, unknown>): void {
  const { at: _at, ...event } = line
  // What the schema does not know is not in what it gives back.
  expect(eventSchema.parse(event)).toEqual(event)
}
