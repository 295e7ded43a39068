import type { Emit, FitoutEvent } from '../events.js'
import { visible } from '../text.js'
import { cut } from './columns.js'
import { type Io, isLive, type Output, writeLines } from './io.js'
import { doingText } from './lines.js'

/** Frames a second; also the pace at which the line is painted anew. */
const pace = 10
const frames = ['|', '/', '-', '\\']
const smoothFrames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']

export interface Status {
  emit: Emit
  /** Takes the line off the screen until there is something new, so that a question begins at the beginning of a line. */
  clear(): void
  /** Takes the line off the screen. */
  end(): void
}

/**
 * Keeps one line on a terminal that says where the hosts are; notes go above it. Elsewhere it writes nothing but notes.
 */
export function statusOn(output: Output, env: Io['env']): Status {
  const doing = new Map<string, string>()
  const live = isLive(output, env)
  const shapes = env.TERM === 'linux' ? frames : smoothFrames
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
    emit: (event) => {
      if (event.type === 'note') {
        clear()
        writeLines(output, [visible(`${event.host}: ${event.text}`)])
      }
      follow(doing, event)
    },
    clear,
    end: () => {
      clearInterval(timer)
      clear()
      doing.clear()
    },
  }
}

function follow(doing: Map<string, string>, event: FitoutEvent): void {
  if (event.type === 'wave') return
  const text = doingText(event)
  if (event.type === 'host-done' || event.type === 'planned') doing.delete(event.host)
  else if (text !== undefined) doing.set(event.host, text)
}

/** `web1: connecting`, or for several hosts `3 hosts: 2 connecting, 1 looking at what is there`. */
export function statusText(doing: ReadonlyMap<string, string>): string {
  const [only] = doing
  if (only !== undefined && doing.size === 1) return `${visible(only[0])}: ${only[1]}`
  const counts = new Map<string, number>()
  for (const text of doing.values()) counts.set(text, (counts.get(text) ?? 0) + 1)
  return `${doing.size} hosts: ${[...counts].map(([text, count]) => `${count} ${text}`).join(', ')}`
}
