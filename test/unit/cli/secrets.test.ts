import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { commands } from '../../../src/cli/commands/index.js'
import { run } from '../../../src/cli/run.js'
import { services as real } from '../../../src/cli/services.js'
import { FitoutError } from '../../../src/errors.js'
import { eventSchema } from '../../../src/events.js'
import { factsShape } from '../../../src/facts/facts.js'
import type { OpenOptions, Target } from '../../../src/host/host.js'
import { fitOutIn } from '../../../src/library/fit-out.js'
import { recordIds } from '../../../src/record/folder.js'
import { readRecord } from '../../../src/record/read.js'
import { mask, Redactor } from '../../../src/redact.js'
import { type Script, someFacts, somePlan, standIn } from './stand-in.js'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fitout-secrets-'))
  writeFileSync(join(folder, 'fitout.yaml'), 'hosts: { web1: { sudoPassword: { env: SUDO_PW } } }\n')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const target = 'ubuntu@web1'
const neutral = 'Kq7-unlike-any'

/** Hosts that say the password wherever a host’s words are shown. */
function echoing(word: string, script: Script = {}) {
  const said = `echo ${word}`
  const plan = {
    ...somePlan,
    notes: [said],
    changes: somePlan.changes.map((one) => ({ ...one, why: said, diff: `+${word}\n` })),
  }
  const finding = { severity: 'warning' as const, title: said, evidence: [said], cause: said, remedy: said }
  const base = standIn({
    [target]: {
      plan,
      examination: {
        facts: someFacts,
        checked: [{ check: 'c', title: 't', state: 'found', findings: [finding] }],
        milliseconds: 1,
      },
      ...script,
    },
  })
  const engine = base.engine
  return {
    ...base,
    records: real.records,
    gatherFacts: async () => ({ ...someFacts, os: { ...someFacts.os, prettyName: said } }),
    hosts: async () => {
      const hosts = await base.hosts()
      return {
        ...hosts,
        openHost: async (to: Target, options: OpenOptions) => {
          await (options.sudoPassword?.get([]) ?? options.ask.secret('sudo password'))
          options.onNote?.(said)
          return await hosts.openHost(to, options)
        },
      }
    },
    engine: async (): ReturnType<typeof engine> => {
      const { applyTo, verifyHost, ...others } = await engine()
      return {
        ...others,
        applyTo: (host, selection, options) => {
          options.emit({ type: 'output', host: host.target.name, line: said })
          return applyTo(host, selection, options)
        },
        verifyHost: (host, selection, emit) => {
          emit({ type: 'note', host: host.target.name, text: said })
          return verifyHost(host, selection, emit)
        },
      }
    },
  }
}

async function fitout(args: string[], word: string, { live = false, script = {} as Script } = {}) {
  const out: string[] = []
  const err: string[] = []
  const stream = (to: string[]) => ({ write: (text: string) => to.push(text), isTTY: live, columns: 100, rows: 40 })
  const io = {
    stdin: {},
    stdout: stream(out),
    stderr: stream(err),
    env: { XDG_STATE_HOME: folder, SUDO_PW: word, FITOUT_FLEET: join(folder, 'fitout.yaml'), TERM: 'xterm' },
  }
  const code = await run(args, io, echoing(word, script))
  return { code, out: stripVTControlCharacters(out.join('')), err: stripVTControlCharacters(err.join('')) }
}

const runs = () => join(folder, 'fitout/runs')
const last = () => join(runs(), recordIds(runs())[0]!)

/** The words of a JSON Schema: keys of objects, and values that are one of some. */
function wordsOf(schema: unknown, found = new Map<string, Set<string>>(), key = ''): Map<string, Set<string>> {
  if (Array.isArray(schema)) for (const one of schema) wordsOf(one, found, key)
  else if (typeof schema === 'object' && schema !== null) {
    const { properties = {}, enum: words = [], const: word, default: _, ...others } = schema as Record<string, never>
    const values = [...(words as unknown[]), word].filter((one) => typeof one === 'string')
    found.set(key, new Set([...(found.get(key) ?? []), ...values]))
    for (const [name, inner] of Object.entries(properties)) wordsOf(inner, found, name)
    for (const inner of Object.values(others)) if (typeof inner === 'object') wordsOf(inner, found, key)
  }
  return found
}
const eventWords = wordsOf(z.toJSONSchema(eventSchema, { io: 'input' }))
const factWords = wordsOf(z.toJSONSchema(z.object(factsShape)))

describe('fitout’s own words are no text', () => {
  const all = [...eventWords, ...factWords].flatMap(([key, words]) => [...words].map((word) => [key, word] as const))

  test('there are some', () => expect(all.length).toBeGreaterThan(50))

  test.each(all)('%s: %s', (key, word) => {
    expect(new Redactor([word]).in({ [key]: word })).toEqual({ [key]: word })
  })
})

const passwords = [
  ...new Set(['ubuntu', 'web1', target, ...eventWords.keys(), ...[...eventWords.values()].flatMap((one) => [...one])]),
]
  .filter((word) => word.length > 3)
  .sort()

describe.each(passwords)('the password %s', (word) => {
  const shape = (json: unknown): unknown =>
    typeof json !== 'object' || json === null
      ? typeof json
      : Object.fromEntries(Object.entries(json).map(([key, value]) => [key, shape(value)]))

  test('as JSON lines: the same events, and a record of the same hosts, which are repeated', async () => {
    const [as, usual] = [await fitout(['apply', '--yes', '--json', target], word, { script: { failAt: 2 } }), last()]
    const lines = as.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    const other = (await fitout(['apply', '--yes', '--json', target], neutral, { script: { failAt: 2 } })).out
    expect(lines.map(shape)).toEqual(
      other
        .trim()
        .split('\n')
        .map((line) => shape(JSON.parse(line))),
    )
    for (const line of lines) {
      expect(eventSchema.safeParse(line).error).toBeUndefined()
      expect(line.host).toBe(target)
    }
    expect(lines.filter(({ type }) => type === 'output')[0].line).toBe(`echo ${mask}`)
    expect(as.err).toContain(`${target}: failed`)

    const record = await readRecord(runs(), usual.split('/').at(-1)!)
    expect(record).toMatchObject({ args: ['apply', '--yes', '--json', target], targets: [target], problems: [] })
    expect(record.hosts).toMatchObject([
      { host: target, outcome: 'failed', runs: ['/var/lib/fitout/runs/20261121-0230'] },
    ])
    expect(record.hosts[0]!.output[0]).toBe(`echo ${mask}`)
    const markdown = (await fitout(['report', '--format', 'markdown', usual.split('/').at(-1)!], word)).out
    expect(markdown).toContain(`# fitout apply: ${target} failed`)
    const again = await fitout(['apply', '--yes', '--failed'], word)
    expect([again.code, again.err]).toEqual([0, expect.stringContaining(`again on ${target}`)])
  })

  test('on a plain screen: the same words, and the echo masked', async () => {
    const own =
      /ubuntu@web1|step \d of \d \w+|asking what it is|(?<=^\S+ \S+ {2})(?:done|effects|changed)|\d changes? for/gm
    const seen = async (secret: string) => {
      const { code, out, err } = await fitout(['-v', 'apply', '--yes', target], secret)
      return { code, own: `${out}${err}`.match(own), text: out + err }
    }
    const [this_, usual] = [await seen(word), await seen(neutral)]
    expect([this_.code, this_.own]).toEqual([usual.code, usual.own])
    expect(this_.text).toContain(`echo ${mask}`)
    expect(this_.text).not.toContain(`echo ${word}`)
  })

  test('on a moving screen: the plan, the report, and the echo masked', async () => {
    const { code, out, err } = await fitout(['apply', '--yes', target], word, { live: true })
    expect(code).toBe(0)
    expect(out).toMatch(/^ubuntu@web1 {2}.*\n\n {2}prepare\n/m)
    expect(out).toContain(`  4 changes for ${target}.\n`)
    expect(out).toMatch(/^ubuntu@web1 is as wanted now \(.*\n {2}done\n/m)
    expect(out).toContain(`echo ${mask}`)
    expect(out + err).not.toContain(`echo ${word}`)
  })
})

describe('what a host echoes is masked by every command', () => {
  const hosted = commands.filter(
    ({ name, options }) => name !== 'wizard' && options.some(({ flags }) => flags.startsWith('--ssh-config')),
  )

  test.each(hosted.map(({ name }) => name))('%s, in a failure', async (name) => {
    const openError = new FitoutError({ doing: 'connecting', cause: `no ${neutral}`, said: [`x ${neutral}`] })
    const yes = hosted.find((one) => one.name === name)!.options.some(({ flags }) => flags.includes('--yes'))
    const { out, err } = await fitout(['-v', name, ...(yes ? ['--yes'] : []), target], neutral, {
      script: { openError },
    })
    expect(err).toContain(`no ${mask}`)
    expect(out + err).not.toContain(neutral)
  })

  test.each([
    'plan',
    'plan --json',
    'facts',
    'facts --json',
    'doctor',
    'doctor --json',
    'verify',
    'verify --json',
    'apply --yes',
    'apply --yes --json',
  ])('%s, in what it shows; and in the record', async (words) => {
    const { out, err } = await fitout(['-v', ...words.split(' '), target], neutral)
    expect(out).toContain(mask)
    expect(out + err).not.toContain(neutral)
    for (const id of recordIds(runs()))
      for (const name of readdirSync(join(runs(), id))) {
        const text = readFileSync(join(runs(), id, name), 'utf8')
        expect(text).not.toContain(neutral)
        if (name === 'events.jsonl') expect(text).toContain(`echo ${mask}`)
      }
  })

  test('a script has it', async () => {
    const script = `#!/bin/sh\necho ${neutral}\n`
    const { out } = await fitout(['script', target], neutral, { script: { plan: { ...somePlan, script } } })
    expect(out).toBe(script)
  })

  test('facts that are printed can be planned from, whatever the password', async () => {
    for (const word of ['vagrant', ...[...factWords.values()].flatMap((one) => [...one])]) {
      const { out } = await fitout(['facts', '--json', target], word)
      expect(z.object(factsShape).safeParse(JSON.parse(out).facts).error, word).toBeUndefined()
    }
  })
})

test.each(['apply', 'verify'] as const)('a secret that a program gives is in no record of its %s', async (mode) => {
  const options = {
    mode,
    confirm: true,
    targets: target,
    record: runs(),
    ask: { secret: () => Promise.resolve(neutral) },
  }
  await fitOutIn(echoing(neutral), options as never)
  const text = readFileSync(join(last(), 'events.jsonl'), 'utf8')
  expect(text).toContain(`echo ${mask}`)
  expect(text).not.toContain(neutral)
})
