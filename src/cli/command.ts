import type { Paint } from '../text.js'
import type { Person } from '../ui/ask.js'
import type { Io } from '../ui/io.js'
import type { Services } from './services.js'

/** One option of a command, for the parser and for `--help`. */
export interface OptionMeta {
  /** `--only <recipes>`; a value in angle brackets is required. */
  flags: string
  description: string
  /** May be given several times; the action gets an array. */
  repeats?: boolean
}

/** What a command's action is given beside its arguments and options. */
export interface Context {
  io: Io
  services: Services
  /** The whole command line, without node and the script. */
  argv: readonly string[]
  /** `-v`: output of hosts, and stacks. */
  verbose: boolean
  /** Colours as wanted for each stream. */
  paint: { out: Paint; err: Paint }
  /** `false` with `--no-color`. */
  colour: boolean
}

/** A command as data and an action. Its file imports what is heavy only inside `run`. */
export interface Command<Options = never> {
  name: string
  /** One line in the list of commands. */
  summary: string
  /** A paragraph for the command's own help. */
  about?: string
  arguments: { syntax: string; description: string }[]
  options: OptionMeta[]
  examples: { line: string; does: string }[]
  /** @returns the exit status. */
  run(args: readonly string[], options: Options, context: Context): Promise<number>
}

/** Keeps the types of a command's options inside its file. */
export function command<Options>(definition: Command<Options>): Command {
  return definition as unknown as Command
}

export type { Person }
