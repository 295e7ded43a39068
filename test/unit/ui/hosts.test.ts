import { expect, test } from 'vitest'
import { unpainted } from '../../../src/text.js'
import { showHost, showHostList } from '../../../src/ui/hosts.js'

// An inventory may name groups and users as it likes.
const hostile = 'racks\x1b[2J'
const shown = 'racks\\x1b[2J'

test('the list of hosts: columns under each other, and nothing that moves a cursor', () => {
  const hosts = [
    { name: 'web1', groups: ['a', hostile], reached: `${hostile}@web1:22` },
    { name: 'local', groups: [], reached: 'this machine' },
  ]
  expect(showHostList(hosts, { file: 'inventory', passedOver: 1 }, unpainted)).toEqual([
    `web1   ${shown}@web1:22  a, ${shown}`,
    'local  this machine',
    '',
    '2 hosts in inventory; `fitout hosts NAME` shows what holds for one, and where it is written.',
    '1 variable of it means nothing here.',
  ])
})

test('one host: its values, and nothing that moves a cursor in keys, values and places', () => {
  const place = { from: `${hostile}:3`, by: `group ${hostile}` }
  const lines = showHost(
    {
      host: 'web1',
      from: `${hostile}:12`,
      groups: [hostile],
      settings: {
        'ssh.user': { value: hostile, ...place },
        sudoPassword: { value: 'prompt', from: 'f:1', by: 'defaults' },
      },
      recipes: [{ name: 'docker-engine' }],
      skipped: [{ name: 'hello-world', ...place }],
      options: { [`docker-daemon.config.${hostile}`]: { value: 3, from: 'f:2', by: 'defaults' } },
    },
    unpainted,
  )
  const row = (key: string, value: string, from: string) =>
    `  ${key.padEnd(`docker-daemon.config.${shown}`.length)}  ${value.padEnd('asked for once'.length)}  ${from}`
  expect(lines).toEqual([
    `web1  in ${shown}  ${shown}:12`,
    row('ssh.user', shown, `${shown}:3  group ${shown}`),
    row('sudoPassword', 'asked for once', 'f:1  defaults'),
    row('recipes', 'docker-engine', 'part of every run'),
    row('left out', 'hello-world', `${shown}:3  group ${shown}`),
    row(`docker-daemon.config.${shown}`, '3', 'f:2  defaults'),
  ])
})
