import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { recipes } from '../../../recipes/index.js'
import { writeFleet } from '../../../src/cli/wizard/write.js'
import { selectionsFor } from '../../../src/fleet/choice.js'
import { fleetSource, machinesNamed } from '../../../src/fleet/machines.js'
import { parseTarget } from '../../../src/host/target.js'
import { commandLine, commandOf, unusedFileName } from '../../../src/wizard/export.js'
import { begun, keyOf, type State, type Where } from '../../../src/wizard/state.js'
import { knowledge, web1 } from './talk.js'

const folder = mkdtempSync(join(tmpdir(), 'fitout-keep-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function state(where: Where, parts: Partial<State> = {}): State {
  const seen = { [keyOf({ where, set: {} })]: [web1] }
  return { ...begun({ ...knowledge, files: [] }), where, seen, ...parts }
}

/** What a command line and a fleet file choose for a machine, options and all. */
async function chosen(words: string[], file?: string) {
  const options = new Map<string, string[]>()
  const names: string[] = []
  for (let at = 1; at < words.length; at++) {
    const word = words[at]!
    if (!word.startsWith('--')) names.push(word)
    else options.set(word, [...(options.get(word) ?? []), words[++at]!])
  }
  const fleet = file === undefined ? undefined : fleetSource({ kind: 'fleet', file }, recipes, {})
  const machines = await machinesNamed(names.length === 0 ? ['local'] : names, fleet)
  const asked = { only: options.get('--only'), skip: options.get('--skip'), set: options.get('--set') }
  const [target] = machines.targets
  const { name: _name, ...reached } = target!
  return {
    reached,
    recipes: selectionsFor(
      recipes,
      asked,
      machines,
      () => undefined,
    )(target!).recipes.map(({ recipe, options: all }) => [recipe.name, all]),
  }
}

const cases: [string, Where, Partial<State>, string][] = [
  ['this machine as proposed', { kind: 'here' }, {}, 'fitout apply'],
  ['a host', { kind: 'host', target: 'ada@web1:2222' }, {}, 'fitout apply ada@web1:2222'],
  [
    'options of every kind',
    { kind: 'host', target: 'web1' },
    {
      set: {
        'docker-engine.version': '^28',
        'docker-engine.hold': 'true',
        'docker-group.users': '',
        'docker-daemon.config.log-opts.max-size': '10m',
        'docker-daemon.config.registry-mirrors': '["https://mirror.example"]',
      },
    },
    "fitout apply --set 'docker-engine.version=^28' --set docker-engine.hold=true --set docker-group.users= --set docker-daemon.config.log-opts.max-size=10m --set 'docker-daemon.config.registry-mirrors=[\"https://mirror.example\"]' web1",
  ],
  [
    'fewer recipes',
    { kind: 'here' },
    { only: ['docker-engine', 'docker-daemon', 'docker-group'] },
    'fitout apply --skip hello-world',
  ],
  [
    'other recipes',
    { kind: 'here' },
    { only: ['docker-engine', 'cuda-smoke'] },
    'fitout apply --only docker-engine,cuda-smoke',
  ],
]

test.each(cases)('the command for %s, and a fleet file that chooses the same', async (title, where, parts, line) => {
  const whole = state(where, parts)
  const words = commandOf(whole)
  expect(commandLine(words)).toBe(line)
  const file = join(folder, `${title}.yaml`)
  const said = await writeFleet(file, whole, recipes)
  expect(said.join('\n')).toContain(`fitout apply --fleet '${file}'`)
  const name = where.kind === 'host' ? (parseTarget(where.target) as { host: string }).host : 'local'
  const fromFile = await chosen(['apply', name], file)
  const fromWords = await chosen(words)
  expect(fromFile.reached).toEqual(fromWords.reached)
  if (parts.only === undefined || title === 'other recipes') expect(fromFile.recipes).toEqual(fromWords.recipes)
  else expect(fromFile.recipes.map(([recipe]) => recipe)).toEqual(parts.only)
})

test('hosts of a fleet file are named as they were', () => {
  expect(commandLine(commandOf(state({ kind: 'fleet', file: 'a b.yaml', words: 'gpu !gpu-07' })))).toBe(
    "fitout apply --fleet 'a b.yaml' gpu '!gpu-07'",
  )
  expect(commandOf(state({ kind: 'here' }), ['--transport', 'openssh'])).toEqual(['apply', '--transport', 'openssh'])
})

test('a file that is there is left alone', async () => {
  const file = join(folder, 'twice.yaml')
  await writeFleet(file, state({ kind: 'here' }), recipes)
  const before = readFileSync(file, 'utf8')
  await expect(writeFleet(file, state({ kind: 'host', target: 'web1' }), recipes)).rejects.toThrow('is there already')
  expect(readFileSync(file, 'utf8')).toBe(before)
  await expect(writeFleet(join(folder, 'no/such/x.yaml'), state({ kind: 'here' }), recipes)).rejects.toThrow('ENOENT')
})

test('the name that is proposed is not taken', () => {
  expect(unusedFileName([], undefined)).toBe('fitout.yaml')
  expect(unusedFileName(['fitout.yaml'], { kind: 'host', target: 'ada@[::1]:22' })).toBe('fitout----1--22.yaml')
  expect(unusedFileName(['fitout.yaml'], { kind: 'here' })).toBe('fitout-this-machine.yaml')
})
