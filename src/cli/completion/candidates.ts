import type { ArgumentMeta, Command, Completes, OptionMeta } from '../command.js'
import { globalOptions, longFlag, versionOption } from '../help/help.js'
import type { RecipeWords } from './recipe-words.js'

/** A word that may stand where the cursor is. */
export interface Candidate {
  word: string
  about?: string | undefined
  /** More has to follow: no space behind it. */
  open?: boolean | undefined
}

/** What may stand there; `files`: the shell knows better. */
export interface Candidates {
  words: Candidate[]
  files?: boolean | undefined
}

/** Where words come from; each is asked only when it is needed. None of them uses the network. */
export interface Sources {
  recipes(): Promise<readonly RecipeWords[]>
  /** Hosts and groups, for the options that were given so far. */
  hosts(given: ReadonlyMap<string, string>): Promise<readonly Candidate[]>
  /** Names of recorded runs, the last first. */
  runs(): Promise<readonly string[]>
}

/**
 * What may stand where the cursor is.
 *
 * @param before the words in front of it, without the program’s.
 * @param current the beginning of the word that is being typed.
 */
export async function candidatesFor(
  commands: readonly Command[],
  before: readonly string[],
  current: string,
  sources: Sources,
): Promise<Candidates> {
  const line = read(commands, before)
  const { command, given, awaiting, onlyArguments } = line
  const options = [...(command?.options ?? []), ...globalOptions, ...(command === undefined ? [versionOption] : [])]
  if (awaiting !== undefined) return starting(await valuesOf(awaiting, current, commands, given, sources), current)
  const [, flag, value] = /^(--[a-z-]+)=(.*)$/s.exec(current) ?? []
  if (flag !== undefined && value !== undefined && !onlyArguments) {
    const option = options.find((one) => longFlag(one) === flag)
    const found = await valuesOf(option ?? {}, value, commands, given, sources)
    return starting({ ...found, words: found.words.map((one) => ({ ...one, word: `${flag}=${one.word}` })) }, current)
  }
  if (current.startsWith('-') && !onlyArguments) {
    const words = options
      .filter((option) => option.repeats || !given.has(longFlag(option)))
      .map((option) => ({ word: longFlag(option), about: option.brief ?? option.description }))
    return starting({ words }, current)
  }
  if (command === undefined) {
    return starting({ words: commandWords(commands) }, current)
  }
  const argument = command.arguments[line.args] ?? command.arguments.findLast(({ syntax }) => syntax.includes('...'))
  return starting(await valuesOf(argument ?? {}, current, commands, given, sources), current)
}

interface Line {
  command: Command | undefined
  /** Arguments of the command so far. */
  args: number
  /** Options so far, each with its last value. */
  given: Map<string, string>
  /** The option whose value comes next. */
  awaiting: OptionMeta | undefined
  /** Behind `--`. */
  onlyArguments: boolean
}

function read(commands: readonly Command[], words: readonly string[]): Line {
  const line: Line = { command: undefined, args: 0, given: new Map(), awaiting: undefined, onlyArguments: false }
  for (const word of words) {
    if (line.awaiting !== undefined) {
      line.given.set(longFlag(line.awaiting), word)
      line.awaiting = undefined
    } else if (word === '--') line.onlyArguments = true
    else if (word.startsWith('-') && !line.onlyArguments) {
      const [flag = '', ...value] = word.split('=')
      const options = [...(line.command?.options ?? []), ...globalOptions]
      const option = options.find((one) => one.flags.split(/[ ,]+/).includes(flag))
      if (option === undefined) continue
      line.given.set(longFlag(option), value.join('='))
      if (takesValue(option) && value.length === 0) line.awaiting = option
    } else if (line.command === undefined) line.command = commands.find(({ name }) => name === word)
    else line.args += 1
  }
  return line
}

function takesValue({ flags }: OptionMeta): boolean {
  return flags.includes('<')
}

async function valuesOf(
  { values, completes }: Partial<Pick<ArgumentMeta, 'values' | 'completes'>>,
  current: string,
  commands: readonly Command[],
  given: ReadonlyMap<string, string>,
  sources: Sources,
): Promise<Candidates> {
  if (values !== undefined) return { words: values.map((word) => ({ word })) }
  const kinds: Record<Completes, () => Promise<Candidates> | Candidates> = {
    file: () => ({ words: [], files: true }),
    command: () => ({ words: commandWords(commands) }),
    run: async () => ({ words: (await sources.runs()).map((word) => ({ word })) }),
    recipe: async () => ({ words: (await sources.recipes()).map(asCandidate) }),
    recipes: async () => ({ words: inList((await sources.recipes()).map(asCandidate), current) }),
    setting: async () => ({ words: settings(await sources.recipes(), current) }),
    hosts: async () => ({ words: hostWords(await sources.hosts(given), current) }),
  }
  return completes === undefined ? { words: [] } : await kinds[completes]()
}

function commandWords(commands: readonly Command[]): Candidate[] {
  return commands.map(({ name, summary }) => ({ word: name, about: summary }))
}

function asCandidate({ name, title }: RecipeWords): Candidate {
  return { word: name, about: title }
}

/** The next word of a comma list, without those that it has. */
function inList(words: readonly Candidate[], current: string): Candidate[] {
  const lead = current.slice(0, current.lastIndexOf(',') + 1)
  const there = lead.split(',')
  return words.filter(({ word }) => !there.includes(word)).map((one) => ({ ...one, word: lead + one.word }))
}

/** `docker-engine.`, then `docker-engine.version=`, then a value where there are only some. */
function settings(recipes: readonly RecipeWords[], current: string): Candidate[] {
  const [, name, optionName] = /^([^.=]*)\.([^=]*)=/.exec(current) ?? []
  if (optionName !== undefined) {
    const option = recipes.find((one) => one.name === name)?.options.find((one) => one.name === optionName)
    return (option?.values ?? []).map((value) => ({ word: `${name}.${optionName}=${value}` }))
  }
  const recipe = recipes.find((one) => current.startsWith(`${one.name}.`))
  if (recipe === undefined) return recipes.map(({ name, title }) => ({ word: `${name}.`, about: title, open: true }))
  return recipe.options.map((option) => ({
    word: `${recipe.name}.${option.name}${option.object ? '.' : '='}`,
    about: option.about,
    open: true,
  }))
}

/** Hosts behind `!`, behind a comma of an expression, and behind `user@`. */
function hostWords(hosts: readonly Candidate[], current: string): Candidate[] {
  const [lead = ''] = /^(?:.*,(?![^[\]]*\]))?!?(?:[^@,]*@)?/.exec(current) ?? []
  return hosts.map((one) => ({ ...one, word: lead + one.word }))
}

function starting({ words, files }: Candidates, current: string): Candidates {
  return { words: words.filter(({ word }) => word.startsWith(current) && word !== ''), files }
}
