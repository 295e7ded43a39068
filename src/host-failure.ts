import { FitoutError, type FitoutErrorParts } from './errors.js'
import type { FailedCommand } from './shell/frame.js'
import { diagnose } from './symptoms/table.js'

export interface HostFailureParts extends Omit<FitoutErrorParts, 'cause'> {
  /** What failed, as far as it is known without the host's words. */
  cause?: string | undefined
  /** What the host said, as far as it is shown. */
  said: string[]
  /** All lines that the table of symptoms judges, if they are more than those. */
  lines?: readonly string[] | undefined
  /** What takes the place of the table's cause and remedy if it does not know the lines. */
  unknown?: { cause?: string | undefined; remedy?: string | undefined } | undefined
}

/**
 * A failure that a host's own lines explain: the table of symptoms judges them, so no failure passes it by. What failed
 * comes first, then what the lines mean; the table's remedy comes before the given one.
 */
export function hostFailure(
  { cause, remedy, lines, unknown, ...parts }: HostFailureParts,
  options?: { cause?: unknown },
): FitoutError {
  const meaning = diagnose((lines ?? parts.said).join('\n')) ?? unknown
  return new FitoutError(
    { ...parts, cause: joined(': ', cause, meaning?.cause), remedy: joined('; ', meaning?.remedy, remedy) },
    options,
  )
}

function joined(by: string, ...texts: (string | undefined)[]): string {
  return texts.filter((text) => text !== undefined && text !== '').join(by)
}

/**
 * Refuses an answer of a host that rests on a program that failed: "nothing there" would be a claim that nobody has observed.
 *
 * @param doing what was being done: `looking at the host`.
 * @throws FitoutError that quotes the first program's own words.
 */
export function refuseFailed(failed: readonly FailedCommand[], doing: string): void {
  const [first, ...others] = failed
  if (first === undefined) return
  const { program, command, status, said } = first
  throw hostFailure({
    doing,
    cause: `${failureOf(first)} on the host`,
    remedy: 'nothing was changed',
    said: [
      ...(said.length > 0 ? said : [`${command} printed no message (status ${status})`]),
      ...new Set(
        others.filter((other) => other.program !== program).map((one) => `also: ${failureOf(one)} on the host`),
      ),
    ],
    lines: said,
    unknown: {
      remedy: `${status === 127 ? 'install it, or correct root’s PATH' : `repair what \`${command}\` complains about`}, then run fitout again`,
    },
  })
}

/** What became of a command, as a sentence without its full stop: `` `docker info` failed with status 1 ``. */
export function failureOf({ command, program, status }: FailedCommand): string {
  if (status === 124) return `\`${command}\` did not finish in time`
  if (status === 127) return `there is no \`${program}\``
  return `\`${command}\` failed with status ${status}`
}
