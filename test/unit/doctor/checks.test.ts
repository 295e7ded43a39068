import { expect, test } from 'vitest'
import { recipes } from '../../../recipes/index.js'
import { LookAnswer, Unanswered } from '../../../src/doctor/answer.js'
import { presentable } from '../../../src/doctor/evidence.js'
import { allChecks, answersOf, judged as judge, judgedAll, lookScript } from '../../../src/doctor/examine.js'
import { check, recipe } from '../../../src/recipe/index.js'
import { checks, factsOf, now } from './judging.js'

const own = check({
  name: 'swappiness',
  title: 'the kernel keeps programs in memory',
  finds: 'a vm.swappiness above 60',
  looks: ['say swappiness 80'],
  judge: (_examined, said) =>
    Number(said.one('swappiness')) > 60
      ? [{ severity: 'note', title: 'high', evidence: ['http://user:secret@host/x'], cause: 'c', remedy: 'r' }]
      : [],
})
const memory = recipe({ name: 'memory', title: 'Memory', about: 'Looks.', options: {}, checks: [own] })
const examined = { facts: factsOf(), now, person: 'dev' }

function findingsOf(judgement: ReturnType<typeof judge>) {
  if (judgement instanceof Unanswered) throw judgement
  return judgement
}

test('every check has a name of its own, and says what it is for', () => {
  const names = checks.map(({ name }) => name)
  expect(new Set(names).size).toBe(names.length)
  for (const { name, title, finds, mends = [] } of checks) {
    expect(name).toMatch(/^[a-z][a-z0-9-]+$/)
    expect([title, finds].join(' ')).not.toMatch(/\.( |$)/)
    expect(mends.filter((one) => !recipes.some((other) => other.name === one))).toEqual([])
  }
})

test('a recipe from outside brings checks; none takes the place of another', () => {
  const all = allChecks([...recipes, memory])
  expect(all).toHaveLength(checks.length + 1)
  expect(all).toContain(own)
  expect(
    allChecks([memory, { ...memory, checks: [{ ...own, title: 'another' }] }]).filter(({ name }) => name === own.name),
  ).toEqual([own])
})

test('a question of several checks is asked once; an answer that is missing is no finding', () => {
  const script = lookScript([own, { ...own, name: 'twice' }], examined, 'abc')
  expect(script.split('say swappiness 80')).toHaveLength(2)
  const stdout = '\nabc begin 0\nswappiness 80\nabc end 0\n'
  const answer = (text: string) => answersOf([own], { stdout: text, stderr: '' }, 'abc')
  const [finding] = findingsOf(judge(own, examined, answer(stdout))) ?? []
  // What an address carries is nobody’s business.
  expect(finding?.evidence).toEqual(['http://…@host/x'])
  expect(judge(own, examined, answer(stdout.slice(0, -6)))).toBeUndefined()
})

test('a check whose command failed is not made, and the doctor says why in the command’s words', () => {
  const looks = ['about swappiness\nask 0 sysctl x']
  const one = { ...own, looks }
  const other = check({ ...own, name: 'other', judge: (_examined, said) => (said.has('else') ? [] : undefined) })
  const unanswered = checks.find(({ name }) => name === 'unanswered')!
  const all = [one, { ...other, looks }, unanswered]
  const heard = (status: number) => ({
    stdout: '\nabc begin 0\nelse 1\n\nabc end 0\n',
    stderr: `\nabc asks sysctl 0\nsysctl: its own words\n\nabc failed ${status} swappiness sysctl\n`,
  })
  const [unknown, healthy, told] = judgedAll(all, examined, answersOf(all, heard(1), 'abc'))
  expect([unknown?.state, healthy?.state]).toEqual(['unknown', 'healthy'])
  expect(told).toMatchObject({
    state: 'found',
    findings: [
      {
        severity: 'warning',
        title: 'could not look: `sysctl` failed with status 1',
        evidence: ['sysctl: its own words'],
        cause: 'without its answer there is no verdict on swappiness',
      },
    ],
  })
  const title = (status: number) =>
    judgedAll(all, examined, answersOf(all, heard(status), 'abc'))[2]?.findings[0]?.title
  expect([title(124), title(127)]).toEqual([
    'could not look: `sysctl` did not finish in time',
    'could not look: there is no `sysctl`',
  ])
  // A check that tells of it itself is enough.
  const telling = { ...one, judge: (_: unknown, said: LookAnswer) => (said.failure('swappiness') ? [] : undefined) }
  expect(judgedAll([telling, unanswered], examined, answersOf([telling], heard(1), 'abc'))).toMatchObject([
    { state: 'healthy' },
    { state: 'healthy' },
  ])
})

test('answers are lines of keys and values, whatever a host sends', () => {
  const said = new LookAnswer('a 1\na 2\nb\n\n key\nc {"x": [1]}\n')
  expect([said.one('a'), said.all('a'), said.one('b'), said.one('d')]).toEqual(['1', ['1', '2'], '', undefined])
  expect([said.json('c'), said.json('a'), said.json('d')]).toEqual([{ x: [1] }, 1, undefined])
  expect(presentable('x'.repeat(1000))).toHaveLength(300)
})

test.each(checks.map(({ name }) => name))('%s: no answer, or noise, is no crash', (name) => {
  const one = checks.find((other) => other.name === name)!
  const noise = [
    'unit',
    'container',
    'network',
    'route',
    'space',
    'inodes',
    'plugin',
    'socket',
    'info',
    'source',
    'mount',
    'dockerd',
    'cdi.version',
    'journal',
    'keyring.missing',
    'config.owner',
    'daemon.json',
    'daemon.version',
    'process',
  ]
    .map((key) => `${key} \u0000 ]{ = :: / \u{1F433}`)
    .join('\n')
  const loaded = { version: '580.95.05', open: true }
  const devices = [
    { slot: '0000:01:00.0', device: '10de:1eb8', class: '0x030200', driver: 'nvidia' },
    { slot: '0000:05:00.0', device: '10de:22a3', class: '0x068000' },
  ]
  const hosts = [
    factsOf(),
    factsOf({ packages: {}, container: 'lxc', cgroup: 'none' }),
    factsOf({ nvidia: { loaded, devices } }),
  ]
  for (const text of ['', noise, noise.replaceAll(' ', '')]) {
    for (const facts of hosts.filter((host) => one.suits?.(host) ?? true)) {
      expect(() => one.judge({ ...examined, facts }, new LookAnswer(text))).not.toThrow()
    }
  }
})
