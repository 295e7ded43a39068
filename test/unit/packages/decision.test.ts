import { describe, expect, it } from 'vitest'
import { FitoutError } from '../../../src/errors.js'
import { type Decision, replay } from '../../../src/packages/decision.js'
import { answersTo, type Probe, type ProbeResult, readProbe } from '../../../src/packages/probe.js'

const versionsOf = (...names: string[]): Probe => ({ versionsOf: names, simulate: [] })
const transaction = (...simulate: string[]): Probe => ({ versionsOf: [], simulate })
const key = (url: string): Probe => ({ fetch: { url, fingerprint: 'F' } })
const answer = (probe: Probe, text = ''): ProbeResult => readProbe(probe, text)

/** Answers each question of a decision as it comes, and tells which there were. */
function decided<Choice>(decision: () => Decision<Choice>, reply: (probe: Probe) => ProbeResult) {
  const questions: Probe[] = []
  const answers: ProbeResult[] = []
  for (;;) {
    const end = replay(decision(), answers)
    if ('choice' in end) return { questions, choice: end.choice }
    questions.push(end.question)
    answers.push(reply(end.question))
  }
}

describe('a decision', () => {
  it('that asks nothing is made at once', () => {
    function* decision(installed: boolean): Decision<string> {
      if (!installed) yield versionsOf('docker.io')
      return 'docker.io'
    }
    expect(replay(decision(true), [])).toEqual({ choice: 'docker.io' })
    expect(replay(decision(false), [])).toEqual({ question: versionsOf('docker.io') })
  })

  it('goes on with each answer until it has chosen', () => {
    function* decision(): Decision<string> {
      const offer = yield versionsOf('docker-ce')
      const [newest] = offer.versions['docker-ce']!
      yield transaction(`docker-ce=${newest}`)
      return newest!
    }
    const { questions, choice } = decided(decision, (probe) =>
      answer(probe, 'version docker-ce 28.5.2\nversion docker-ce 27.1'),
    )
    expect(choice).toBe('28.5.2')
    expect(questions).toEqual([versionsOf('docker-ce'), transaction('docker-ce=28.5.2')])
  })

  it('asks the same question once, whatever order its words are in', () => {
    function* decision(): Decision<boolean> {
      const one = yield transaction('docker-ce', 'containerd.io')
      const other = yield transaction('containerd.io', 'docker-ce')
      return one === other
    }
    expect(decided(decision, answer)).toMatchObject({ questions: { length: 1 }, choice: true })
  })

  it('asks a repository for each of its suites', () => {
    const of = (suite: string): Probe => ({
      versionsOf: ['docker-ce'],
      simulate: [],
      repository: { uri: 'https://a.example', suite, arch: 'amd64', key: '', fingerprint: 'F' },
    })
    function* decision(): Decision<string> {
      const first = yield of('forky')
      return first.reachable ? 'forky' : (yield of('trixie')).reachable ? 'trixie' : 'none'
    }
    const { questions, choice } = decided(decision, (probe) =>
      answer(
        probe,
        'repository' in probe && probe.repository && 'suite' in probe.repository && probe.repository.suite === 'forky'
          ? 'reached no'
          : 'reached yes',
      ),
    )
    expect(questions).toEqual([of('forky'), of('trixie')])
    expect(choice).toBe('trixie')
    // Records of earlier versions do not say which suite it was.
    const { suite: _, ...older } = answer(of('forky')).asked
    expect(answersTo({ ...answer(of('forky')), asked: older }, of('trixie'))).toBe(true)
  })

  it('takes an answer that tells more than is wanted, and none that tells less', () => {
    const more = answer(versionsOf('a', 'b'))
    function* decision(): Decision<string> {
      yield versionsOf('b')
      yield versionsOf('b', 'c')
      return 'both'
    }
    expect(replay(decision(), [more])).toEqual({ question: versionsOf('b', 'c') })
  })

  it('finds its answers in whatever order they are', () => {
    const questions = [versionsOf('a'), transaction('a=1'), key('https://b.example/key')]
    function* decision(): Decision<(string | undefined)[]> {
      const said: (string | undefined)[] = []
      for (const question of questions) said.push((yield question).said[0])
      return said
    }
    const answers = questions.map((question, index) => ({ ...answer(question), said: [`answer ${index}`] }))
    const expected = { choice: ['answer 0', 'answer 1', 'answer 2'] }
    expect(replay(decision(), answers)).toEqual(expected)
    expect(replay(decision(), answers.toReversed())).toEqual(expected)
  })

  it('asks what it asks now: an answer to another question is left aside', () => {
    function* decision(version: string): Decision<string> {
      yield transaction(`docker-ce=${version}`)
      return version
    }
    const answers = [answer(transaction('docker-ce=27'))]
    expect(replay(decision('28'), answers)).toEqual({ question: transaction('docker-ce=28') })
    expect(replay(decision('27'), answers)).toEqual({ choice: '27' })
    // Neither the repository of another address, nor the host's sources as they would be.
    const here: Probe = { versionsOf: [], simulate: ['docker-ce=27'] }
    const elsewhere: Probe = {
      ...here,
      repository: { uri: 'https://m.example', suite: '/', arch: 'amd64', key: '', fingerprint: '' },
    }
    const changed: Probe = { ...here, sources: [{ path: '/etc/apt/sources.list', text: '' }] }
    function* asking(question: Probe): Decision<string> {
      yield question
      return 'answered'
    }
    for (const one of [elsewhere, changed]) {
      expect(replay(asking(one), answers)).toEqual({ question: one })
      expect(replay(asking(here), [answer(one)])).toEqual({ question: here })
      expect(replay(asking(one), [answer(one)])).toEqual({ choice: 'answered' })
    }
  })

  it('throws as itself what it throws, also behind an answer', () => {
    const refusal = new FitoutError({ doing: 'deciding', cause: 'there is none', verdict: 'fatal' })
    const mistake = new TypeError('oops')
    function* decision(error: Error): Decision<never> {
      yield versionsOf('a')
      throw error
    }
    for (const error of [refusal, mistake]) {
      expect(() => replay(decision(error), [answer(versionsOf('a'))])).toThrow(error)
      expect(replay(decision(error), [])).toEqual({ question: versionsOf('a') })
    }
  })

  it('may catch what a part of it throws', () => {
    function* part(): Decision<string> {
      yield versionsOf('a')
      throw new Error('not offered')
    }
    function* decision(): Decision<string> {
      try {
        return yield* part()
      } catch {
        return (yield versionsOf('b')).said.join()
      }
    }
    expect(decided(decision, answer)).toEqual({ questions: [versionsOf('a'), versionsOf('b')], choice: '' })
  })
})
