import { hanging, wrap } from '../../text.js'
import { type Command, type OptionMeta, topics } from '../command.js'

/** A screen: what `--help` has to fit into. */
export const screenLines = 24

/** What fitout is, in a sentence. */
export const purpose = 'Fits machines out to run containers: installs Docker, configures it, and proves that it works.'

/** Options of every command. `--version` is fitout’s own. */
export const globalOptions: readonly OptionMeta[] = [
  { flags: '-v, --verbose', description: 'show what hosts print, and stacks of failures' },
  { flags: '--no-color', description: 'no colours; NO_COLOR does the same' },
  { flags: '-h, --help', description: 'print this help' },
]
export const versionOption: OptionMeta = { flags: '-V, --version', description: 'print the version' }

export const exitStatuses: readonly (readonly [number, string])[] = [
  [0, 'all is so'],
  [1, 'something failed'],
  [2, 'changes are pending, or warnings'],
  [3, 'a reboot is due'],
  [64, 'bad usage or input'],
  [130, 'interrupted'],
]

/** What each topic is about, as a heading of the full help and of the manual. */
export const topicTitles = {
  Files: 'Files that name hosts and recipes',
  SSH: 'How hosts are reached over SSH',
  Pace: 'How a fleet is gone through',
  Output: 'What is printed and kept',
} as const satisfies Record<(typeof topics)[number], string>

/** `--only` of `--only <recipes>`, `--yes` of `-y, --yes`. */
export function longFlag({ flags }: OptionMeta): string {
  return /--[a-z-]+/.exec(flags)?.[0] ?? flags
}

/** Options of a topic of those that are the same in many commands, or without one a command’s own. */
export function optionsOf({ options }: Command, topic?: (typeof topics)[number]): OptionMeta[] {
  return options.filter((option) => option.topic === topic)
}

/** `fitout --help`: a screen. */
export function programHelp(commands: readonly Command[], width = 80): string {
  return textOf([
    ...programHead(width),
    ...commandRows(commands, width),
    '',
    ...hanging('Options: ', [...globalOptions, versionOption].map(({ flags }) => flags).join(', '), width),
    ...wrap('More: `fitout COMMAND --help`, `fitout help COMMAND`, `fitout help`.', width),
  ])
}

/** `fitout help`: with examples and exit statuses. */
export function fullProgramHelp(commands: readonly Command[], width = 80): string {
  return textOf([
    ...programHead(width),
    'Commands:',
    ...commandRows(commands, width),
    '',
    'Options:',
    ...optionRows([...globalOptions, versionOption], width),
    '',
    'Examples:',
    ...commands.flatMap(({ examples }) => examples.slice(0, 1).flatMap((example) => exampleLines(example, width))),
    '',
    'Exit status:',
    ...rows(
      exitStatuses.map(([code, meaning]) => [String(code), meaning]),
      width,
    ),
    '',
    ...wrap('`fitout help COMMAND` has every option of a command, `man fitout` all of it.', width),
  ])
}

function programHead(width: number): string[] {
  return ['Usage: fitout [options] <command>', '', ...wrap(purpose, width), '']
}

function commandRows(commands: readonly Command[], width: number): string[] {
  const terms = commands.map(({ name, summary }) => [name, summary] as const)
  return rows(terms, width)
}

/**
 * `fitout COMMAND --help`: what people use most, in a screen. Options that are the same in many commands share a line, and there
 * are as many examples as fit.
 */
export function commandHelp(command: Command, width = 80): string {
  const { name, examples } = command
  const terms = [
    ...command.arguments.map(({ syntax, brief, description }) => [plain(syntax), brief ?? description] as const),
    ...optionsOf(command).map(({ flags, brief, description }) => [flags, brief ?? description] as const),
  ]
  const shared = topics.flatMap((topic) => {
    const flags = optionsOf(command, topic).map(longFlag)
    return flags.length === 0 ? [] : hanging(`  ${`${topic}:`.padEnd(8)}`, flags.join(', '), width)
  })
  const lines = [...commandHead(command, width), '', ...rows(terms, width), ...shared, '']
  const end = wrap(`\`fitout help ${name}\` explains every option.`, width)
  let room = screenLines - lines.length - end.length
  for (const example of examples) {
    const shown = exampleLines(example, width)
    if (shown.length > room) break
    room -= shown.length
    lines.push(...shown)
  }
  return textOf([...lines, ...end])
}

/** `fitout help COMMAND`: everything. */
export function fullCommandHelp(command: Command, width = 80): string {
  const section = (title: string, lines: readonly string[]) => (lines.length === 0 ? [] : ['', `${title}:`, ...lines])
  const terms = command.arguments.map(({ syntax, description }) => [plain(syntax), description] as const)
  const examples = command.examples.flatMap((example) => exampleLines(example, width))
  return textOf([
    ...commandHead(command, width),
    ...section('Arguments', rows(terms, width)),
    ...section('Options', optionRows(optionsOf(command), width)),
    ...topics.flatMap((topic) => section(topicTitles[topic], optionRows(optionsOf(command, topic), width))),
    ...section('Options of every command', optionRows(globalOptions, width)),
    ...section('Examples', examples),
  ])
}

function commandHead(command: Command, width: number): string[] {
  return [`Usage: ${usageOf(command)}`, '', ...wrap(aboutOf(command), width)]
}

/** `fitout apply [options] [targets...]` */
export function usageOf(command: Command): string {
  return ['fitout', command.name, '[options]', ...command.arguments.map(({ syntax }) => syntax)].join(' ')
}

/** A paragraph for a command. */
export function aboutOf({ about, summary }: Command): string {
  return about ?? `${capitalised(summary)}.`
}

export function capitalised(text: string): string {
  return `${text[0]?.toUpperCase()}${text.slice(1)}`
}

/** What an option is, in full. */
export function meaningOf({ description, repeats }: OptionMeta): string {
  return repeats ? `${description}; may be given several times` : description
}

/** `targets` of `[targets...]`. */
function plain(syntax: string): string {
  return syntax.replace(/[[\]<>]|\.\.\./g, '')
}

function exampleLines({ line, does }: { line: string; does: string }, width: number): string[] {
  const together = `  ${line}  # ${does}`
  return together.length <= width ? [together] : [`  ${line}`, ...hanging('      # ', does, width)]
}

function optionRows(options: readonly OptionMeta[], width: number): string[] {
  const terms = options.map((option) => [option.flags, meaningOf(option)] as const)
  return rows(terms, width)
}

/** Terms and what they mean, in two columns. */
function rows(terms: readonly (readonly [string, string])[], width: number): string[] {
  const column = Math.max(0, ...terms.map(([term]) => term.length)) + 4
  return terms.flatMap(([term, meaning]) => hanging(`  ${term}`.padEnd(column), meaning, width))
}

function textOf(lines: readonly string[]): string {
  return `${lines.join('\n')}\n`
}
