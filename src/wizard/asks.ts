import type { OptionQuestion, VersionQuestion } from '../recipe/asks.js'
import { listed } from '../text.js'
import type { MenuChoice, Question } from './question.js'
import { descriptionOf, settingQuestion } from './settings.js'
import { chosenOf, lastSeenOf, type Offers, offersKey, type State, wantedOf } from './state.js'

/** An option of a recipe, as a screen names it. */
interface RecipeOption {
  recipe: string
  option: string
}

/** One option with a question of its own. */
interface Ask extends RecipeOption, Pick<OptionQuestion, 'name' | 'about' | 'title'> {
  /** What is chosen now, in the words of the proposal. */
  now: string
  found(): { lines: readonly string[]; choices: readonly MenuChoice[] }
  /** The choice of a value that is typed, and the question for it. */
  typed: { name: string; title: string; about: string; hint: string }
}

/** The empty value, as a choice. */
const nothing = '""'

/** The options of what is chosen that have a question of their own. */
export function asksOf(state: State): Ask[] {
  const names = chosenOf(state)
  const chosen = state.recipes.filter(({ name }) => names.includes(name))
  return [
    ...chosen.flatMap(({ name, asks = [] }) => asks.map((asked) => ofOption(state, name, asked))),
    ...chosen.flatMap(({ name, version }) => (version === undefined ? [] : ofVersion(state, name, version))),
  ]
}

function askAt(state: State, at: RecipeOption): Ask {
  return asksOf(state).find(({ recipe, option }) => recipe === at.recipe && option === at.option)!
}

/** What is chosen; what the option says by default is no choice of its own. */
function givenOf(state: State, recipe: string, option: string): string | undefined {
  const given = state.set[`${recipe}.${option}`]
  return given === String(descriptionOf(state, recipe, option).default) ? undefined : given
}

/** The question for an option, with what was chosen there before. */
export function askQuestion(state: State, at: RecipeOption): Question {
  const { title, found, typed } = askAt(state, at)
  const { lines, choices } = found()
  const given = givenOf(state, at.recipe, at.option)
  const preset = given === undefined ? 'unset' : given || nothing
  const before = choices.some(({ value }) => value === preset) || given === undefined
  return {
    kind: 'choose',
    title,
    lines,
    preset,
    choices: [
      ...choices,
      ...(before ? [] : [{ value: preset, name: `${preset}, as chosen before` }]),
      { value: 'typed', name: typed.name, about: typed.about },
    ],
  }
}

/** The question for a value that is typed: that for the setting, in better words. */
export function typedQuestion(state: State, at: RecipeOption): Question {
  const { title, hint } = askAt(state, at).typed
  return { ...settingQuestion(state, at.recipe, at.option), title, hint } as Question
}

/** The value that a choice of `askQuestion` means. */
export function chosenValue(choice: string): string | undefined {
  return choice === 'unset' ? undefined : choice === nothing ? '' : choice
}

function ofOption(state: State, recipe: string, asked: OptionQuestion): Ask {
  const { option, title, unset, choices = [], lines = [], typed } = asked
  const values = [...new Set(lastSeenOf(state).flatMap((host) => host.unset[`${recipe}.${option}`] ?? []))]
  const given = givenOf(state, recipe, option)
  const shown = choices.find(({ value }) => value === given)?.name ?? given?.split(',').join(', ')
  return {
    ...asked,
    recipe,
    now: shown ?? (values.join(', ') || unset.none),
    found: () => ({
      lines,
      choices: [
        ...(values.length === 0 ? [] : [{ value: 'unset', name: listed(values), about: unset.about }]),
        ...choices.map(({ value, ...words }) => ({ ...words, value: value || nothing })),
      ],
    }),
    typed: { name: 'Others …', title, ...typed },
  }
}

function ofVersion(state: State, recipe: string, version: VersionQuestion): Ask {
  const { option = 'version', of, branches } = version
  const offers = state.offers[offersKey(wantedOf(state), recipe, option)]
  const given = givenOf(state, recipe, option)
  const installed = offers?.hosts.flatMap((host) => host.installed ?? [])[0]
  const unset = installed === undefined ? 'as proposed' : `${installed}, as it is installed`
  const hint = branches?.hint ?? 'a range such as ^28, 28.5.x or ">=27 <30", or latest'
  return {
    recipe,
    option,
    name: `Version of ${of}`,
    about: 'what the repositories offer',
    now: given === 'latest' ? 'the newest' : (given ?? unset),
    title: `Which version of ${of}?`,
    found: () => versionChoices(offers!, branches),
    typed: { name: 'Others: a range that you type', title: `Which versions of ${of}?`, about: hint, hint },
  }
}

/** The versions to choose from: as it is, the newest, and the newest of each major version that every machine is offered. */
function versionChoices({ hosts, error }: Offers, branches: VersionQuestion['branches']) {
  const installed = [...new Set(hosts.flatMap((host) => host.installed ?? []))]
  const everywhere = hosts.length > 0 && hosts.every((host) => host.installed !== undefined)
  // A prerelease is nobody’s newest.
  const released = hosts.map(({ offered }) => offered.filter((version) => !version.includes('-')))
  const newest = [...new Set(released.flatMap(([first]) => first ?? []))]
  const unset = branches ?? {
    unset: `The newest${newest.length === 0 ? '' : `: ${listed(newest)}`}`,
    about: 'what is installed stays as it is later',
  }
  const lines =
    error !== undefined
      ? [`What is offered cannot be known: ${error.why}`]
      : newest.length === 0 && branches === undefined
        ? ['The repository did not say what it offers.']
        : []
  return {
    lines,
    choices: [
      everywhere
        ? { value: 'unset', name: `As it is installed: ${listed(installed)}`, about: 'nothing is upgraded' }
        : {
            value: 'unset',
            name: unset.unset,
            about:
              installed.length > 0
                ? `where there is none; ${listed(installed)} stays where it is installed`
                : unset.about,
          },
      ...(everywhere && branches === undefined && newest.length > 0
        ? [{ value: 'latest', name: `The newest: ${listed(newest)}`, about: 'upgrades what is installed' }]
        : []),
      ...commonMajors(released).map(({ major, best }) =>
        branches !== undefined
          ? { value: major, name: `${major}: ${best}` }
          : { value: `^${major}`, name: `${major}: ${best}`, about: `the newest of ${major}, also later (^${major})` },
      ),
    ],
  }
}

/** Major versions that every machine is offered, newest first, each with its newest version. */
function commonMajors(released: readonly (readonly string[])[]): { major: string; best: string }[] {
  const [first, ...others] = released.map((versions) => {
    const best = new Map<string, string>()
    for (const version of versions) {
      const major = version.split('.')[0]!
      // They come newest first.
      if (!best.has(major)) best.set(major, version)
    }
    return best
  })
  return [...(first ?? [])]
    .filter(([major]) => others.every((other) => other.has(major)))
    .map(([major, best]) => ({ major, best }))
}
