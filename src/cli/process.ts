import { run } from './run.js'

/** Runs the command line in this process and ends it with the exit status, once everything that was written is out. */
export async function runProcess(args: readonly string[]): Promise<void> {
  for (const stream of [process.stdout, process.stderr]) {
    // A reader that went away (`fitout plan | head -1`) is no failure; what is left to write is dropped.
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
    })
  }
  const exitCode = await run(args, process)
  process.exitCode = exitCode
  await Promise.all([process.stdout, process.stderr].map((stream) => new Promise((done) => stream.write('', done))))
  process.exit(exitCode)
}
