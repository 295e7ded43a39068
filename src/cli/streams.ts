interface Streams {
  stdout: NodeJS.WritableStream
  stderr: NodeJS.WritableStream
}

export type Output = ReturnType<typeof watchOutput>

/**
 * Watches the output of this process: a disk that is full, a terminal that is gone or a reader that went away ends nothing that
 * is under way. What cannot be written is told once, in one line on standard error; a reader that went away
 * (`fitout plan | head -1`) has what it wanted, and nothing is said.
 *
 * @param streams `stderr` is first asked for where something is written there: to open it takes a millisecond.
 */
export function watchOutput(streams: Streams, used: readonly (keyof Streams)[] = ['stdout', 'stderr']) {
  let lost = false
  let told: Promise<void> | undefined
  const onError = {
    stdout: (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') return
      lost = true
      // Loaded when there is something to tell: `fitout --version` waits for nothing that it does not need.
      told ??= import('../ui/io.js').then(({ say }) =>
        say(streams.stderr, `cannot write standard output: ${error.message}; the work continues`),
      )
    },
    stderr: (error: NodeJS.ErrnoException) => {
      lost ||= error.code !== 'EPIPE'
    },
  }
  for (const name of used) streams[name].on('error', onError[name])
  return {
    /** Waits until all is written. @returns the exit status: a success whose output is not whole is a failure. */
    async end(exitCode: number): Promise<number> {
      await Promise.all(used.map((name) => new Promise<void>((done) => streams[name].write('', () => done()))))
      // Errors are told a moment after the write.
      await new Promise((done) => setImmediate(done))
      await told
      return lost && [0, 2, 3].includes(exitCode) ? 1 : exitCode
    },
  }
}
