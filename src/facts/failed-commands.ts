import { diagnose } from '../data/symptoms.js'
import { FitoutError } from '../errors.js'
import type { FailedCommand } from '../shell/frame.js'

/**
 * Refuses to take a host's answer for whole where a program that it rests on failed: "nothing there" would be a claim that
 * nobody has observed.
 *
 * @param doing what was being done: `looking at the host`.
 * @throws FitoutError that quotes the first program's own words.
 */
export function refuseFailed(failed: readonly FailedCommand[], doing: string): void {
  const [first, ...others] = failed
  if (first === undefined) return
  const symptom = diagnose(first.said.join('\n'))
  throw new FitoutError({
    doing,
    cause: symptom?.cause ?? whatHappened(first),
    remedy:
      symptom?.remedy ??
      (first.status === 127
        ? `install it, or correct root’s PATH, then run fitout again; nothing was changed`
        : `repair what \`${first.program}\` complains about, then run fitout again; nothing was changed`),
    said: [
      ...(first.said.length > 0 ? first.said : [`${first.program} printed no message (status ${first.status})`]),
      ...new Set(others.filter(({ program }) => program !== first.program).map((one) => `also: ${whatHappened(one)}`)),
    ],
  })
}

function whatHappened({ program, status }: FailedCommand): string {
  if (status === 124) return `\`${program}\` did not finish in time on the host`
  if (status === 127) return `there is no \`${program}\` on the host`
  return `\`${program}\` failed on the host (status ${status})`
}
