import { askQuestion, asksOf, chosenValue, typedQuestion } from './asks.js'
import { type Act, unusedFileName } from './export.js'
import { fleetHosts, whereQuestion } from './machines.js'
import { type Question, quit } from './question.js'
import { recipesWithSettings, settingQuestion, settingsOf, withSetting } from './settings.js'
import { proposalLines } from './shown.js'
import {
  back,
  backTo,
  chosenOf,
  lastSeenOf,
  on,
  plansOf,
  proposedOf,
  type State,
  screenOf,
  seenOf,
  unseen,
  type WizardScreen,
  wantedOf,
  withOption,
} from './state.js'

/** What an answer leads to: another question, or something to do. */
export type Next = { state: State } | { act: Act }

/** The question that stands now, as data. What `inquiryFor` asks for has been found out. */
export function questionFor(state: State): Question {
  const screen = screenOf(state)
  const question = asked(state, screen)
  return state.notice.length === 0 ? question : { ...question, lines: [...state.notice, '', ...(question.lines ?? [])] }
}

function asked(state: State, screen: WizardScreen): Question {
  switch (screen.at) {
    case 'where':
      return whereQuestion(state)
    case 'host':
      return {
        kind: 'search',
        title: 'Which machine?',
        hint: 'a name, user@host or user@host:port',
        choices: state.known.map(({ name, from }) => ({ value: name, name, about: `from ${from}` })),
        problem: state.targetProblem,
      }
    case 'fleet-file':
      return {
        kind: 'text',
        title: 'Which fleet file?',
        hint: 'a path such as ../fitout.yaml; `fitout init` writes one',
        problem: unlessEmpty('type the path of a file'),
      }
    case 'fleet':
      return fleetHosts(state, screen.file)
    case 'words':
      return {
        kind: 'text',
        title: `Which hosts of ${screen.file}?`,
        hint: 'names, groups, patterns: web*, gpu, !gpu-07',
        problem: unlessEmpty('type a name, or go back'),
      }
    case 'proposal':
      return proposal(state)
    case 'recipes':
      return recipes(state)
    case 'asked':
      return askQuestion(state, screen)
    case 'typed':
      return typedQuestion(state, screen)
    case 'recipes-with-options':
      return recipesWithSettings(state)
    case 'options':
      return settingsOf(state, screen.recipe)
    case 'option':
      return settingQuestion(state, screen.recipe, screen.option)
    case 'plan':
      return plan(state)
    case 'keep':
      return {
        kind: 'choose',
        title: 'Keep these choices as a fleet file, for the next time?',
        choices: [
          { value: 'no', name: 'No, that was all' },
          { value: 'file', name: 'Yes, write a fleet file', about: '`fitout apply` reads it from then on' },
        ],
      }
    case 'file':
      return {
        kind: 'text',
        title: 'Write it to which file?',
        preset: unusedFileName(state.files, state.where),
        problem: unlessEmpty('type the path of a file'),
      }
  }
}

function unlessEmpty(problem: string): (text: string) => string | undefined {
  return (text) => (text.trim() === '' ? problem : undefined)
}

/**
 * Takes an answer in.
 *
 * @returns the next state, or what is to be done now.
 */
export function answered(state: State, answer: string | readonly string[]): Next {
  const screen = screenOf(state)
  const one = typeof answer === 'string' ? answer.trim() : ''
  if (one === 'quit' && ['where', 'proposal', 'plan'].includes(screen.at)) return { act: { do: 'quit' } }
  const next = (then: WizardScreen, parts: Partial<State> = {}): Next => ({ state: on({ ...state, ...parts }, then) })
  const settled = (changed: State): Next => ({ state: backTo(changed, 'proposal') })
  const fresh = { only: undefined, set: {} }
  switch (screen.at) {
    case 'where':
      if (one === 'here') return next({ at: 'proposal' }, { ...fresh, where: { kind: 'here' } })
      if (one === 'host') return next({ at: 'host' })
      if (one === 'fleet-file') return next({ at: 'fleet-file' })
      return next({ at: 'fleet', file: one.replace(/^fleet:/, '') })
    case 'host':
      return next(
        { at: 'proposal' },
        { ...fresh, where: one === 'local' ? { kind: 'here' } : { kind: 'host', target: one } },
      )
    case 'fleet-file':
      return next({ at: 'fleet', file: one })
    case 'fleet':
    case 'words':
      if (screen.at === 'fleet' && one === 'words') return next({ at: 'words', file: screen.file })
      return next({ at: 'proposal' }, { ...fresh, where: { kind: 'fleet', file: screen.file, words: one } })
    case 'proposal': {
      const [word, recipe, option] = one.split(' ')
      if (word === 'where') return { state: backTo(state, 'where') }
      if (word === 'again') return { state: { ...unseen(state), notice: [] } }
      return next({ at: word, recipe, option } as WizardScreen)
    }
    case 'recipes': {
      const names = state.recipes.flatMap(({ name }) => (answer.includes(name) ? [name] : []))
      const same = names.join() === proposedOf(state).join()
      return settled({ ...state, only: same ? undefined : names })
    }
    case 'asked':
      return one === 'typed'
        ? next({ ...screen, at: 'typed' })
        : settled(withOption(state, `${screen.recipe}.${screen.option}`, chosenValue(one)))
    case 'typed':
      return settled(withSetting(state, screen.recipe, screen.option, one))
    case 'recipes-with-options':
      return next({ at: 'options', recipe: one }, { last: { ...state.last, [screen.at]: one } })
    case 'options':
      return next(
        { at: 'option', recipe: screen.recipe, option: one },
        { last: { ...state.last, [`options ${screen.recipe}`]: one } },
      )
    case 'option':
      // One seldom wants just one: back to the list.
      return { state: back(withSetting(state, screen.recipe, screen.option, one))! }
    case 'plan':
      if (one === 'back') return { state: backTo(state, 'proposal') }
      return { act: { do: 'apply', verify: one === 'verify' } }
    case 'keep':
      return one === 'file' ? next({ at: 'file' }) : { act: { do: 'end' } }
    case 'file':
      return { act: { do: 'write', file: one } }
  }
}

function proposal(state: State): Question {
  const hosts = lastSeenOf(state)
  const current = seenOf(state)
  const chosen = chosenOf(state)
  const hopeless = current?.every(({ plan: found }) => found === undefined) === true
  const asks = asksOf(state)
  const set = Object.keys(wantedOf(state).set).filter(
    (optionPath) => !asks.some(({ recipe, option }) => optionPath === `${recipe}.${option}`),
  )
  return {
    kind: 'choose',
    title: current === undefined ? 'Settings have changed. Go on?' : 'Go on with this?',
    lines: proposalLines(hosts, current !== undefined),
    choices: [
      {
        value: 'plan',
        name: current === undefined ? 'Go on: look again, and show the plan' : 'Go on: show the whole plan',
        about: 'every change with its reason; you are asked once more before anything is changed',
        off: hopeless ? 'there is none: see above' : undefined,
      },
      ...(current?.some(({ error }) => error !== undefined)
        ? [{ value: 'again', name: 'Look again', about: 'where something was mended meanwhile' }]
        : []),
      { value: 'recipes', name: `Recipes: ${chosen.join(', ') || 'none'}`, about: 'what is to be there' },
      ...asks.map(({ recipe, option, name, now, about }) => ({
        value: `asked ${recipe} ${option}`,
        name: `${name}: ${now}`,
        about,
      })),
      {
        value: 'recipes-with-options',
        name: `Advanced settings: ${set.length === 0 ? 'none' : set.join(', ')}`,
        about: 'every option of every recipe',
      },
      { value: 'where', name: 'Another machine' },
      quit,
    ],
  }
}

function recipes(state: State): Question {
  const hosts = lastSeenOf(state)
  const chosen = chosenOf(state)
  return {
    kind: 'check',
    title: 'What is to be there?',
    choices: state.recipes.map(({ name, title, about }) => {
      // A recipe makes no sense where it makes none on any of the machines.
      const reasons = hosts.map(({ unfit }) => unfit[name])
      const off = reasons.every((reason) => reason !== undefined) ? reasons[0] : undefined
      return {
        value: name,
        name: `${name}: ${title}`,
        about: /^.*?[.:](?= |$)/.exec(about)?.[0] ?? about,
        off,
        checked: chosen.includes(name),
      }
    }),
    problem: (values) => (values.length === 0 ? 'choose at least one, or go back' : undefined),
  }
}

function plan(state: State): Question {
  const failed = seenOf(state)!.filter(({ plan: found }) => found === undefined)
  const lines = failed.map(({ name, error }) => `${name} has no plan: ${error?.why ?? ''}`)
  const pending = plansOf(state).filter(({ plan: found }) => found.script !== '')
  if (pending.length === 0) {
    return {
      kind: 'choose',
      title: 'Nothing is left to change. Prove it?',
      lines,
      choices: [
        { value: 'verify', name: 'Yes, run the trials', about: 'as the user, in a login of their own' },
        { value: 'back', name: 'Back to the proposal' },
        quit,
      ],
    }
  }
  const { text, preset } = state.planQuestion(pending)
  const [title = '', ...before] = text.split('\n').toReversed()
  return {
    kind: 'choose',
    title,
    lines: [...lines, ...before.toReversed()],
    preset: preset ? 'apply' : 'back',
    choices: [
      { value: 'apply', name: 'Yes, do it now' },
      { value: 'back', name: 'No, back to the proposal', about: 'nothing is changed' },
      quit,
    ],
  }
}
