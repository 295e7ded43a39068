import { execFile } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { built } from '../support/built.js'
import { someFacts } from '../unit/cli/stand-in.js'

const root = join(import.meta.dirname, '../..')
const { program: cli, remove } = built()
const folder = mkdtempSync(join(tmpdir(), 'fitout-cli-'))
const bare = join(folder, 'bare.json')

beforeAll(() => {
  writeFileSync(bare, JSON.stringify({ about: { host: 'recorded' }, facts: someFacts }))
})
afterAll(() => {
  remove()
  rmSync(folder, { recursive: true, force: true })
})

interface Ended {
  code: number
  out: string
  err: string
}

function fitout(args: string[], env: Record<string, string> = {}, shell?: string, cwd = folder): Promise<Ended> {
  return new Promise((done) => {
    const { FORCE_COLOR: _forced, NO_COLOR: _none, ...clean } = process.env
    const [file, words] =
      shell === undefined ? [process.execPath, [cli, ...args]] : ['sh', ['-c', shell, process.execPath, cli]]
    const child = execFile(file, words, { cwd, env: { ...clean, ...env }, maxBuffer: 1e8 }, (error, out, err) => {
      done({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1, out, err })
    })
    child.stdin?.end()
  })
}

describe('answers without a host', () => {
  test('--version loads one small file', async () => {
    expect(await fitout(['--version'])).toMatchObject({
      code: 0,
      err: '',
      out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    })
  })

  test('--help fits a screen; help has examples and exit statuses', async () => {
    const { code, out } = await fitout(['--help'])
    expect(code).toBe(0)
    expect(out.split('\n').length).toBeLessThanOrEqual(25)
    expect((await fitout(['help'])).out).toMatch(/Commands:[\s\S]*apply[\s\S]*Examples:[\s\S]*Exit status:/)
  })

  test('the build brings the manual page', () => {
    expect(readFileSync(join(dirname(cli), 'fitout.1'), 'utf8')).toMatch(/^\.TH FITOUT 1 "\d{4}-\d\d-\d\d"/)
  })

  test('recipes, and each of them', async () => {
    const { code, out } = await fitout(['recipes', '--json'])
    expect(code).toBe(0)
    const recipes = JSON.parse(out) as { name: string; about: string }[]
    expect(recipes.map(({ name }) => name)).toContain('docker-engine')
    const pages = await Promise.all(recipes.map(({ name }) => fitout(['recipes', name])))
    expect(pages.every((page) => page.code === 0 && page.out.length > 200)).toBe(true)
  })
})

describe('bad usage ends with 64, names the remedy and leaves standard output alone', () => {
  test.each([
    [['aply'], '`apply`'],
    [['plan', '--onyl', 'x'], '`--only`'],
    [['recipes', 'docker-engin'], '`docker-engine`'],
    [['plan', '--only', 'docker-engin'], '`docker-engine`'],
    [['plan', '--set', 'docker-group.user=x'], '`docker-group.users`'],
    [['plan', 'a b'], 'does not name a machine'],
    [['plan', '--facts', '/no/such/file'], 'does not exist'],
    [['script', 'a', 'b'], 'exactly one host'],
    [['apply', 'web1'], '`fitout apply --yes web1`'],
  ])('%s', async (args, text) => {
    const { code, out, err } = await fitout(args)
    expect(err).toContain(text)
    expect(err).not.toContain('    at ')
    expect([code, out]).toEqual([64, ''])
  })
})

describe('plans from a facts file', () => {
  test('as text: 2 while something would change', async () => {
    const { code, out, err } = await fitout(['plan', '--facts', bare])
    expect(err).toBe('')
    expect(code).toBe(2)
    expect(out).toMatch(/^recorded {2}Debian GNU\/Linux 13/)
    expect(out).not.toContain('\x1b')
  })

  test('as one JSON document', async () => {
    const { code, out } = await fitout(['plan', '--facts', bare, '--json'])
    expect(code).toBe(2)
    const { hosts } = JSON.parse(out)
    expect(hosts).toHaveLength(1)
    expect(hosts[0]).toMatchObject({ host: 'recorded', facts: { init: 'systemd' } })
    expect(hosts[0].plan.changes.length).toBeGreaterThan(0)
    expect(hosts[0].plan.script).toMatch(/^#!/)
  })

  test('standard input works as well', async () => {
    const { code, out } = await fitout([], {}, `"$0" "$1" plan --facts - <${bare}`)
    expect(code).toBe(2)
    expect(out).toContain('recorded')
  })

  test('two plans of the same facts are the same bytes', async () => {
    const [one, two] = await Promise.all([
      fitout(['plan', '--facts', bare, '--json']),
      fitout(['plan', '--facts', bare, '--json']),
    ])
    expect(one.out).toBe(two.out)
  })

  const recorded = join(root, 'test/facts')
  const files = existsSync(recorded) ? readdirSync(recorded).filter((name) => name.endsWith('.json')) : []
  test.runIf(files.length > 0)(
    'every recorded host has a plan, or one clear reason why not',
    async () => {
      for (const name of files) {
        const { code, err } = await fitout(['plan', '--facts', join(recorded, name)])
        expect([0, 1, 2, 64]).toContain(code)
        expect(err).not.toContain('defect')
      }
      // A process for each of them.
    },
    300_000,
  )
})

describe('a fleet file', () => {
  const lab = join(folder, 'lab')
  const inLab = (...args: string[]) => fitout(args, {}, undefined, lab)
  beforeAll(async () => {
    mkdirSync(lab)
    await inLab('init')
    writeFileSync(
      join(lab, 'fitout.yaml'),
      [
        'defaults: { ssh: { user: ops } }',
        'groups: { gpu: { set: { docker-engine: { version: 28.10 } } } }',
        'hosts:',
        '  gpu-[01-16].lab: { groups: [gpu] }',
        '  web1: { ssh: { address: 127.0.0.1, port: 1 } }',
        '',
      ].join('\n'),
    )
  })

  test('hosts: which there are, and what holds for one', async () => {
    const list = await inLab('hosts')
    expect([list.code, list.err]).toEqual([0, ''])
    expect(list.out).toMatch(/^gpu-01\.lab {2}ops@gpu-01\.lab +gpu\n/)
    expect(list.out).toContain('17 hosts in fitout.yaml')
    const one = await inLab('hosts', 'gpu-16.lab', '--json')
    expect(JSON.parse(one.out)).toMatchObject({
      hosts: [{ host: 'gpu-16.lab', options: { 'docker-engine.version': { value: '28.10', from: 'fitout.yaml:2' } } }],
    })
  })

  test('a host of it is reached where the file says, and named as there', async () => {
    const { code, err } = await inLab('facts', 'all', '!gpu')
    expect(code).toBe(1)
    expect(err).toMatch(/^web1: failed while connecting\n.*127\.0\.0\.1 port 1 refused/)
  })

  test('init leaves what is there alone, and wrote a schema that is JSON', async () => {
    expect((await inLab('init')).code).toBe(64)
    expect(JSON.parse(readFileSync(join(lab, 'fitout.schema.json'), 'utf8'))).toHaveProperty('properties.hosts')
  })

  test('mistakes: a slip in a name, a slip in the file, a file that anybody may write', async () => {
    expect(await inLab('plan', 'gpus')).toMatchObject({ code: 64, err: expect.stringContaining('did you mean `gpu`?') })
    const broken = join(folder, 'broken.yaml')
    writeFileSync(broken, 'defaults: { sudoPassword: hunter2, ssh: { usr: x } }\nhosts: { a: , a: }\n')
    const { code, err } = await inLab('hosts', '--fleet', broken)
    expect(code).toBe(64)
    expect(err).toMatch(
      /3 mistakes:\n.*:1:13: a password never.*\n.*:1:43: `usr`.*`user`\?\n.*:2:15: `a` is here a second time/,
    )
    expect(err).not.toContain('hunter2')
    chmodSync(join(lab, 'fitout.yaml'), 0o666)
    expect(await inLab('hosts')).toMatchObject({ code: 64, err: expect.stringContaining('--fleet fitout.yaml') })
    expect((await inLab('hosts', '--fleet', 'fitout.yaml')).code).toBe(0)
  })
})

describe('an inventory of Ansible, without Ansible', () => {
  const place = join(folder, 'inventories')
  const there = (args: string[]) =>
    fitout([...args, '--inventory', 'prod/hosts'], { PATH: '/nonexistent', HOME: folder }, undefined, place)
  beforeAll(() => {
    for (const name of ['prod/group_vars', 'prod/host_vars']) mkdirSync(join(place, name), { recursive: true })
    writeFileSync(join(place, 'prod/hosts'), '[web]\nweb1\nweb2\n[box]\nc1 ansible_connection=docker\n[db]\ndb1\n')
    writeFileSync(join(place, 'prod/group_vars/all.yml'), 'ansible_user: deploy\n')
    writeFileSync(join(place, 'prod/group_vars/db.yml'), '$ANSIBLE_VAULT;1.1;AES256\n6162\n')
    writeFileSync(join(place, 'prod/host_vars/web1.yml'), 'ansible_host: 192.0.2.10\nansible_port: 2222\n')
  })

  test('hosts are reached as the files beside it say; who is skipped is said', async () => {
    const { code, out, err } = await there(['hosts'])
    expect(code).toBe(0)
    expect(out).toMatch(/^web1 +deploy@192\.0\.2\.10:2222 +web\nweb2 +deploy@web2 +web\n\n2 hosts in/)
    expect(err).toContain('prod/hosts: skipped c1: is reached by docker, not by SSH')
    expect(err).toContain('prod/hosts: skipped db1: prod/group_vars/db.yml is encrypted, and only Ansible reads it')
    expect((await there(['hosts', 'web1'])).out).toContain('prod/host_vars/web1.yml:1')
  })

  test('a host that is skipped is not reached by its name', async () => {
    const { code, err } = await there(['facts', 'c1'])
    expect(code).toBe(64)
    expect(err).toContain('`c1` of prod/hosts is reached by docker, not by SSH')
  })

  test('what Ansible refuses is refused', async () => {
    writeFileSync(join(place, 'bad'), '[p:children]\nwebservrs\n[webservers]\nh1\n')
    const { code, err } = await fitout(['hosts', '--inventory', 'bad'], {}, undefined, place)
    expect(code).toBe(64)
    expect(err).toContain('bad:2:1: the group `p` has the child `webservrs`, which is not a group')
  })
})

test('colours: forced, refused, and refused above forced', async () => {
  const args = ['plan', '--facts', bare]
  expect((await fitout(args, { FORCE_COLOR: '1' })).out).toContain('\x1b[1m')
  expect((await fitout(args, { FORCE_COLOR: '1', NO_COLOR: '1' })).out).not.toContain('\x1b')
  expect((await fitout([...args, '--no-color'], { FORCE_COLOR: '1' })).out).not.toContain('\x1b')
})

test('a reader that goes away is no failure', async () => {
  const { code, err, out } = await fitout([], {}, `"$0" "$1" plan --json --facts ${bare} | head -c 1`)
  expect([code, err, out]).toEqual([0, '', '{'])
})

test('facts of this machine plan as they are', async () => {
  const { code, out } = await fitout(['facts', '--json'])
  expect(code).toBe(0)
  const file = join(folder, 'this.json')
  writeFileSync(file, out)
  expect([0, 1, 2, 64]).toContain((await fitout(['plan', '--facts', file])).code)
})
