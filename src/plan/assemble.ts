import { FitoutError } from '../errors.js'
import type { Facts } from '../facts/facts.js'
import { secretsOf, takesSecret } from '../options/secrets.js'
import { replay } from '../packages/decision.js'
import type { Probe, ProbeResult } from '../packages/probe.js'
import type { DecidedContext, Recipe, RecipeContext } from '../recipe/recipe.js'
import { Redactor } from '../redact.js'
import { withoutText } from '../resource/change.js'
import { type Change, type Resource, stages } from '../resource/resource.js'
import { allServices, does } from '../resource/service.js'
import type { Plan, RunningIn } from './plan.js'
import { preconditionOf, renderScript } from './script.js'

/** The recipes of one run with their validated options, in the order in which they apply. */
export interface Selection {
  /** `asked`: a person named the recipe, so that it applies also where it would not by default. */
  recipes: { recipe: Recipe; options: Record<string, unknown>; asked?: boolean | undefined }[]
}

/** What of a selection applies to one host: recipes that nobody named are left out where they do not suit it. */
export function suiting(facts: Facts, selection: Selection): Selection {
  return {
    recipes: selection.recipes.filter(
      ({ recipe, asked }) => asked || typeof recipe.byDefault !== 'object' || recipe.byDefault.suits(facts),
    ),
  }
}

/** The answers to the recipes' probes, by recipe name. */
export type Probed = Readonly<Record<string, readonly ProbeResult[]>>

/** One host's recipes with what each of them chose: everything else is made from this. */
export interface Decided {
  facts: Facts
  /** What of a selection applies to this host. */
  selection: Selection
  /** What package repositories answered. */
  probed: Probed
  /** By recipe name; those without a decision are left out. */
  choices: ReadonlyMap<string, unknown>
}

/** What the recipes of a selection choose on a host, or what some of them have to ask before, given the answers so far. */
export function decide(
  facts: Facts,
  selection: Selection,
  probed: Probed,
): Decided | { questions: { name: string; probe: Probe }[] } {
  const choices = new Map<string, unknown>()
  const questions: { name: string; probe: Probe }[] = []
  for (const { recipe } of selection.recipes) {
    const decision = recipe.decide?.(contextOf(facts, selection, recipe.name))
    if (decision === undefined) continue
    const { name } = recipe
    const end = replay(decision, probed[name] ?? [])
    if ('question' in end) questions.push({ name, probe: end.question })
    else choices.set(name, end.choice)
  }
  return questions.length > 0 ? { questions } : { facts, selection, probed, choices }
}

/** @param onSecret called as soon as the options of a recipe are looked at that takes a secret. */
function contextOf(
  facts: Facts,
  { recipes }: Selection,
  name: string,
  onSecret: () => void = () => undefined,
): RecipeContext<Record<string, unknown>> {
  const all: Record<string, Record<string, unknown>> = {}
  for (const { recipe, options } of recipes) {
    const get = () => {
      if (takesSecret(recipe)) onSecret()
      return options
    }
    Object.defineProperty(all, recipe.name, { get, enumerable: true })
  }
  return { facts, options: all[name] ?? {}, selected: recipes.map(({ recipe }) => recipe.name), all }
}

/** What the functions of a recipe are given once all is decided. */
export function decidedFor(
  { facts, selection, choices }: Decided,
  recipe: Recipe,
  onSecret?: () => void,
): DecidedContext<Record<string, unknown>, unknown> {
  return { ...contextOf(facts, selection, recipe.name, onSecret), choice: choices.get(recipe.name) }
}

/**
 * All resources of a selection, in order; two with one id become one: joined where they can be, else the first counts. What a recipe wants
 * that is told a secret option, its own or another’s, is marked: the value of before, which a diff would show, is known to nobody here.
 */
export function resourcesOf(decided: Decided): Resource[] {
  const byId = new Map<string, Resource>()
  const secret = new Set<string>()
  for (const { recipe } of decided.selection.recipes) {
    let takes = false
    const context = decidedFor(decided, recipe, () => {
      takes = true
    })
    for (const resource of recipe.resources?.(context) ?? []) {
      const earlier = byId.get(resource.id)
      byId.set(resource.id, earlier === undefined ? resource : (earlier.join?.(resource) ?? earlier))
      if (takes) secret.add(resource.id)
    }
  }
  return [...byId.values()].map((one) => (secret.has(one.id) ? { ...one, secret: true } : one))
}

/**
 * The plan of one host from what is known of it. Pure.
 *
 * @param seen what inspecting each resource found, by id.
 * @param running what runs now in each service, and which of it a restart of the service would stop.
 * @throws FitoutError when any resource cannot be made true; all such reasons are in the one error.
 */
export function assemble(
  decided: Decided,
  resources: readonly Resource[],
  seen: ReadonlyMap<string, unknown>,
  running: readonly RunningIn[] = [],
): Plan {
  const { facts, selection, probed } = decided
  const changes: Change[] = []
  const refusals: FitoutError[] = []
  const secrets = new Redactor(secretsIn(selection))
  // What was decided may hold them, too.
  const hides = (diff = '') => secrets.told(diff) !== diff
  for (const resource of resources) {
    try {
      const change = resource.plan(seen.has(resource.id) ? seen.get(resource.id) : resource.assume(facts))
      if (change) changes.push(resource.secret || hides(change.diff) ? withoutText(change) : change)
    } catch (error) {
      if (!(error instanceof FitoutError)) throw error
      refusals.push(error)
    }
  }
  refusals.push(...allServices().flatMap((service) => service.refuses?.(facts, changes) ?? []))
  if (refusals.length > 0) throw allRefusals(refusals)
  changes.sort((a, b) => stages.indexOf(a.stage) - stages.indexOf(b.stage))
  const effects = changes.flatMap((change) => change.effects)
  const restarted = running.filter(({ service }) => effects.some((effect) => does(effect, 'restarts', service)))
  const stops = restarted.flatMap((one) => one.stops)
  return {
    recipes: selection.recipes.map(({ recipe }) => recipe.name),
    host: describeHost(facts),
    changes,
    notes: [
      ...selection.recipes.flatMap(({ recipe }) => recipe.notes?.(decidedFor(decided, recipe)) ?? []),
      ...new Set(
        Object.values(probed)
          .flat()
          .flatMap(({ warnings }) => warnings ?? []),
      ),
    ],
    effects,
    running: running.flatMap((one) => one.running),
    stops,
    script: renderScript(
      changes,
      preconditionOf(facts, effects.some((effect) => does(effect, 'restarts')) ? stops.map(({ id }) => id) : undefined),
    ),
  }
}

/** Values of options that must not be shown. */
export function secretsIn(selection: Selection): readonly string[] {
  return secretsOf([], [selection]).values
}

/** One line: what the host is. */
export function describeHost(facts: Facts): string {
  return [
    facts.os.prettyName,
    facts.arch.package,
    facts.init === 'none' ? 'no init' : facts.init,
    ...(facts.board ? [facts.board] : []),
    ...(facts.container ? [`inside ${facts.container}`] : []),
  ].join(', ')
}

function allRefusals(refusals: FitoutError[]): FitoutError {
  const [first, ...others] = refusals as [FitoutError, ...FitoutError[]]
  if (others.length === 0) return first
  return new FitoutError({
    doing: first.doing,
    cause: first.why,
    remedy: first.remedy,
    said: [
      ...first.said,
      ...others.map((other) => `also: ${other.message}${other.remedy ? ` (${other.remedy})` : ''}`),
    ],
  })
}
