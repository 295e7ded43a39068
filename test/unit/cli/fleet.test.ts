import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { run } from '../../../src/cli/run.js'
import type { OpenOptions, Target } from '../../../src/host/host.js'
import type { Selection } from '../../../src/plan/assemble.js'
import { standIn } from './stand-in.js'

const folder = mkdtempSync(join(tmpdir(), 'fitout-fleet-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let files = 0
function fleetFile(text: string): string {
  files += 1
  const file = join(folder, `fleet-${files}.yaml`)
  writeFileSync(file, text)
  return file
}

const lab = fleetFile(`
defaults: { ssh: { user: ops }, sudoPassword: { env: LAB_SUDO } }
groups:
  gpu: { recipes: { add: docker-daemon }, set: { docker-engine: { version: 28.10 } } }
hosts:
  gpu-[1-2]: { groups: [gpu], ssh: { transport: openssh, knownHosts: known, config: conf } }
  web1: { recipes: [docker-engine], set: { docker-engine: { attempts: 5 } } }
  local: { recipes: [docker-group], set: { docker-group: { users: [ada] } } }
`)

async function fitout(words: readonly string[], env: Record<string, string> = { FITOUT_FLEET: lab }) {
  const out: string[] = []
  const err: string[] = []
  const opened: Record<string, { target: Target; options: OpenOptions }> = {}
  const selected: Record<string, string[]> = {}
  const base = standIn({})
  const engine = await base.engine()
  const keep = (name: string, selection: Selection) => {
    selected[name] = selection.recipes.map(({ recipe, options }) => `${recipe.name} ${JSON.stringify(options)}`)
  }
  const services = {
    ...base,
    hosts: async () => {
      const hosts = await base.hosts()
      return {
        ...hosts,
        openHost: (target: Target, options: OpenOptions) => {
          opened[target.name] = { target, options }
          return hosts.openHost(target, options)
        },
      }
    },
    engine: async (): Promise<typeof engine> => ({
      ...engine,
      look: (host, selection, emit) => {
        keep(host.target.name, selection)
        return engine.look(host, selection, emit)
      },
      applyTo: (host, selection, options) => {
        keep(host.target.name, selection)
        return engine.applyTo(host, selection, options)
      },
    }),
  }
  const io = {
    stdin: {},
    stdout: { write: (text: string) => out.push(text) },
    stderr: { write: (text: string) => err.push(text) },
    env,
  }
  const code = await run(words, io, services)
  return { code, out: out.join(''), err: err.join(''), opened, selected }
}

test('each host has its own recipes and options, and is reached as the file says', async () => {
  const { code, selected, opened } = await fitout(['apply', '--yes', 'all', '!local'])
  expect(code).toBe(0)
  expect(selected).toEqual({
    'gpu-1': [
      'docker-engine {"source":"auto","version":"28.10","hold":false,"attempts":3}',
      'docker-group {"users":[]}',
      'docker-daemon {"config":{}}',
    ],
    'gpu-2': selected['gpu-1'],
    web1: ['docker-engine {"source":"auto","hold":false,"attempts":5}'],
  })
  expect(opened['gpu-2']?.target).toEqual({ kind: 'ssh', name: 'gpu-2', host: 'gpu-2', user: 'ops' })
  expect(opened['gpu-2']?.options).toMatchObject({
    transport: 'openssh',
    knownHostsFiles: [join(folder, 'known')],
    sshConfigFile: join(folder, 'conf'),
  })
  expect(opened.web1?.options.transport).toBeUndefined()
})

test('the command line comes first: user, transport, files, recipes, options', async () => {
  const words = [
    'plan',
    'ada@gpu-1:99',
    '--transport',
    'ssh2',
    '--ssh-config',
    '/c',
    '--only',
    'docker-engine',
    '--set',
    'docker-engine.version=^29',
  ]
  const { opened, selected } = await fitout(words)
  expect(opened['ada@gpu-1:99']?.target).toMatchObject({ host: 'gpu-1', user: 'ada', port: 99 })
  expect(opened['ada@gpu-1:99']?.options).toMatchObject({ transport: 'ssh2', sshConfigFile: '/c' })
  expect(selected['ada@gpu-1:99']).toEqual([
    'docker-engine {"source":"auto","version":"^29","hold":false,"attempts":3}',
  ])
})

test('a --set is for the hosts that have its recipe, and a mistake where none has', async () => {
  const some = await fitout(['plan', 'gpu-1', 'web1', '--set', 'docker-daemon.config.debug=true'])
  expect(some.err).toBe('')
  expect(some.selected['gpu-1']).toContain('docker-daemon {"config":{"debug":true}}')
  expect(some.selected.web1).toHaveLength(1)
  const none = await fitout(['plan', 'web1', '--set', 'docker-daemon.config.debug=true'])
  expect([none.code, none.err]).toEqual([64, expect.stringContaining('not part of this run')])
})

test('secrets are fetched when they are wanted, and name the file where they cannot be', async () => {
  const { opened } = await fitout(['plan', 'web1'], { FITOUT_FLEET: lab, LAB_SUDO: 'word' })
  expect(await opened.web1?.options.sudoPassword?.get([], 'web1')).toBe('word')
  const without = await fitout(['plan', 'web1'])
  await expect(without.opened.web1?.options.sudoPassword?.get([], 'web1')).rejects.toThrow(`${lab}:2 says`)
})

test('no target is this machine, with what the file says of `local` where a file was named', async () => {
  expect((await fitout(['plan'])).selected).toEqual({ local: ['docker-group {"users":["ada"]}'] })
  expect((await fitout(['plan', 'local'])).selected).toEqual({ local: ['docker-group {"users":["ada"]}'] })
  expect(Object.keys((await fitout(['plan'], {})).selected)).toEqual(['local'])
})

test('a host that the file does not know is as without a file', async () => {
  const { selected, opened } = await fitout(['plan', 'ada@elsewhere.example'])
  expect(selected['ada@elsewhere.example']).toHaveLength(2)
  expect(opened['ada@elsewhere.example']?.options.sudoPassword).toBeUndefined()
})

test('script wants exactly one host, also of a group', async () => {
  expect(await fitout(['script', 'gpu'])).toMatchObject({ code: 64, err: expect.stringContaining('gpu-1, gpu-2') })
  expect((await fitout(['script', 'gpu', '!gpu-2'])).code).toBe(0)
})

test('an option that only the sum of levels makes wrong names file and line, and one host of several', async () => {
  const file = fleetFile(`
groups: { strict: { set: { docker-daemon: { proxy: { noProxy: [a] } } } } }
hosts:
  fine:
  odd:
    groups: [strict]
    recipes: { add: docker-daemon, skip: [docker-engine, docker-group] }
    set: { docker-daemon: { proxy: 7 } }
`)
  const { code, err } = await fitout(['plan', 'all'], { FITOUT_FLEET: file })
  expect(code).toBe(64)
  expect(err).toContain(`${file}:8:`)
})

test('hosts: a list, or what holds and where it is written', async () => {
  const list = await fitout(['hosts'])
  expect(list.out).toMatch(/^gpu-1 {2}ops@gpu-1 {5}gpu\n[\s\S]*\n4 hosts in /)
  const one = await fitout(['hosts', 'gpu-2'])
  expect(one.code).toBe(0)
  for (const line of [
    /ssh\.user +ops +.*:2 {2}defaults/,
    /ssh\.transport +openssh +.*:6 {2}host gpu-\[1-2\]/,
    /sudoPassword +environment variable LAB_SUDO +.*:2 {2}defaults/,
    /docker-daemon +.*:4 {2}group gpu/,
    /docker-group +part of every run/,
    /docker-engine\.version +28\.10 +.*:4 {2}group gpu/,
  ]) {
    expect(one.out).toMatch(line)
  }
  const { hosts } = JSON.parse((await fitout(['hosts', '--json'])).out)
  expect(hosts).toHaveLength(4)
  expect(hosts[2]).toMatchObject({ host: 'web1', options: { 'docker-engine.attempts': { value: 5, by: 'host web1' } } })
  expect(await fitout(['hosts', 'web1', 'ada@other.example'])).toMatchObject({ code: 64, out: '' })
  expect(await fitout(['hosts'], { FITOUT_FLEET: fleetFile('hosts:') })).toMatchObject({
    code: 64,
    err: expect.stringContaining('names no host yet'),
  })
})

test('an inventory takes the place of the fleet file', async () => {
  const inventory = join(folder, 'hosts.ini')
  writeFileSync(inventory, '[web]\nweb[01:02].example.com ansible_user=deploy flavour=mint\n')
  const { opened, code } = await fitout(['facts', 'web', '--inventory', inventory])
  expect(code).toBe(0)
  expect(Object.values(opened).map(({ target }) => target)).toMatchObject([
    { name: 'web01.example.com', user: 'deploy' },
    { name: 'web02.example.com', user: 'deploy' },
  ])
  expect((await fitout(['hosts', '--inventory', inventory])).out).toContain('1 variable of it means nothing here')
  expect((await fitout(['plan', 'x', '--inventory', inventory, '--fleet', lab])).code).toBe(64)
})

test('init writes a file and its schema, and replaces nothing unasked', async () => {
  const file = join(folder, 'new.yaml')
  expect((await fitout(['init', file])).code).toBe(0)
  const written = readFileSync(file, 'utf8')
  expect(written).toMatch(/^# yaml-language-server: \$schema=\.\/fitout\.schema\.json\n/)
  expect(existsSync(join(folder, 'fitout.schema.json'))).toBe(true)
  writeFileSync(file, 'hosts: { mine: }\n')
  expect(await fitout(['init', file])).toMatchObject({ code: 64, err: expect.stringContaining('is there already') })
  expect(readFileSync(file, 'utf8')).toBe('hosts: { mine: }\n')
  writeFileSync(join(folder, 'fitout.schema.json'), 'old')
  expect((await fitout(['init', '--schema', file])).code).toBe(0)
  expect(readFileSync(file, 'utf8')).toBe('hosts: { mine: }\n')
  expect(readFileSync(join(folder, 'fitout.schema.json'), 'utf8')).toContain('draft-07')
  expect((await fitout(['init', '--force', file])).code).toBe(0)
  expect(readFileSync(file, 'utf8')).toBe(written)
})

test('a named file that is not there, and one with mistakes', async () => {
  expect(await fitout(['plan', 'web1', '--fleet', '/no/such.yaml'])).toMatchObject({
    code: 64,
    err: expect.stringContaining('does not exist'),
  })
  const { err, code } = await fitout(['plan', 'web1'], {
    FITOUT_FLEET: fleetFile('hosts: { a: { ssh: { prt: 1, usr: 2 } } }'),
  })
  expect(code).toBe(64)
  expect(err).toMatch(/has 2 mistakes:\n.*:1:22: `prt`.*did you mean `port`\?\n.*:1:30: `usr`/)
})
