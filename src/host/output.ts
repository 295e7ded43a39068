import { StringDecoder } from 'node:string_decoder'
import type { ExecOptions } from './connection.js'

/** Gathers what a script prints, handing on whole UTF-8 characters as they come. */
export class OutputGatherer {
  readonly #parts = { stdout: [] as string[], stderr: [] as string[] }
  readonly #decoders = { stdout: new StringDecoder('utf8'), stderr: new StringDecoder('utf8') }
  readonly #onOutput: ExecOptions['onOutput']

  constructor(onOutput: ExecOptions['onOutput']) {
    this.#onOutput = onOutput
  }

  add(stream: 'stdout' | 'stderr', bytes: Buffer): void {
    this.#hand(stream, this.#decoders[stream].write(bytes))
  }

  /** What came in all; call it once, at the end. */
  end(): { stdout: string; stderr: string } {
    this.#hand('stdout', this.#decoders.stdout.end())
    this.#hand('stderr', this.#decoders.stderr.end())
    return { stdout: this.#parts.stdout.join(''), stderr: this.#parts.stderr.join('') }
  }

  #hand(stream: 'stdout' | 'stderr', text: string): void {
    if (text === '') return
    this.#parts[stream].push(text)
    this.#onOutput?.(text, stream)
  }
}
