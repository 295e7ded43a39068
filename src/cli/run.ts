import { FitoutError } from '../errors.js'
import { Redactor } from '../redact.js'
import { paintFor } from '../ui/colour.js'
import { showError } from '../ui/errors.js'
import { errorWidthOf, type Io, widthOf, writeLines } from '../ui/io.js'
import type { Context } from './command.js'
import { commands } from './commands/index.js'
import { parse } from './parse.js'
import { services as ours, type Services } from './services.js'

/**
 * Runs one command line.
 *
 * @param args without node and the script.
 * @returns the exit status; every failure was already shown on standard error.
 */
export async function run(args: readonly string[], io: Io, services: Services = ours): Promise<number> {
  const secrets = new Redactor()
  // Before the options are read, nobody knows whether they are sound; colour and detail are wanted for that failure too.
  let colour = !args.includes('--no-color')
  let verbose = args.some((arg) => arg === '--verbose' || /^-[a-zA-Z]*v/.test(arg))
  try {
    const call = parse(commands, args, { width: widthOf(io.stdout) })
    if (call.kind === 'text') {
      ;(call.exitCode === 0 ? io.stdout : io.stderr).write(call.text)
      return call.exitCode
    }
    colour = call.colour
    verbose = call.verbose
    const paint = { out: paintFor(io.stdout, io.env, colour), err: paintFor(io.stderr, io.env, colour) }
    const context: Context = { io, secrets, services, commands, argv: args, verbose, paint }
    return await call.command.run(call.args, call.options as never, context)
  } catch (error) {
    const paint = paintFor(io.stderr, io.env, colour)
    writeLines(io.stderr, showError(secrets.in(error), { paint, verbose, width: errorWidthOf(io.stderr) }))
    return error instanceof FitoutError ? error.exitCode : 1
  }
}
