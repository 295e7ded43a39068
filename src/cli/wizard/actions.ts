import { FitoutError, usageError } from '../../errors.js'
import type { Facts } from '../../facts/facts.js'
import { homeFolder } from '../../home.js'
import type { Host, Target } from '../../host/host.js'
import { parseTarget } from '../../host/target.js'
import { describe } from '../../options/describe.js'
import { secretsOf } from '../../options/secrets.js'
import type { Selection } from '../../plan/assemble.js'
import type { Plan } from '../../plan/plan.js'
import { type HostPlan, showPlans } from '../../plan/show-many.js'
import { choose } from '../../recipe/choose.js'
import type { Recipe } from '../../recipe/recipe.js'
import { mask } from '../../redact.js'
import type { Looked } from '../../run/look.js'
import { widthOf } from '../../ui/io.js'
import type { Actions, Loaded } from '../../wizard/converse.js'
import { commandOf, targetsOf } from '../../wizard/export.js'
import type {
  FleetSummary,
  Knowledge,
  KnownHost,
  Offers,
  SeenHost,
  State,
  Wanted,
  WizardRecipe,
} from '../../wizard/state.js'
import { questionFor } from '../apply/question.js'
import type { Context } from '../command.js'
import type { WizardOptions } from '../commands/wizard.js'
import { valuesOf, workOnEach } from '../hosts/looking.js'
import { selectionsOf } from '../hosts/selection.js'
import { fleetAt, type Machines, machinesOf, recipesKnown } from '../hosts/targets.js'
import { wordsOf } from '../options.js'
import { briefOf, reasonsAgainst, rightOf, unsetOptions } from './facts.js'
import { KeptHosts } from './kept-hosts.js'

/** What the wizard’s conversation needs: machines are opened here, and nowhere else in it. */
export async function loadedFor(options: WizardOptions, context: Context): Promise<Loaded & { end(): Promise<void> }> {
  const recipes = [...(await recipesKnown(options, undefined, context))]
  const kept = new KeptHosts(context)
  const here = lookHere(context).then(
    (found) => briefOf(found),
    (error: unknown) => ({ system: undefined, has: [], error: asKnown(error) }),
  )
  const actions = new WizardActions(options, context, recipes, kept)
  const knowledge: Knowledge = {
    recipes: actions.described,
    problemOf: (recipe, option, value) =>
      problemIn(
        () =>
          choose(recipes, { only: [recipe], set: [`${recipe}.${option}=${value}`] }, (one) =>
            context.secrets.hide(one),
          ),
        context,
      ),
    targetProblem: (text) => problemIn(() => parseTarget(text), context),
    planQuestion: (plans) => questionFor(plans),
    known: await knownHosts(options),
  }
  return { actions, knowledge, here, end: () => kept.close() }
}

/** What the conversation has done, by what the commands are made of. */
class WizardActions implements Actions {
  /** What the recipes are, for questions; grows with them. */
  readonly described: WizardRecipe[]
  /** Plans as they are, by what was shown of them. */
  readonly #plans = new WeakMap<Plan, Plan>()

  constructor(
    private readonly options: WizardOptions,
    private readonly context: Context,
    private readonly recipes: Recipe[],
    private readonly kept: KeptHosts,
  ) {
    this.described = recipes.map(forWizard)
  }

  async readFleet(file: string): Promise<FleetSummary> {
    // Its code runs when hosts of it were chosen, and not before.
    const fleet = await (await fleetAt({ kind: 'fleet', file }, this.options, this.context)).outline()
    if (fleet === undefined || fleet.hosts.size === 0)
      throw usageError(`${file} names no host yet`, 'write some below `hosts:`')
    return {
      file,
      hosts: [...fleet.hosts.keys()],
      groups: [...fleet.groups].map(([name, hosts]) => ({ name, hosts })),
    }
  }

  async look(wanted: Wanted): Promise<SeenHost[]> {
    const selection = await this.#selectionFor(wanted, await this.#machinesFor(wanted))
    const ended = await this.#lookAt(wanted, async (host, found, look): Promise<SeenHost> => {
      const chosen = selection(host.target)
      const known: SeenHost = {
        name: host.target.name,
        ...briefOf(found),
        unset: unsetOptions(found, this.recipes),
        proposed: proposedFor(found, wanted, chosen, this.recipes),
        unfit: reasonsAgainst(found, this.recipes),
        right: [],
      }
      try {
        const looked = await look(chosen)
        return { ...known, plan: looked.plan, right: rightOf(looked) }
      } catch (error) {
        return { ...known, error: asKnown(error) }
      }
    })
    return ended.map((one) =>
      this.#shown(
        'value' in one
          ? one.value
          : { name: one.host, has: [], unset: {}, proposed: [], unfit: {}, right: [], error: asKnown(one.error) },
      ),
    )
  }

  async offers(wanted: Wanted, recipe: string): Promise<Offers> {
    // Where all that is wanted is installed no repository is asked; for what it offers it has to be.
    const version = this.recipes.find(({ name }) => name === recipe)?.version
    const optionPath = `${recipe}.${version?.option ?? 'version'}`
    const more = version?.branches === undefined ? [`${optionPath}=latest`] : []
    const { [optionPath]: _version, ...set } = wanted.set
    const selection = await this.#selectionFor({ ...wanted, set }, await this.#machinesFor(wanted), more)
    const ended = await this.#lookAt(wanted, async (host, found, look) => {
      const { recipes: all } = selection(host.target)
      const asked = { recipes: all.filter((one) => one.recipe.name === recipe) }
      const { probed } = await look(asked.recipes.length === 0 ? { recipes: all } : asked)
      const offered = version?.offered(probed[recipe] ?? []) ?? []
      return { name: host.target.name, installed: version?.installed(found), offered }
    })
    const [failed] = ended.flatMap((one) => ('error' in one ? [asKnown(one.error)] : []))
    return { hosts: valuesOf(ended).map(({ value }) => value), error: failed && this.context.secrets.in(failed) }
  }

  showPlans(plans: readonly HostPlan[]): string[] {
    const { paint, io } = this.context
    return showPlans(plans, { paint: paint.out, width: widthOf(io.stdout) }).slice(0, -1)
  }

  async apply(wanted: Wanted, shown: ReadonlyMap<string, Plan>, verify: boolean, state: State): Promise<number> {
    const machines = await this.#machinesFor(wanted)
    const selection = await this.#selectionFor(wanted, machines)
    const agreed = new Map([...shown].map(([host, plan]) => [host, this.#plans.get(plan) ?? plan]))
    const { applyShown } = await import('../apply/shown.js')
    const options = { ...this.options, ...repeated(wanted), verify }
    return await applyShown(
      { command: 'apply', args: [], machines, selection, options, agreed, within: this.kept },
      { ...this.context, argv: this.command(state) },
    )
  }

  command(state: State): string[] {
    const { options } = secretsOf(this.recipes)
    return commandOf(state, wordsOf(this.options, hostNames)).map((word) =>
      word.replace(
        /^([\w-]+\.[\w-]+)([^=]*=)(.*)$/s,
        (_word, option: string, more: string, value: string) =>
          option + more + (options.has(option) ? mask : this.context.secrets.told(value)),
      ),
    )
  }

  async write(file: string, state: State): Promise<string[]> {
    return (await import('./write.js')).writeFleet(file, state, this.recipes)
  }

  /** A host as the conversation tells of it, without secrets. */
  #shown(host: SeenHost): SeenHost {
    const { system, has, unfit, plan, error } = host
    const told = this.context.secrets.in({ system, has, unfit, plan, error })
    if (plan !== undefined && told.plan !== undefined) this.#plans.set(told.plan, plan)
    return { ...host, ...told }
  }

  async #machinesFor({ where }: Wanted): Promise<Machines> {
    if (where.kind !== 'fleet') {
      const target: Target = where.kind === 'here' ? { kind: 'local', name: 'local' } : parseTarget(where.target)
      return { targets: [target], hosts: new Map() }
    }
    const options = { ...this.options, fleet: where.file, inventory: undefined }
    const machines = await machinesOf(targetsOf(where), options, this.context)
    // What the file brings can be chosen from now on.
    for (const one of machines.fleet?.recipes ?? []) {
      if (this.recipes.includes(one)) continue
      this.recipes.push(one)
      this.described.push(forWizard(one))
    }
    return machines
  }

  async #selectionFor(wanted: Wanted, machines: Machines, more: readonly string[] = []) {
    const set = [...Object.entries(wanted.set).map(([option, value]) => `${option}=${value}`), ...more]
    const choice = { recipe: this.options.recipe, only: wanted.only && [...wanted.only], set }
    return await selectionsOf(choice, machines, this.context)
  }

  async #lookAt<Value>(
    wanted: Wanted,
    work: (host: Host, facts: Facts, look: (selection: Selection) => Promise<Looked>) => Promise<Value>,
  ) {
    const { services } = this.context
    return await workOnEach(
      await this.#machinesFor(wanted),
      this.options,
      this.context,
      async (host, emit) => {
        emit({ type: 'phase', host: host.target.name, phase: 'facts', state: 'started' })
        const found = await services.gatherFacts(host.login)
        const { look } = await services.engine()
        return await work(host, found, (selection) => look(host, selection, emit))
      },
      this.kept,
    )
  }
}

/** What its questions are made of. */
export const forWizard = (recipe: Recipe): WizardRecipe => ({
  ...describe(recipe),
  asks: recipe.asks,
  version: recipe.version,
})

/** The names of the recipes that this host would get by default. */
function proposedFor(facts: Facts, { only, where }: Wanted, chosen: Selection, recipes: readonly Recipe[]): string[] {
  const suits = (recipe: Recipe) => typeof recipe.byDefault !== 'object' || recipe.byDefault.suits(facts)
  // A fleet file has its own word on what is the default.
  if (where.kind === 'fleet' && only === undefined) {
    return chosen.recipes.filter(({ recipe, asked }) => asked || suits(recipe)).map(({ recipe }) => recipe.name)
  }
  return recipes.filter((recipe) => (recipe.byDefault ?? false) !== false && suits(recipe)).map(({ name }) => name)
}

/** What is wrong with something that is tried. */
function problemIn(tried: () => unknown, { secrets }: Context): string | undefined {
  try {
    tried()
    return undefined
  } catch (error) {
    return secrets.told(asKnown(error).why)
  }
}

/** Choices as options of `apply`, for the record: `--failed` takes them over. */
function repeated({ only, set, where }: Wanted) {
  return {
    ...(only === undefined ? {} : { only: [...only] }),
    ...(Object.keys(set).length === 0
      ? {}
      : { set: Object.entries(set).map(([optionPath, value]) => `${optionPath}=${value}`) }),
    ...(where.kind === 'fleet' ? { fleet: where.file } : {}),
  }
}

/** Options that say how hosts are reached, and where recipes of one’s own are. */
const hostNames = ['recipe', 'acceptNewHostKeys', 'sshConfig', 'knownHosts', 'transport'] as const

/** Names that SSH knows; what cannot be read is as good as empty here. */
async function knownHosts({ sshConfig, knownHosts: files }: WizardOptions): Promise<KnownHost[]> {
  const { hostsKnownToSsh } = await import('../../host/ssh-config/names.js')
  try {
    return hostsKnownToSsh({ home: homeFolder(), configFile: sshConfig, knownHostsFiles: files })
  } catch {
    return []
  }
}

/** What this machine is; needs no root and changes nothing. */
async function lookHere({ services }: Context): Promise<Facts> {
  const { openHost } = await services.hosts()
  const host = await openHost({ kind: 'local', name: 'local' }, { ask: nobody })
  return await services.gatherFacts(host.login).finally(() => host.close())
}

const nobody = { secret: async () => undefined, confirm: async () => undefined }

function asKnown(error: unknown): FitoutError {
  if (error instanceof FitoutError) return error
  throw error
}
