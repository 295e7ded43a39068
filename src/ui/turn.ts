import { closeSync, constants, openSync, readSync } from 'node:fs'
import { PassThrough, Writable } from 'node:stream'
import { stripVTControlCharacters } from 'node:util'
import type { Output } from './io.js'

/** A terminal’s keyboard, or in tests anything that gives bytes. */
type Keyboard = NodeJS.ReadableStream & {
  /** On: every key comes at once, nothing that is typed appears, and Ctrl-C is a key like others. */
  setRawMode?(on: boolean): unknown
  fd?: number
  destroyed?: boolean
  readableEnded?: boolean
}

export interface TurnStreams {
  /** The standard input of this process, a terminal. */
  stdin: object
  /** Where the question is written. */
  output: Output
  /** Called around each question, so that nothing else paints over it. */
  onQuestion?: ((state: 'asked' | 'answered') => void) | undefined
}

/** Ctrl-C instead of an answer, or the terminal is gone. */
export class Interrupted extends Error {}

/** Ctrl-C was a key, because the terminal hands every key on: it means what it always means. */
export function interrupted(): Interrupted {
  process.emit('SIGINT')
  return new Interrupted()
}

/**
 * Milliseconds without a key before a question is asked. A key that is held down repeats every 30 to 92 ms, and the rest of a
 * paste over a slow line comes about as fast.
 */
const silence = 100
/** Milliseconds of typing after which a person is told what is waited for. */
const longestNoise = 1_500
/** What writing a question takes at most if nothing holds it up, in milliseconds. */
const longestWrite = 20
const ctrlC = 0x03
/** What a terminal that goes away says. */
const ends = ['end', 'close', 'error']
/** What is typed while the process does not read: a flood must not fill the memory. */
const mostWaiting = 64 * 1024

/** The last turn of each keyboard. */
const turns = new WeakMap<object, Promise<unknown>>()
/**
 * When each was last heard, by `performance.now()`. What nobody reads waits in the terminal: if nothing waits there, no key came
 * since; and of a keyboard that was never heard, none since this process began.
 */
const lastKeys = new WeakMap<object, number>()

/**
 * Asks one question. Every question to a person goes through here, one at a time, whoever asks: all that was typed before the
 * question is on the screen is thrown away, wherever it waits (in the terminal, in Node, in an editor of lines). The question
 * is not asked before the keyboard has been silent for a moment.
 *
 * @param put writes the question to the turn’s output, its first words with all that a key could answer, and reads the answer
 *   from its input. No key arrives before these words are on the screen.
 * @throws Interrupted at Ctrl-C before the question is on the screen, or when the terminal goes away.
 */
export function inTurn<Answer>(streams: TurnStreams, put: (turn: Turn) => Promise<Answer>): Promise<Answer> {
  const keyboard = streams.stdin as Keyboard
  // One for all questions: a terminal that goes away between two of them is no defect.
  if (!turns.has(keyboard)) keyboard.on('error', () => undefined)
  const before = turns.get(keyboard) ?? Promise.resolve()
  const answer = before.then(async () => {
    const turn = new OneTurn(keyboard, streams.output)
    try {
      await turn.silence()
      streams.onQuestion?.('asked')
      try {
        return await put(turn)
      } finally {
        streams.onQuestion?.('answered')
      }
    } finally {
      turn.end()
    }
  })
  turns.set(
    keyboard,
    answer.catch(() => undefined),
  )
  return answer
}

/** The keys of one question. No other code reads standard input while a person is asked. */
class Keys extends PassThrough {
  readonly isTTY = true
  isRaw = false
  readonly #left = new AbortController()

  constructor(private readonly keyboard: Keyboard) {
    super()
    // An editor of lines pauses its input when it closes, as at Ctrl-D, and also when the process comes back after Ctrl-Z.
    this.on('pause', () => setImmediate(() => (this.isRaw ? this.resume() : this.#left.abort())))
    this.on('end', () => this.#left.abort())
  }

  /** Aborts when no answer can come any more: the editor of lines was closed, or the terminal is gone. */
  get left(): AbortSignal {
    return this.#left.signal
  }

  setRawMode(on: boolean): this {
    this.isRaw = on
    try {
      this.keyboard.setRawMode?.(on)
    } catch {
      // The terminal is gone, and its end comes by itself.
    }
    return this
  }
}

/**
 * Empties a terminal at once, by a descriptor of its own that does not wait for keys: Node itself reads a terminal only between other
 * work.
 *
 * @returns whether it could.
 */
function emptied({ fd }: Keyboard, heard: (chunk: Buffer) => void): boolean {
  // Elsewhere such a file is the same descriptor once more, which waits.
  if (fd === undefined || process.platform !== 'linux') return false
  let own: number
  try {
    own = openSync(`/proc/self/fd/${fd}`, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY)
  } catch {
    // Another user’s terminal, as after `su`.
    return false
  }
  const chunk = Buffer.alloc(4096)
  try {
    // A flood has no end.
    for (let times = 0; times < 64; times += 1) heard(chunk.subarray(0, readSync(own, chunk)))
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EAGAIN'
  } finally {
    closeSync(own)
  }
}

/** One question’s own input and output; only `inTurn` can make one. */
class OneTurn {
  readonly input: Keys
  readonly output: Writable & { columns?: number | undefined; rows?: number | undefined; isTTY?: boolean | undefined }
  readonly #keyboard: Keyboard
  readonly #screen: Output
  /** The question is on the screen. */
  #asked = false
  /** All that was typed before it was asked is thrown away: what comes now is the answer. */
  #listens = false
  #heard: (chunk: Buffer) => void = () => undefined
  #ended = false

  constructor(keyboard: Keyboard, output: Output) {
    this.#keyboard = keyboard
    this.#screen = output
    this.input = new Keys(keyboard)
    const write = (chunk: Buffer, _encoding: unknown, done: () => void) => {
      const text = String(chunk)
      // What only moves or hides the cursor asks nothing.
      if (this.#asked || stripVTControlCharacters(text).trim() === '') {
        output.write(text)
        return done()
      }
      // What was typed while this process was busy waits in the terminal, and looks like an answer when it is read. Between
      // one round of immediates and the next Node reads all of it, so the question is written in one, and at the latest keys
      // count from the next. (Node writes to a terminal at once: then it is on the screen.)
      setImmediate(() => {
        if (this.output.destroyed) return
        const listen = () => {
          this.#listens = true
        }
        this.#asked = true
        setImmediate(listen)
        // That next round may come late on a busy machine, and the answer of a program that types is not to be lost. So the
        // terminal is emptied right before, and again only if meanwhile something held this up (Ctrl-S, another process).
        const began = performance.now()
        let empty = emptied(keyboard, this.#onData)
        output.write(text)
        if (performance.now() - began > longestWrite) empty = emptied(keyboard, this.#onData)
        if (empty) listen()
        done()
      })
    }
    this.output = Object.defineProperties(new Writable({ write }), {
      columns: { get: () => output.columns },
      rows: { get: () => output.rows },
      isTTY: { get: () => output.isTTY },
    })
    this.input.setRawMode(true)
    keyboard.on('data', this.#onData)
    for (const event of ends) keyboard.on(event, this.#onEnd)
    if (keyboard.readableEnded || keyboard.destroyed) this.#onEnd()
    keyboard.resume()
  }

  /** Throws away what was typed before, until nothing more comes. */
  async silence(): Promise<void> {
    const began = performance.now()
    let told = false
    let stop = false
    this.#heard = (chunk) => {
      stop ||= chunk.includes(ctrlC)
    }
    // If what waits there cannot be looked at, only listening tells.
    let quietFrom = emptied(this.#keyboard, this.#onData) ? (lastKeys.get(this.#keyboard) ?? 0) : began
    for (let listened = -1; listened < quietFrom; ) {
      const left = quietFrom + silence - performance.now()
      if (left > 0) await new Promise((done) => setTimeout(done, left))
      listened = quietFrom
      // Timers come before input: what waits in the terminal after a busy moment is read first.
      await new Promise((done) => setImmediate(() => setImmediate(done)))
      if (stop || this.#ended) throw interrupted()
      quietFrom = Math.max(quietFrom, lastKeys.get(this.#keyboard) ?? 0)
      if (quietFrom > listened && !told && performance.now() - began > longestNoise) {
        told = true
        this.#screen.write('fitout: waiting until no more keys arrive\n')
      }
    }
    this.#heard = () => undefined
  }

  end(): void {
    this.#keyboard.off('data', this.#onData)
    this.input.setRawMode(false)
    this.#keyboard.pause()
    this.input.destroy()
    this.output.destroy()
    for (const event of ends) this.#keyboard.off(event, this.#onEnd)
  }

  readonly #onData = (data: Buffer | string): void => {
    const chunk = typeof data === 'string' ? Buffer.from(data) : data
    lastKeys.set(this.#keyboard, performance.now())
    this.#heard(chunk)
    if (this.#ended || this.input.writableEnded || this.input.destroyed) return
    if (this.#listens) {
      if (this.input.readableLength + this.input.writableLength < mostWaiting) this.input.write(chunk)
    } else if (chunk.includes(ctrlC)) this.input.write(Buffer.from([ctrlC]))
  }

  readonly #onEnd = (): void => {
    this.#ended = true
    if (!this.input.writableEnded) this.input.end()
  }
}

export type Turn = OneTurn
