import type { FitoutEvent } from '../events.js'
import { visible } from '../text.js'
import { countsOf } from './causes.js'
import { cut, signsFor } from './columns.js'
import { type Io, isLive, type Output, writeLines } from './io.js'
import { doingText } from './lines.js'

/** Frames a second; also the pace at which the line is painted anew. */
const pace = 10

export type Status = ReturnType<typeof statusOn>

/**
 * Keeps one line on a terminal that says where the hosts are; notes go above it. Elsewhere it writes nothing but notes.
 */
export function statusOn(output: Output, env: Io['env']) {
  const doing = new Map<string, string>()
  const live = isLive(output, env)
  const shapes = signsFor(env.TERM !== 'linux').spinner
  let frame = 0
  let shown = false
  const clear = () => {
    if (shown) output.write('\r\x1b[K')
    shown = false
  }
  const paint = () => {
    if (doing.size === 0) return clear()
    frame = (frame + 1) % shapes.length
    const line = cut(`${shapes[frame]} ${statusText(doing)}`, (output.columns || 80) - 1)
    output.write(`\r\x1b[K${line}`)
    shown = true
  }
  const timer = live ? setInterval(paint, 1000 / pace) : undefined
  timer?.unref()
  return {
    emit: (event: FitoutEvent) => {
      if (event.type === 'note') {
        clear()
        writeLines(output, [visible(`${event.host}: ${event.text}`)])
      }
      if (event.type === 'wave') return
      const text = doingText(event)
      if (event.type === 'host-done' || event.type === 'planned') doing.delete(event.host)
      else if (text !== undefined) doing.set(event.host, text)
    },
    /** Takes the line off the screen until there is something new, so that a question begins at the beginning of a line. */
    clear,
    /** Takes the line off the screen. */
    end: () => {
      clearInterval(timer)
      clear()
      doing.clear()
    },
  }
}

/** `web1: connecting`, or for several hosts `3 hosts: 2 connecting, 1 looking at what is there`. */
export function statusText(doing: ReadonlyMap<string, string>): string {
  const [only] = doing
  if (only !== undefined && doing.size === 1) return `${visible(only[0])}: ${only[1]}`
  return `${doing.size} hosts: ${countsOf(doing.values())}`
}
