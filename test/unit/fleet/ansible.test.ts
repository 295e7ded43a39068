import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { FitoutError } from '../../../src/errors.js'
import { parseInventory, readInventory } from '../../../src/fleet/ansible-read.js'
import { type Fleet, settingsOf } from '../../../src/fleet/fleet.js'

const folder = mkdtempSync(join(tmpdir(), 'fitout-inventory-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const ini = `# comment
lonely ansible_host=192.0.2.9   # another
[web]
web[01:03].example.com ansible_user=deploy
web02.example.com:2222
[db]
"db1" ansible_host="192.0.2.1" ansible_ssh_private_key_file='~/.ssh/db' app_role="a b=c"
[prod:children]
web
db
[prod:vars]
ansible_user = ops
ansible_ssh_common_args='-o ProxyJump=gate.example.com'
ansible_become_password = {{ lookup('env', 'PROD_SUDO') }}
http_port=80
[all:vars]
ansible_port=22
`

const yaml = `
all:
  vars: { ansible_port: 22 }
  hosts:
    lonely: { ansible_host: 192.0.2.9 }
  children:
    prod:
      vars:
        ansible_user: ops
        ansible_ssh_common_args: -o ProxyJump=gate.example.com
        ansible_become_password: "{{ lookup('env', 'PROD_SUDO') }}"
        http_port: 80
      children:
        web:
          hosts:
            web[01:03].example.com: { ansible_user: deploy }
            web02.example.com: { ansible_port: 2222 }
        db:
          hosts:
            db1: { ansible_host: 192.0.2.1, ansible_ssh_private_key_file: ~/.ssh/db, app_role: a b=c }
`

const json = JSON.stringify({
  _meta: {
    hostvars: {
      lonely: { ansible_host: '192.0.2.9' },
      db1: { ansible_host: '192.0.2.1', ansible_ssh_private_key_file: '~/.ssh/db', app_role: 'a b=c' },
      'web01.example.com': { ansible_user: 'deploy' },
      'web02.example.com': { ansible_user: 'deploy', ansible_port: 2222 },
      'web03.example.com': { ansible_user: 'deploy' },
    },
  },
  all: { children: ['ungrouped', 'prod'], vars: { ansible_port: 22 } },
  ungrouped: { hosts: ['lonely'] },
  prod: {
    children: ['web', 'db'],
    vars: {
      ansible_user: 'ops',
      ansible_ssh_common_args: '-o ProxyJump=gate.example.com',
      ansible_become_password: "{{ lookup('env', 'PROD_SUDO') }}",
      http_port: 80,
    },
  },
  web: { hosts: ['web01.example.com', 'web02.example.com', 'web03.example.com'] },
  db: ['db1'],
})

const valuesOf = (fleet: Fleet, name: string) =>
  Object.fromEntries(Object.entries(settingsOf(fleet.hosts.get(name)!).ssh).map(([key, one]) => [key, one.value]))

describe.each([
  ['INI', () => parseInventory(ini, 'hosts')],
  ['YAML', () => parseInventory(yaml, 'hosts.yml')],
  ['JSON', () => parseInventory(json, 'inventory.py', 'json')],
])('%s', (_kind, read) => {
  const fleet = read()

  test('hosts and groups', () => {
    expect([...fleet.hosts.keys()].toSorted()).toEqual(
      ['db1', 'lonely', 'web01.example.com', 'web02.example.com', 'web03.example.com'].toSorted(),
    )
    expect(fleet.groups.get('prod')?.toSorted()).toEqual(
      ['db1', 'web01.example.com', 'web02.example.com', 'web03.example.com'].toSorted(),
    )
    expect(fleet.hosts.get('web01.example.com')?.groups).toEqual(['prod', 'web'])
    expect(fleet.hosts.get('lonely')?.groups).toEqual([])
  })

  test('variables: the host, then inner groups, then those around them', () => {
    const around = { port: 22, user: 'ops', proxyJump: 'gate.example.com' }
    expect(valuesOf(fleet, 'lonely')).toEqual({ port: 22, address: '192.0.2.9' })
    expect(valuesOf(fleet, 'web02.example.com')).toEqual({ ...around, port: 2222, user: 'deploy' })
    expect(valuesOf(fleet, 'db1')).toEqual({ ...around, address: '192.0.2.1', identityFile: ['~/.ssh/db'] })
    expect(settingsOf(fleet.hosts.get('db1')!).sudoPassword?.value).toEqual({ env: 'PROD_SUDO' })
    expect(fleet.passedOver).toBe(2)
    expect(fleet.notes).toEqual([])
  })
})

test('what cannot be taken over is said, secrets and templates without their text', () => {
  const fleet = parseInventory(
    `[all]
a ansible_become_password=hunter2
b ansible_host="{{ secret_place }}"
c ansible_connection=docker
d ansible_connection=local
e ansible_ssh_common_args='-o StrictHostKeyChecking=no -o ProxyCommand="ssh -W %h:%p gate"'
f ansible_become_method=doas
`,
    'hosts',
  )
  expect([...fleet.hosts.keys()]).toEqual(['a', 'b', 'e', 'f'])
  expect(fleet.notes).toEqual([
    expect.stringContaining('ansible_become_password of a'),
    expect.stringContaining('ansible_host of b'),
    expect.stringContaining('reached by docker'),
    expect.stringContaining('this machine'),
    expect.stringContaining('ansible_ssh_common_args of e'),
    expect.stringContaining('ansible_become_method of f'),
  ])
  expect(fleet.notes.join()).not.toMatch(/hunter2|secret_place/)
})

test.each([
  ['a ansible_port=hello', 'hosts:1:1: `ansible_port` is not a port'],
  ['a ansible_host="x y"', 'hosts:1:1: `ansible_host` is no DNS name'],
  ['a "b', 'a quote that is not closed'],
  ['a loose', 'no `name=value`'],
  ['n[1:99999]', 'more than 10000'],
  ['[a:odd]', '`:odd` is no part of a group'],
  ['[a:children]\nb\n[b:children]\na', 'its own child'],
  ['[a:vars]\nnothing', 'is no variable'],
])('%j', (text, why) => expect(() => parseInventory(text, 'hosts')).toThrow(why))

test('IPv6 addresses and ports', () => {
  const fleet = parseInventory('2001:db8::1\n[2001:db8::2]:2222\nplain:99', 'hosts.ini')
  expect([...fleet.hosts.keys()]).toEqual(['2001:db8::1', '2001:db8::2', 'plain'])
  expect(valuesOf(fleet, '2001:db8::2')).toEqual({ port: 2222 })
})

test('a program is run only when its file may be; what it says of a failure is shown', async () => {
  const program = join(folder, 'inventory')
  writeFileSync(program, `#!/bin/sh\n[ "$*" = --list ] || exit 9\ncat <<'E'\n${json}\nE\n`)
  await expect(readInventory(program)).rejects.toThrow(FitoutError)
  chmodSync(program, 0o755)
  expect((await readInventory(program)).hosts.size).toBe(5)
  writeFileSync(program, '#!/bin/sh\necho "no cloud today" >&2\nexit 3\n')
  await expect(readInventory(program)).rejects.toThrow(/ended with 3:\n {2}no cloud today/)
  writeFileSync(program, '#!/bin/sh\necho hello\n')
  await expect(readInventory(program)).rejects.toThrow('no JSON')
  await expect(readInventory(folder)).rejects.toThrow('is a folder')
  await expect(readInventory(join(folder, 'nowhere'))).rejects.toThrow('does not exist')
})

test('whatever the text, there is an answer or a refusal', () => {
  const pieces = fc.constantFrom(...(`${ini}${yaml}${json}`.match(/[\w-]+|\s+|[^\w\s]/g) ?? []))
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 50 }), fc.constantFrom('ini', 'yaml', 'json'), (some, kind) => {
      try {
        parseInventory(some.join(''), 'hosts', kind as 'ini')
      } catch (error) {
        if (!(error instanceof FitoutError) || error.exitCode !== 64) throw error
      }
    }),
    { numRuns: 1_500 },
  )
  for (const text of [
    '[]'.repeat(50_000),
    'a"'.repeat(50_000),
    `${'a'.repeat(100_000)}:1`,
    '#'.repeat(100_000),
    '='.repeat(100_000),
  ]) {
    try {
      parseInventory(text, 'hosts', 'ini')
    } catch (error) {
      expect(error).toBeInstanceOf(FitoutError)
    }
  }
})
