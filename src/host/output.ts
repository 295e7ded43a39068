import { StringDecoder } from 'node:string_decoder'
import { type ExecOptions, GivenUp, mostOutput } from './connection.js'

/** Gathers what a script prints, handing on whole UTF-8 characters as they come. */
export class OutputGatherer {
  readonly #parts = { stdout: [] as string[], stderr: [] as string[] }
  readonly #decoders = { stdout: new StringDecoder('utf8'), stderr: new StringDecoder('utf8') }
  readonly #options: ExecOptions
  readonly #stop: (why: Error) => void
  readonly #most: number
  #bytes = 0

  /** @param stop called once, when more comes than is taken; what comes then is dropped. */
  constructor(options: ExecOptions, stop: (why: Error) => void) {
    this.#options = options
    this.#stop = stop
    this.#most = options.keep === false ? Number.POSITIVE_INFINITY : (options.most ?? mostOutput)
  }

  add(stream: 'stdout' | 'stderr', bytes: Buffer): void {
    const before = this.#bytes
    this.#bytes += bytes.length
    if (this.#bytes <= this.#most) this.#hand(stream, this.#decoders[stream].write(bytes))
    else if (before <= this.#most) this.#stop(new GivenUp(`more than ${this.#most / 1024} KiB of output`))
  }

  /** What came in all; call it once, at the end. */
  end(): { stdout: string; stderr: string } {
    this.#hand('stdout', this.#decoders.stdout.end())
    this.#hand('stderr', this.#decoders.stderr.end())
    return { stdout: this.#parts.stdout.join(''), stderr: this.#parts.stderr.join('') }
  }

  #hand(stream: 'stdout' | 'stderr', text: string): void {
    if (text === '') return
    if (this.#options.keep !== false) this.#parts[stream].push(text)
    this.#options.onOutput?.(text, stream)
  }
}
