import { quote } from '../shell/quote.js'

/**
 * The command of a session: `sh` reading its standard input, and on standard error one line before it begins and one with
 * its exit status after it. `ssh` itself exits with 255 for a lost connection as for a script that exits so, and waits
 * for daemons that keep the output open; these lines tell all that apart.
 */
export function markedShell(nonce: string): string {
  const command = `printf "\\n%s begin\\n" "$0" >&2; sh; printf "\\n%s %s\\n" "$0" "$?" >&2`
  return `sh -c ${quote(command)} ${nonce}`
}

/** Takes the marks of `markedShell` out of standard error as it comes. */
export class Marks {
  /** What came before the shell began: of `ssh` itself, of start-up files. */
  before = ''
  begun = false
  /** The exit status, once the line with it has come. */
  code: number | undefined
  #held: Buffer = Buffer.alloc(0)
  readonly #begin: Buffer
  readonly #end: Buffer

  constructor(nonce: string) {
    this.#begin = Buffer.from(`\n${nonce} begin\n`)
    this.#end = Buffer.from(`\n${nonce} `)
  }

  /** @returns what is certain to be the script's own. */
  add(bytes: Buffer): Buffer {
    let rest = this.#held.length > 0 ? Buffer.concat([this.#held, bytes]) : bytes
    this.#held = Buffer.alloc(0)
    if (!this.begun) {
      const at = rest.indexOf(this.#begin)
      if (at === -1) {
        const keep = Math.min(rest.length, this.#begin.length - 1)
        this.before = (this.before + rest.toString('utf8', 0, rest.length - keep)).slice(-65_536)
        this.#held = rest.subarray(rest.length - keep)
        return Buffer.alloc(0)
      }
      this.before += rest.toString('utf8', 0, at)
      this.begun = true
      rest = rest.subarray(at + this.#begin.length)
    }
    if (this.code !== undefined) return rest
    const at = rest.indexOf(this.#end)
    if (at === -1) {
      const keep = this.#overlap(rest)
      this.#held = rest.subarray(rest.length - keep)
      return rest.subarray(0, rest.length - keep)
    }
    const line = rest.indexOf('\n', at + this.#end.length)
    if (line === -1) {
      this.#held = rest.subarray(at)
      return rest.subarray(0, at)
    }
    this.code = Number(rest.toString('latin1', at + this.#end.length, line))
    return Buffer.concat([rest.subarray(0, at), rest.subarray(line + 1)])
  }

  /** What was held back because a mark might have begun with it; call it once, at the end. */
  end(): Buffer {
    const rest = this.#held
    this.#held = Buffer.alloc(0)
    if (this.begun) return rest
    this.before += rest.toString('utf8')
    return Buffer.alloc(0)
  }

  /** How many bytes at the end may be the beginning of the last mark. */
  #overlap(bytes: Buffer): number {
    for (let length = Math.min(bytes.length, this.#end.length - 1); length > 0; length -= 1) {
      if (bytes.subarray(bytes.length - length).equals(this.#end.subarray(0, length))) return length
    }
    return 0
  }
}
