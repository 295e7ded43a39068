/** What the follower on the host announces beside pieces of the log. */
export type Announcement =
  | { kind: 'exit'; code: number }
  /** The machine restarted while the run was at work; the run did not end. */
  | { kind: 'rebooted' }
  /** The run's process is gone and left no exit status. */
  | { kind: 'killed' }
  | { kind: 'alive' }
  /** What came is nothing that a follower says; nothing behind it is read. */
  | { kind: 'nonsense' }

/** A longer line of the log is cut, in characters: nobody reads it to its end, and it might have none. */
const longestLine = 16 * 1024
/** A follower that announces more goes round in circles: five a second for a day are not half as many. */
const mostAnnouncements = 1_000_000
/** No announcement is longer, in characters. */
const longestAnnouncement = 32

/**
 * Takes the output of `follow.sh` apart into whole log lines and announcements, however it is cut into chunks, and keeps
 * count of the log's bytes, so that following can go on from the same byte after a lost connection. Whatever comes, it holds
 * a line at most.
 */
export class LogReader {
  /** Bytes of the log that have been received. */
  offset = 0
  #frame = ''
  /** Received, and not yet known to be text or the beginning of an announcement. */
  #pending = ''
  #line = ''
  /** The line is a long one, of which the beginning is told already. */
  #cut = false
  #inPiece = false
  /** Where in the log the piece that is being received ends, as announced: what is not UTF-8 cannot be counted here. */
  #pieceEnd = 0
  #ended = false
  #announced = 0

  constructor(
    private readonly onLine: (line: string) => void,
    private readonly onEnd: (announcement: Announcement) => void,
  ) {}

  /** Begins to read a new follower's output, whose announcements carry `frame`. */
  begin(frame: string): void {
    this.#frame = frame
    this.#pending = ''
    this.#inPiece = false
  }

  push(text: string): void {
    if (this.#ended) return
    this.#pending += text
    const marker = `\n${this.#frame} `
    for (;;) {
      const at = this.#pending.indexOf(marker)
      if (at === -1) break
      const end = this.#pending.indexOf('\n', at + marker.length)
      if (end === -1) {
        if (this.#pending.length - at - marker.length > longestAnnouncement) this.#nonsense()
        break
      }
      this.#take(this.#pending.slice(0, at))
      const words = this.#pending.slice(at + marker.length, end)
      this.#pending = this.#pending.slice(end + 1)
      this.#announce(words)
      if (this.#ended) return
    }
    // Everything before a possible beginning of a marker is text, and so is what the piece has room for: a line that is followed by
    // nothing for minutes is told at once. (What is not UTF-8 counts for more than it was, never for less.)
    const newline = this.#pending.lastIndexOf('\n')
    const isText = this.#inPiece && Buffer.byteLength(this.#pending) <= this.#pieceEnd - this.offset
    const safe =
      newline !== -1 && !isText && marker.startsWith(this.#pending.slice(newline, newline + marker.length))
        ? newline
        : this.#pending.length
    const open = this.#pending.indexOf(marker)
    const until = open === -1 ? safe : Math.min(safe, open)
    this.#take(this.#pending.slice(0, until))
    this.#pending = this.#pending.slice(until)
  }

  #announce(words: string): void {
    const [, kind, value] = /^(bytes|exit|rebooted|killed|alive)(?: (\d{1,15}))?$/.exec(words) ?? []
    const number = Number(value)
    const numbered = kind === 'bytes' || kind === 'exit'
    if (
      ++this.#announced > mostAnnouncements ||
      kind === undefined ||
      numbered !== (value !== undefined) ||
      (kind === 'exit' && number > 255)
    ) {
      this.#nonsense()
      return
    }
    if (this.#inPiece) this.offset = this.#pieceEnd
    if (kind === 'bytes') {
      this.#inPiece = true
      this.#pieceEnd = this.offset + number
      return
    }
    this.#inPiece = false
    if (kind !== 'alive') {
      this.#ended = true
      if (this.#line !== '' && !this.#cut) this.onLine(this.#line)
      this.#line = ''
    }
    this.onEnd(kind === 'exit' ? { kind, code: number } : { kind: kind as 'alive' })
  }

  #nonsense(): void {
    this.#ended = true
    this.#pending = ''
    this.#line = ''
    this.onEnd({ kind: 'nonsense' })
  }

  #take(text: string): void {
    // Before the first announcement stands only what a login shell's start-up files said.
    if (!this.#inPiece || text === '') return
    this.offset = Math.min(this.offset + Buffer.byteLength(text), this.#pieceEnd)
    const lines = (this.#line + text).split('\n')
    this.#line = lines.pop() ?? ''
    for (const line of lines) {
      if (!this.#cut) this.onLine(cutLine(line))
      this.#cut = false
    }
    if (this.#line.length > longestLine) {
      if (!this.#cut) this.onLine(cutLine(this.#line))
      this.#cut = true
      this.#line = ''
    }
  }
}

function cutLine(line: string): string {
  return line.length > longestLine ? `${line.slice(0, longestLine)} …` : line
}
