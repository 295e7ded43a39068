import { jsonText, type Paint, visible } from '../text.js'

/** What is needed of an output stream; Node's own fit. */
export interface Output {
  write(text: string): unknown
  isTTY?: boolean | undefined
  columns?: number | undefined
  rows?: number | undefined
}

/** How prose is shown. */
export interface View {
  paint: Paint
  /** Columns. */
  width: number
}

/** The process as the command line sees it. */
export interface Io {
  stdin: { isTTY?: boolean | undefined }
  stdout: Output
  stderr: Output
  env: Record<string, string | undefined>
}

/** Columns for prose: the terminal's, at least 40 and at most 100; 80 where there is none. */
export function widthOf(output: Output): number {
  if (output.isTTY !== true || output.columns === undefined || output.columns === 0) return 80
  return Math.min(Math.max(output.columns, 40), 100)
}

/** Columns for failures: in a file or a log each part of one stays on its line, to be found and copied. */
export function errorWidthOf(output: Output): number {
  return output.isTTY === true ? widthOf(output) : Number.POSITIVE_INFINITY
}

/** Whether a screen that is painted over and over makes sense there. */
export function isLive(output: Output, env: Io['env']): boolean {
  return output.isTTY === true && !isPlain(env) && !isYes(env.CI)
}

/** Whether everything is to be lines, one after the other, with a cursor that never moves: for screen readers and bare terminals. */
export function isPlain(env: Io['env']): boolean {
  return env.TERM === 'dumb' || isYes(env.FITOUT_PLAIN)
}

function isYes(value: string | undefined): boolean {
  return value !== undefined && value !== '' && value !== 'false' && value !== '0'
}

/** Whether a person can be asked: what is typed comes from a terminal and what is asked is seen on one. */
export function canAsk(io: Io): boolean {
  return io.stdin.isTTY === true && io.stderr.isTTY === true
}

/** What `Paint` puts around a text. */
const styles = /(\x1b\[(?:[12]|22|3[12369])m)/

/** Writes lines, each with its newline. Whatever they say, no escapes but those of styles reach the terminal. */
export function writeLines(output: Output, lines: readonly string[]): void {
  const shown = (line: string) =>
    line
      .split(styles)
      .map((part, index) => (index % 2 === 0 ? visible(part) : part))
      .join('')
  if (lines.length > 0) output.write(`${lines.map(shown).join('\n')}\n`)
}

/** Tells the person something of the work itself: on standard error, beside what a command prints. */
export function say(output: Output, text: string): void {
  writeLines(output, [`fitout: ${visible(text)}`])
}

/** Writes plain data as JSON: a document, or without an indent one line. */
export function writeJson(output: Output, value: unknown, indent?: number): void {
  output.write(`${jsonText(value, indent)}\n`)
}

/** Writes a script: byte for byte into a file or a pipe, and to a terminal with what would move its cursor made visible. */
export function writeScript(output: Output, script: string): void {
  if (script === '') return
  const text = output.isTTY === true ? visible(script) : script
  output.write(text.endsWith('\n') ? text : `${text}\n`)
}
