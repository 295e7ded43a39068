import { expect, test } from 'vitest'
import { versionChoices } from '../../../src/wizard/versions.js'

const offered = ['29.0.0-rc.1', '28.5.2', '28.5.1', '27.5.1']
const names = (choices: { value: string; name: string }[]) => choices.map(({ value, name }) => [value, name])

test('where none is installed: the newest, and the newest of each major version; no prerelease', () => {
  const { choices, preset } = versionChoices(
    'docker-engine',
    { hosts: [{ name: 'a', offered: offered.slice(1) }] },
    undefined,
  )
  expect(names(choices)).toEqual([
    ['unset', 'The newest: 28.5.2'],
    ['^28', '28: 28.5.2'],
    ['^27', '27: 27.5.1'],
    ['range', 'Others: a range that you type'],
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
    ['range', 'Others: a range that you type'],
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
    ['unset', 'The one that is cared for the longest'],
    ['580', '580: 580.95.05'],
    ['570', '570: 570.195.03'],
    ['range', 'Others: a range that you type'],
  ])
})
