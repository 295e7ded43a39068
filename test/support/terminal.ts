import stringWidth from 'string-width'

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

/**
 * As much of a terminal as our screens use: a cursor, lines that scroll away, erasing, and whether long lines go on in the
 * next. Whatever else is sent to it is an error.
 */
export class Terminal {
  readonly isTTY = true
  /** Lines that have scrolled away. */
  readonly gone: string[] = []
  cursorShown = true
  wraps = true
  writes = 0
  #lines: string[][] = [[]]
  #row = 0
  #column = 0

  constructor(
    public columns: number,
    public rows: number,
  ) {}

  get screen(): string[] {
    return this.#lines.map((line) => line.join('').trimEnd())
  }

  get row(): number {
    return this.#row
  }

  write(text: string): boolean {
    this.writes += 1
    for (const [whole, csi, plain] of text.matchAll(/\x1b\[([?\d;]*[A-Za-z])|([^\x1b]+)|\x1b/g)) {
      if (csi !== undefined) this.#control(csi)
      else if (plain !== undefined) for (const { segment } of graphemes.segment(plain)) this.#put(segment)
      else throw new Error(`an escape that is none: ${JSON.stringify(whole)}`)
    }
    return true
  }

  /** Another size: lines that are too long now are broken, as most terminals do it. */
  resize(columns: number, rows: number): void {
    this.columns = columns
    this.rows = rows
    const row = this.#row
    this.#lines = this.#lines.flatMap((line, index) => {
      const pieces: string[][] = []
      for (let at = 0; at === 0 || at < line.length; at += columns) pieces.push(line.slice(at, at + columns))
      if (index < row) this.#row += pieces.length - 1
      return pieces
    })
    while (this.#lines.length > rows && this.#row > 0) {
      this.gone.push(this.#lines.shift()!.join('').trimEnd())
      this.#row -= 1
    }
  }

  #control(code: string): void {
    const up = /^(\d+)A$/.exec(code)
    if (up) this.#row = Math.max(0, this.#row - Number(up[1]))
    else if (code === 'J') {
      this.#lines.length = this.#row + 1
      this.#lines[this.#row] = this.#lines[this.#row]!.slice(0, this.#column)
    } else if (code === '2K') this.#lines[this.#row] = []
    else if (code === '?25l' || code === '?25h') this.cursorShown = code.endsWith('h')
    else if (code === '?7l' || code === '?7h') this.wraps = code.endsWith('h')
    else if (!/^[\d;]*m$/.test(code)) throw new Error(`not known here: ${JSON.stringify(code)}`)
  }

  #put(segment: string): void {
    if (segment === '\r\n' || segment === '\n') {
      this.#newLine()
      return
    }
    if (segment === '\r') {
      this.#column = 0
      return
    }
    if (/[\x00-\x1f\x7f-\x9f]/.test(segment)) throw new Error(`a control character: ${JSON.stringify(segment)}`)
    const width = stringWidth(segment)
    if (this.#column + width > this.columns) {
      if (!this.wraps) return
      this.#newLine()
    }
    const line = this.#lines[this.#row]!
    while (line.length < this.#column) line.push(' ')
    line.splice(this.#column, Math.max(1, width), segment, ...Array.from({ length: Math.max(0, width - 1) }, () => ''))
    this.#column += width
  }

  #newLine(): void {
    this.#row += 1
    this.#column = 0
    this.#lines[this.#row] ??= []
    if (this.#lines.length > this.rows) {
      this.gone.push(this.#lines.shift()!.join('').trimEnd())
      this.#row -= 1
    }
  }
}
