import { describe, expect, it } from 'vitest'
import { recipes } from '../../../recipes/index.js'
import type { FitoutError } from '../../../src/errors.js'
import type { FitoutEvent } from '../../../src/events.js'
import type { Connection } from '../../../src/host/connection/connection.js'
import { localConnection } from '../../../src/host/connection/local.js'
import { timeouts } from '../../../src/host/connection/timeouts.js'
import type { Host } from '../../../src/host/host.js'
import type { AptProbe } from '../../../src/packages/apt-probe.js'
import type { ProbeResult } from '../../../src/packages/probe.js'
import { choose } from '../../../src/recipe/choose.js'
import { recipe } from '../../../src/recipe/recipe.js'
import { defineResource } from '../../../src/resource/resource.js'
import { brief, look, planFromFacts } from '../../../src/run/look.js'
import { type Question, speakingHost } from '../../support/lying-host.js'
import { has } from '../../support/programs.js'
import { someFacts } from '../cli/stand-in.js'

// What is asked before a plan. The facts are this machine's, by its own shell; the repository is a word of the test's.
describe.runIf(has('dpkg'))('looking at a host', { timeout: 60_000 }, () => {
  const local = localConnection()
  const question = (round: number): AptProbe => ({ versionsOf: [`p${round}`], simulate: [] })

  /** A recipe that asks `rounds` times, and installs nothing. */
  const asking = (rounds: number) =>
    recipe({
      name: 'asking',
      title: 'Something that asks',
      about: 'It asks.',
      options: {},
      *decide() {
        const answers: ProbeResult[] = []
        for (let round = 0; round < rounds; round++) answers.push(yield question(round))
        return answers
      },
      resources: ({ choice: answers }) => [
        defineResource<string>({
          id: 'answers',
          inspect: '',
          read: () => '',
          assume: () =>
            answers.map(({ versions, reachable, assumed }) => JSON.stringify([versions, reachable, assumed])).join(),
          plan: (text) => ({
            resource: 'answers',
            stage: 'configure',
            title: text,
            why: 'it is due',
            script: 'true',
            effects: [],
          }),
        }),
      ],
    })

  const hostThatSays = (answer: (round: number) => string) => {
    let round = 0
    const given: unknown[] = []
    const exec: Connection['exec'] = async (script, options) => {
      given.push(options?.timeout)
      if (!script.includes('fitout-probe')) return local.exec(script, options)
      const nonce = /'\\n%s complete\\n' ([0-9a-f]{24})/.exec(script)?.[1]
      const text = answer(round++)
      return {
        code: 0,
        stdout: `\n${nonce} begin asking\n${text}\n\n${nonce} end 0\n\n${nonce} complete\n`,
        stderr: '',
      }
    }
    const connection: Connection = { exec, close: async () => {} }
    const host = {
      target: { kind: 'ssh', name: 'web1', host: 'web1' },
      login: connection,
      root: async () => connection,
    } as unknown as Host
    return { host, given, rounds: () => round }
  }

  const looked = async (rounds: number, answer: (round: number) => string) => {
    const { host, given, rounds: asked } = hostThatSays(answer)
    const events: FitoutEvent[] = []
    const selection = { recipes: [{ recipe: asking(rounds), options: {} }] }
    const outcome = await look(host, selection, (event) => events.push(event)).catch((error: FitoutError) => error)
    return { outcome, events, given, asked: asked() }
  }
  const version = (round: number) => `reached yes\nversion p${round} 1.${round}`

  it('asks again with each answer until the recipe wants no more', async () => {
    const { outcome, events, given, asked } = await looked(2, version)
    expect(asked).toBe(2)
    expect(given).toEqual([timeouts.facts, timeouts.probe, timeouts.probe])
    expect('plan' in outcome && outcome.plan.changes.map(({ title }) => title)).toEqual([
      '[{"p0":["1.0"]},true,null],[{"p1":["1.1"]},true,null]',
    ])
    expect(events.filter(({ type }) => type === 'phase').map((event) => `${'phase' in event && event.phase}`)).toEqual(
      ['facts', 'probe', 'probe', 'inspect'].flatMap((phase) => [phase, phase]),
    )
    const facts = events.find(({ type }) => type === 'facts')
    expect(facts).toMatchObject({
      host: 'web1',
      system: expect.stringMatching(/./),
      kernel: expect.stringMatching(/^\d/),
    })
  })

  it('asks nothing where nothing is wanted, and no recipe without an end', async () => {
    expect((await looked(0, version)).asked).toBe(0)
    const { outcome, asked } = await looked(99, version)
    expect(outcome).toMatchObject({
      doing: 'deciding about asking',
      why: 'the recipe asked package repositories 24 times and has still not decided',
    })
    expect(asked).toBe(25)
  })

  it('takes no silence for an answer, and keeps the last of what came', async () => {
    const { outcome } = await looked(1, () => 'one\n\ntwo\nthree\nfour\nfive\nsix\nseven')
    expect(outcome).toMatchObject({
      doing: 'asking the package repositories',
      why: 'the host’s answer says nothing of it',
      said: ['two', 'three', 'four', 'five', 'six', 'seven'],
    })
    for (const text of ['reached no', 'free asking 9999999 /'])
      expect((await looked(1, () => text)).outcome).toHaveProperty('plan')
    expect((await looked(1, () => 'was reached yes')).outcome).toHaveProperty('why')
  })

  it('refuses a host that has no room for the question', async () => {
    expect((await looked(1, () => 'free asking 1024 /var')).outcome).toMatchObject({
      why: expect.stringMatching(/\/var/),
      doing: 'asking the package repositories',
    })
  })
})

describe('a host whose clock is years off', () => {
  const years = 2 * 365 * 24 * 60 * 60
  const docker = choose(recipes, { only: ['docker-engine'] })

  /** What `look` asks of a host whose clock is so many seconds off, until it ends. */
  const asks = async (off: number) => {
    const asked: Question['about'][] = []
    const clock = `clock ${Math.floor(Date.now() / 1000) + off}\n`
    const host = speakingHost((question, honest) => {
      asked.push(question.about)
      return { stdout: honest.replace(/^clock .*\n/m, clock), code: 0 }
    })
    const error = await look(host, docker, () => undefined).catch((error: FitoutError) => error)
    return { asked: [...new Set(asked)], doing: 'doing' in error ? error.doing : undefined }
  }

  it.each([-years, years])('is refused before anything is asked of a repository (%i s)', async (off) => {
    expect(await asks(off)).toEqual({ asked: ['facts'], doing: 'comparing clocks' })
  })

  it('is asked if it is right', async () => {
    expect((await asks(0)).asked).toContain('probe')
  })
})

describe('a plan without a host', () => {
  const wanting = recipe({
    name: 'wanting',
    title: 'x',
    about: 'x',
    options: {},
    *decide() {
      return [yield { versionsOf: ['p'], simulate: [] }, yield { versionsOf: ['q'], simulate: [] }]
    },
    resources: ({ choice: answers }) => [
      defineResource<string>({
        id: 'seen',
        inspect: 'true',
        read: () => '',
        assume: () => 'assumed',
        plan: (text) => ({
          resource: 'seen',
          stage: 'configure',
          title: `${text}: ${answers.map(({ assumed, versions }) => (assumed ? 'assumed' : versions.p)).join(', ')}`,
          why: 'x',
          script: 'true',
          effects: [],
        }),
      }),
    ],
  })
  const selection = { recipes: [{ recipe: wanting, options: {} }] }
  const titles = (file: Parameters<typeof planFromFacts>[0]) =>
    planFromFacts(file, selection).changes.map(({ title }) => title)

  it('takes the word of the tables, and what the file says of repositories and of the host', () => {
    expect(titles({ facts: someFacts })).toEqual(['assumed: assumed, assumed'])
    const answer = (versionsOf?: string[]) => ({
      asked: { simulate: [], versionsOf },
      reachable: true,
      said: [],
      versions: { p: ['1'] },
    })
    const probed = { wanting: [answer(['p'])] }
    expect(titles({ facts: someFacts, probed, seen: { seen: 'recorded' } })).toEqual(['recorded: 1, assumed'])
    // The file's own answers stay as they are.
    expect(probed.wanting).toHaveLength(1)
    // A record of before says less of what was asked.
    expect(titles({ facts: someFacts, probed: { wanting: [answer()] } })).toEqual(['assumed: 1, 1'])
  })
})

it('what a record keeps of the facts are installed packages and the driver that runs', () => {
  const packages = {
    'docker-ce': { version: '1', state: 'installed', held: false },
    'docker.io': { version: '2', state: 'removed', held: false },
  } as const
  expect(brief({ ...someFacts, packages })).toEqual({
    system: 'Debian GNU/Linux 13 (trixie), amd64, systemd',
    kernel: '6.12.0-amd64',
    versions: { 'docker-ce': '1' },
  })
  const nvidia = { ...someFacts.nvidia, loaded: { version: '580.1', open: true } }
  expect(brief({ ...someFacts, nvidia } as typeof someFacts).versions).toMatchObject({
    'NVIDIA driver, loaded': '580.1',
  })
})
