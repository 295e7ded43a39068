import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { daemonJson } from '../../recipes/docker/daemon-json.js'
import { dockerRpmFingerprint, dockerRpmKey } from '../../recipes/docker/repository.js'
import { recipes } from '../../recipes/index.js'
import { type InputSchema, inputSchema } from '../../src/options/describe.js'
import { aptProbeSnippet } from '../../src/packages/apt-probe.js'
import { dnfProbeSnippet } from '../../src/packages/dnf-probe.js'
import { choose } from '../../src/recipe/choose.js'
import { userName } from '../../src/recipe/options.js'
import { stanzaOf } from '../../src/resource/apt-repository.js'
import type { JsonObject } from '../../src/resource/json-merge.js'
import { membership } from '../../src/resource/membership.js'
import { planFromFacts } from '../../src/run/look.js'
import { dockerRepository } from '../support/docker-repository.js'
import { factsFileOf } from '../support/recorded-hosts.js'
import { askIn, askPlainly, runIn, shells } from '../support/shells.js'

// What a person sets reaches the programs of hosts as one word, or stands in a file there as one value, whatever is in it.

/** What shells, apt, dnf, systemd, docker or a terminal would make something else of. */
const hostile = [
  ...[
    '\0',
    '\n',
    '\r',
    '\t',
    ' ',
    ' --privileged ',
    ' -x',
    '"',
    "'",
    '\\',
    '`id`',
    '$(id)',
    '$HOME',
    '${HOME}',
    '$basearch',
  ],
  ...['%n', '%', '*', '?', '[a-z]', '{a,b}', ',', ';', '|', '&', '<', '>', '#', '!', '~', '(', ')', '^'],
  ...['\x01', '\x1b[2J', '\x7f', '\x85', '\x9b', '\u00a0', '\u061c', '\u200e', '\u2028', '\u202e', '\u2066', 'é'],
]
/** One of these is right wherever text may stand. */
const right = ['hello', 'https://m.example/x', '1.2.3', 'f'.repeat(64)]
const values = right.flatMap((good) => {
  const middle = good.length - 1
  const mixed = hostile.flatMap((text) => [
    text,
    text + good,
    good + text,
    good.slice(0, middle) + text + good.slice(middle),
  ])
  return [good, `-${good}`, `--${good}`, ...mixed]
})

/** The places of an option where text may stand, keys included, each as what puts a text there. */
function placesOf(schema: InputSchema, root = schema): ((text: string) => unknown)[] {
  const { $ref, anyOf = [], oneOf = [], items, properties = {}, additionalProperties } = schema
  if ($ref !== undefined) return [(text) => text]
  const inner = [...anyOf, ...oneOf].flatMap((one) => placesOf(one, root))
  const own =
    schema.type === 'string' && (schema.enum ?? schema.const) === undefined ? [(text: string) => text as unknown] : []
  const listed = items === undefined ? [] : placesOf(items, root).map((place) => (text: string) => [place(text)])
  const keyed = Object.entries(properties).flatMap(([key, one]) =>
    placesOf(one, root).map((place) => (text: string) => ({ [key]: place(text) })),
  )
  const open = typeof additionalProperties !== 'object' ? [] : placesOf(additionalProperties, root)
  const free = open.flatMap((place) => [(text: string) => ({ key: place(text) }), (text: string) => ({ [text]: 'x' })])
  return [...inner, ...own, ...listed, ...keyed, ...free]
}

/** Values that no shell, and no program that splits its values, could take for anything else. */
const plain = /^(?!-)[A-Za-z0-9_@%+=:./~-]*$/

/** Options that are not what a host gets, by what becomes of them. */
const elsewhere: Record<string, string> = {
  'docker-engine.version': 'a range, compared here',
  'nvidia-container-toolkit.version': 'a range, compared here',
  'nvidia-driver.branch': 'a range, compared here',
  'nvidia-driver.cuda': 'a range, compared here',
  'docker-daemon.config': 'JSON, in a file; tried below',
  'docker-group.users': 'names can have spaces; tried below',
}

const options = recipes.flatMap((recipe) =>
  Object.entries(recipe.options).flatMap(([option, schema]) =>
    placesOf(inputSchema(schema)).map((place, index) => ({ recipe: recipe.name, option, schema, place, index })),
  ),
)

it('there are options that take text', () => {
  expect(options.length).toBeGreaterThan(15)
})

it.each(options)('$recipe: $option ($index) takes nothing but words', ({ recipe, option, schema, place }) => {
  const name = `${recipe}.${option}`
  const taken = values.filter((text) => schema.safeParse(place(text)).success)
  const texts = (value: unknown): string[] =>
    typeof value === 'string' ? [value] : Object.values(value ?? {}).flatMap(texts)
  // As they come out of it: an address without the spaces around it.
  const strange = taken.filter((text) => !texts(schema.parse(place(text))).every((one) => plain.test(one)))
  // A key's value is the name of a file here, which is read here; no file is called so.
  if (option === 'mirrorKey') expect(taken).toEqual([])
  else if (elsewhere[name] === undefined) expect([taken.length > 0, strange]).toEqual([true, []])
  else expect(taken.length).toBeGreaterThan(1)
})

it('no address of a server takes a name and password, which everybody on the host could read', () => {
  const addressed = options.filter(
    ({ recipe, option, schema, place }) =>
      elsewhere[`${recipe}.${option}`] === undefined && schema.safeParse(place('https://m.example/x')).success,
  )
  expect(addressed.map(({ recipe, option }) => `${recipe}.${option}`)).toEqual(
    expect.arrayContaining(['docker-engine.mirror', 'docker-engine.releaseUrl', 'nvidia-driver.mirror']),
  )
  for (const { schema, place } of addressed) {
    for (const login of ['dora:hunter2@', 'dora@', ':@', 'dora:p%40ss@'])
      expect(schema.safeParse(place(`https://${login}m.example/x`)).error?.issues[0]?.message).toMatch(
        /must not hold a name and password: .*auth\.conf\.d/,
      )
  }
})

it('a range of versions is in no script', () => {
  for (const name of ['ubuntu-24.04', 'rhel9']) {
    const script = (range: string) =>
      planFromFacts(
        factsFileOf(name),
        choose(recipes, {
          only: ['docker-engine', 'nvidia-container-toolkit'],
          set: [`docker-engine.version=${range}`, `nvidia-container-toolkit.version=${range}`],
        }),
      ).script
    expect(script('>=1.2.3  <99 || * ')).toBe(script('*'))
  }
})

const folder = mkdtempSync(join(tmpdir(), 'fitout-values-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const bin = join(folder, 'bin')
mkdirSync(bin)
const calls = join(folder, 'calls')
// Programs that note the words they get, and do nothing else.
for (const name of ['apt-get', 'apt-cache', 'dnf', 'rpm']) {
  writeFileSync(join(bin, name), `#!/bin/sh\nprintf '%s\\0' "$@" >>${calls}\n`, { mode: 0o755 })
}
beforeEach(() => rmSync(calls, { force: true }))
const words = () => (existsSync(calls) ? readFileSync(calls, 'utf8').split('\0') : [])

/** What repositories are made of, by whatever: options, files, recipes of others. */
const dnfRepository = {
  file: 'x',
  id: 'x-stable',
  label: 'X',
  uri: 'https://m.example/x',
  key: dockerRpmKey,
  fingerprint: dockerRpmFingerprint,
}
const dnfQuestion = (repository: typeof dnfRepository) =>
  dnfProbeSnippet({
    manager: 'dnf',
    major: 4,
    arch: 'amd64',
    repository,
    versionsOf: ['a'],
    simulate: ['a', 'b-'],
    streamsOf: ['s'],
  })
const aptQuestion = (repository: typeof dockerRepository) =>
  aptProbeSnippet({ repository, versionsOf: ['a'], simulate: ['a'] })

describe.each(shells)('in $name', ({ command }) => {
  const env = { PATH: `${bin}:${process.env.PATH}` }

  it('an address is one word of dnf’s', () => {
    // There is something that the pattern matches.
    mkdirSync(join(folder, '--setopt=x-stable.baseurl=https:/m.example/mirror'), { recursive: true })
    const all = hostile.filter((one) => !/[\s,\x00-\x1f\x7f-\x9f]/.test(one)).join('')
    for (const uri of [`https://m.example/${all}`, 'https://m.example/*']) {
      rmSync(calls, { force: true })
      askIn(command, dnfQuestion({ ...dnfRepository, uri }), { env, cwd: folder })
      // With each of its questions: whether it answers, streams, versions, what is excluded, the transaction.
      const given = words().filter((word) => word.includes('m.example'))
      expect(given).toEqual(Array(5).fill(`--setopt=x-stable.baseurl=${uri}`))
    }
  })

  it('a folder for temporary files with a space or a pattern in its name splits nothing', () => {
    const place = join(folder, 'a b*')
    mkdirSync(place, { recursive: true })
    for (const question of [aptQuestion(dockerRepository), dnfQuestion(dnfRepository)]) {
      askIn(command, question, { env: { ...env, TMPDIR: place }, cwd: folder })
      expect(words().filter((word) => word.includes('fitout-probe'))).not.toEqual([])
      expect(words().filter((word) => /a b|^b\*/.test(word))).toEqual([])
    }
  })

  it('a user is one word, for those that look and those that add', () => {
    const users = values.filter((text) => userName.safeParse(text).success)
    expect(users).toContain('hell o')
    const functions = `${askPlainly}note() { printf '%s\\0' "$1" >>${calls}; }
make_group() { :; }
join_group() { note "$1"; }
getent() { if [ "$1" = passwd ]; then note "$3"; fi; }
id() { note "$3"; }
in_group() { false; }\n`
    const seen = { userExists: true, groupExists: true, member: false }
    const scripts = users.map((user) => {
      const resource = membership({ user, group: 'docker' })
      return `${resource.inspect}\n${resource.plan(seen)?.script}`
    })
    expect(runIn(command, functions + scripts.join('\n'), { cwd: folder }).stderr).toBe('')
    expect(words()).toEqual([...users.flatMap((user) => [user, user, user, user]), ''])
  })

  it('a key and a value of daemon.json stand there as they are', () => {
    const absent = (path: string) => ({ path, sum: 'absent', text: undefined })
    const seen = {
      file: absent('/etc/docker/daemon.json'),
      dropIn: absent('/etc/x'),
      command: '/usr/bin/dockerd -H fd:// --label=*',
      running: true,
      missing: [],
    }
    const functions = `check_daemon_json() { printf '%s\\0' "$@" >>${calls}; cat >/dev/null; }
put_file() { cat >${folder}/put; }
command() { printf '%s\\0' "$2" >>${calls}; return 1; }\n`
    const texts = hostile.filter((one) => one !== '\0')
    const config: JsonObject = {
      ...Object.fromEntries(texts.map((text) => [`a${text}`, `-${text}`])),
      runtimes: Object.fromEntries(texts.map((text, index) => [`x${index}`, { path: `/x/${text}` }])),
    }
    const resource = daemonJson(config)
    runIn(command, functions + resource.plan(seen)?.script, { cwd: folder })
    expect(JSON.parse(readFileSync(join(folder, 'put'), 'utf8'))).toEqual(config)
    expect(words()).toEqual(['-H', 'fd://', '--label=*', ''])
    rmSync(calls)
    runIn(command, functions + resource.inspect.slice(resource.inspect.indexOf('command -v')), { cwd: folder })
    expect(words()).toEqual([...texts.map((text) => `/x/${text}`), ''])
  })
})

it('no name of a user begins with `-`, or has anything in it that a shell would run or that cannot be seen', () => {
  for (const text of values.filter((one) => userName.safeParse(one).success))
    expect(text).toMatch(/^(?!-)[\p{L}\p{N}_.@\\ $+-]+$/u)
})

it('a value of a repository is one value, and one line, or it is refused', () => {
  for (const text of [' ', '\n', '\r', '\t', ' https://evil.example/', ',https://evil.example/', '\x85', '\u2028']) {
    const uri = `https://m.example/x${text}`
    expect(() => dnfQuestion({ ...dnfRepository, uri })).toThrow(RangeError)
    expect(() => dnfQuestion({ ...dnfRepository, id: `x${text}` })).toThrow(RangeError)
    expect(() => aptQuestion({ ...dockerRepository, uri })).toThrow(RangeError)
    expect(() => stanzaOf({ ...dockerRepository, suite: `trixie${text}` })).toThrow(RangeError)
  }
  expect(() => dnfQuestion({ ...dnfRepository, label: 'X\ngpgcheck=0' })).toThrow(RangeError)
  expect(() => stanzaOf({ ...dockerRepository, component: 'stable\nTrusted: yes' })).toThrow(RangeError)
  expect(stanzaOf({ ...dockerRepository, component: 'main contrib' })).toContain('\nComponents: main contrib\n')
})
