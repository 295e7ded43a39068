import { type ChildProcess, spawn } from 'node:child_process'
import { newNonce } from '../../shell/nonce.js'
import { Marks, markedShell } from './marks.js'

/** How sessions are started on a login that stands. */
export interface SessionWay {
  program: string
  /** Everything before the command that the host runs. */
  args: readonly string[]
  env: NodeJS.ProcessEnv
}

/** How much is kept of what a session says before anybody listens, in bytes. */
const mostKept = 1024 * 1024

/** Output of one session; what it says before anybody listens is kept. */
type Listener = { bytes(stream: 'stdout' | 'stderr', bytes: Buffer): void; exit(): void; closed(): void }

/** One `ssh` that runs `sh` on the host. */
export class Session {
  closed = false
  status: number | null = null
  readonly child: ChildProcess
  readonly marks: Marks
  readonly #kept: ['stdout' | 'stderr', Buffer][] = []
  #keptBytes = 0
  #listener: Listener | undefined

  constructor(way: SessionWay) {
    const nonce = newNonce()
    this.marks = new Marks(nonce)
    // Apart from the terminal: neither its Ctrl-C nor its input is for this.
    this.child = spawn(way.program, [...way.args, markedShell(nonce)], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: way.env,
      detached: process.platform !== 'win32',
      windowsHide: true,
    })
    this.child.stdin?.on('error', () => {}) // A shell that ended early reads no further; its status tells.
    this.child.stdout?.on('data', (bytes: Buffer) => this.#give('stdout', bytes))
    this.child.stderr?.on('data', (bytes: Buffer) => {
      const known = this.marks.code !== undefined
      this.#give('stderr', this.marks.add(bytes))
      if (!known && this.marks.code !== undefined) this.#listener?.exit()
    })
    this.child.on('error', (error) => {
      this.marks.add(Buffer.from(error.message))
      this.#close()
    })
    this.child.on('close', (status) => {
      this.status = status
      this.#close()
    })
  }

  listen(listener: Listener): void {
    this.#listener = listener
    for (const [stream, bytes] of this.#kept.splice(0)) listener.bytes(stream, bytes)
    if (this.marks.code !== undefined) listener.exit()
    if (this.closed) setImmediate(() => listener.closed())
  }

  /** Ends `ssh`, and with its input what the session runs on the host. */
  end(): void {
    this.#listener = undefined
    for (const stream of [this.child.stdin, this.child.stdout, this.child.stderr]) stream?.destroy()
    if (!this.closed) this.child.kill('SIGTERM')
  }

  /** What `ssh` said last before a shell began. */
  get complaint(): string {
    const lines = this.marks.before.split(/\r?\n/)
    return lines.findLast((line) => line.trim() !== '') ?? 'it ended without a word'
  }

  #give(stream: 'stdout' | 'stderr', bytes: Buffer): void {
    if (bytes.length === 0) return
    if (this.#listener) this.#listener.bytes(stream, bytes)
    else {
      this.#kept.push([stream, bytes])
      this.#keptBytes += bytes.length
      // Nothing was asked yet: a host that talks on and on is no use.
      if (this.#keptBytes > mostKept) {
        this.end()
        this.#kept.length = 0
        this.closed = true
      }
    }
  }

  #close(): void {
    if (this.closed) return
    this.closed = true
    this.#give('stderr', this.marks.end())
    this.#listener?.closed()
  }
}
