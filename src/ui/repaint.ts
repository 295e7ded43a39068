import { stripVTControlCharacters } from 'node:util'
import { columnsOf } from './columns.js'
import type { Output } from './io.js'

const hideCursor = '\x1b[?25l'
const showCursor = '\x1b[?25h'
/** Nothing that is too long after all may go on in the next line. */
const noWrap = '\x1b[?7l'
const wrap = '\x1b[?7h'

/**
 * A block of lines at the end of a terminal that is painted over and over. Between two paints the cursor stands in the line
 * below the block.
 */
export class Repaint {
  #widths: number[] = []
  #columns = 0
  readonly #onExit = () => this.erase()

  constructor(private readonly output: Output) {}

  /** Paints lines over those of before. */
  paint(lines: readonly string[]): void {
    const columns = this.output.columns || 80
    if (this.#widths.length === 0) process.once('exit', this.#onExit)
    const start = this.#widths.length === 0 ? hideCursor : this.#back(columns)
    const body = lines.map((line) => `\x1b[2K${line}\n`).join('')
    this.output.write(`${start}${noWrap}${body}\x1b[J${wrap}`)
    this.#widths = lines.map((line) => columnsOf(stripVTControlCharacters(line)))
    this.#columns = columns
  }

  /** Takes the block off and gives the cursor back. */
  erase(): void {
    if (this.#widths.length === 0) return
    process.off('exit', this.#onExit)
    this.output.write(`${this.#back(this.output.columns || 80)}\x1b[J${wrap}${showCursor}`)
    this.#widths = []
  }

  /** To the block’s first line. A terminal that was made narrower has broken its lines in two or more. */
  #back(columns: number): string {
    const narrower = columns < this.#columns
    const rows = this.#widths.reduce((sum, width) => sum + (narrower ? Math.max(1, Math.ceil(width / columns)) : 1), 0)
    return `\r\x1b[${rows}A${columns === this.#columns ? '' : '\x1b[J'}`
  }
}
