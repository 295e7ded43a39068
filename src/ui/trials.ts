import type { TrialResult } from '../events.js'
import { type Paint, settled, unpainted, visible } from '../text.js'

/** `hello-world as dev, through a second login: passed` */
export function trialLine(result: TrialResult): string {
  return visible(`${result.title} as ${result.user}, through ${result.through}: ${result.outcome}`)
}

/** A trial's result with what it proved, why it is not whole, and what to do about it. Not indented. */
export function showTrial(result: TrialResult, paint: Paint = unpainted): string[] {
  const style = ({ passed: 'green', partial: 'yellow', skipped: 'yellow', failed: 'red' } as const)[result.outcome]
  const lines = [paint(style, trialLine(result)), ...result.proven.map((line) => `  ${visible(line)}`)]
  if (result.because !== undefined) lines.push(`  because ${visible(result.because)}`)
  if (result.remedy !== undefined) lines.push(`  next: ${visible(result.remedy)}`)
  for (const line of result.said ?? []) lines.push(paint('dim', `  | ${settled(line)}`))
  return lines
}
