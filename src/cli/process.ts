import { run } from './run.js'
import type { Services } from './services.js'
import { watchOutput } from './streams.js'

/** Runs the command line in this process and ends it with the exit status, once everything that was written is out. */
export async function runProcess(args: readonly string[], services?: Services): Promise<void> {
  const output = watchOutput(process)
  process.exit(await output.end(await run(args, process, services)))
}
