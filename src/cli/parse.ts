import { Command as Commander, CommanderError, Option } from 'commander'
import { type FitoutError, usageError } from '../errors.js'
import { version } from '../version.js'
import type { Command, OptionMeta } from './command.js'
import { commandHelp, globalOptions, longFlag, programHelp } from './help/help.js'

/** What a command line asks for: an action, or a text such as help. */
export type Call =
  | { kind: 'text'; text: string; exitCode: number }
  | {
      kind: 'command'
      command: Command
      args: string[]
      options: Record<string, unknown>
      verbose: boolean
      colour: boolean
    }

/** The command that `fitout` alone is. */
const wizardName = 'wizard'

/**
 * Reads a command line.
 *
 * @throws FitoutError (64) for an unknown command or option and the like, with what was probably meant.
 */
export function parse(commands: readonly Command[], args: readonly string[], { width = 80 } = {}): Call {
  let text = ''
  let call: Call | undefined
  const program = configured(new Commander('fitout'), (piece) => {
    text += piece
  })
  program.helpInformation = () => programHelp(commands, width)
  program.helpCommand(false).version(version, '-V, --version')
  for (const option of globalOptions) if (longFlag(option) !== '--help') program.addOption(optionOf(option))
  for (const command of commands) {
    const sub = configured(program.command(command.name), (piece) => {
      text += piece
    })
    // Actions say better than the parser what one argument too many means.
    sub.allowExcessArguments(true)
    sub.helpInformation = () => commandHelp(command, width)
    for (const { syntax } of command.arguments) sub.argument(syntax)
    for (const option of command.options) sub.addOption(optionOf(option))
    sub.action(() => {
      const { verbose = false, color = true } = program.opts<{ verbose?: boolean; color?: boolean }>()
      call = { kind: 'command', command, args: sub.args, options: sub.opts(), verbose, colour: color }
    })
  }
  // Alone, with nothing but options, it is the wizard.
  const alone = args.every((arg) => arg.startsWith('-') && !/^(--help|--version|-V|-[a-z]*h[a-z]*)$/.test(arg))
  try {
    program.parse(alone ? [wizardName, ...args] : args, { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.exitCode === 0) return { kind: 'text', text, exitCode: 0 }
    throw explained(error, args, commands)
  }
  return call ?? { kind: 'text', text: program.helpInformation(), exitCode: 64 }
}

function configured(command: Commander, write: (text: string) => void): Commander {
  return command.exitOverride().configureOutput({ writeOut: write, writeErr: write, outputError: () => undefined })
}

function optionOf({ flags, description, repeats }: OptionMeta): Option {
  const option = new Option(flags, description)
  if (repeats) option.argParser((value: string, before: string[] | undefined) => [...(before ?? []), value])
  return option
}

function explained(error: CommanderError, args: readonly string[], commands: readonly Command[]): FitoutError {
  const [first = '', ...rest] = error.message.replace(/^error: /, '').split('\n')
  const cause = first.replaceAll("'", '`')
  const meant = /Did you mean (?:one of )?(.*?)\?/.exec(rest.join(' '))?.[1]
  const name = args.find((arg) => commands.some((command) => command.name === arg))
  const help = name === undefined ? '`fitout --help`' : `\`fitout ${name} --help\``
  if (error.code === 'commander.unknownCommand' && meant === undefined) {
    const word = /`(.*)`/.exec(cause)?.[1] ?? ''
    if (/[@.:]/.test(word)) return usageError(cause, `a host stands behind a command: \`fitout plan ${word}\``)
  }
  return usageError(cause, meant === undefined ? `see ${help}` : `did you mean \`${meant}\`? See ${help}`)
}
