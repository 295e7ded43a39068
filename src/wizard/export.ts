import { quote } from '../shell/quote.js'
import type { State, Where } from './state.js'
import { chosenOf, proposedOf, wantedOf } from './state.js'

/** What a conversation leads to besides the next question. */
export type Act =
  | { do: 'apply'; verify: boolean }
  | { do: 'write'; file: string }
  | { do: 'quit' }
  /** All is said. */
  | { do: 'end' }

/** The words of the command that does the same again, after `fitout`. */
export function commandOf(state: State, hostOptions: readonly string[] = []): string[] {
  const { where, set } = wantedOf(state)
  return [
    'apply',
    ...hostOptions,
    ...(where.kind === 'fleet' ? ['--fleet', where.file] : []),
    ...choiceOf(state),
    ...Object.entries(set).flatMap(([optionPath, value]) => ['--set', `${optionPath}=${value}`]),
    ...targetsOf(where),
  ]
}

/** The same as one line for a shell. */
export function commandLine(words: readonly string[]): string {
  return ['fitout', ...words.map(quote)].join(' ')
}

/** The words that name machines. */
export function targetsOf(where: Where): string[] {
  if (where.kind === 'here') return []
  return where.kind === 'host' ? [where.target] : where.words.split(/\s+/)
}

function choiceOf(state: State): string[] {
  if (state.only === undefined) return []
  const chosen = chosenOf(state)
  const proposed = proposedOf(state)
  const left = proposed.filter((name) => !chosen.includes(name))
  // Those that are left out are said where that is all: what suits the host decides on the others.
  if (chosen.every((name) => proposed.includes(name)) && left.length < chosen.length) return ['--skip', left.join(',')]
  return ['--only', chosen.join(',')]
}

/** What the machine of a conversation is called in a fleet file, and how it is reached. */
export interface ExportedTarget {
  name: string
  ssh?: { user?: string | undefined; port?: number | undefined } | undefined
}

/** A fleet file that holds the choices, as plain data for YAML. */
export function fleetOf(
  target: ExportedTarget,
  only: readonly string[] | undefined,
  set: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
): Record<string, unknown> {
  const { name, ssh } = target
  // What is undefined is not written.
  const level = { ssh, recipes: only && [...only], set: Object.keys(set).length === 0 ? undefined : set }
  return { hosts: { [name]: Object.values(level).every((value) => value === undefined) ? null : level } }
}

/** A name for the file that is not taken. */
export function unusedFileName(files: readonly string[], where: Where | undefined): string {
  if (!files.some((file) => /^(\.\/)?fitout\.yaml$/.test(file))) return 'fitout.yaml'
  const name = where?.kind === 'host' ? where.target.replace(/^.*@/, '').replace(/[^\w.-]/g, '-') : 'this-machine'
  return `fitout-${name}.yaml`
}
