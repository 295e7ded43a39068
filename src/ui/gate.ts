import type { Output } from './io.js'

/**
 * A stream that can be held back while a question stands on the same terminal. What is written meanwhile comes out, in
 * order, when it is let go, so that a screen which paints over itself stays in step with what it painted.
 */
export class Gate implements Output {
  readonly isTTY: boolean | undefined
  #held = 0
  #waiting: string[] = []

  constructor(readonly stream: Output) {
    this.isTTY = stream.isTTY
  }

  get columns() {
    return this.stream.columns
  }

  get rows() {
    return this.stream.rows
  }

  write(text: string): boolean {
    if (this.#held > 0) this.#waiting.push(text)
    else this.stream.write(text)
    return true
  }

  hold(): void {
    this.#held += 1
  }

  /** Lets everything go, however many hold it. */
  open(): void {
    this.#held = Math.min(this.#held, 1)
    if (this.#held > 0) this.letGo()
  }

  letGo(): void {
    this.#held -= 1
    if (this.#held > 0) return
    for (const text of this.#waiting.splice(0)) this.stream.write(text)
  }
}
