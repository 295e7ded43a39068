import { StringDecoder } from 'node:string_decoder'
import { type CommandOutcome, type ExecOptions, GivenUp, mostOutput } from './connection.js'

/** How long output may be silent after a script has ended before a daemon that it started is taken to hold it open. */
const silence = 3_000

/** Gathers what a script prints, handing on whole UTF-8 characters as they come. */
export class OutputGatherer {
  readonly #parts = { stdout: [] as string[], stderr: [] as string[] }
  readonly #decoders = { stdout: new StringDecoder('utf8'), stderr: new StringDecoder('utf8') }
  readonly #most: number
  #bytes = 0
  #quiet: NodeJS.Timeout | undefined
  #over = false

  /** @param stop called once, when more comes than is taken; what comes then, and after the outcome, is dropped. */
  constructor(
    private readonly options: ExecOptions,
    private readonly stop: (why: Error) => void,
  ) {
    this.#most = options.keep === false ? Number.POSITIVE_INFINITY : (options.most ?? mostOutput)
  }

  add(stream: 'stdout' | 'stderr', bytes: Buffer): void {
    if (this.#over) return
    this.#quiet?.refresh()
    const before = this.#bytes
    this.#bytes += bytes.length
    if (this.#bytes <= this.#most) this.#hand(stream, this.#decoders[stream].write(bytes))
    else if (before <= this.#most) this.stop(new GivenUp(`more than ${this.#most / 1024} KiB of output`))
  }

  /**
   * Calls back when nothing more has come for a while. Whatever comes after a script’s end proves that somebody still writes: it is
   * silence that is waited for, not a fixed time.
   */
  whenSilent(tell: () => void): void {
    if (this.#over) return
    clearTimeout(this.#quiet)
    this.#quiet = setTimeout(tell, silence)
  }

  /** What came of the script; call it once, at the end. How it ended does not count where it was lost. */
  outcome(exit: Pick<CommandOutcome, 'code' | 'signal'> | undefined, lost: Error | undefined): CommandOutcome {
    this.#over = true
    clearTimeout(this.#quiet)
    this.#hand('stdout', this.#decoders.stdout.end())
    this.#hand('stderr', this.#decoders.stderr.end())
    const [stdout, stderr] = [this.#parts.stdout.join(''), this.#parts.stderr.join('')]
    if (lost !== undefined) return { code: undefined, stdout, stderr, lost }
    return { code: exit?.code, ...(exit?.signal ? { signal: exit.signal } : {}), stdout, stderr }
  }

  #hand(stream: 'stdout' | 'stderr', text: string): void {
    if (text === '') return
    if (this.options.keep !== false) this.#parts[stream].push(text)
    this.options.onOutput?.(text, stream)
  }
}
