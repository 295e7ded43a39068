import { FitoutError, failedAt } from '../errors.js'
import { hanging, type Paint, settled, unpainted, visible, wrap } from '../text.js'

export interface ErrorView {
  paint?: Paint
  width?: number
  /** Show stacks, and everything that the host said. */
  verbose?: boolean
  host?: string | undefined
}

/** A failure as lines: host, what was being done, cause, remedy, then what the host said. */
export function showError(error: unknown, view: ErrorView = {}): string[] {
  const { paint = unpainted, width = 80, verbose = false } = view
  if (!(error instanceof FitoutError)) return showDefect(error, view)
  const host = error.host ?? view.host
  const remedy = error.remedy === undefined ? [] : hanging('  next   ', visible(error.remedy), width)
  const lines =
    error.exitCode === 64 && host === undefined
      ? [...hanging('fitout: ', visible(error.why), width), ...remedy]
      : [
          `${host === undefined ? 'fitout' : visible(host)}: ${visible(failedAt(error))}`,
          ...hanging('  cause  ', visible(error.why), width),
          ...remedy,
        ]
  lines[0] = paint('red', lines[0] ?? '')
  const said = error.said.map(settled).filter((line) => line !== '')
  lines.push(...said.map((line, index) => `${index === 0 ? '  said   ' : '         '}${paint('dim', line)}`))
  if (verbose) lines.push(...stackOf(error))
  return lines
}

function showDefect(error: unknown, view: ErrorView): string[] {
  const { paint = unpainted, width = 80, verbose = false, host = 'fitout' } = view
  const message = error instanceof Error ? error.message : String(error)
  return [
    paint('red', `${visible(host)}: this is a defect in fitout`),
    ...hanging('  cause  ', visible(message), width),
    ...(verbose
      ? stackOf(error)
      : hanging('  next   ', 'run it again with -v for the stack, and report it with that', width)),
  ]
}

function stackOf(error: unknown): string[] {
  if (!(error instanceof Error)) return []
  const lines = (error.stack ?? '').split('\n').map((line) => `  ${visible(line)}`)
  return error.cause instanceof Error ? [...lines, '  caused by', ...stackOf(error.cause)] : lines
}

/** A failure in one line, for a log; with what to do about it where there is room. */
export function errorLine(error: unknown, { remedy = false } = {}): string {
  if (!(error instanceof FitoutError)) return `defect in fitout: ${visible(String(error))}`
  const next = remedy && error.remedy !== undefined ? `; next: ${error.remedy}` : ''
  return wrap(visible(`${failedAt(error)}: ${error.why}${next}`), Number.POSITIVE_INFINITY).join(' ')
}
