import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { FitoutError } from '../../../../src/errors.js'
import { readInventory, readInventoryOutline } from '../../../../src/fleet/ansible/read.js'
import { type Fleet, settingsOf } from '../../../../src/fleet/fleet.js'
import { machinesNamed } from '../../../../src/fleet/machines.js'
import { inventoryOf } from '../../../support/inventory.js'

const folder = mkdtempSync(join(tmpdir(), 'fitout-inventory-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const ini = `# comment
lonely ansible_host=192.0.2.9   # another
[web]
web[01:03].example.com ansible_user=deploy
web02.example.com ansible_port=2222
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

/** A program that prints this. */
function programPrinting(text: string): string {
  const program = join(mkdtempSync(join(folder, 'program-')), 'inventory')
  writeFileSync(program, `#!/bin/sh\n[ "$*" = --list ] || exit 9\ncat <<'E'\n${text}\nE\n`, { mode: 0o755 })
  return program
}

describe.each([
  ['INI', () => inventoryOf(ini, 'hosts')],
  ['YAML', () => inventoryOf(yaml, 'hosts.yml')],
  ['JSON', () => readInventory(programPrinting(json))],
])('%s', (_kind, read) => {
  let fleet: Fleet
  beforeAll(async () => {
    fleet = await read()
  })

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

test('what cannot be taken over is said, secrets and templates without their text', async () => {
  const fleet = await inventoryOf(
    `[all]
a ansible_become_password=hunter2
b ansible_host="{{ secret_place | upper }}"
c ansible_connection=docker
d ansible_connection=local
e ansible_ssh_common_args='-o StrictHostKeyChecking=no -o ProxyCommand="ssh -W %h:%p gate"'
f ansible_become_method=doas
g ansible_ssh_common_args='-o ProxyCommand="nc %h %p"'
h ansible_ssh_private_key_file="{{ secret_place | upper }}"
`,
  )
  expect([...fleet.hosts.keys()]).toEqual(['a', 'e', 'f', 'h'])
  expect(valuesOf(fleet, 'e')).toEqual({ proxyJump: 'gate' })
  expect(fleet.notes).toEqual([
    expect.stringContaining('skipped b: `ansible_host` is a template'),
    expect.stringContaining('skipped c: is reached by docker'),
    expect.stringContaining('skipped d: is this machine'),
    expect.stringContaining(
      'skipped g: `ansible_ssh_common_args` has options for `ssh` that lead elsewhere: ProxyCommand',
    ),
    expect.stringContaining('ansible_become_password of a'),
    expect.stringMatching(/not taken over \(StrictHostKeyChecking\): ansible_ssh_common_args of e$/),
    expect.stringContaining('ansible_become_method of f'),
    expect.stringContaining('ansible_ssh_private_key_file of h'),
  ])
  expect(fleet.notes.join()).not.toMatch(/hunter2|secret_place/)
})

describe('a host that is skipped', () => {
  const inventory = join(folder, 'skipping')
  const source = { outline: () => readInventoryOutline(inventory), whole: () => readInventory(inventory) }
  const targets = async (...words: string[]) => (await machinesNamed(words, source)).targets.map(({ name }) => name)
  beforeAll(() =>
    writeFileSync(
      inventory,
      '[web]\nc1 ansible_connection=docker\nweb1\n[box]\nc2 ansible_connection=docker\nu@c3 ansible_connection=docker\n',
    ),
  )

  test.each(['c1', 'ada@c1', 'c1:22', 'u@c3'])('is not reached as %s', async (word) => {
    await expect(targets(word)).rejects.toThrow(/`(?:c1|u@c3)` of /)
    await expect(targets(word)).rejects.toThrow('is reached by docker, not by SSH')
  })

  test('is left out of groups, and a group without others says why', async () => {
    expect(await targets('web')).toEqual(['web1'])
    expect(await targets('all')).toEqual(['web1'])
    expect(await targets('all,!c1', '!c*')).toEqual(['web1'])
    await expect(targets('c*')).rejects.toThrow('`c*` leaves no host')
    await expect(targets('box')).rejects.toThrow(
      '`box` leaves no host: c2 is reached by docker, not by SSH, and 1 other',
    )
  })
})

test.each([
  ['a ansible_port=hello', 'hosts:1:1: `ansible_port` is not a port'],
  ['a ansible_host="x y"', 'hosts:1:1: `ansible_host` is not a DNS name'],
  ['a "b', 'a quote that is not closed'],
  ['a loose', 'not `name=value`'],
  ['n[1:99999]', 'more than 10000'],
  ['[a:odd]', '`:odd` is not a part of a group'],
  ['[a:children]\nb\n[b:children]\na', 'its own child'],
  ['[a:vars]\nnothing\n[a]', 'is not a variable'],
])('%j', async (text, why) => {
  await expect(inventoryOf(text)).rejects.toThrow(why)
})

test('all mistakes of a file are told together, each with its line', async () => {
  await expect(inventoryOf('[a]\nh "\n[a:odd]\n[p:children]\nnobody\n')).rejects.toThrow(
    /has 3 mistakes:\n.*hosts:2:1: .*\n.*hosts:3:1: .*\n.*hosts:5:1: .*nobody/,
  )
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
  await expect(readInventory(program)).rejects.toThrow('not JSON')
  await expect(readInventory(join(folder, 'nowhere'))).rejects.toThrow('does not exist')
})

test('an inventory that may be run and is not a program is not given to the shell', async () => {
  const file = join(folder, 'executable')
  writeFileSync(file, `[web]\nw1\ntouch${'\t'}x=${join(folder, 'touched')}\n`, { mode: 0o755 })
  expect([...(await readInventory(file)).hosts.keys()]).toEqual(['w1', 'touch'])
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
    const fleet = await readInventory(join(project(printing.replace('192.0.2.7', '192.0.2.8')), 'hosts'))
    expect(valuesOf(fleet, 'w1')).toEqual({ user: 'ops', address: '192.0.2.8' })
    expect(fleet.groups.get('web')).toEqual(['w1'])
    expect(fleet.notes).toEqual([])
  })

  test('what Ansible says of a host with the name of a group holds for that host alone', async () => {
    const answer =
      '{ "_meta": { "hostvars": { "web": { "ansible_host": "192.0.2.4" } } }, "web": { "hosts": ["web", "w2"] } }'
    const fleet = await readInventory(join(project(`echo '${answer}'`), 'hosts'))
    expect([valuesOf(fleet, 'web'), valuesOf(fleet, 'w2')]).toEqual([{ address: '192.0.2.4' }, {}])
  })

  test('without Ansible they are read all the same', async () => {
    const fleet = await readInventory(join(project(undefined), 'hosts'))
    expect(valuesOf(fleet, 'w1')).toEqual({ user: 'ops', address: '192.0.2.7' })
    expect(fleet.notes).toEqual([])
  })

  test('what Ansible refuses is refused', async () => {
    const hosts = join(project('echo "ERROR! no module named jinja2" >&2; exit 4'), 'hosts')
    await expect(readInventory(hosts)).rejects.toThrow(/Ansible does not read .*ended with 4:\n {2}ERROR! no module/)
  })

  test('of what is encrypted the hosts are skipped that it concerns', async () => {
    const place = project('echo "ERROR! no vault secrets found" >&2; exit 4', '[web]\nw1\n[db]\nd1\n')
    writeFileSync(join(place, 'group_vars/db.yml'), '$ANSIBLE_VAULT;1.1;AES256\n6162\n')
    const fleet = await readInventory(join(place, 'hosts'))
    expect(valuesOf(fleet, 'w1')).toEqual({ address: '192.0.2.7' })
    expect([...fleet.hosts.keys()]).toEqual(['w1'])
    expect(fleet.notes).toEqual([
      expect.stringContaining('no vault secrets found'),
      expect.stringMatching(/skipped d1: .*group_vars\/db.yml is encrypted/),
    ])
  })

  test('a value that Ansible prints encrypted, too', async () => {
    const vault = `{ "__ansible_vault": "x" }`
    const answer = `{ "_meta": { "hostvars": { "w1": { "ansible_host": ${vault} }, "w2": { "x": ${vault}, "ansible_user": { "__ansible_unsafe": "ops" } } } }, "web": { "hosts": ["w1", "w2"] } }`
    const fleet = await readInventory(join(project(`echo '${answer}'`), 'hosts'))
    expect(valuesOf(fleet, 'w2')).toEqual({ user: 'ops' })
    expect(fleet.skipped?.get('w1')?.reason).toContain('`ansible_host` is encrypted')
  })

  test('settings of ansible.cfg count beside the answer of Ansible, which does not have them', async () => {
    const place = project(printing)
    vi.stubEnv('ANSIBLE_CONFIG', join(place, 'own.cfg'))
    writeFileSync(join(place, 'own.cfg'), '[defaults]\nremote_port = 2299\nremote_user = cfg\n')
    expect(valuesOf(await readInventory(join(place, 'hosts')), 'w1')).toMatchObject({ user: 'ops', port: 2299 })
    writeFileSync(join(place, 'own.cfg'), 'remote_port = 2299\n')
    await expect(readInventory(join(place, 'hosts'))).rejects.toThrow('own.cfg:1:1: is not `[section]`')
  })

  test('a plugin’s configuration: nothing without Ansible', async () => {
    const place = project(undefined)
    writeFileSync(join(place, 'aws.yml'), 'plugin: amazon.aws.aws_ec2\n')
    await expect(readInventory(join(place, 'aws.yml'))).rejects.toThrow(
      'configures an inventory plugin, which only Ansible reads',
    )
    expect(await readInventoryOutline(join(place, 'aws.yml'))).toBeUndefined()
    expect([...(await readInventory(project(printing))).hosts.keys()]).toEqual(['w1'])
  })

  test.runIf(process.getuid?.() === 0)(
    'variables in a working directory that is somebody else’s are refused',
    async () => {
      const before = process.cwd()
      const place = project(undefined)
      const theirs = mkdtempSync(join(folder, 'theirs-'))
      mkdirSync(join(theirs, 'group_vars'))
      writeFileSync(join(theirs, 'group_vars/web.yml'), 'ansible_host: 192.0.2.66\n')
      chmodSync(theirs, 0o777)
      process.chdir(theirs)
      try {
        await expect(readInventory(join(place, 'hosts'))).rejects.toThrow('can be written by everybody')
        chmodSync(theirs, 0o755)
        expect(valuesOf(await readInventory(join(place, 'hosts')), 'w1')).toMatchObject({ address: '192.0.2.66' })
      } finally {
        process.chdir(before)
      }
    },
  )

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
    ['hosts.ini', ini],
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

test('whatever the text, there is an answer or a refusal', async () => {
  const place = mkdtempSync(join(folder, 'any-'))
  const read = async (name: string, text: string) => {
    writeFileSync(join(place, name), text)
    await readInventory(join(place, name)).catch((error) => {
      if (!(error instanceof FitoutError) || error.exitCode !== 64) throw error
    })
  }
  const pieces = fc.constantFrom(...(`${ini}${yaml}${json}`.match(/[\w-]+|\s+|[^\w\s]/g) ?? []))
  await fc.assert(
    fc.asyncProperty(fc.array(pieces, { maxLength: 50 }), fc.constantFrom('i.ini', 'hosts', 'i.yml'), (some, name) =>
      read(name, some.join('')),
    ),
    { numRuns: 1_000 },
  )
  for (const text of [
    '[]'.repeat(50_000),
    'a"'.repeat(50_000),
    `a "${'b'.repeat(100_000)}"`,
    `a x="'${'b'.repeat(100_000)}'"`,
    `a x=${'('.repeat(50_000)}`,
    `a x=${'+'.repeat(100_000)}`,
    `a x=${'1_'.repeat(50_000)}`,
    `${'a'.repeat(100_000)}:1`,
    `${'a-'.repeat(50_000)}:1`,
    '#'.repeat(100_000),
    '='.repeat(100_000),
    `${Array.from({ length: 4_000 }, (_none, at) => `[g${at}:children]\ng${at + 1}\n`).join('')}[g4000]\nh\n`,
  ]) {
    await read('i.ini', text)
  }
})
