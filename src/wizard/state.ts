import type { FitoutError } from '../errors.js'
import type { RecipeDescription } from '../options/describe.js'
import type { Plan } from '../plan/plan.js'
import type { Recipe } from '../recipe/recipe.js'

/** A recipe as the wizard knows it. */
export type WizardRecipe = RecipeDescription & Pick<Recipe, 'asks' | 'version'>

/** Which machines are meant. */
export type Where =
  | { kind: 'here' }
  | { kind: 'host'; target: string }
  /** `words` as on a command line: `all`, groups, hosts, patterns. */
  | { kind: 'fleet'; file: string; words: string }

/** What was chosen so far, in the words of the command line. */
export interface Wanted {
  where: Where
  /** Recipes, where they are others than those that are proposed. */
  only?: readonly string[] | undefined
  /** Values by `recipe.option`. */
  set: Readonly<Record<string, string>>
}

/** A machine as it was found. */
export interface SeenHost {
  name: string
  /** What it is, in one line. */
  system?: string | undefined
  /** What it has of what matters here: an engine, GPUs, memory. */
  has: readonly string[]
  /** What an option that the wizard asks about would be if it is not set, by `recipe.option`. */
  unset: Readonly<Record<string, readonly string[]>>
  /** Recipes that are proposed for it. */
  proposed: readonly string[]
  /** Why a recipe makes no sense there, by its name. */
  unfit: Readonly<Record<string, string>>
  /** Names of chosen recipes for which nothing has to change. */
  right: readonly string[]
  plan?: Plan | undefined
  /** Why there is no plan, or nothing is known at all. */
  error?: FitoutError | undefined
}

/** Versions of what a recipe installs, as its repository offers them and as they are installed; by host. */
export interface Offers {
  hosts: readonly { name: string; installed?: string | undefined; offered: readonly string[] }[]
  /** Why nothing could be asked. */
  error?: FitoutError | undefined
}

/** A fleet file that was read. */
export interface FleetSummary {
  file: string
  hosts: readonly string[]
  groups: readonly { name: string; hosts: readonly string[] }[]
}

/** A host that this person has been at, or has a name for. */
export interface KnownHost {
  name: string
  /** Where that is known from: `~/.ssh/config`. */
  from: string
}

/** What is asked. */
export type WizardScreen =
  | { at: 'where' | 'host' | 'fleet-file' }
  | { at: 'fleet' | 'words'; file: string }
  | { at: 'proposal' | 'recipes' | 'recipes-with-options' }
  | { at: 'options'; recipe: string }
  /** One option, of those that have a question of their own `asked` and a value that is `typed`. */
  | { at: 'option' | 'asked' | 'typed'; recipe: string; option: string }
  | { at: 'plan' }
  /** All is done: what is left is to keep it, and in which file. */
  | { at: 'keep' | 'file' }

/** Where a conversation stands. Nothing in it changes: each answer gives another. */
export interface State {
  /** What was asked and led here; the last one is asked now, and back goes to the one before. */
  trail: readonly WizardScreen[]
  recipes: readonly WizardRecipe[]
  /** What is wrong with a value of an option, given as `recipe.option=value`. */
  problemOf(recipe: string, option: string, value: string): string | undefined
  /** What is wrong with the name of a machine. */
  targetProblem(text: string): string | undefined
  /** The question whether plans may be carried out, the last line of which is the question itself. */
  planQuestion(plans: readonly { host: string; plan: Plan }[]): { text: string; preset: boolean }
  /** This machine, once it was looked at. */
  here?: Pick<SeenHost, 'system' | 'has' | 'error'> | undefined
  known: readonly KnownHost[]
  /** Fleet files that were found. */
  files: readonly string[]
  fleet?: FleetSummary | undefined
  where?: Where | undefined
  only?: readonly string[] | undefined
  set: Readonly<Record<string, string>>
  seen: Readonly<Record<string, readonly SeenHost[]>>
  offers: Readonly<Record<string, Offers>>
  /** What was answered last, by what was asked: lists begin there when they are asked again. */
  last: Readonly<Record<string, string>>
  /** Something to say above the next question. */
  notice: readonly string[]
}

/** What has to be found out before the next question can be asked. */
export type Inquiry =
  | { kind: 'fleet'; file: string }
  | { kind: 'look'; wanted: Wanted }
  | { kind: 'offers'; wanted: Wanted; recipe: string; option: string }

/** What the first question can do without, and all others need. */
export type Knowledge = Pick<State, 'recipes' | 'known' | 'problemOf' | 'targetProblem' | 'planQuestion'>

const nothingKnown: Knowledge = {
  recipes: [],
  known: [],
  problemOf: () => undefined,
  targetProblem: () => undefined,
  planQuestion: () => ({ text: '', preset: false }),
}

/** The beginning, before anything heavy is loaded. */
export function begun(parts: Pick<State, 'files'> & Partial<Knowledge>): State {
  return { ...nothingKnown, ...parts, trail: [{ at: 'where' }], set: {}, seen: {}, offers: {}, last: {}, notice: [] }
}

export function screenOf({ trail }: State): WizardScreen {
  return trail.at(-1)!
}

/** One question further. */
export function on(state: State, screen: WizardScreen): State {
  return { ...state, trail: [...state.trail, screen], notice: [] }
}

/** The question before; nothing where there is none. */
export function back(state: State): State | undefined {
  if (state.trail.length === 1) return undefined
  return { ...state, trail: state.trail.slice(0, -1), notice: [] }
}

/** Back to a question that was asked before. */
export function backTo(state: State, at: WizardScreen['at']): State {
  return {
    ...state,
    trail: state.trail.slice(0, state.trail.findLastIndex((screen) => screen.at === at) + 1),
    notice: [],
  }
}

/** What is wanted so far; values for recipes that are not chosen any more are passed over. */
export function wantedOf(state: State): Wanted {
  const chosen = chosenOf(state)
  const set = Object.entries(state.set).filter(([optionPath]) => chosen.includes(optionPath.split('.')[0]!))
  return { where: state.where!, only: state.only, set: Object.fromEntries(set) }
}

/** One text for everything that decides on a plan. */
export function keyOf({ where, only, set }: Wanted): string {
  return JSON.stringify([where, only ?? null, Object.entries(set).sort()])
}

/** What was found on the machines that are meant, for what is wanted now; `undefined` where that was not looked at yet. */
export function seenOf(state: State): readonly SeenHost[] | undefined {
  return state.where && state.seen[keyOf(wantedOf(state))]
}

/** The plans that were found for what is wanted now. */
export function plansOf(state: State): { host: string; plan: Plan }[] {
  return (seenOf(state) ?? []).flatMap(({ name, plan }) => (plan === undefined ? [] : [{ host: name, plan }]))
}

/** The last look at the machines that are meant, whatever was wanted then; what they are still holds. */
export function lastSeenOf(state: State): readonly SeenHost[] {
  const lead = `[${JSON.stringify(state.where)},`
  const last = Object.keys(state.seen).findLast((key) => key.startsWith(lead))
  return last === undefined ? [] : state.seen[last]!
}

/** Nothing was seen of the machines that are meant. */
export function unseen(state: State): State {
  const lead = `[${JSON.stringify(state.where)},`
  const seen = Object.entries(state.seen).filter(([key]) => !key.startsWith(lead))
  return { ...state, seen: Object.fromEntries(seen), offers: {} }
}

/** The versions question without what it decides on, so that its answer does not ask it anew. */
export function offersKey(wanted: Wanted, recipe: string, option: string): string {
  const { [`${recipe}.${option}`]: _version, ...set } = wanted.set
  return `${recipe} ${keyOf({ ...wanted, set })}`
}

/** What has to be found out before the question that stands now. */
export function inquiryFor(state: State): Inquiry | undefined {
  const screen = screenOf(state)
  switch (screen.at) {
    case 'fleet':
      return state.fleet?.file === screen.file ? undefined : { kind: 'fleet', file: screen.file }
    case 'proposal':
      // With other settings than those of the last look, what is known of the machines still holds.
      return lastSeenOf(state).length > 0 ? undefined : { kind: 'look', wanted: wantedOf(state) }
    case 'plan':
      return seenOf(state) === undefined ? { kind: 'look', wanted: wantedOf(state) } : undefined
    case 'asked': {
      const { recipe, option } = screen
      const { version } = state.recipes.find(({ name }) => name === recipe)!
      if (version === undefined || option !== (version.option ?? 'version')) return undefined
      const wanted = wantedOf(state)
      return state.offers[offersKey(wanted, recipe, option)] === undefined
        ? { kind: 'offers', wanted, recipe, option }
        : undefined
    }
    default:
      return undefined
  }
}

/** Names of the recipes that are proposed for at least one of the machines, in order. */
export function proposedOf(state: State): string[] {
  const proposed = new Set(lastSeenOf(state).flatMap((host) => host.proposed))
  return state.recipes.flatMap(({ name }) => (proposed.has(name) ? [name] : []))
}

/** Names of the recipes that are chosen, in order. */
export function chosenOf(state: State): string[] {
  return state.only === undefined ? proposedOf(state) : [...state.only]
}

/** A value of an option, or none. */
export function withOption(state: State, optionPath: string, value: string | undefined): State {
  const { [optionPath]: _before, ...set } = state.set
  return { ...state, set: value === undefined ? set : { ...set, [optionPath]: value } }
}
