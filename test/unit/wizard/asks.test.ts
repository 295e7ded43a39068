import { expect, test } from 'vitest'
import { forWizard } from '../../../src/cli/wizard/actions.js'
import { recipe, userName, z } from '../../../src/recipe/index.js'
import { askQuestion, asksOf } from '../../../src/wizard/asks.js'
import { begun, keyOf, type Offers, offersKey, type State, wantedOf } from '../../../src/wizard/state.js'
import { knowledge, web1 } from './talk.js'

/** A conversation about one machine and some recipes, some options of which are chosen. */
function conversation(only: string[], set: Record<string, string> = {}, parts: Partial<State> = {}): State {
  const state: State = { ...begun({ files: [], ...knowledge }), where: { kind: 'here' }, only, set, ...parts }
  return { ...state, seen: { [keyOf(wantedOf(state))]: [web1] } }
}

function choicesAt(state: State, name: string, option: string) {
  const question = askQuestion(state, { recipe: name, option })
  if (question.kind !== 'choose') throw new Error('no choices')
  return question
}

/** The question for a version. */
function versionChoices(name: string, offers: Offers, given?: string) {
  const option = name === 'nvidia-driver' ? 'branch' : 'version'
  const state = conversation([name], given === undefined ? {} : { [`${name}.${option}`]: given })
  return choicesAt({ ...state, offers: { [offersKey(wantedOf(state), name, option)]: offers } }, name, option)
}

const offered = ['29.0.0-rc.1', '28.5.2', '28.5.1', '27.5.1']
const names = (choices: readonly { value: string; name: string }[]) => choices.map(({ value, name }) => [value, name])

test('where none is installed: the newest, and the newest of each major version; no prerelease', () => {
  const { choices, preset } = versionChoices('docker-engine', { hosts: [{ name: 'a', offered: offered.slice(1) }] })
  expect(names(choices)).toEqual([
    ['unset', 'The newest: 28.5.2'],
    ['^28', '28: 28.5.2'],
    ['^27', '27: 27.5.1'],
    ['typed', 'Others: a range that you type'],
  ])
  expect(preset).toBe('unset')
  const withCandidate = versionChoices('docker-engine', { hosts: [{ name: 'a', offered }] }, undefined)
  expect(names(withCandidate.choices)).toEqual(names(choices))
})

test('where one is installed it stays, and the newest is an upgrade', () => {
  const { choices } = versionChoices(
    'docker-engine',
    { hosts: [{ name: 'a', installed: '27.5.1', offered }] },
    undefined,
  )
  expect(names(choices).slice(0, 2)).toEqual([
    ['unset', 'As it is installed: 27.5.1'],
    ['latest', 'The newest: 28.5.2'],
  ])
})

test('of several machines only what every one is offered', () => {
  const hosts = [
    { name: 'a', installed: '27.5.1', offered },
    { name: 'b', offered: ['28.4.0', '26.1.5'] },
  ]
  const { choices } = versionChoices('docker-engine', { hosts }, '^26')
  expect(names(choices)).toEqual([
    ['unset', 'The newest: 28.5.2 and 28.4.0'],
    ['^28', '28: 28.5.2'],
    ['^26', '^26, as chosen before'],
    ['typed', 'Others: a range that you type'],
  ])
})

test('an unknown answer is said', () => {
  expect(versionChoices('docker-engine', { hosts: [{ name: 'a', offered: [] }] }, undefined).lines).toEqual([
    'The repository did not say what it offers.',
  ])
})

test('a driver has branches', () => {
  const hosts = [{ name: 'a', offered: ['580.95.05', '570.195.03'] }]
  expect(names(versionChoices('nvidia-driver', { hosts }, 'auto').choices)).toEqual([
    ['unset', 'The longest supported'],
    ['580', '580: 580.95.05'],
    ['570', '570: 570.195.03'],
    ['typed', 'Others: a range that you type'],
  ])
})

test('a value with a name, those that a host has by default, and one that was typed', () => {
  const users = (given?: string) =>
    conversation(['docker-group'], given === undefined ? {} : { 'docker-group.users': given })
  const shown = (state: State) => {
    const { choices, preset } = choicesAt(state, 'docker-group', 'users')
    return [asksOf(state)[0]?.now, preset, ...names(choices)]
  }
  const [dev, nobody, others] = [
    ['unset', 'dev'],
    ['""', 'Nobody'],
    ['typed', 'Others …'],
  ]
  expect(shown(users())).toEqual(['dev', 'unset', dev, nobody, others])
  expect(shown(users(''))).toEqual(['Nobody', '""', dev, nobody, others])
  const before = ['ada,grace', 'ada,grace, as chosen before']
  expect(shown(users('ada,grace'))).toEqual(['ada, grace', 'ada,grace', dev, nobody, before, others])
})

test('a recipe from outside brings questions of its own', () => {
  const chrony = forWizard(
    recipe({
      name: 'chrony',
      title: 'The time',
      about: 'Keeps the time.',
      options: { version: z.string().optional(), readers: z.array(userName).default([]) },
      version: { of: 'chrony', installed: () => '4.3', offered: () => ['4.5'] },
      asks: [
        {
          option: 'readers',
          name: 'Readers',
          about: 'who may read it',
          title: 'Who may read it?',
          unset: { values: () => [], about: '', none: 'nobody' },
          typed: { about: 'you type their names', hint: 'names' },
        },
      ],
    }),
  )
  const state = conversation(['chrony'], {}, { recipes: [chrony] })
  expect(asksOf(state).map(({ name, now }) => [name, now])).toEqual([
    ['Readers', 'nobody'],
    ['Version of chrony', 'as proposed'],
  ])
  expect(names(choicesAt(state, 'chrony', 'readers').choices)).toEqual([['typed', 'Others …']])
})
