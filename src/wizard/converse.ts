import { FitoutError } from '../errors.js'
import type { Plan } from '../plan/plan.js'
import { visible } from '../text.js'
import { commandLine } from './export.js'
import type { Prompts, Reply } from './question.js'
import {
  back,
  backTo,
  type FleetSummary,
  type Inquiry,
  inquiryFor,
  type Knowledge,
  keyOf,
  type Offers,
  offersKey,
  plansOf,
  type SeenHost,
  type State,
  screenOf,
  type Wanted,
  wantedOf,
} from './state.js'
import { answered, questionFor } from './steps.js'

/** What a conversation has done for it: everything that touches machines and files. */
export interface Actions {
  /** @throws FitoutError for every mistake of the file. */
  readFleet(file: string): Promise<FleetSummary>
  /**
   * Looks at machines; what fails on one of them is in its place.
   *
   * @throws FitoutError where no machine is named, or a value makes no sense.
   */
  look(wanted: Wanted): Promise<readonly SeenHost[]>
  offers(wanted: Wanted, recipe: string): Promise<Offers>
  /** The whole plans, as `fitout plan` shows them. */
  showPlans(plans: readonly { host: string; plan: Plan }[]): string[]
  /**
   * Applies, as `fitout apply` does; plans that are still the same are not asked about again.
   *
   * @returns the exit status.
   */
  apply(wanted: Wanted, agreed: ReadonlyMap<string, Plan>, verify: boolean, state: State): Promise<number>
  /** The words of the command that does the same, after `fitout`. */
  command(state: State): string[]
  /**
   * Writes a fleet file with the choices.
   *
   * @returns what to say of it.
   * @throws FitoutError where it cannot be written, or is there already.
   */
  write(file: string, state: State): Promise<string[]>
}

/** All that is loaded while the first question stands on the screen. */
export interface Loaded {
  actions: Actions
  knowledge: Knowledge
  /** This machine, which is being looked at. */
  here: Promise<NonNullable<State['here']>>
}

const interrupted = 130

/**
 * Asks until all is notice: looks before it asks, goes back and ends wherever a person wants to.
 *
 * @param load what is heavy; called once the first question is on the screen.
 * @returns the exit status: that of `apply`; 0 where a person quits before, 130 at Ctrl-C.
 */
export async function converse(beginning: State, prompts: Prompts, load: () => Promise<Loaded>): Promise<number> {
  const loading = new Promise((done) => setImmediate(done)).then(load)
  loading.catch(() => undefined)
  const better = loading.then(async ({ knowledge, here }) =>
    questionFor({ ...beginning, ...knowledge, here: await here }),
  )
  const reply = await prompts.ask(questionFor(beginning), better)
  if (typeof reply === 'string') return left(prompts, reply)
  const loaded = await loading
  return await new Conversation({ ...beginning, ...loaded.knowledge }, prompts, loaded).from(reply)
}

/** Nothing was done, and that is said. */
function left(prompts: Prompts, reply: Exclude<Reply, object>): number {
  prompts.say(['fitout: nothing was changed'])
  return reply === 'interrupted' ? interrupted : 0
}

class Conversation {
  #state: State
  /** The exit status of what was applied. */
  #applied: number | undefined

  constructor(
    state: State,
    private readonly prompts: Prompts,
    private readonly loaded: Loaded,
  ) {
    this.#state = state
    loaded.here.then(
      (found) => {
        this.#state = { ...this.#state, here: found }
      },
      () => undefined,
    )
  }

  /** @param reply to the first question. @returns the exit status. */
  async from(reply: Reply): Promise<number> {
    for (let next = reply; ; next = await this.#ask()) {
      const ended = typeof next === 'string' ? this.#leaving(next) : await this.#answered(next.answer)
      if (ended !== undefined) return ended
    }
  }

  /** Finds out what the next question needs, and asks it. */
  async #ask(): Promise<Reply> {
    for (let inquiry = inquiryFor(this.#state); inquiry !== undefined; inquiry = inquiryFor(this.#state)) {
      const next = await inquired(this.#state, inquiry, this.loaded.actions)
      this.#state = { ...next, here: this.#state.here }
    }
    const state = this.#state
    const { at } = screenOf(state)
    if (at === 'plan') this.prompts.say(['', ...this.loaded.actions.showPlans(plansOf(state)), ''])
    const better = at === 'where' && state.here === undefined
    const update = better ? this.loaded.here.then((here) => questionFor({ ...state, here })) : undefined
    return await this.prompts.ask(questionFor(state), update)
  }

  #leaving(reply: Exclude<Reply, object>): number | undefined {
    const before = reply === 'back' ? back(this.#state) : undefined
    if (before !== undefined) {
      this.#state = before
      return undefined
    }
    if (this.#applied === undefined) return left(this.prompts, reply)
    this.prompts.say(['fitout: no fleet file was written'])
    return this.#applied
  }

  async #answered(answer: string | readonly string[]): Promise<number | undefined> {
    const next = answered({ ...this.#state, notice: [] }, answer)
    if ('state' in next) {
      this.#state = next.state
      return undefined
    }
    const { act } = next
    if (act.do === 'quit') return this.#leaving('quit')
    if (act.do === 'end') return this.#applied ?? 0
    return act.do === 'apply' ? await this.#apply(act.verify) : await this.#write(act.file)
  }

  async #apply(verify: boolean): Promise<number | undefined> {
    const state = this.#state
    const plans = new Map(plansOf(state).map(({ host, plan }) => [host, plan]))
    this.#applied = await this.loaded.actions.apply(wantedOf(state), plans, verify, state)
    this.prompts.say(['', 'The same again in one line:', `  ${commandLine(this.loaded.actions.command(state))}`])
    // A fleet file is one already; and what failed is not worth keeping yet.
    if (state.where?.kind === 'fleet' || (this.#applied !== 0 && this.#applied !== 3)) return this.#applied
    this.#state = { ...state, trail: [{ at: 'keep' }], notice: [] }
    return undefined
  }

  async #write(file: string): Promise<number | undefined> {
    try {
      this.prompts.say(await this.loaded.actions.write(file, this.#state))
      return this.#applied ?? 0
    } catch (error) {
      this.#state = { ...this.#state, notice: told(error) }
      return undefined
    }
  }
}

/** What was found out, kept in the state; where it failed, back to the question before, with the reason. */
async function inquired(state: State, inquiry: Inquiry, actions: Actions): Promise<State> {
  try {
    switch (inquiry.kind) {
      case 'fleet':
        return { ...state, fleet: { ...(await actions.readFleet(inquiry.file)), file: inquiry.file } }
      case 'offers': {
        const { wanted, recipe, option } = inquiry
        const offers = await actions.offers(wanted, recipe)
        return { ...state, offers: { ...state.offers, [offersKey(wanted, recipe, option)]: offers } }
      }
      case 'look':
        return looked(state, inquiry.wanted, await actions.look(inquiry.wanted))
    }
  } catch (error) {
    return { ...back(state)!, notice: told(error) }
  }
}

function looked(state: State, wanted: Wanted, hosts: readonly SeenHost[]): State {
  const nobody = hosts.every(({ system }) => system === undefined)
  // None can be reached: that is no proposal.
  if (nobody) {
    const [first] = hosts
    return {
      ...back(state)!,
      notice: first?.error === undefined ? [] : told(first.error, hosts.length > 1 ? first.name : ''),
    }
  }
  const key = keyOf(wanted)
  const { [key]: _before, ...others } = state.seen
  const next: State = { ...state, seen: { ...others, [key]: hosts } }
  const planless = hosts.every(({ plan }) => plan === undefined)
  if (screenOf(state).at === 'plan' && planless) return backTo(next, 'proposal')
  // What is chosen is named by its recipes, and these are known only now: the key may be another.
  const now = keyOf(wantedOf(next))
  return now === key ? next : { ...next, seen: { ...next.seen, [now]: hosts } }
}

/** A failure as lines above a question. */
function told(error: unknown, host = ''): string[] {
  if (!(error instanceof FitoutError)) throw error
  const lead = host === '' ? '' : `${host}: `
  return [
    visible(`${lead}${error.why}`),
    ...(error.remedy === undefined ? [] : [visible(`next: ${error.remedy}`)]),
    ...error.said.slice(0, 4).map((line) => visible(`  ${line}`)),
  ]
}
