import type { Recipe } from '../../recipe/recipe.js'
import { wrap } from '../../text.js'
import { version } from '../../version.js'
import { type Command, type OptionMeta, topics } from '../command.js'
import {
  aboutOf,
  capitalised,
  exitStatuses,
  globalOptions,
  longFlag,
  meaningOf,
  optionsOf,
  purpose,
  topicTitles,
  usageOf,
  versionOption,
} from './help.js'

/** Variables of the environment that fitout heeds. */
const environment: readonly (readonly [string, string])[] = [
  ['FITOUT_FLEET', 'the fleet file, where `--fleet` names none'],
  ['NO_COLOR', 'set to anything: no colours. FORCE_COLOR: colours also where no terminal is'],
  ['XDG_STATE_HOME', 'where runs are recorded, in `fitout/runs`; by default ~/.local/state'],
  ['FITOUT_PLAIN', '`1`: questions in plain lines, for screen readers'],
  ['SSH_AUTH_SOCK', 'the agent that is asked for keys'],
]

const files: readonly (readonly [string, string])[] = [
  ['./fitout.yaml', 'hosts, groups and their settings; `fitout init` writes one to begin with'],
  ['~/.ssh/config, ~/.ssh/known_hosts', 'how hosts are reached, and the keys that they have'],
  ['~/.local/state/fitout/runs', 'a record of every apply and verify; `fitout report` reads it'],
  [
    '/var/lib/fitout/runs',
    'on a host that was fitted out: root’s, each run with its script, log, journal and copies of what it replaced',
  ],
]

/**
 * The manual page, in the man(7) macros, from the same table as `--help`.
 *
 * @param recipes those that fitout brings.
 * @param date of the page, as 2026-11-01.
 */
export function manPage(commands: readonly Command[], recipes: readonly Recipe[], date: string): string {
  const shared = topics.flatMap((topic) => {
    const options = commands.flatMap((command) => optionsOf(command, topic))
    // The same options in many commands; where one words it otherwise, its own section says so.
    const once = [...new Map(options.map((option) => [option.flags, option])).values()]
    return once.length === 0 ? [] : [`.SS ${text(topicTitles[topic])}`, ...once.flatMap(optionLines)]
  })
  return `${[
    `.TH FITOUT 1 "${date}" "fitout ${version}" "User Commands"`,
    '.SH NAME',
    'fitout \\- fit machines out to run containers and GPU work',
    '.SH SYNOPSIS',
    '.B fitout',
    '.RI [ options ]',
    '.I command',
    '.RI [ arguments ]',
    '.SH DESCRIPTION',
    text(purpose),
    text(
      'On this machine or over SSH, on one or on many side by side. `fitout plan` shows what would change and changes nothing; ' +
        '`fitout apply` makes it so, looks again until nothing is left to change, and proves it by running containers as the person who will.',
    ),
    '.SH COMMANDS',
    ...commands.flatMap(commandLines),
    '.SH OPTIONS',
    'These hold for every command.',
    ...[...globalOptions, versionOption].flatMap(optionLines),
    ...shared,
    '.SH RECIPES',
    text('What there is to choose from; `fitout recipes NAME` documents one and its options.'),
    ...recipes.flatMap(({ name, title }) => item(bold(name), title)),
    '.SH EXIT STATUS',
    ...exitStatuses.flatMap(([code, meaning]) => item(bold(String(code)), meaning)),
    '.SH ENVIRONMENT',
    ...environment.flatMap(([name, meaning]) => item(bold(name), meaning)),
    '.SH FILES',
    ...files.flatMap(([name, meaning]) => item(`\\fI${escaped(name)}\\fR`, meaning)),
    '.SH SEE ALSO',
    '.BR ssh (1),',
    '.BR ssh_config (5),',
    '.BR docker (1)',
  ].join('\n')}\n`
}

/** The day of a page that is made now, or the one that a reproducible build asks for. */
export function pageDate({ SOURCE_DATE_EPOCH: wanted }: Record<string, string | undefined>): string {
  const date = wanted && /^\d{1,11}$/.test(wanted) ? new Date(Number(wanted) * 1000) : new Date()
  return date.toISOString().slice(0, 10)
}

function commandLines(command: Command): string[] {
  const besides = topics.map((topic) => optionsOf(command, topic)).filter((options) => options.length > 0)
  const flags = besides.map((options) => options.map(longFlag).join(', '))
  return [
    `.SS ${text(usageOf(command))}`,
    text(aboutOf(command)),
    ...command.arguments.flatMap(({ syntax, description }) => item(`\\fI${escaped(syntax)}\\fR`, description)),
    ...optionsOf(command).flatMap(optionLines),
    ...(flags.length === 0 ? [] : ['.PP', text(`Also ${flags.join('; ')}: see OPTIONS.`)]),
    ...command.examples.flatMap(({ line, does }) => [
      '.PP',
      text(`${capitalised(does)}:`),
      '.PP',
      '.in +4n',
      '.nf',
      escaped(line),
      '.fi',
      '.in',
    ]),
  ]
}

function optionLines(option: OptionMeta): string[] {
  const term = escaped(option.flags).replace(/<([^>]+)>/g, '\\fI$1\\fB')
  return item(`\\fB${term}\\fR`, meaningOf(option))
}

function item(term: string, meaning: string): string[] {
  return ['.TP', term, text(meaning)]
}

function bold(word: string): string {
  return `\\fB${escaped(word)}\\fR`
}

/** Prose as roff wants it, code between backquotes in bold, in lines that an editor shows. */
function text(prose: string): string {
  return wrap(escaped(prose).replace(/`([^`]*)`/g, '\\fB$1\\fR'), 78)
    .map(unmistaken)
    .join('\n')
}

/** A line must not begin with one of roff's control characters. */
function unmistaken(line: string): string {
  return /^[.']/.test(line) ? `\\&${line}` : line
}

const characters: Readonly<Record<string, string>> = {
  '\\': '\\e',
  '-': '\\-',
  '’': '\\(cq',
  "'": '\\(aq',
  '“': '\\(lq',
  '”': '\\(rq',
  '–': '\\(en',
  '…': '...',
  '~': '\\(ti',
  '^': '\\(ha',
}

/** Every dash is one that can be copied: most stand in options and names. */
function escaped(plain: string): string {
  return unmistaken(plain.replace(/[\\\-’'“”–…~^]/g, (character) => characters[character] ?? character))
}
