import { describe, expect, test } from 'vitest'
import type { FitoutError } from '../../../src/errors.js'
import { choose, inOrder } from '../../../src/recipe/choose.js'
import { recipe } from '../../../src/recipe/recipe.js'
import { someRecipes } from '../cli/stand-in.js'

const named = (choice: Parameters<typeof choose>[1]) =>
  choose(someRecipes, choice).recipes.map((one) => one.recipe.name)
const optionsOf = (name: string, ...set: string[]) =>
  choose(someRecipes, { only: someRecipes.map((one) => one.name), set }).recipes.find((one) => one.recipe.name === name)
    ?.options
const failure = (choice: Parameters<typeof choose>[1]) => {
  try {
    choose(someRecipes, choice)
  } catch (error) {
    const { why, remedy, exitCode } = error as FitoutError
    return { text: `${why} | ${remedy}`, exitCode }
  }
  throw new Error('it was accepted')
}

describe('which recipes', () => {
  test('by default those that say so, each behind those it comes after', () => {
    expect(named({})).toEqual(['docker-engine', 'docker-group'])
  })
  test('--only names them, alone or in lists', () => {
    expect(named({ only: ['docker-daemon,docker-engine'] })).toEqual(['docker-engine', 'docker-daemon'])
    expect(named({ only: ['docker-daemon', 'docker-group'] })).toEqual(['docker-group', 'docker-daemon'])
  })
  test('--skip takes away', () => {
    expect(named({ skip: ['docker-group'] })).toEqual(['docker-engine'])
  })
  test('a misspelt name is met with the one that was meant', () => {
    expect(failure({ only: ['docker-engin'] })).toEqual({
      text: '--only names the recipe `docker-engin`, which does not exist | did you mean `docker-engine`?',
      exitCode: 64,
    })
    expect(failure({ skip: ['zzz'] }).text).toContain('see `fitout recipes`')
    expect(failure({ only: ['docker-engine,'] }).text).toContain('--only names no recipe')
  })
  test('nothing left is an error', () => {
    expect(failure({ skip: ['docker-engine', 'docker-group'] }).text).toContain('no recipe is left')
  })
  test('a circle is named', () => {
    const one = (name: string, after: string[]) => recipe({ name, title: '', about: '', after, options: {} })
    expect(() => inOrder([one('a', ['b']), one('b', ['c']), one('c', ['a'])])).toThrow(
      'a comes after b comes after c comes after a',
    )
  })
  test('order holds through recipes that are not chosen', () => {
    const one = (name: string, after: string[]) => recipe({ name, title: '', about: '', after, options: {} })
    const chosen = choose([one('a', ['b']), one('b', ['c']), one('c', [])], { only: ['a', 'c'] })
    expect(chosen.recipes.map((each) => each.recipe.name)).toEqual(['c', 'a'])
  })
})

describe('settings', () => {
  test('defaults without any', () => {
    expect(optionsOf('docker-engine')).toEqual({ source: 'auto', hold: false, attempts: 3 })
  })
  test('are typed by the option', () => {
    expect(
      optionsOf(
        'docker-engine',
        'docker-engine.version=28',
        'docker-engine.hold=true',
        'docker-engine.attempts=5',
        'docker-engine.source=docker',
      ),
    ).toEqual({ source: 'docker', version: '28', hold: true, attempts: 5 })
  })
  test('lists are comma lists or JSON', () => {
    expect(optionsOf('docker-group', 'docker-group.users=ada, bob')).toEqual({ users: ['ada', 'bob'] })
    expect(optionsOf('docker-group', 'docker-group.users=["ada"]')).toEqual({ users: ['ada'] })
    expect(optionsOf('docker-group', 'docker-group.users=')).toEqual({ users: [] })
  })
  test('keys inside objects are merged', () => {
    expect(
      optionsOf(
        'docker-daemon',
        'docker-daemon.config={"debug":false,"log-opts":{"max-size":"1m"}}',
        'docker-daemon.config.log-driver=local',
        'docker-daemon.config.log-opts.max-file="3"',
        'docker-daemon.config.max-concurrent-downloads=5',
        'docker-daemon.config.insecure=null',
      ),
    ).toMatchObject({
      config: {
        debug: false,
        'log-driver': 'local',
        'log-opts': { 'max-size': '1m', 'max-file': '3' },
        'max-concurrent-downloads': 5,
        insecure: null,
      },
    })
  })
  test('known keys of objects have types too', () => {
    expect(
      optionsOf('docker-daemon', 'docker-daemon.proxy.noProxy=a,b', 'docker-daemon.proxy.http=http://p:1'),
    ).toMatchObject({
      proxy: { http: 'http://p:1', noProxy: ['a', 'b'] },
    })
  })
  test('a key called __proto__ stays a key', () => {
    const { config } = optionsOf('docker-daemon', 'docker-daemon.config.__proto__.polluted=true') as { config: object }
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
    expect(Object.getPrototypeOf(config)).toBe(Object.prototype)
  })

  const wrong: [string, string][] = [
    ['docker-engine', 'has no value | write it as `--set recipe.option=value`'],
    ['docker-engine=x', 'names no option'],
    ['docker-engin.version=1', 'did you mean `docker-engine.version`?'],
    ['docker-engine.versoin=1', 'has no option `versoin` | did you mean `docker-engine.version`?'],
    [
      'docker-engine.source=dokcer',
      'takes auto or docker or distribution, not `dokcer` | did you mean `--set docker-engine.source=docker`?',
    ],
    ['docker-engine.hold=maybe', 'takes true or false, not `maybe` | say `--set docker-engine.hold=true`'],
    ['docker-engine.attempts=many', 'takes a whole number'],
    ['docker-engine.attempts=99', 'docker-engine.attempts: Too big'],
    ['docker-engine.version.major=1', 'takes one value and has no key `major`'],
    ['docker-group.users=["a"', 'not valid JSON'],
    ['docker-group.users=ada,,bob', 'docker-group.users.1'],
    [
      'docker-daemon.config.log-driver=local',
      'not part of this run | choose it with `--only docker-engine,docker-group,docker-daemon`',
    ],
  ]
  test.each(wrong)('%s is refused', (set, text) => {
    const { text: said, exitCode } = failure({ set: [set] })
    expect(said).toContain(text)
    expect(exitCode).toBe(64)
  })
  test('an object is refused as anything else', () => {
    expect(failure({ only: ['docker-daemon'], set: ['docker-daemon.config=local'] }).text).toContain('takes an object')
    expect(failure({ only: ['docker-daemon'], set: ['docker-daemon.proxy.htp=x'] }).text).toContain(
      'did you mean `docker-daemon.proxy.http`?',
    )
  })
  test('the same place twice is refused', () => {
    expect(failure({ set: ['docker-group.users=a', 'docker-group.users=b'] }).text).toContain('given twice')
  })
})
