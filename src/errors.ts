import type { ErrorData } from './events.js'

/** What the engine may do after a failure: try again, give up, or look again because nobody knows what happened. */
export type Verdict = 'retry' | 'fatal' | 'unknown-outcome'

export interface FitoutErrorParts {
  /** What was being done, as a short phrase: `asking the package repositories`. */
  doing: string
  /** `doing` is the title of a step of a run, in whatever words its recipe has for it: `Install docker-ce`. */
  isStep?: boolean | undefined
  /** The likely cause, one sentence. */
  cause: string
  /** What the person can do next, one sentence; commands in backquotes. */
  remedy?: string | undefined
  /** The lines that the host itself said and that matter; at most a dozen. */
  said?: string[] | undefined
  /** The host's name as the person wrote it. */
  host?: string | undefined
  verdict?: Verdict | undefined
  /** 64 for bad usage or bad input, 130 for an interruption, 1 (the default) otherwise. */
  exitCode?: number | undefined
}

/** A failure that is explained to a person: host, what was being done, cause, remedy, then what the host said. */
export class FitoutError extends Error {
  readonly doing: string
  readonly isStep: boolean
  readonly remedy: string | undefined
  readonly said: string[]
  readonly verdict: Verdict
  readonly exitCode: number
  host: string | undefined
  readonly why: string

  constructor(parts: FitoutErrorParts, options?: { cause?: unknown }) {
    super(`${parts.doing}: ${clipped(parts.cause, 8192)}`, options)
    this.name = 'FitoutError'
    this.doing = parts.doing
    this.isStep = parts.isStep === true
    this.why = clipped(parts.cause, 8192)
    this.remedy = parts.remedy
    this.said = (parts.said ?? []).slice(-24).map((line) => clipped(line, 1024))
    this.verdict = parts.verdict ?? 'fatal'
    this.exitCode = parts.exitCode ?? 1
    this.host = parts.host
  }
}

/** What failed, as a heading: `failed while connecting`, or with the title of a step, `failed: Install docker-ce`. */
export function failedAt({ doing, isStep }: { doing: string; isStep?: boolean | undefined }): string {
  return isStep ? `failed: ${doing}` : `failed while ${doing}`
}

/** What a host said may be long, and is in errors to be read. */
function clipped(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most)} …`
}

/** Bad usage or bad input from the person: exit status 64. */
export function usageError(cause: string, remedy?: string): FitoutError {
  return new FitoutError({ doing: 'reading what you asked for', cause, remedy, exitCode: 64 })
}

/** A failure as plain data, as `--json` and the record of a run have it. */
export function errorData(error: unknown, verbose = false): ErrorData {
  const stack = verbose && error instanceof Error ? { stack: error.stack } : {}
  if (!(error instanceof FitoutError)) return { defect: true, message: String(error), ...stack }
  const { host, doing, isStep, why, remedy, said, verdict, exitCode } = error
  return { host, doing, ...(isStep && { isStep }), cause: why, remedy, said, verdict, exitCode, ...stack }
}
