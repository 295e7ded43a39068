import '../../../recipes/index.js'
import type { FitoutError } from '../../../src/errors.js'
import type { ProbeResult } from '../../../src/packages/probe.js'
import { sumOf } from '../../../src/resource/content.js'
import { readJournal } from '../../../src/undo/journal.js'
import { readSeenNow, type SeenNow } from '../../../src/undo/look.js'
import { planUndo } from '../../../src/undo/plan.js'
import type { PastRun } from '../../../src/undo/runs.js'
import { someFacts } from '../cli/stand-in.js'

export const [old, now_] = [sumOf('old\n'), sumOf('new\n')]
export const options = { keepPackages: false, leave: [] as string[] }

export function pastRun(lines: string[], parts: Partial<PastRun> = {}): PastRun {
  const id = parts.id ?? '20261121T100000-aaaaaa'
  const folder = `/var/lib/fitout/runs/${id}`
  return { id, folder, exit: 0, who: 'a@b', journal: readJournal(lines), open: false, undoneBy: undefined, ...parts }
}

export function seenNow(parts: Partial<SeenNow> = {}): SeenNow {
  return { ...readSeenNow({ text: '', code: 0 }), kernel: '6.12.0-amd64', ...parts }
}

/** As `running` of what is seen. */
export const ifRuns = (docker: boolean) => ({ running: new Set(docker ? ['docker'] : []) })

export const installed = (version: string, more: object = {}) => ({
  version,
  installed: true,
  held: false,
  vital: false,
  ...more,
})

/** Titles of what undoing comes to, but for the note at its end; and what is left. */
export function undone(
  lines: string[],
  seen: Partial<SeenNow> = {},
  more: {
    probed?: Partial<ProbeResult>
    options?: Partial<typeof options>
    facts?: Partial<typeof someFacts>
    run?: Partial<PastRun>
  } = {},
) {
  const run = pastRun(lines, more.run)
  const now = seenNow(seen)
  const probed: ProbeResult = { asked: { simulate: [] }, reachable: true, said: [], versions: {}, ...more.probed }
  const undoing = planUndo(run, now, {
    facts: { ...someFacts, ...more.facts },
    probed,
    options: { ...options, ...more.options },
  })
  const changes = undoing.changes.filter(({ resource }) => resource !== `run ${run.id}`)
  const names = (services: readonly { name: string }[]) => services.map(({ name }) => name)
  const { returning, going } = undoing
  return {
    ...undoing,
    returning: names(returning),
    going: names(going),
    changes,
    titles: changes.map(({ title }) => title),
    all: undoing.changes,
    run,
  }
}

export const file = (path: string, text: string | undefined) =>
  [path, { path, sum: text === undefined ? 'absent' : sumOf(text), text }] as const

export function caught(work: () => unknown): FitoutError {
  try {
    work()
  } catch (error) {
    return error as FitoutError
  }
  throw new Error('it did not throw')
}
