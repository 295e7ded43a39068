import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { run } from '../../src/cli/run.js'
import { FitoutError } from '../../src/errors.js'
import { eventSchema, eventsJsonSchema, type WireEvent } from '../../src/event-schema.js'
import { lineHeldBySchema } from '../support/events.js'
import { planOf, type Script, standIn } from './cli/stand-in.js'

const published = join(import.meta.dirname, '../../src/events.schema.json')

// The compiler holds the schema against the type of the events, both ways; a trial's two states are one kind here.
type Validated = z.infer<typeof eventSchema>
const accepts = (event: WireEvent): Validated => event
const gives = (event: Exclude<Validated, { type: 'trial' }>): WireEvent => event

/** With every key that there may be. */
type Whole<T> = T extends readonly (infer Item)[]
  ? Whole<Item>[]
  : T extends object
    ? { [Key in keyof T]-?: Whole<Exclude<T[Key], undefined>> }
    : T
type Same = Exclude<Validated, { type: 'trial' }>
/** What one has and the other does not would be missing here. */
const wholly = {
  accepted: (event: Whole<Exclude<WireEvent, { type: 'trial' }>>): Whole<Same> => event,
  given: (event: Whole<Same>): Whole<Exclude<WireEvent, { type: 'trial' }>> => event,
}

test('the published schema is the one that the events are held against', async () => {
  expect(accepts({ type: 'host-started', host: 'a' })).toEqual(gives({ type: 'host-started', host: 'a' }))
  expect(Object.values(wholly)).toHaveLength(2)
  // `npx vitest run --project unit event-schema -u` writes it anew.
  await expect(`${JSON.stringify(eventsJsonSchema(), undefined, 2)}\n`).toMatchFileSnapshot(published)
})

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

/** Where events come from; screens and the record only read them. */
const emitting = ['run', 'fleet', 'library', 'cli', 'recipe', 'resource', 'plan', 'errors.ts', 'host']
const source = emitting
  .flatMap((room) => {
    const place = join(import.meta.dirname, '../../src', room)
    if (room.endsWith('.ts')) return [place]
    return (readdirSync(place, { recursive: true }) as string[]).map((name) => join(place, name))
  })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => readFileSync(name, 'utf8'))
  .join('\n')

test.each(eventSchema.options.map((option) => [option.shape.type.value, option] as const))(
  'some code emits %s, with each of its words',
  (kind, option) => {
    expect(source).toMatch(new RegExp(`type: '${kind}'`))
    const words = new Set<string>()
    const collect = (schema: unknown) => {
      if (schema instanceof z.ZodEnum) for (const word of schema.options) words.add(String(word))
      if (schema instanceof z.ZodOptional || schema instanceof z.ZodArray) collect(schema.unwrap())
      if (schema instanceof z.ZodObject) for (const part of Object.values(schema.shape)) collect(part)
    }
    collect(option)
    expect([...words].filter((word) => !source.includes(`'${word}'`))).toEqual([])
  },
)

describe('what --json prints', () => {
  const validate = z.fromJSONSchema(JSON.parse(readFileSync(published, 'utf8')))

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
    [{ type: 'note', host: 7, text: '' }],
  ])('and not %j', (event) => {
    expect(validate.safeParse({ at: '2026-11-21T02:30:00.000Z', ...event }).success).toBe(false)
  })
})
