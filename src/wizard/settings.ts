import type { OptionDescription } from '../options/describe.js'
import { counted } from '../text.js'
import { defaultWords } from '../ui/recipes.js'
import type { Question } from './question.js'
import { chosenOf, type State, withOption } from './state.js'

/** Which recipe’s settings to look at. */
export function recipesWithSettings(state: State): Question {
  return {
    kind: 'choose',
    title: 'Settings of which recipe?',
    preset: state.last['recipes-with-options'],
    choices: state.recipes
      .filter(({ name, options }) => chosenOf(state).includes(name) && options.length > 0)
      .map(({ name, title, options }) => {
        const set = Object.keys(state.set).filter((optionPath) => optionPath.startsWith(`${name}.`)).length
        const what = set === 0 ? counted(options.length, 'setting') : `${set} of ${options.length} set`
        return { value: name, name: `${name} (${what})`, about: title }
      }),
  }
}

/** The settings of a recipe, with their values. */
export function settingsOf(state: State, recipe: string): Question {
  const { options: all } = state.recipes.find(({ name }) => name === recipe)!
  return {
    kind: 'choose',
    title: `Which setting of ${recipe}?`,
    preset: state.last[`options ${recipe}`],
    lines: ['Esc goes back when you are done.'],
    choices: all.map((one) => ({
      value: one.name,
      name: `${one.name}: ${valueText(state, recipe, one)}`,
      about: one.description,
    })),
  }
}

function valueText(state: State, recipe: string, { name, default: preset, secret }: OptionDescription): string {
  const optionPath = `${recipe}.${name}`
  const inner = Object.entries(state.set).flatMap(([at, value]) =>
    at === optionPath
      ? [value]
      : at.startsWith(`${optionPath}.`)
        ? [`${at.slice(optionPath.length + 1)}=${value}`]
        : [],
  )
  if (inner.length > 0) return secret ? 'set' : inner.join(', ')
  const text = defaultWords(preset)
  return text === undefined ? 'not set' : `${text} (as it is by default)`
}

/** An option of a recipe. */
export function descriptionOf(state: State, recipe: string, name: string): OptionDescription {
  return state.recipes.find((one) => one.name === recipe)!.options.find((one) => one.name === name)!
}

const typeWords = /^(text|any value|object|null|list of .*|whole number.*|number.*)$/

/** One setting: a list where its values are words, else a text. */
export function settingQuestion(state: State, recipe: string, name: string): Question {
  const described = descriptionOf(state, recipe, name)
  const optionPath = `${recipe}.${name}`
  const words = described.type.split(' | ')
  const lines = [described.description]
  const title = `${optionPath}?`
  if (words.every((word) => !typeWords.test(word))) {
    return {
      kind: 'choose',
      title,
      lines,
      preset: state.set[optionPath] ?? 'unset',
      choices: [
        {
          value: 'unset',
          name: described.default === undefined ? 'Not set' : `As it is by default: ${String(described.default)}`,
        },
        ...words.filter((word) => word !== String(described.default)).map((word) => ({ value: word, name: word })),
      ],
    }
  }
  const isObject = words.includes('object')
  return {
    kind: 'text',
    title,
    lines: [
      ...lines,
      ...(isObject
        ? [`Now: ${valueText(state, recipe, described)}`, 'As `key=value`, one at a time, or as JSON.']
        : []),
    ],
    hint: `${described.type}; nothing: as it is by default`,
    preset: isObject || described.secret ? undefined : state.set[optionPath],
    problem: (text) => {
      const value = text.trim()
      if (value === '') return undefined
      const [at, given] = assignment(name, value, described.type)
      return state.problemOf(recipe, at, given)
    },
  }
}

/** What a text is for, a key inside an object option or the option itself, and its value: of a list, blanks part values, too. */
function assignment(option: string, text: string, type: string): [optionPath: string, value: string] {
  const found = type.split(' | ').includes('object') ? /^([^\s{[="]+)=(.*)$/s.exec(text) : null
  if (found !== null) return [`${option}.${found[1]}`, found[2]!]
  return [option, type === 'list of text' && !text.startsWith('[') ? text.split(/[\s,]+/).join(',') : text]
}

/** Takes the answer to `settingQuestion` in. */
export function withSetting(state: State, recipe: string, name: string, text: string): State {
  const described = descriptionOf(state, recipe, name)
  const optionPath = `${recipe}.${name}`
  if (text === '' || text === 'unset') {
    const kept = Object.entries(state.set).filter(([at]) => at !== optionPath && !at.startsWith(`${optionPath}.`))
    return { ...state, set: Object.fromEntries(kept) }
  }
  const [at, value] = assignment(name, text, described.type)
  return withOption(state, `${recipe}.${at}`, value)
}
