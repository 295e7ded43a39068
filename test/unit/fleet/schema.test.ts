import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { recipes } from '../../../recipes/index.js'
import { choiceFor } from '../../../src/fleet/choice.js'
import type { Fleet } from '../../../src/fleet/fleet.js'
import { parseFleet } from '../../../src/fleet/fleet-file.js'
import { sample } from '../../../src/fleet/sample.js'
import { fleetJsonSchema } from '../../../src/fleet/shape.js'
import { choose } from '../../../src/recipe/choose.js'
import { inventoryOf } from '../../support/inventory.js'

const chooseAll = (fleet: Fleet) => {
  for (const host of fleet.hosts.values()) expect(choose(recipes, choiceFor(host, {})).recipes).not.toEqual([])
}

test('the file of `fitout init` is sound as it is, and with all that it offers', () => {
  expect(parseFleet(sample, 'fitout.yaml', recipes).hosts.size).toBe(0)
  const whole = sample.replace(/^#(?=[a-z]| {2})/gm, '')
  const fleet = parseFleet(whole, 'fitout.yaml', recipes)
  expect(fleet.hosts.size).toBe(17)
  chooseAll(fleet)
  expect(Math.max(...sample.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80)
})

test('every example of docs/fleet.md is a fleet file', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../docs/fleet.md'), 'utf8')
  const examples = [...page.matchAll(/```yaml\n(.*?)```/gs)].map(([, text = '']) => text)
  expect(examples.length).toBeGreaterThan(1)
  for (const text of examples) chooseAll(parseFleet(text, 'docs/fleet.md', recipes))
})

test('the schema knows every recipe, every option and every key, and is not huge', () => {
  const text = JSON.stringify(fleetJsonSchema(recipes))
  for (const { name, options } of recipes)
    for (const word of [name, ...Object.keys(options)]) expect(text).toContain(`"${word}"`)
  for (const key of ['proxyJump', 'transport', 'sudoPassword', 'knownHosts', 'skip'])
    expect(text).toContain(`"${key}":{`)
  expect(text.length).toBeLessThan(60_000)
  // Every reference leads somewhere.
  const { definitions = {} } = fleetJsonSchema(recipes) as { definitions?: object }
  for (const [, name] of text.matchAll(/"#\/definitions\/([^"]+)"/g)) expect(definitions).toHaveProperty([name!])
})

// What is written here reaches other programs as a word, or files that fitout writes for them as a line.
const hostile = [
  ...['-oProxyCommand=x', 'a\nProxyCommand x', 'a\rb', 'a\0b', 'a\x1b[2Jb', 'a\x7fb', 'a\x9b2Jb', 'a\u2028b', ''],
  ...['a\u061cb', 'a\u200eb', 'a\u202eb', 'a\u2066b'],
]
/** A ProxyCommand gives these to a shell: `%r`. */
const hostileUsers = [
  '$(id)',
  '`id`',
  '$HOME',
  "a'b",
  'a"b',
  'a;b',
  'a|b',
  'a&b',
  'a>b',
  'a b',
  'a -oProxyCommand=x',
  '{a,b}',
  'a\u00a0b',
]
/** What `ssh -J` would take for something other than machines. */
const hostileJumps = ['-lroot', 'gate,-lroot', 'gate,,inner', 'gate:0', 'a@b@-x', 'local', ',']

interface Part {
  type?: string
  pattern?: string
  enum?: unknown[]
  const?: unknown
  properties?: Record<string, Part>
  additionalProperties?: Part | boolean
  items?: Part | Part[]
  additionalItems?: Part
  anyOf?: Part[]
  definitions?: Record<string, Part>
}

/** Every place of the schema where any text may stand, by its path. */
function textsIn(part: Part, path: string): [string, Part][] {
  const below = (one: Part | boolean | undefined, step: string) =>
    typeof one === 'object' ? textsIn(one, `${path}${step}`) : []
  const own: [string, Part][] = part.type === 'string' && (part.enum ?? part.const) === undefined ? [[path, part]] : []
  return [
    ...own,
    ...Object.entries(part.properties ?? {}).flatMap(([key, one]) => below(one, `.${key}`)),
    ...Object.entries(part.definitions ?? {}).flatMap(([key, one]) => below(one, `#${key}`)),
    ...below(part.additionalProperties, '.*'),
    ...[part.items ?? []].flat().flatMap((one, index) => below(one, `[${index}]`)),
    ...below(part.additionalItems, '[]'),
    ...(part.anyOf ?? []).flatMap((one) => below(one, '')),
  ]
}

test('no text of a fleet file can be an option, or more than one line, where another program gets it', () => {
  const texts = textsIn(fleetJsonSchema([]) as Part, '')
  expect(texts.length).toBeGreaterThan(15)
  for (const [path, { pattern }] of texts) {
    expect([path, typeof pattern]).toEqual([path, 'string'])
    // Arguments of a secret’s command are for that program alone.
    const allowed = path.endsWith('command[]') ? hostile.filter((text) => !text.includes('\0')) : []
    expect([path, hostile.filter((text) => new RegExp(pattern!).test(text))]).toEqual([path, allowed])
  }
})

test.each([
  ...['address', 'user', 'identityFile', 'proxyJump', 'config', 'knownHosts'].flatMap((key) => [
    [`ssh.${key}`, (text: string) => `hosts:\n  web1:\n    ssh: { ${key}: ${JSON.stringify(text)} }\n`, 3],
    [`ssh.${key} in a list`, (text: string) => `hosts:\n  web1:\n    ssh: { ${key}: [${JSON.stringify(text)}] }\n`, 3],
  ]),
  ['sudoPassword.file', (text: string) => `defaults:\n  sudoPassword: { file: ${JSON.stringify(text)} }\n`, 2],
  ['sudoPassword.command', (text: string) => `defaults:\n  sudoPassword: { command: [${JSON.stringify(text)}] }\n`, 2],
  ['a host', (text: string) => `hosts:\n  ${JSON.stringify(text)}: {}\n`, 2],
  ['a group', (text: string) => `groups:\n  ${JSON.stringify(text)}: {}\n`, 2],
] as [string, (text: string) => string, number][])(
  '%s: what is hostile is refused with its line',
  (_what, yaml, line) => {
    for (const text of hostile) {
      expect(() => parseFleet(yaml(text), 'f.yaml', recipes)).toThrow(new RegExp(`f\\.yaml:${line}:`))
    }
  },
)

test('who logs in, and the machines in between, cannot be options or commands either', () => {
  for (const [key, texts] of [
    ['user', hostileUsers],
    ['proxyJump', hostileJumps],
  ] as const) {
    for (const text of texts) {
      const yaml = `hosts:\n  web1:\n    ssh: { ${key}: ${JSON.stringify(text)} }\n`
      expect(() => parseFleet(yaml, 'f.yaml', recipes)).toThrow(/f\.yaml:3:/)
    }
  }
  // Of a directory, of bastions.
  for (const user of ['corp\\ada', 'ada@corp.example', 'ada@web1:SSH:gate', 'ada#corp', 'é']) {
    const yaml = `hosts:\n  web1:\n    ssh: { user: ${JSON.stringify(user)}, proxyJump: [ada@gate:22, inner] }\n`
    expect(parseFleet(yaml, 'f.yaml', recipes).hosts.size).toBe(1)
  }
})

test('an option may be any text, but for a NUL, which nothing can carry to a host', () => {
  const yaml = 'defaults:\n  set:\n    docker-group: { users: ["a\\0b"] }\n'
  expect(() => parseFleet(yaml, 'f.yaml', recipes)).toThrow(/f\.yaml:3:\d+: has a NUL/)
})

test('an inventory’s variables are words, too', async () => {
  const some = hostile.filter((one) => one !== '')
  for (const [key, texts] of [
    ['ansible_user', [...some, ...hostileUsers]],
    ['ansible_host', some],
    ['ansible_ssh_private_key_file', some],
    ['ansible_ssh_common_args', hostileJumps.map((jump) => `-J ${jump}`)],
    ['ansible_ssh_extra_args', hostileJumps.map((jump) => `-o ProxyJump=${jump}`)],
  ] as const) {
    for (const text of texts) {
      const yaml = `all:\n  hosts:\n    web1:\n      ${key}: ${JSON.stringify(text)}\n`
      await expect(inventoryOf(yaml, 'i.yaml')).rejects.toThrow(/i\.yaml:4:/)
    }
  }
  const injected = 'all:\n  hosts:\n    web1:\n      ansible_ssh_common_args: "-J a\\nProxyCommand=x"\n'
  const fleet = await inventoryOf(injected, 'i.yaml')
  expect([...fleet.hosts]).toEqual([])
  expect(fleet.skipped?.get('web1')?.reason).toContain('lead elsewhere')
})
