import { say } from '../ui/io.js'

interface Streams {
  stdout: NodeJS.WritableStream
  stderr: NodeJS.WritableStream
}

/**
 * Watches the output of this process: a disk that is full, a terminal that is gone or a reader that went away ends nothing that
 * is under way. What cannot be written is told once, in one line on standard error; a reader that went away
 * (`fitout plan | head -1`) has what it wanted, and nothing is said.
 */
export function watchOutput({ stdout, stderr }: Streams) {
  let lost = false
  let told = false
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') return
    lost = true
    if (told) return
    told = true
    say(stderr, `cannot write standard output: ${error.message}; the work continues`)
  })
  stderr.on('error', (error: NodeJS.ErrnoException) => {
    lost ||= error.code !== 'EPIPE'
  })
  return {
    /** Waits until all is written. @returns the exit status: a success whose output is not whole is a failure. */
    async end(exitCode: number): Promise<number> {
      await Promise.all([stdout, stderr].map((stream) => new Promise<void>((done) => stream.write('', () => done()))))
      // Errors are told a moment after the write.
      await new Promise((done) => setImmediate(done))
      return lost && [0, 2, 3].includes(exitCode) ? 1 : exitCode
    },
  }
}
