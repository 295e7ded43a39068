/** What the follower on the host announces between pieces of the log. */
export type Announcement =
  | { kind: 'bytes'; count: number }
  | { kind: 'exit'; code: number }
  /** The machine restarted while the run was at work; the run did not end. */
  | { kind: 'rebooted' }
  /** The run's process is gone and left no exit status. */
  | { kind: 'killed' }
  | { kind: 'alive' }

/**
 * Takes the output of `follow.sh` apart into whole log lines and announcements, however it is cut into chunks, and keeps
 * count of the log's bytes, so that following can go on from the same byte after a lost connection.
 */
export class LogReader {
  /** Bytes of the log that have been received. */
  offset: number
  #frame = ''
  /** Received, and not yet known to be text or the beginning of an announcement. */
  #pending = ''
  #line = ''
  #inPiece = false
  /** Where in the log the piece that is being received ends, as announced: what is not UTF-8 cannot be counted here. */
  #pieceEnd = 0
  readonly #onLine: (line: string) => void
  readonly #onEnd: (announcement: Announcement) => void

  constructor(onLine: (line: string) => void, onEnd: (announcement: Announcement) => void, offset = 0) {
    this.#onLine = onLine
    this.#onEnd = onEnd
    this.offset = offset
  }

  /** Begins to read a new follower's output, whose announcements carry `frame`. */
  begin(frame: string): void {
    this.#frame = frame
    this.#pending = ''
    this.#inPiece = false
  }

  push(text: string): void {
    this.#pending += text
    const marker = `\n${this.#frame} `
    for (;;) {
      const at = this.#pending.indexOf(marker)
      if (at === -1) break
      const end = this.#pending.indexOf('\n', at + marker.length)
      if (end === -1) break
      this.#take(this.#pending.slice(0, at))
      const [kind, value] = this.#pending.slice(at + marker.length, end).split(' ')
      this.#pending = this.#pending.slice(end + 1)
      this.#announce(kind ?? '', Number(value))
    }
    // Everything before a possible beginning of a marker is text.
    const newline = this.#pending.lastIndexOf('\n')
    const safe =
      newline !== -1 && marker.startsWith(this.#pending.slice(newline, newline + marker.length))
        ? newline
        : this.#pending.length
    const open = this.#pending.indexOf(marker)
    const until = open === -1 ? safe : Math.min(safe, open)
    this.#take(this.#pending.slice(0, until))
    this.#pending = this.#pending.slice(until)
  }

  #announce(kind: string, value: number): void {
    if (this.#inPiece) this.offset = this.#pieceEnd
    if (kind === 'bytes') {
      this.#inPiece = true
      this.#pieceEnd = this.offset + value
    } else {
      this.#inPiece = false
      if (kind !== 'alive' && this.#line !== '') {
        this.#onLine(this.#line)
        this.#line = ''
      }
      if (kind === 'exit') this.#onEnd({ kind, code: value })
      else if (kind === 'rebooted' || kind === 'killed' || kind === 'alive') this.#onEnd({ kind })
    }
  }

  #take(text: string): void {
    // Before the first announcement stands only what a login shell's start-up files said.
    if (!this.#inPiece || text === '') return
    this.offset = Math.min(this.offset + Buffer.byteLength(text), this.#pieceEnd)
    const lines = (this.#line + text).split('\n')
    this.#line = lines.pop() ?? ''
    for (const line of lines) this.#onLine(line)
  }
}
