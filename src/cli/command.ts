import type { Redactor } from '../redact.js'
import type { Paint } from '../text.js'
import type { Io } from '../ui/io.js'
import type { Services } from './services.js'

/** One option of a command, for the parser and for `--help`. */
export interface OptionMeta {
  /** `--only <recipes>`; a value in angle brackets is required. */
  flags: string
  description: string
  /** The same in a few words, where the description is too long for a line of `--help`. */
  brief?: string
  /** May be given several times; the action gets an array. */
  repeats?: boolean
  /** Options of one topic are the same in many commands; `--help` gives them one line, the manual one section. */
  topic?: Topic
  /** The words that it takes, for completion. */
  values?: readonly string[]
  /** What its value names, for completion. */
  completes?: Completes
}

/** What a value or an argument names. */
export type Completes = 'recipe' | 'recipes' | 'setting' | 'hosts' | 'run' | 'command' | 'file'

/** Topics in the order in which help lists them. */
export const topics = ['Files', 'SSH', 'Pace', 'Output'] as const
type Topic = (typeof topics)[number]

/** Options of one topic. */
export function inTopic(topic: Topic, options: readonly OptionMeta[]): OptionMeta[] {
  return options.map((option) => ({ ...option, topic }))
}

/** An argument of a command: `[targets...]`. */
export interface ArgumentMeta {
  syntax: string
  description: string
  /** As that of an option. */
  brief?: string
  values?: readonly string[]
  completes?: Completes
}

/** What a command's action is given beside its arguments and options. */
export interface Context {
  io: Io
  /** Values that nobody may see, as far as they are known. What hosts say is shown without them: by `lookAtEach` and by screens. */
  secrets: Redactor
  services: Services
  /** Every command, for the help of all of them. */
  commands: readonly Command[]
  /** The whole command line, without node and the script. */
  argv: readonly string[]
  /** `-v`: output of hosts, and stacks. */
  verbose: boolean
  /** Colours as wanted for each stream. */
  paint: { out: Paint; err: Paint }
}

/** A command as data and an action. Its file imports what is heavy only inside `run`. */
export interface Command<Options = never> {
  name: string
  /** One line in the list of commands. */
  summary: string
  /** A paragraph for the command's own help. */
  about?: string
  arguments: ArgumentMeta[]
  options: OptionMeta[]
  examples: { line: string; does: string }[]
  /** @returns the exit status. */
  run(args: readonly string[], options: Options, context: Context): Promise<number>
}

/** Keeps the types of a command's options inside its file. */
export function command<Options>(definition: Command<Options>): Command {
  return definition as unknown as Command
}
