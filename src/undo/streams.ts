import type { Change } from '../resource/resource.js'
import { sh } from '../shell/quote.js'
import type { SeenNow } from './look.js'
import type { PastRun } from './runs.js'
import type { Undo } from './undo.js'

/** Streams of dnf’s modules that are still as the run left them, and were otherwise before. */
function wantedStreams({ journal }: PastRun, now: SeenNow) {
  return [...journal.streams].filter(([module, { after }]) => streamNow(now, module) === after)
}

function streamNow({ streams }: SeenNow, module: string): string {
  return streams.get(module) ?? '-'
}

/** As the shell is told it: nothing where none was enabled. */
function streamWord(stream: string): string {
  return stream === '-' ? '' : stream
}

/** Streams as they will be, by module; undefined if none changes. */
export function streamsBack(run: PastRun, now: SeenNow): Record<string, string> | undefined {
  const wanted = wantedStreams(run, now).map(([module, { before }]) => [module, streamWord(before)])
  return wanted.length === 0 ? undefined : Object.fromEntries(wanted)
}

/** Before the packages: those of another stream cannot be had while dnf does not see them. */
export function streamChanges({ run, now, options, left }: Undo): Change[] {
  if (options.keepPackages) return []
  for (const [module, { before, after }] of run.journal.streams) {
    const at = streamNow(now, module)
    if (at !== after && at !== before)
      left.push(`the stream of dnf’s module ${module} stays as it is: it was changed since`)
  }
  return wantedStreams(run, now).map(([module, { before, after }]) => ({
    resource: `dnf-stream ${module}`,
    stage: 'prepare',
    title: backTo(module, before),
    why: leftAt(after),
    script: sh`dnf_stream ${module} ${streamWord(before)}`,
    effects: [],
  }))
}

function backTo(module: string, stream: string): string {
  if (stream === '-') return `Enable no stream of dnf’s module ${module} any more`
  if (stream === 'disabled') return `Disable dnf’s module ${module}`
  return `Switch dnf’s module ${module} back to the stream ${stream}`
}

function leftAt(stream: string): string {
  if (stream === '-') return 'the run left none enabled'
  return stream === 'disabled' ? 'the run disabled it' : `the run enabled ${stream}`
}
