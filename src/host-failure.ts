import { diagnose } from './data/symptoms.js'
import { FitoutError, type FitoutErrorParts } from './errors.js'

export interface HostFailureParts extends FitoutErrorParts {
  /** What the host said, as far as it is shown. */
  said: string[]
  /** All lines that the table of symptoms judges, where they are more than those. */
  lines?: readonly string[] | undefined
  /** The cause says nothing of use: it counts only where the table knows none. */
  vague?: boolean | undefined
}

/**
 * A failure of which a host's own lines tell more: they are judged by the table of symptoms, so that no failure passes it by.
 * What failed comes first, then what the lines mean; the remedy of the table comes before the one that is given.
 */
export function hostFailure({ lines, vague, ...parts }: HostFailureParts, options?: { cause?: unknown }): FitoutError {
  const symptom = diagnose((lines ?? parts.said).join('\n'))
  if (symptom === undefined) return new FitoutError(parts, options)
  const remedy = [symptom.remedy, parts.remedy].filter((text) => text !== undefined && text !== '').join('; ')
  const cause = vague ? symptom.cause : `${parts.cause}: ${symptom.cause}`
  return new FitoutError({ ...parts, cause, remedy }, options)
}
