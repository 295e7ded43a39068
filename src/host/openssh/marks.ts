import { quote } from '../../shell/quote.js'

/** Digits of a process or an exit status. */
const longestNumber = 10
/** How much is kept of what came before the shell, in bytes. */
const longestComplaint = 65_536

/**
 * The command of a session: `sh` reading its standard input, and on standard error one line with its process before it
 * begins and one with its exit status after it. `ssh` itself exits with 255 for a lost connection as for a script that
 * exits so, and waits for daemons that keep the output open; these lines tell all that apart.
 */
export function markedShell(nonce: string): string {
  const command = `printf "\\n%s begin %s\\n" "$0" "$$" >&2; sh; printf "\\n%s %s\\n" "$0" "$?" >&2`
  return `sh -c ${quote(command)} ${nonce}`
}

/** Takes the marks of `markedShell` out of standard error as it comes. */
export class Marks {
  begun = false
  /** The exit status, once the line with it has come. */
  code: number | undefined
  #before: Buffer = Buffer.alloc(0)
  #held: Buffer = Buffer.alloc(0)
  readonly #begin: Buffer
  readonly #end: Buffer

  constructor(nonce: string) {
    this.#begin = Buffer.from(`\n${nonce} begin `)
    this.#end = Buffer.from(`\n${nonce} `)
  }

  /** What came before the shell began: of `ssh` itself, of start-up files; at most its last 64 KiB. */
  get before(): string {
    return this.#before.toString('utf8')
  }

  /** @returns what is certain to be the script's own. */
  add(bytes: Buffer): Buffer {
    let rest = this.#held.length > 0 ? Buffer.concat([this.#held, bytes]) : bytes
    this.#held = Buffer.alloc(0)
    if (!this.begun) {
      const { before, number, after, held } = split(rest, this.#begin)
      this.#before = Buffer.concat([this.#before, before]).subarray(-longestComplaint)
      this.#held = held
      if (number === undefined) return Buffer.alloc(0)
      this.begun = true
      rest = after
    }
    if (this.code !== undefined) return rest
    const { before, number, after, held } = split(rest, this.#end)
    this.code = number
    this.#held = held
    return after.length > 0 ? Buffer.concat([before, after]) : before
  }

  /** What was held back because a mark might have begun with it; call it once, at the end. */
  end(): Buffer {
    const rest = this.#held
    this.#held = Buffer.alloc(0)
    if (this.begun) return rest
    this.#before = Buffer.concat([this.#before, rest])
    return Buffer.alloc(0)
  }
}

interface Split {
  before: Buffer
  /** What the mark says; `undefined` when there is none yet. */
  number: number | undefined
  after: Buffer
  /** The beginning of a mark, perhaps. */
  held: Buffer
}

/** Divides at the first line that is a mark: these words, a number, nothing else. */
function split(bytes: Buffer, mark: Buffer): Split {
  const none = Buffer.alloc(0)
  for (let from = 0; ; from += 1) {
    from = bytes.indexOf(mark, from)
    if (from === -1) break
    const rest = bytes.toString('latin1', from + mark.length, from + mark.length + longestNumber + 1)
    const digits = /^(\d*)\n/.exec(rest)?.[1]
    if (digits) {
      const after = bytes.subarray(from + mark.length + digits.length + 1)
      return { before: bytes.subarray(0, from), number: Number(digits), after, held: none }
    }
    if (from + mark.length + rest.length === bytes.length && /^\d*$/.test(rest) && rest.length <= longestNumber) {
      return { before: bytes.subarray(0, from), number: undefined, after: none, held: bytes.subarray(from) }
    }
  }
  const keep = overlap(bytes, mark)
  const at = bytes.length - keep
  return { before: bytes.subarray(0, at), number: undefined, after: none, held: bytes.subarray(at) }
}

/** How many bytes at the end may be the beginning of a mark. */
function overlap(bytes: Buffer, mark: Buffer): number {
  for (let length = Math.min(bytes.length, mark.length - 1); length > 0; length -= 1) {
    if (bytes.subarray(bytes.length - length).equals(mark.subarray(0, length))) return length
  }
  return 0
}
