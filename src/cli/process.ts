import { run } from './run.js'
import type { Services } from './services.js'
import type { Output } from './streams.js'

/** Runs the command line in this process and ends it with the exit status, once everything that was written is out. */
export async function runProcess(args: readonly string[], output: Output, services?: Services): Promise<void> {
  process.exit(await output.end(await run(args, process, services)))
}
