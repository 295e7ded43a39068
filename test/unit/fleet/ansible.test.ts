import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest'
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
  await expect(readInventory(join(folder, 'nowhere'))).rejects.toThrow('does not exist')
})

describe('what only Ansible reads', () => {
  afterEach(() => vi.unstubAllEnvs())

  /** A folder with `hosts` and `group_vars`, and an `ansible-inventory` that does this. */
  function project(script: string | undefined, hosts = '[web]\nw1 ansible_user=ops\n') {
    const place = mkdtempSync(join(folder, 'project-'))
    mkdirSync(join(place, 'group_vars'))
    writeFileSync(join(place, 'hosts'), hosts)
    writeFileSync(join(place, 'group_vars/web.yml'), 'ansible_host: 192.0.2.7\n')
    if (script !== undefined) writeFileSync(join(place, 'ansible-inventory'), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
    // Without one, this machine's own is not to be found either.
    vi.stubEnv('PATH', script === undefined ? place : `${place}:/usr/bin:/bin`)
    return place
  }
  const printing = `[ "$1 $3" = '-i --list' ] || exit 9; cat <<'E'
{ "_meta": { "hostvars": { "w1": { "ansible_host": "192.0.2.7", "ansible_user": "ops" } } }, "web": { "hosts": ["w1"] } }
E`

  test('variables in files beside the inventory, which Ansible is asked for', async () => {
    const fleet = await readInventory(join(project(printing), 'hosts'))
    expect(valuesOf(fleet, 'w1')).toEqual({ user: 'ops', address: '192.0.2.7' })
    expect(fleet.groups.get('web')).toEqual(['w1'])
    expect(fleet.notes).toEqual([])
  })

  test.each([
    ['is missing', undefined, 'is missing here'],
    ['fails', 'echo "no vault secrets found" >&2; exit 4', 'ended with 4:\n  no vault secrets found'],
  ])('if it %s, what was not read is said', async (_what, script, why) => {
    const fleet = await readInventory(join(project(script), 'hosts'))
    expect(valuesOf(fleet, 'w1')).toEqual({ user: 'ops' })
    expect(fleet.notes).toEqual([expect.stringContaining('hosts: not read: group_vars. `ansible-inventory` ')])
    expect(fleet.notes[0]).toContain(why)
  })

  test('a plugin’s configuration and a folder: nothing without Ansible', async () => {
    const place = project(undefined)
    writeFileSync(join(place, 'aws.yml'), 'plugin: amazon.aws.aws_ec2\n')
    await expect(readInventory(join(place, 'aws.yml'))).rejects.toThrow(
      'configures an inventory plugin, which only Ansible reads',
    )
    await expect(readInventory(place)).rejects.toThrow('is a folder, which only Ansible reads')
    expect([...(await readInventory(project(printing))).hosts.keys()]).toEqual(['w1'])
  })

  describe('it does not run by a configuration that is somebody else’s', () => {
    const before = process.cwd()
    afterEach(() => process.chdir(before))
    const inside = (name = 'ansible.cfg', mode = 0o666) => {
      const place = project(printing)
      process.chdir(place)
      mkdirSync('empty')
      mkdirSync('conf')
      writeFileSync(name, '')
      chmodSync(name, mode)
      return place
    }
    const notes = async () => (await readInventory('hosts')).notes

    test('in the working directory', async () => {
      inside()
      expect(await notes()).toEqual([expect.stringContaining('ansible.cfg can be written by everybody')])
      chmodSync('ansible.cfg', 0o644)
      expect(await notes()).toEqual([])
    })

    // Ansible takes the working directory’s where this names none.
    test.each(['', '.', '/nonexistent/x.cfg', 'empty', '/dev/null', '$NOTHING/x.cfg', '~nobody/x.cfg'])(
      'in the working directory, with ANSIBLE_CONFIG=%s',
      async (named) => {
        inside()
        vi.stubEnv('ANSIBLE_CONFIG', named)
        expect(await notes()).toEqual([expect.stringContaining('ansible.cfg can be written by everybody')])
      },
    )

    test.each(['conf/ansible.cfg', 'conf', '$PLACE/conf', '~/conf/ansible.cfg', `\${PLACE}/conf/ansible.cfg`])(
      'that ANSIBLE_CONFIG=%s names; with one of one’s own the working directory’s does not count',
      async (named) => {
        const place = inside('conf/ansible.cfg')
        vi.stubEnv('ANSIBLE_CONFIG', named)
        vi.stubEnv('PLACE', place)
        vi.stubEnv('HOME', place)
        expect(await notes()).toEqual([expect.stringContaining('conf/ansible.cfg can be written by everybody')])
        chmodSync('conf/ansible.cfg', 0o644)
        writeFileSync('ansible.cfg', '')
        chmodSync('ansible.cfg', 0o666)
        expect(await notes()).toEqual([])
      },
    )

    test('that is put there while Ansible starts', async () => {
      const place = project(`pwd >${join(folder, 'where')}; ${printing}`)
      process.chdir(place)
      for (const [mode, where] of [
        [0o777, '/'],
        [0o1777, '/'],
        [0o700, place],
      ] as const) {
        chmodSync(place, mode)
        expect(await notes()).toEqual([])
        expect(readFileSync(join(folder, 'where'), 'utf8')).toBe(`${where}\n`)
      }
    })
  })
})

const hasAnsible = (() => {
  try {
    execFileSync('ansible-inventory', ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
})()

describe.skipIf(!hasAnsible)('with the real Ansible as the oracle', () => {
  test.each([
    // Ansible forgets a port that is written where a host is named for the second time.
    ['hosts.ini', ini.replace('web02.example.com:2222', 'web02.example.com ansible_port=2222')],
    ['hosts.yml', yaml],
  ])('%s by itself means what Ansible says of it', async (name, text) => {
    const alone = join(mkdtempSync(join(folder, 'alone-')), name)
    const place = mkdtempSync(join(folder, 'asked-'))
    mkdirSync(join(place, 'group_vars'))
    writeFileSync(alone, text)
    writeFileSync(join(place, name), text)
    const [ours, theirs] = [await readInventory(alone), await readInventory(join(place, name))]
    expect(theirs.notes).toEqual([])
    expect([...theirs.hosts.keys()].toSorted()).toEqual([...ours.hosts.keys()].toSorted())
    expect(theirs.passedOver).toBe(ours.passedOver)
    for (const host of ours.hosts.keys()) {
      expect([host, valuesOf(theirs, host)]).toEqual([host, valuesOf(ours, host)])
      expect(theirs.hosts.get(host)?.groups).toEqual(ours.hosts.get(host)?.groups)
      expect(settingsOf(theirs.hosts.get(host)!).sudoPassword?.value).toEqual(
        settingsOf(ours.hosts.get(host)!).sudoPassword?.value,
      )
    }
  })

  test('host_vars and group_vars count', async () => {
    const place = mkdtempSync(join(folder, 'vars-'))
    for (const name of ['group_vars', 'host_vars']) mkdirSync(join(place, name))
    writeFileSync(join(place, 'hosts'), '[web]\nw1\nw2\n')
    writeFileSync(join(place, 'group_vars/web.yml'), 'ansible_user: ops\n')
    writeFileSync(join(place, 'host_vars/w2.yml'), 'ansible_port: 2222\n')
    const fleet = await readInventory(join(place, 'hosts'))
    expect([valuesOf(fleet, 'w1'), valuesOf(fleet, 'w2')]).toEqual([{ user: 'ops' }, { user: 'ops', port: 2222 }])
    expect([...(await readInventory(place)).hosts.keys()]).toEqual(['w1', 'w2'])
  })
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
