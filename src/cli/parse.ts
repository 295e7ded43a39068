import { Command as Commander, CommanderError, Option } from 'commander'
import { type FitoutError, usageError } from '../errors.js'
import { version } from '../version.js'
import type { Command, OptionMeta } from './command.js'

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

const exitStatuses = `
Exit status:
  0  all is so          1  something failed        2  changes are pending
  3  a reboot is due    64 bad usage or input      130  interrupted`

/**
 * Reads a command line.
 *
 * @throws FitoutError (64) for an unknown command or option and the like, with what was probably meant.
 */
export function parse(
  commands: readonly Command[],
  args: readonly string[],
  { width = 80, interactive = true } = {},
): Call {
  let text = ''
  let call: Call | undefined
  const program = configured(new Commander('fitout'), width, (piece) => {
    text += piece
  })
  program
    .description('Fits machines out to run containers: installs Docker, configures it, and proves that it works.')
    .version(version, '-V, --version', 'print the version')
    .option('-v, --verbose', 'show what hosts print, and stacks of failures')
    .option('--no-color', 'no colours; NO_COLOR does the same')
    .helpOption('-h, --help', 'print this help')
    .addHelpText('after', `\nExamples:\n${examplesText(commands.flatMap(({ examples }) => examples.slice(0, 1)))}`)
    .addHelpText('after', exitStatuses)
  for (const command of commands) {
    const sub = configured(program.command(command.name), width, (piece) => {
      text += piece
    })
    // Actions say better than the parser what one argument too many means.
    sub.allowExcessArguments(true)
    sub.summary(command.summary).description(command.about ?? command.summary)
    for (const { syntax, description } of command.arguments) sub.argument(syntax, description)
    for (const option of command.options) sub.addOption(optionOf(option))
    sub.helpOption('-h, --help', 'print this help')
    sub.addHelpText('after', `\nExamples:\n${examplesText(command.examples)}`)
    sub.action(() => {
      const { verbose = false, color = true } = program.opts<{ verbose?: boolean; color?: boolean }>()
      call = { kind: 'command', command, args: sub.args, options: sub.opts(), verbose, colour: color }
    })
  }
  if (args.length === 0)
    return { kind: 'text', text: program.helpInformation() + afterHelp(commands), exitCode: interactive ? 0 : 64 }
  try {
    program.parse(args, { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.exitCode === 0) return { kind: 'text', text, exitCode: 0 }
    throw explained(error, args, commands)
  }
  return call ?? { kind: 'text', text: program.helpInformation(), exitCode: 64 }
}

function afterHelp(commands: readonly Command[]): string {
  return `\nExamples:\n${examplesText(commands.flatMap(({ examples }) => examples.slice(0, 1)))}\n${exitStatuses}\n`
}

function configured(command: Commander, width: number, write: (text: string) => void): Commander {
  return command
    .exitOverride()
    .configureOutput({ writeOut: write, writeErr: write, outputError: () => undefined, getOutHelpWidth: () => width })
    .configureHelp({ showGlobalOptions: true, subcommandTerm: (sub) => sub.name() })
}

function optionOf({ flags, description, repeats }: OptionMeta): Option {
  const option = new Option(flags, description)
  if (repeats) option.argParser((value: string, before: string[] | undefined) => [...(before ?? []), value])
  return option
}

function examplesText(examples: readonly { line: string; does: string }[]): string {
  return examples.map(({ line, does }) => `  ${line}\n      ${does}`).join('\n')
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
