import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FitoutError } from '../../../src/errors.js'
import { choiceFor, chosenBy } from '../../../src/fleet/choice.js'
import { optionsOf, settingsOf } from '../../../src/fleet/fleet.js'
import { parseFleet } from '../../../src/fleet/fleet-file.js'
import { choose } from '../../../src/recipe/choose.js'
import { someRecipes } from '../cli/stand-in.js'

const read = (text: string) => parseFleet(text, 'fitout.yaml', someRecipes)

/** The lines of a refusal, without indents. */
function refused(text: string): string[] {
  try {
    read(text)
  } catch (error) {
    if (!(error instanceof FitoutError)) throw error
    expect(error.exitCode).toBe(64)
    return [...error.why.split('\n').map((line) => line.trim()), error.remedy ?? '']
  }
  throw new Error('it was read')
}

const lab = `
defaults:
  ssh: { user: ops, port: 22 }
  recipes: { skip: [docker-group] }
  set:
    docker-engine: { version: 28.10, attempts: 2 }
    docker-daemon: { config: { log-driver: local, log-opts: { max-size: 10m } } }
  sudoPassword: prompt
groups:
  linux:
    ssh: { proxyJump: [gate, inner] }
    set:
      docker-daemon: { config: { log-opts: { max-size: 20m, max-file: 3 } } }
  gpu:
    groups: linux
    ssh: { user: gpu, identityFile: keys/gpu }
    sudoPassword: { env: GPU_SUDO }
    recipes: { add: docker-daemon }
hosts:
  gpu-[01-03].lab:
    groups: [gpu]
    ssh: { address: "10.0.0.[1-3]" }
  gpu-02.lab:
    ssh: { port: 2222, user: ada }
    recipes: [docker-engine, docker-group]
  plain:
`

describe('what holds for a host', () => {
  const fleet = read(lab)
  const host = (name: string) => fleet.hosts.get(name)!
  const valuesOf = (name: string) =>
    Object.fromEntries(Object.entries(settingsOf(host(name)).ssh).map(([key, one]) => [key, one.value]))

  test('hosts and groups, with those that groups are part of', () => {
    expect([...fleet.hosts.keys()]).toEqual(['gpu-01.lab', 'gpu-02.lab', 'gpu-03.lab', 'plain'])
    expect(fleet.groups.get('linux')).toEqual(['gpu-01.lab', 'gpu-02.lab', 'gpu-03.lab'])
    expect(host('gpu-01.lab').groups).toEqual(['linux', 'gpu'])
  })

  test('host over group over defaults, value by value', () => {
    expect(valuesOf('plain')).toEqual({ user: 'ops', port: 22 })
    expect(valuesOf('gpu-01.lab')).toEqual({
      user: 'gpu',
      port: 22,
      identityFile: ['keys/gpu'],
      proxyJump: 'gate,inner',
      address: '10.0.0.1',
    })
    expect(valuesOf('gpu-02.lab')).toMatchObject({ user: 'ada', port: 2222, address: '10.0.0.2' })
    expect(settingsOf(host('gpu-03.lab')).sudoPassword?.value).toEqual({ env: 'GPU_SUDO' })
  })

  test('every value says where it is written', () => {
    const { ssh } = settingsOf(host('gpu-02.lab'))
    expect(ssh.port).toMatchObject({ by: 'host gpu-02.lab', location: { file: 'fitout.yaml', line: 24, column: 12 } })
    expect(ssh.proxyJump).toMatchObject({ by: 'group linux', location: { line: 11 } })
  })

  test('options merge key by key, lists and texts are replaced; a version keeps its zero', () => {
    const options = optionsOf(host('gpu-01.lab').levels)
    expect(options.get('docker-engine')?.value).toEqual({ version: '28.10', attempts: 2 })
    expect(options.get('docker-daemon')?.value).toEqual({
      config: { 'log-driver': 'local', 'log-opts': { 'max-size': '20m', 'max-file': 3 } },
    })
  })

  test('of two groups the later one in the host’s list counts', () => {
    const text = (groups: string) =>
      `groups: { a: { ssh: { user: a } }, b: { ssh: { user: b } } }\nhosts: { h: { groups: [${groups}] } }`
    const user = (groups: string) => settingsOf(read(text(groups)).hosts.get('h')!).ssh.user?.value
    expect([user('a, b'), user('b, a')]).toEqual(['b', 'a'])
  })

  test('recipes: only begins anew, add and skip change what is chosen so far; the command line has the last word', () => {
    expect(chosenBy(host('gpu-01.lab').levels)).toMatchObject({
      only: [],
      add: ['docker-daemon'],
      skip: ['docker-group'],
    })
    const names = (name: string, asked = {}) =>
      choose(someRecipes, choiceFor(host(name), asked)).recipes.map(({ recipe }) => recipe.name)
    expect(names('plain')).toEqual(['docker-engine'])
    expect(names('gpu-01.lab')).toEqual(['docker-engine', 'docker-daemon'])
    expect(names('gpu-02.lab')).toEqual(['docker-engine', 'docker-group'])
    expect(names('gpu-02.lab', { skip: ['docker-group'] })).toEqual(['docker-engine'])
    expect(names('plain', { only: ['docker-group'] })).toEqual(['docker-group'])
  })

  test('options: --set over the file, key by key; a wrong sum of levels names file and line', () => {
    const chosen = choose(
      someRecipes,
      choiceFor(host('gpu-01.lab'), { set: ['docker-daemon.config.log-driver=json-file'] }),
    )
    const daemon = chosen.recipes.find(({ recipe }) => recipe.name === 'docker-daemon')
    expect(daemon?.options).toEqual({
      config: { 'log-driver': 'json-file', 'log-opts': { 'max-size': '20m', 'max-file': 3 } },
    })
    const choice = choiceFor(host('plain'), {})
    expect(() => choose(someRecipes, { ...choice, values: new Map([['docker-engine', { attempts: 77 }]]) })).toThrow(
      'fitout.yaml:6: docker-engine.attempts',
    )
  })
})

describe('mistakes', () => {
  test('all at once, each with its place and what was meant', () => {
    const told = refused(
      [
        'defaults:',
        '  ssh: { usr: admin, port: x, transport: opnssh, identityFile: 3 }',
        '  recipes: { onyl: [docker-engine], skip: [docker-engin] }',
        '  user: ada',
        '  set: { docker-engine: { sourc: x, source: dockr }, docker-grop: {} }',
        'groups: { a: { groups: b }, b: { groups: a } }',
        'hosts:',
        '  web1: { groups: [c] }',
        '  web1:',
        '  pi@pi.local:',
        '  n[1-4]: { ssh: { address: "10.0.0.[1-3]" } }',
        '  all:',
      ].join('\n'),
    )
    expect(told).toEqual([
      'fitout.yaml has 17 mistakes:',
      'fitout.yaml:2:10: `usr` is not known here; did you mean `user`?',
      'fitout.yaml:2:28: `port` takes a number, not text',
      'fitout.yaml:2:42: `transport` takes auto or ssh2 or openssh; did you mean `openssh`?',
      'fitout.yaml:2:64: `identityFile` takes text or a list, not a number',
      'fitout.yaml:3:14: `onyl` is not known here; did you mean `only`?',
      'fitout.yaml:3:44: the recipe `docker-engin` does not exist; did you mean `docker-engine`?',
      'fitout.yaml:4:3: `user` is not known here; write it as `ssh: { user: … }`',
      'fitout.yaml:5:27: the recipe `docker-engine` has no option `sourc`; did you mean `source`?',
      'fitout.yaml:5:45: `docker-engine.source` takes auto or docker or distribution; see `fitout recipes docker-engine`',
      'fitout.yaml:5:54: the recipe `docker-grop` does not exist; did you mean `docker-group`?',
      'fitout.yaml:6:24: `a` and `b` are part of each other',
      'fitout.yaml:6:42: `b` and `a` are part of each other',
      'fitout.yaml:8:20: the group `c` is not below `groups`; did you mean `a`?',
      'fitout.yaml:9:3: `web1` is here a second time; the first is in line 8',
      'fitout.yaml:10:3: `pi@pi.local` has a user in it; name the host `pi.local` with `ssh: { user: pi }`',
      'fitout.yaml:11:20: there are 3 addresses for 4 hosts; give the address ranges of the same length, as in 10.0.0.[1-16]',
      'fitout.yaml:12:3: `all` means every host and cannot be one',
      'mend these, and look with `fitout hosts`',
    ])
  })

  test('a setting that stands one level too high is shown its place', () => {
    const told = refused(
      'groups: { a: { acceptNewHostKeys: true, config: x, add: [x], maxFailures: 2, docker-engine: {} } }',
    )
    expect(told.slice(1, -1).map((line) => line.replace(/^.*; /, ''))).toEqual([
      'write it as `ssh: { acceptNewHostKeys: … }`',
      'write it as `ssh: { config: … }`',
      'write it as `recipes: { add: … }`',
      'write it as `defaults: { run: { maxFailures: … } }`',
      'write it as `set: { docker-engine: … }`',
    ])
  })

  test('too many hosts are told once', () => {
    const told = refused('hosts:\n  a[1-9999]:\n  b[1-9999]:\n  c[1-9999]:\n')
    expect(told[0]).toBe('fitout.yaml:3:3: is where there are more than 10000 hosts')
  })

  test('at most twenty are shown', () => {
    const told = refused(`hosts: { h: { ${Array.from({ length: 50 }, (_none, at) => `x${at}: 1`).join(', ')} } }`)
    expect(told).toHaveLength(23)
    expect(told).toContain('and 30 more')
  })

  test.each([
    'hunter2',
    '"{ env: hunter2 }"',
    '4711',
    '[hunter2]',
    '{ value: hunter2 }',
    '{ env: [hunter2] }',
    '{ command: hunter2 }',
  ])('a secret that stands there is refused and not repeated: %s', (literal) => {
    for (const text of [`defaults: { sudoPassword: ${literal} }`, `hosts: { h: { ssh: { password: ${literal} } } }`]) {
      const told = refused(text).join('\n')
      expect(told).toContain('assword')
      expect(told).toContain('{ env: NAME }')
      expect(told).not.toMatch(/hunter2|4711/)
    }
  })

  test('broken YAML: the place of the first mistake, and nothing of the text', () => {
    for (const text of [
      'defaults: { sudoPassword: hunter2',
      'defaults:\n  sudoPassword: hunter2: x',
      'a: "\\q hunter2"',
      '\thunter2: 1',
      'a: &x hunter2 &y *z',
    ]) {
      const told = refused(text).join('\n')
      expect(told).toMatch(/^fitout\.yaml:\d+:\d+: /)
      expect(told).not.toContain('hunter2')
    }
  })

  test.each([
    ['[]', 'takes keys and values, not a list'],
    ['just text', 'takes keys and values, not text'],
    ['hosts: [a, b]', '`hosts` takes keys and values, not a list'],
    ['hosts: { "x[1-99999]": }', 'more than 10000'],
    ['hosts: { "a[1-9999]": , "b[1-9999]": }', 'more than 10000 hosts'],
    ['hosts: { "../x": }', 'cannot be the name of a host'],
    ['groups: { web: }\nhosts: { web: }', '`web` is a host, too'],
    ['defaults: { ssh: { address: x } }', 'an address belongs to a host'],
    ['defaults: { <<: { ssh: } }', '`<<` is not known here'],
    ['a: 1\n---\nb: 2', 'second document'],
    ['defaults: { ssh: { proxyJump: "a b" } }', 'names no machine'],
  ])('%s', (text, why) => expect(refused(text).join('\n')).toContain(why))

  test('an empty file is a fleet without hosts', () => {
    for (const text of ['', '# nothing', 'hosts:', '\uFEFF']) expect(read(text).hosts.size).toBe(0)
  })
})

describe('files that mean harm', () => {
  test('aliases that multiply are stopped', () => {
    const bomb = ['a: &a [x,x,x,x,x,x,x,x,x,x]']
    for (let at = 1; at < 12; at++) {
      const [before, name] = [String.fromCharCode(96 + at), String.fromCharCode(97 + at)]
      bomb.push(`${name}: &${name} [${Array(10).fill(`*${before}`).join(',')}]`)
    }
    expect(refused(bomb.join('\n')).join('\n')).toContain('too many values')
  })

  test.each([
    ['an alias of itself', '&a { hosts: *a }'],
    ['deep brackets', '['.repeat(100_000)],
    ['deep braces', '{a: '.repeat(50_000)],
    ['deep blocks', Array.from({ length: 3_000 }, (_none, at) => `${' '.repeat(at)}a:`).join('\n')],
    ['keys that reach for prototypes', 'hosts: { __proto__: { polluted: 1 } }\nset: { constructor: {} }'],
    ['a file that is too long', `# ${'x'.repeat(9_000_000)}`],
  ])('%s', (_what, text) => {
    expect(refused(text).length).toBeGreaterThan(0)
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  })

  const settles = (text: string) => {
    try {
      read(text)
    } catch (error) {
      if (!(error instanceof FitoutError) || error.exitCode !== 64) throw error
      expect(error.why.length).toBeLessThan(20_000)
    }
  }

  test('any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => settles(Buffer.from(bytes).toString('utf8'))),
      {
        numRuns: 500,
      },
    )
  })

  test('pieces of a fleet file in any order', () => {
    const pieces = lab.match(/[\w-]+|\s+|[^\w\s]/g) ?? []
    const piece = fc.oneof(
      fc.constantFrom(...pieces),
      fc.constantFrom('&a ', '*a', '!!x ', '? ', '- ', '|', '"', "'", '<<: ', '[1-99999]', '\t'),
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (some) => settles(some.join(''))),
      { numRuns: 1_000 },
    )
  })

  test('a fleet file with anything in the place of one of its values', () => {
    const values = [
      'hunter2',
      '[]',
      '{}',
      '~',
      '1e999',
      '.nan',
      '0x10',
      '[[1]]',
      '{a: {b: c}}',
      '""',
      '!!binary aGk=',
      '2001-01-01',
      '-1',
      '&x [*x]',
      'true',
    ]
    const places = [...lab.matchAll(/: ([^\s{[][^\n,}]*)|(\{[^{}]*\})/g)]
    fc.assert(
      fc.property(fc.constantFrom(...places), fc.constantFrom(...values), (place, value) => {
        const at = place.index + place[0].length - (place[1] ?? place[2] ?? '').length
        settles(lab.slice(0, at) + value + lab.slice(place.index + place[0].length))
      }),
      { numRuns: 600 },
    )
  })
})

test('ten thousand hosts are read', () => {
  const lines = Array.from({ length: 5_000 }, (_none, at) => `  h${at}.lab: { groups: [g], ssh: { port: 22 } }`)
  const fleet = read(`groups: { g: }\nhosts:\n${lines.join('\n')}\n  "x[1-5000]": { groups: [g] }`)
  expect(fleet.groups.get('g')).toHaveLength(10_000)
})
