import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { FitoutError } from '../../../src/errors.js'
import { viewOf } from '../../../src/fleet/view.js'
import { describe as described } from '../../../src/options/describe.js'
import { secret, secretsOf, secretValues } from '../../../src/options/secrets.js'
import { choose } from '../../../src/recipe/choose.js'
import { type Recipe, recipe } from '../../../src/recipe/recipe.js'
import { Redactor } from '../../../src/redact.js'
import { sumOf } from '../../../src/resource/content.js'
import { file } from '../../../src/resource/file.js'
import { defineResource } from '../../../src/resource/resource.js'
import { readSecrets } from '../../../src/run/log-secrets.js'
import { planFromFacts } from '../../../src/run/look.js'
import { keptIn } from '../../../src/undo/look.js'
import { bareDebian } from '../../support/facts.js'
import { pastRun, file as seenFile, undone } from '../undo/stand-in.js'

const made = (options: z.ZodRawShape, more: Partial<Recipe> = {}): Recipe =>
  recipe({ name: 'app', title: 't', about: 'a', options: options as never, ...(more as object) })

const tree: z.ZodType = z.object({
  word: secret(z.string()).optional(),
  get below() {
    return z.array(tree).optional()
  },
})

describe('what is marked is found', () => {
  it.each<[string, z.ZodType, unknown, string[]]>([
    ['plain', secret(z.string()), 'tok-1', ['tok-1']],
    ['optional', secret(z.string()).optional(), 'tok-1', ['tok-1']],
    ['with a default', secret(z.string()).default('x'), 'tok-1', ['tok-1']],
    ['before what transforms it', secret(z.string()).transform((text) => text.length), 'tok-1', ['tok-1']],
    ['behind what transforms it', z.string().pipe(secret(z.string())), 'tok-1', ['tok-1']],
    ['behind a preprocessor', z.preprocess((text) => text, secret(z.string())), 'tok-1', ['tok-1']],
    ['a number', secret(z.number()), 12345, ['12345']],
    ['in a list', z.array(secret(z.string())), ['tok-1', 'tok-2'], ['tok-1', 'tok-2']],
    ['in a tuple', z.tuple([z.string(), secret(z.string())]), ['dora', 'tok-1'], ['tok-1']],
    ['in a record', z.record(z.string(), secret(z.string())), { web: 'tok-1' }, ['tok-1']],
    ['in a union', z.union([z.literal('none'), z.object({ word: secret(z.string()) })]), { word: 'tok-1' }, ['tok-1']],
    [
      'in an intersection',
      z.intersection(z.object({ a: z.string() }), z.object({ b: secret(z.string()) })),
      { a: 'x', b: 'tok-1' },
      ['tok-1'],
    ],
    ['in what holds itself', tree, { word: 'tok-1', below: [{ below: [{ word: 'tok-2' }] }] }, ['tok-1', 'tok-2']],
    ['a whole object', secret(z.object({ a: z.string(), b: z.number() })), { a: 'tok-1', b: 77 }, ['tok-1', '77']],
  ])('%s', (_what, option, value, found) => {
    const app = made({ it: option })
    expect(secretValues(app, { it: value })).toEqual(found)
    expect([...secretsOf([app]).options]).toEqual(['app.it'])
  })

  it('and no more', () => {
    expect(
      secretValues(made({ it: z.object({ user: z.string(), word: secret(z.string()) }) }), {
        it: { user: 'dora', word: 'tok-1' },
      }),
    ).toEqual(['tok-1'])
    expect([...secretsOf([made({ it: tree, other: z.array(z.string()) })]).options]).toEqual(['app.it'])
    expect(described(made({ it: tree, other: z.string() })).options).toMatchObject([
      { secret: true },
      { name: 'other' },
    ])
    expect(described(made({ other: z.string() })).options[0]).not.toHaveProperty('secret')
  })
})

describe('a value that is refused', () => {
  const word = 'tok-4f9a2c71e8b6'
  const app = made({
    level: secret(z.enum(['a', 'b'])).optional(),
    port: secret(z.number().int()).optional(),
    sure: secret(z.boolean()).optional(),
    ports: secret(z.array(z.number())).optional(),
    logins: z.record(z.string(), z.object({ pin: secret(z.number()) })).optional(),
    own: secret(z.string())
      .refine(() => false, { error: ({ input }) => `${String(input)} is not wanted` })
      .optional(),
    cut: secret(z.string())
      .transform((text) => text.slice(4))
      .refine(() => false, { error: ({ input }) => `${String(input)} is not wanted` })
      .optional(),
  })
  it.each(['level', 'port', 'sure', 'ports', 'logins.web.pin', 'own', 'cut'])('is in no error: %s', (option) => {
    const redactor = new Redactor()
    const choosing = () =>
      choose([app], { only: ['app'], set: [`app.${option}=${option === 'ports' ? `1,${word}` : word}`] }, (one) =>
        redactor.hide(one),
      )
    let error: unknown
    try {
      choosing()
    } catch (thrown) {
      error = redactor.in(thrown)
    }
    expect(error).toBeInstanceOf(FitoutError)
    const said = JSON.stringify(Object.getOwnPropertyNames(error).map((name) => (error as never)[name]))
    expect(said).toMatch(/app\.|not wanted/)
    // What a recipe makes of it before it refuses is its own to keep.
    if (option !== 'cut') expect(said).not.toContain(word.slice(4))
    expect(said).not.toContain(word)
  })

  it.each(['', ':', '/', ' ', '~', '.x '])('nor behind a wrong sign: %j', (sign) => {
    expect(() => choose([app], { only: ['app'], set: [`app.own${sign === '' ? ' ' : sign}${word}`] })).toThrow(
      /^(?!.*4f9a2c71e8b6)/s,
    )
  })

  it('nor what the recipe itself says of the sum', () => {
    const picky = made({ own: secret(z.string()).transform((text) => text.toUpperCase()) }, {
      refuses: ({ own }: Record<string, unknown>) => ({ option: 'own', because: `${String(own)} does not do` }),
    } as never)
    const told: string[] = []
    expect(() => choose([picky], { only: ['app'], set: [`app.own=${word}`] }, (one) => told.push(one))).toThrow(
      'does not do',
    )
    expect(told).toEqual([word, word.toUpperCase()])
  })
})

describe('a plan', () => {
  const [before, after] = ['tok-before-4f9a', 'tok-after-90d1']
  const text = (word: string) => `auth = ${Buffer.from(`dora:${word}`).toString('base64')}\nword = ${word}\n`
  const seen = (path: string, word: string) => ({ file: { path, sum: sumOf(text(word)), text: text(word) } })
  const files = ({ options }: { options: Record<string, unknown> }) => [
    file({
      path: '/etc/app',
      text: options.token === undefined ? undefined : text(String(options.token)),
      purpose: 'log in',
    }),
    file({ path: '/etc/app.conf', text: 'plain\n', purpose: 'log in' }),
  ]
  const app = made({ token: secret(z.string()).optional() }, { resources: files as never })
  const other = recipe({
    name: 'other',
    title: 't',
    about: 'a',
    options: {},
    resources: ({ all }) => [
      file({ path: '/etc/other', text: `of app: ${String(all.app?.token)}\n`, purpose: 'help' }),
    ],
  })
  const third = recipe({
    name: 'third',
    title: 't',
    about: 'a',
    options: {},
    resources: ({ all }) => [
      file({ path: '/etc/plain', text: all.third === undefined ? '' : 'new\n', purpose: 'help' }),
    ],
  })
  const planned = (set: string[]) =>
    planFromFacts(
      {
        facts: bareDebian(),
        seen: {
          'file /etc/app': seen('/etc/app', before),
          'file /etc/other': seen('/etc/other', before),
          'file /etc/plain': { file: { path: '/etc/plain', sum: sumOf('old\n'), text: 'old\n' } },
        },
      },
      choose([app, other, third], { only: ['app', 'other', 'third'], set }),
    )
  const shown = (plan: ReturnType<typeof planned>) =>
    JSON.stringify(plan.changes.map(({ script: _, ...change }) => change))

  it.each([
    ['another value', [`app.token=${after}`]],
    ['none any more', []],
  ])('shows nothing of the value of before: %s', (_what, set) => {
    const plan = planned(set)
    for (const hidden of [before, Buffer.from(`dora:${before}`).toString('base64')]) {
      expect(JSON.stringify(plan)).not.toContain(hidden)
    }
    const of = (path: string) => plan.changes.find(({ resource }) => resource === `file ${path}`)!
    expect(of('/etc/app').details).toEqual(['its text may hold a secret and is not shown'])
    expect(of('/etc/app.conf')).not.toHaveProperty('diff')
    expect(of('/etc/plain').diff).toContain('-old\n+new')
  })

  it('shows the new one in no form, but for the script', () => {
    const redactor = new Redactor([after])
    const plan = planned([`app.token=${after}`])
    for (const hidden of [after, Buffer.from(`dora:${after}`).toString('base64').slice(8, -4)]) {
      expect(shown(plan)).not.toContain(hidden)
      expect(JSON.stringify(redactor.in(plan))).not.toContain(hidden)
      expect(plan.script).toContain(hidden)
    }
  })

  it('also of what another recipe has decided by it', () => {
    const deciding = recipe({
      name: 'deciding',
      title: 't',
      about: 'a',
      options: {},
      // biome-ignore lint/correctness/useYield: it asks nothing.
      *decide({ all }) {
        return String(all.app?.token)
      },
      resources: ({ choice }) => [file({ path: '/etc/decided', text: `${choice}\n`, purpose: 'help' })],
    })
    const plan = planFromFacts(
      { facts: bareDebian(), seen: { 'file /etc/decided': seen('/etc/decided', before) } },
      choose([app, deciding], { only: ['app', 'deciding'], set: [`app.token=${after}`] }),
    )
    expect(JSON.stringify(plan)).not.toContain(before)
  })

  it('also of what two recipes want, whichever comes first', () => {
    const resource = (name: string) =>
      defineResource({
        id: 'shared',
        inspect: '',
        read: () => ({}),
        assume: () => ({}),
        plan: () => ({
          resource: 'shared',
          stage: 'configure',
          title: name,
          why: 'w',
          script: 'x',
          diff: '-old',
          effects: [],
        }),
        join: (one) => one,
      })
    const plain = recipe({ name: 'plain', title: 't', about: 'a', options: {}, resources: () => [resource('plain')] })
    const marked = made({ token: secret(z.string()).optional() }, { resources: () => [resource('app')] })
    for (const order of [
      [plain, marked],
      [marked, plain],
    ]) {
      const plan = planFromFacts({ facts: bareDebian() }, choose(order, { only: ['plain', 'app'] }))
      expect(JSON.stringify(plan.changes)).not.toContain('-old')
    }
  })

  it('has the journal say so, and undoing shows nothing either, nor undoing that', () => {
    expect(planned([`app.token=${after}`]).changes[0]!.script).toMatch(
      /^journal 'secret begin'\nput_own_file [\s\S]*\njournal 'secret end'$/,
    )
    const [was, is] = [sumOf(text(before)), sumOf(text(after))]
    const files_ = new Map([seenFile('/etc/app', text(after)), seenFile(keptIn(pastRun([]), '/etc/app'), text(before))])
    const back = (...lines: string[]) => JSON.stringify(undone(lines, { files: files_ }).all)
    const line = `file /etc/app ${was} ${is}`
    expect(back(line)).toContain(before)
    for (const lines of [
      ['secret begin', line, 'secret end'],
      ['secret begin', line],
      ['secret begin', line, 'secret end', `file /etc/app ${is} ${is}`],
    ]) {
      expect(back(...lines)).not.toContain(before)
      expect(back(...lines)).not.toContain(after)
      expect(back(...lines)).toContain('Put /etc/app back')
      expect(back(...lines)).toMatch(/journal 'secret begin'\\nbring_back /)
    }
    expect(back('secret begin', 'secret end', line)).toContain(before)
  })
})

it('what holds for a host is shown without it, however short and whatever it is', () => {
  const app = made({ pin: secret(z.number()), sure: secret(z.boolean()), plain: z.string() })
  const located = (value: unknown, inner?: Map<string, unknown>) => ({
    value,
    location: { file: 'f', line: 1, column: 1 },
    inner,
  })
  const values = { pin: 12, sure: true, plain: 'shown' }
  const inner = new Map(Object.entries(values).map(([key, value]) => [key, located(value)]))
  const level = { by: 'defaults', recipes: {}, set: new Map([['app', located(values, inner)]]), ssh: {} }
  const view = viewOf(
    { name: 'web1', location: { file: 'f', line: 1, column: 1 }, groups: [], levels: [level] } as never,
    { recipes: [{ recipe: app, options: values }] },
  )
  expect(Object.entries(view.options).map(([key, { value }]) => [key, value])).toEqual([
    ['app.pin', '•••'],
    ['app.sure', '•••'],
    ['app.plain', 'shown'],
  ])
})

it('what a host says of values for its log is believed as far as it makes sense', () => {
  expect(readSecrets('secrets\nsecret 12\nsecret "tok-cut')).toBeUndefined()
  expect(readSecrets('secret "tok-\\n1"\nsecret "tok-2222"\n', ['tok-3333'])!.told('tok-\n1 tok-2222 tok-3333')).toBe(
    '••• ••• •••',
  )
})
