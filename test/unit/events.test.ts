import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { run } from '../../src/cli/run.js'
import { FitoutError } from '../../src/errors.js'
import { eventSchema, eventsJsonSchema } from '../../src/events.js'
import { lineHeldBySchema } from '../support/events.js'
import { planOf, type Script, standIn } from './cli/stand-in.js'

async function linesOf(args: string, scripts: Record<string, Script>): Promise<Record<string, unknown>[]> {
  const out: string[] = []
  const stdout = { write: (text: string) => out.push(text) }
  await run(args.split(' '), { stdin: {}, stdout, stderr: { write: () => undefined }, env: {} }, standIn(scripts))
  return out
    .join('')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
}

/** Where events come from; screens and the record only read them, and these three declare them. */
const emitting = ['run', 'fleet', 'library', 'cli', 'recipe', 'resource', 'plan', 'host'].map((room) => `src/${room}`)
const declaring = ['src/resource/change.ts', 'src/plan/plan.ts', 'src/events.ts']
const root = join(import.meta.dirname, '../..')
const source = [...emitting, 'recipes']
  .flatMap((room) => (readdirSync(join(root, room), { recursive: true }) as string[]).map((name) => `${room}/${name}`))
  .concat('src/errors.ts')
  .filter((name) => name.endsWith('.ts') && !declaring.includes(name))
  .map((name) => readFileSync(join(root, name), 'utf8'))
  .join('\n')

const kinds = eventSchema.options.flatMap((option): z.ZodObject[] =>
  option instanceof z.ZodObject ? [option] : [...option.options],
)

test.each(kinds.map((kind) => [(kind.shape.type as z.ZodLiteral).value, kind] as const))(
  'some code emits %s, with each of its words',
  (kind, option) => {
    expect(source).toMatch(new RegExp(`type: '${kind}'`))
    const words = new Set<string>()
    const collect = (schema: unknown) => {
      if (schema instanceof z.ZodEnum) for (const word of schema.options) words.add(String(word))
      if (schema instanceof z.ZodLiteral) for (const word of schema.values) words.add(String(word))
      if (schema instanceof z.ZodOptional || schema instanceof z.ZodArray) collect(schema.unwrap())
      if (schema instanceof z.ZodObject) for (const part of Object.values(schema.shape)) collect(part)
    }
    collect(option)
    expect([...words].filter((word) => !source.includes(`'${word}'`))).toEqual([])
  },
)

describe('what --json prints', () => {
  const validate = z.fromJSONSchema(eventsJsonSchema())

  test('is what the published schema says, in runs that change, fail, wait and are refused', async () => {
    const openError = new FitoutError({ doing: 'connecting', cause: 'no route to host', verdict: 'retry' })
    const lines = await linesOf('-v apply --yes --json --verify --reboot never web1 bad fail same due defect', {
      bad: { openError },
      fail: { failAt: 2 },
      same: { plan: planOf([]) },
      due: { reboot: 'another kernel is installed' },
      defect: { openError: new TypeError('undefined is not a function') },
    })
    const kinds = new Set(lines.map(({ type }) => type))
    expect([...kinds].sort()).toEqual(
      ['facts', 'host-done', 'host-started', 'output', 'phase', 'planned', 'reboot', 'run', 'step', 'trial'].sort(),
    )
    expect(lines.filter((line) => !validate.safeParse(line).success)).toEqual([])
    for (const line of lines) lineHeldBySchema(line)
  })

  test('waves are in it: what begins, what is done, and why no more is begun', async () => {
    const lines = await linesOf('apply --yes --json --waves 1,2,100% --max-failures 0 web1 fail web3 web4', {
      fail: { failAt: 1 },
    })
    const waves = lines.filter(({ type }) => type === 'wave').map(({ at: _at, type: _type, ...wave }) => wave)
    expect(waves).toEqual([
      { state: 'started', index: 1, total: 3, hosts: ['web1'] },
      { state: 'done', index: 1, total: 3, hosts: ['web1'] },
      { state: 'started', index: 2, total: 3, hosts: ['fail'] },
      {
        state: 'stopped',
        index: 2,
        total: 3,
        hosts: ['fail'],
        because: '1 host failed (fail) by wave 2 of 3, and none may',
      },
    ])
    expect(lines.filter((line) => !validate.safeParse(line).success)).toEqual([])
  })

  test.each([
    [{ type: 'phase', host: 'a', phase: 'lunch', state: 'done' }],
    [{ type: 'step', host: 'a', index: '1', total: 2, title: 't', state: 'done' }],
    [{ type: 'host-done', host: 'a', outcome: 'failed' }],
    [{ type: 'unheard', host: 'a' }],
    [{ type: 'trial', host: 'a', state: 'done', trial: 'hello-world', title: 'Run hello-world' }],
    [{ type: 'note', host: 7, text: '' }],
  ])('and not %j', (event) => {
    expect(validate.safeParse({ at: '2026-11-21T02:30:00.000Z', ...event }).success).toBe(false)
  })
})
