import { type FitoutError, usageError } from '../errors.js'

/** Where something is written, for messages and for `fitout hosts`. Lines and columns count from 1; 0 is unknown. */
export interface Location {
  file: string
  line: number
  column: number
}

/** `fitout.yaml:12`; the file alone where the line is not known. */
export function locationText({ file, line }: Location): string {
  return line === 0 ? file : `${file}:${line}`
}

export interface Problem {
  location: Location
  /** A clause without a full stop; it never repeats a value that may be a secret. */
  text: string
  /** `did you mean …?`, or what to write instead. */
  remedy?: string | undefined
}

/** Nobody reads more at once. */
const mostShown = 20

/** All mistakes of one file as one failure, in the order of the file. */
export function refusal(file: string, problems: readonly Problem[]): FitoutError {
  const sorted = problems.toSorted((a, b) => a.location.line - b.location.line || a.location.column - b.location.column)
  const [only] = sorted
  if (sorted.length === 1 && only !== undefined) return usageError(`${spot(only.location)}: ${only.text}`, only.remedy)
  const shown = sorted.slice(0, mostShown).map(({ location, text, remedy }) => {
    return `  ${spot(location)}: ${text}${remedy === undefined ? '' : `; ${remedy}`}`
  })
  const more = sorted.length - shown.length
  return usageError(
    [`${file} has ${sorted.length} mistakes:`, ...shown, ...(more > 0 ? [`  and ${more} more`] : [])].join('\n'),
    'mend these, and look with `fitout hosts`',
  )
}

function spot({ file, line, column }: Location): string {
  return line === 0 ? file : `${file}:${line}:${column}`
}
