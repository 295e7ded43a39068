import { StringDecoder } from 'node:string_decoder'

/** Where lines come from: a terminal, or in tests anything that gives bytes. */
export type LineInput = NodeJS.ReadableStream & {
  isTTY?: boolean | undefined
  /** Of a terminal: what is typed does not appear, and every key comes at once. */
  setRawMode?(on: boolean): unknown
}

/** A line that was typed; `ended` at the end of the input (Ctrl-D), `interrupted` at Ctrl-C. */
export type Line = { text: string } | 'ended' | 'interrupted'

const readers = new WeakMap<LineInput, LineReader>()

/** The one reader of an input: what is typed ahead of a question is kept for it. */
export function lineReaderOn(input: LineInput): LineReader {
  const reader = readers.get(input) ?? new LineReader(input)
  readers.set(input, reader)
  return reader
}

/** Reads whole lines as the terminal itself edits and shows them: nothing is painted, so that screen readers are not disturbed. */
export class LineReader {
  #waiting: string[] = []
  #line = ''
  #before = ''
  #ended = false
  readonly #decoder = new StringDecoder('utf8')

  constructor(private readonly input: LineInput) {}

  /**
   * The next line.
   *
   * @param hidden for secrets: what is typed does not appear.
   */
  async next({ hidden = false } = {}): Promise<Line> {
    const ready = this.#waiting.shift()
    if (ready !== undefined) return { text: ready }
    if (this.#ended) return 'ended'
    const raw = hidden && this.input.isTTY === true && this.input.setRawMode !== undefined
    if (raw) this.input.setRawMode?.(true)
    try {
      return await this.#read(raw)
    } finally {
      if (raw) this.input.setRawMode?.(false)
      this.input.pause()
    }
  }

  #read(raw: boolean): Promise<Line> {
    return new Promise((done) => {
      const end = (line: Line) => {
        this.input.off('data', onData)
        this.input.off('end', onEnd)
        this.input.off('close', onEnd)
        process.off('SIGINT', onInterrupt)
        done(line)
      }
      const onData = (chunk: Buffer | string) => {
        const text = typeof chunk === 'string' ? chunk : this.#decoder.write(chunk)
        for (const sign of text) {
          if (raw && sign === '\x03') return this.#forget(() => end('interrupted'))
          if (raw && sign === '\x04' && this.#line === '') return end('ended')
          if (raw && (sign === '\x7f' || sign === '\b')) this.#line = [...this.#line].slice(0, -1).join('')
          else if (raw && sign === '\x15') this.#line = ''
          else if (sign === '\n' || sign === '\r') {
            // Both together end one line.
            if (sign !== '\n' || this.#before !== '\r') {
              this.#waiting.push(this.#line)
              this.#line = ''
            }
          } else this.#line += sign
          this.#before = sign
        }
        const line = this.#waiting.shift()
        if (line !== undefined) end({ text: line })
      }
      const onEnd = () => {
        this.#ended = true
        end('ended')
      }
      const onInterrupt = () => this.#forget(() => end('interrupted'))
      this.input.on('data', onData)
      this.input.on('end', onEnd)
      this.input.on('close', onEnd)
      process.on('SIGINT', onInterrupt)
      this.input.resume()
    })
  }

  #forget(then: () => void): void {
    this.#line = ''
    this.#waiting = []
    then()
  }
}
