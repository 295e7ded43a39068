import type { TrialResult } from '../events.js'
import { hanging, type Paint, settled, unpainted, visible } from '../text.js'
import type { View } from './io.js'

/** `hello-world: passed (dev, through a second login)` */
export function trialLine(result: TrialResult): string {
  return visible(`${result.title}: ${result.outcome} (${result.user}, through ${result.through})`)
}

/**
 * A trial's result with what it proved, why it is not whole, and what to do about it.
 *
 * @param indent stands before every line.
 */
export function showTrial(
  result: TrialResult,
  { paint = unpainted as Paint, width = Number.POSITIVE_INFINITY, indent = '' } = {},
): string[] {
  const style = ({ passed: 'green', partial: 'yellow', skipped: 'yellow', failed: 'red' } as const)[result.outcome]
  const lines = hanging(indent, trialLine(result), width).map((line) => paint(style, line))
  for (const line of result.proven) lines.push(...hanging(`${indent}  `, visible(line), width))
  if (result.because !== undefined) lines.push(...hanging(`${indent}  because `, visible(result.because), width))
  if (result.remedy !== undefined) lines.push(...hanging(`${indent}  next    `, visible(result.remedy), width))
  for (const line of result.said ?? []) lines.push(paint('dim', `${indent}  | ${settled(line)}`))
  return lines
}

/** The trials of a host below a heading; nothing where there were none. */
export function showTrials(results: readonly TrialResult[], { paint, width }: View): string[] {
  if (results.length === 0) return []
  return [paint('dim', '  trials'), ...results.flatMap((result) => showTrial(result, { paint, width, indent: '    ' }))]
}
