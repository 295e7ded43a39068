import type { z } from 'zod'
import type { Check, SystemJournal } from '../doctor/check.js'
import type { TrialResult } from '../events.js'
import type { Facts } from '../facts/facts.js'
import { addParts, type FactsPart } from '../facts/part.js'
import type { Decision } from '../packages/decision.js'
import { addFunctions } from '../plan/functions.js'
import type { Resource } from '../resource/resource.js'
import { addServices, type Service } from '../resource/service.js'
import type { Answer } from '../shell/frame.js'
import { addSymptoms, type Symptoms } from '../symptoms/table.js'
import type { OptionQuestion, VersionQuestion } from './asks.js'
import type { KnownTable } from './known-table.js'

export type OptionsShape = Record<string, z.ZodType>

/** What a recipe's functions are given: data only. */
export interface RecipeContext<Options> {
  facts: Facts
  options: Options
  /** Names of the recipes that are part of this plan. */
  selected: readonly string[]
  /** The validated options of every selected recipe, by its name. */
  all: Readonly<Record<string, Record<string, unknown>>>
}

/** The same with what the recipe decided, where it has a decision. */
export interface DecidedContext<Options, Choice> extends RecipeContext<Options> {
  choice: Choice
}

/**
 * One test of the fitted machine from its user's side. `script` runs as `user`, in the environment of that user's own login shell, and prints
 * what `judge` reads.
 */
export interface Trial {
  name: string
  title: string
  /** `login` is the person who logs in, through a login of its own; a name means that user, through `su`; `root` is root. */
  user: string
  /** POSIX shell. A command that it runs by `ask 0 COMMAND…` and that fails is told with its words, and the trial is then partial at best. */
  script: string
  /**
   * Commands that the user would type. `judge` is then also given how the login went, before the script's own lines: `login.typed` with an
   * alias or a function of that name, `login.shell`, `login.no-home` (host/login-shell.sh).
   */
  types?: readonly string[] | undefined
  /** Seconds after which the trial has failed. */
  timeout?: number | undefined
  judge(answer: Answer): Omit<TrialResult, 'trial' | 'title' | 'user' | 'through'>
}

/** A named unit that a person chooses: options and facts in, resources and trials out. It never sees a connection. */
export interface Recipe<Shape extends OptionsShape = OptionsShape, Choice = unknown> {
  name: string
  title: string
  /** A paragraph for `fitout recipes NAME`: what it does, what it leaves alone. */
  about: string
  /** Part of `fitout apply` without `--only`: everywhere, nowhere, or on the hosts that it suits, which `when` names. */
  byDefault?: boolean | { when: string; suits(facts: Facts): boolean } | undefined
  /** Recipes whose changes come first, where both are chosen. */
  after?: readonly string[] | undefined
  /** What it adds to the facts of a host, whether it is chosen or not. */
  facts?: readonly FactsPart[] | undefined
  options: Shape
  /** What options may not say together: the option to change, and why. Asked before any host is; `undefined` if all is well. */
  refuses?(options: z.output<z.ZodObject<Shape>>): { option: keyof Shape & string; because: string } | undefined
  /**
   * What has to be decided before resources can be named, above all what package repositories are asked for. The choice is made once.
   *
   * @throws FitoutError if the recipe makes no sense on this host: nothing at all is then touched.
   */
  decide?(context: RecipeContext<z.output<z.ZodObject<Shape>>>): Decision<Choice>
  /** @throws FitoutError as `decide` does. */
  resources?(context: DecidedContext<z.output<z.ZodObject<Shape>>, Choice>): Resource[]
  trials?(context: DecidedContext<z.output<z.ZodObject<Shape>>, Choice>): Trial[]
  /** Lines that the plan shows: decisions, warnings. */
  notes?(context: DecidedContext<z.output<z.ZodObject<Shape>>, Choice>): string[]
  /** Options that the wizard asks about on its first page. */
  asks?: readonly OptionQuestion[] | undefined
  /** The option that says which version, if it has one. */
  version?: VersionQuestion | undefined
  /** What hosts say when its product fails, what that means, and what helps: for every failure, whether the recipe is chosen or not. */
  symptoms?: Symptoms | undefined
  /** Services that its changes may restart: effects name them, and undo restores them. */
  services?: readonly Service[] | undefined
  /** POSIX shell functions for the scripts of its changes: each begins its paragraph, with a comment. */
  shell?: string | undefined
  /** Services of its product whose journals `fitout doctor` compares with the symptoms. */
  journals?: readonly SystemJournal[] | undefined
  /** The tables that it rests on, with their age: `fitout tables`. */
  tables?: readonly KnownTable[] | undefined
  /** What `fitout doctor` looks for because of this recipe, whether it is chosen or not. */
  checks?: readonly Check[] | undefined
}

const declared = new WeakSet<object>()

/** Declares a recipe: checks its types, lets fitout know it among the exports of a module, and adds what it brings to every host. */
export function recipe<const Shape extends OptionsShape, Choice = undefined>(
  definition: Recipe<Shape, Choice>,
): Recipe {
  if (definition.facts !== undefined) addParts(definition.facts)
  if (definition.services !== undefined) addServices(definition.services)
  if (definition.shell !== undefined) addFunctions(definition.shell)
  if (definition.symptoms !== undefined) addSymptoms(definition.symptoms)
  declared.add(definition)
  return definition as unknown as Recipe
}

/** Whether a value was declared by the `recipe` of this very fitout. */
export function isRecipe(value: unknown): value is Recipe {
  return typeof value === 'object' && value !== null && declared.has(value)
}
