import type { Output } from './io.js'

/** A stream in which nobody reads secrets: whatever is written goes through `mask` first. */
export class Masked implements Output {
  constructor(
    private readonly stream: Output,
    private readonly mask: (text: string) => string,
  ) {}

  get isTTY() {
    return this.stream.isTTY
  }

  get columns() {
    return this.stream.columns
  }

  get rows() {
    return this.stream.rows
  }

  write(text: string): unknown {
    return this.stream.write(this.mask(text))
  }
}
