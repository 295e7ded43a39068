import { counted, type Paint, visible } from '../text.js'
import { changedSomething, type PastRun } from '../undo/runs.js'

/** The runs of one host as lines, the newest first: id, who, what, and whether it was undone. */
export function showRuns(host: string, runs: readonly PastRun[], paint: Paint): string[] {
  const lines = [paint('bold', visible(host))]
  if (runs.length === 0) lines.push('  no run of fitout has left its record here')
  for (const run of runs.toReversed()) {
    const ended = run.exit === undefined ? 'end not known' : run.exit === 0 ? '' : `ended with ${run.exit}`
    const undid = run.journal.undone.map((one) => `undid ${one.run}${one.partly ? ' in part' : ''}`)
    if (undid.length === 0) undid.push(...run.journal.undoes.map((id) => `began to undo ${id}`))
    const undone = run.undoneBy ? `undone${run.undoneBy.partly ? ' in part' : ''} by ${run.undoneBy.run}` : ''
    const words = [briefly(run), ...undid, ended, undone].filter(Boolean).join('; ')
    lines.push(visible(`  ${run.id}  ${run.who ?? 'by hand'}`), `      ${visible(words)}`)
  }
  return lines
}

/** `2 files, 9 packages, 1 member` */
function briefly(run: PastRun): string {
  if (!changedSomething(run)) return 'changed nothing that could be undone'
  const { files, packages, groups, members, holds } = run.journal
  const counts: [number, string][] = [
    [files.size, 'file'],
    [packages.size, 'package'],
    [groups.size, 'group'],
    [members.length, 'membership'],
    [holds.size, 'hold'],
  ]
  const words = counts.filter(([count]) => count > 0).map(([count, noun]) => counted(count, noun))
  return words.length > 0 ? words.join(', ') : 'marks or folders only'
}
