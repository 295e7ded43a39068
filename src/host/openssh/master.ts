import { execFile } from 'node:child_process'
import { connect, type Socket } from 'node:net'
import { Carrier } from '../connection/sessions.js'
import { startingTurn } from '../connection/slots.js'

/** How long a master may take to say goodbye, in milliseconds. */
const goodbye = 1_000

/**
 * A master that `ssh` left in the background, held by a connection to its control socket for as long as this process
 * lives: while it is held the master does not end by its ControlPersist, when this process is killed it does, and when
 * the master ends, the connection tells at once.
 */
export class Master extends Carrier {
  private constructor(
    private readonly program: string,
    private readonly path: string,
    private readonly socket: Socket,
  ) {
    super()
    socket.on('error', () => {})
    socket.once('close', () => this.tellEnd())
    socket.resume() // Its greeting is of no interest.
    socket.unref()
  }

  /** @throws the error of the socket when no master answers there. */
  static async hold(program: string, path: string): Promise<Master> {
    const socket = connect(path)
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve)
      socket.once('error', reject)
    })
    return new Master(program, path, socket)
  }

  async close(): Promise<void> {
    await startingTurn()
    if (this.ended) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, goodbye)
      this.onEnd(() => {
        clearTimeout(timer)
        resolve()
      })
      const args = ['-F', 'none', '-S', this.path, '-O', 'exit', 'fitout']
      execFile(this.program, args, { timeout: goodbye, windowsHide: true }, () => {})
    })
    // One that did not answer ends by itself once nobody holds it.
    this.socket.destroy()
  }
}
