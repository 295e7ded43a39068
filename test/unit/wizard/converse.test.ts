import { describe, expect, test } from 'vitest'
import { FitoutError } from '../../../src/errors.js'
import { planOf, somePlan } from '../cli/stand-in.js'
import { type Does, talk, web1 } from './talk.js'

const proposal = ['host', 'web1']

/** A way to each question, by its title. */
const ways: [title: RegExp, way: Does[]][] = [
  [/What is to be fitted out/, []],
  [/Which machine/, ['host']],
  [/Which fleet file/, ['fleet-file']],
  [/Which hosts of fitout\.yaml/, ['fleet:fitout.yaml']],
  [/Which hosts of fitout\.yaml/, ['fleet:fitout.yaml', 'words']],
  [/Go on with this/, proposal],
  [/What is to be there/, [...proposal, 'recipes']],
  [/Who may use Docker/, [...proposal, 'asked docker-group users']],
  [/Who may use Docker/, [...proposal, 'asked docker-group users', 'typed']],
  [/Which version of Docker/, [...proposal, 'asked docker-engine version']],
  [/Which versions of Docker/, [...proposal, 'asked docker-engine version', 'typed']],
  [/Settings of which recipe/, [...proposal, 'recipes-with-options']],
  [/Which setting of docker-engine/, [...proposal, 'recipes-with-options', 'docker-engine']],
  [/docker-engine\.source/, [...proposal, 'recipes-with-options', 'docker-engine', 'source']],
  [/docker-engine\.mirror/, [...proposal, 'recipes-with-options', 'docker-engine', 'mirror']],
  [/Make these 4 changes to web1/, [...proposal, 'plan']],
]

describe('quitting', () => {
  test.each(ways)('at %s changes nothing, and one line says so', async (title, way) => {
    const options = { files: ['fitout.yaml'] }
    for (const [leaves, status] of [
      ['quit', 0],
      ['interrupted', 130],
    ] as const) {
      const { code, asked, changed, said } = await talk([...way, { leaves }], options)
      expect(asked.at(-1)?.title).toMatch(title)
      expect([code, changed]).toEqual([status, []])
      expect(said.split('\n').at(-1)).toBe('fitout: nothing was changed')
      expect(said.match(/nothing was changed/g)).toHaveLength(1)
    }
  })

  test.each(ways.filter(([, way]) => way.length > 0))('back from %s is the question before', async (title, way) => {
    const { asked } = await talk([...way, { leaves: 'back' }, { leaves: 'quit' }], { files: ['fitout.yaml'] })
    expect(asked.at(-2)?.title).toMatch(title)
    expect(asked.at(-1)?.title).toBe(asked.at(-3)?.title)
  })

  test('back from the first question quits', async () => {
    expect(await talk([{ leaves: 'back' }])).toMatchObject({ code: 0, said: 'fitout: nothing was changed' })
  })

  test('Quit is a choice as well', async () => {
    expect(await talk(['quit'])).toMatchObject({ code: 0, did: [] })
    expect(await talk([...proposal, 'plan', 'quit'])).toMatchObject({ code: 0, changed: [] })
  })

  test('after all is done only no file is written', async () => {
    const { code, said, changed } = await talk([...proposal, 'plan', 'apply', { leaves: 'interrupted' }])
    expect([code, changed.length]).toEqual([0, 1])
    expect(said.split('\n').at(-1)).toBe('fitout: no fleet file was written')
  })
})

test('from first question to a fleet file: the plan is shown before it is asked about, and the command is printed', async () => {
  const { code, said, did, asked } = await talk([...proposal, 'plan', 'apply', 'file', 'fitout.yaml'])
  expect(code).toBe(0)
  const wanted = '{"where":{"kind":"host","target":"web1"},"set":{}}'
  expect(did).toEqual([`look ${wanted}`, `apply ${wanted} web1`, 'write fitout.yaml'])
  expect(said).toContain('4 changes for web1')
  expect(said).toMatch(/The same again in one line:\n {2}fitout apply web1\n/)
  expect(asked.map(({ title }) => title)).toEqual([
    'What is to be fitted out?',
    'Which machine?',
    'Go on with this?',
    'Make these 4 changes to web1?',
    'Keep these choices as a fleet file, for the next time?',
    'Write it to which file?',
  ])
})

test('what a machine is, what is right there and what would change stand above the proposal', async () => {
  const { asked } = await talk([...proposal, { leaves: 'quit' }])
  expect(asked.at(-1)?.lines).toEqual([
    'web1: Debian GNU/Linux 13 (trixie), amd64, systemd',
    '  no Docker Engine, 2 GiB of memory, no NVIDIA GPU',
    '  right already  docker-daemon',
    '  would change   Configure Docker’s package repository'.replace('’', "'"),
    '                 Install docker-ce 5:29.1.0-1',
    '                 Write /etc/docker/daemon.json',
    '                 Add dev to the group docker',
  ])
})

test('every choice is in the words of the command line, and a look is made for what was chosen', async () => {
  const { did, said } = await talk([
    ...proposal,
    'recipes',
    ['docker-engine', 'docker-daemon', 'docker-group'],
    'asked docker-group users',
    'typed',
    'ada, grace',
    'asked docker-engine version',
    '^28',
    'recipes-with-options',
    'docker-engine',
    'source',
    'docker',
    { leaves: 'back' },
    'docker-daemon',
    'config',
    'log-driver=local',
    { leaves: 'back' },
    { leaves: 'back' },
    'plan',
    'apply',
    'no',
  ])
  expect(did.at(-1)).toMatch(/^apply .*"only":\["docker-engine","docker-daemon","docker-group"\]/)
  expect(said).toContain(
    "  fitout apply --skip hello-world --set docker-group.users=ada,grace --set 'docker-engine.version=^28' " +
      '--set docker-engine.source=docker --set docker-daemon.config.log-driver=local web1',
  )
})

test('a setting can be taken back, and the same choice is not looked at twice', async () => {
  const { did } = await talk([
    ...proposal,
    'asked docker-engine version',
    '^28',
    'plan',
    'back',
    'asked docker-engine version',
    'unset',
    'plan',
    'back',
    'asked docker-engine version',
    '^28',
    'plan',
    { leaves: 'quit' },
  ])
  expect(did.filter((what) => what.startsWith('look'))).toHaveLength(2)
  expect(did.filter((what) => what.startsWith('offers'))).toHaveLength(1)
})

test('settings of a recipe that is not chosen any more are passed over', async () => {
  const { did } = await talk([
    ...proposal,
    'asked docker-group users',
    '""',
    'recipes',
    ['docker-engine'],
    'plan',
    { leaves: 'quit' },
  ])
  expect(did.at(-1)).toBe('look {"where":{"kind":"host","target":"web1"},"only":["docker-engine"],"set":{}}')
})

test('recipes that make no sense on the machine cannot be chosen, and say why', async () => {
  const { asked } = await talk([...proposal, 'recipes', { leaves: 'quit' }])
  const question = asked.at(-1)
  if (question?.kind !== 'check') throw new Error('not a question for several')
  expect(question.choices.find(({ value }) => value === 'nvidia-driver')?.off).toBe('only on hosts with an NVIDIA GPU')
  expect(question.choices.flatMap(({ value, checked }) => (checked ? [value] : []))).toEqual(web1.proposed)
  expect(question.problem?.([])).toMatch(/at least one/)
})

test('a machine that cannot be reached leads back to the question before, with the reason', async () => {
  const error = new FitoutError({ doing: 'connecting', cause: 'no route to host', remedy: 'check the address' })
  const gone = { ...web1, system: undefined, plan: undefined, error }
  const { asked, code } = await talk([...proposal, { leaves: 'quit' }], { look: async () => [gone] })
  expect(asked.at(-1)).toMatchObject({
    title: 'Which machine?',
    lines: ['no route to host', 'next: check the address', ''],
  })
  expect(code).toBe(0)
})

test('a machine without a plan says why, can be looked at again, and nothing goes on there', async () => {
  const error = new FitoutError({
    doing: 'deciding',
    cause: 'Docker is installed here as a snap',
    remedy: 'snap remove docker',
  })
  let looks = 0
  const look = async () => [looks++ === 0 ? { ...web1, plan: undefined, error } : web1]
  const { asked } = await talk([...proposal, 'again', { leaves: 'quit' }], { look })
  const [first, second] = asked.slice(-2)
  expect(first?.lines?.join('\n')).toMatch(/no plan\s+Docker is installed here as a snap\n.*next\s+snap remove docker/)
  if (first?.kind !== 'choose' || second?.kind !== 'choose') throw new Error('not choices')
  expect(first.choices[0]).toMatchObject({ value: 'plan', off: expect.any(String) })
  expect(second.choices[0]?.off).toBeUndefined()
  expect(looks).toBe(2)
})

test('where nothing would change the trials are offered', async () => {
  const { did, asked } = await talk([...proposal, 'plan', 'verify', 'no'], {
    look: async () => [{ ...web1, plan: planOf([]) }],
  })
  expect(asked.at(-2)?.title).toMatch(/Nothing is left to change/)
  expect(did.at(-1)).toMatch(/^apply .* web1 verify$/)
})

test('where containers would stop, they are listed and no is what Enter says', async () => {
  const container = { id: '3f2a91c04d1e8', name: 'web', image: 'nginx:1.27', restartPolicy: 'no' }
  const plan = { ...somePlan, running: [container], stops: [container] }
  const { asked } = await talk([...proposal, 'plan', { leaves: 'quit' }], { look: async () => [{ ...web1, plan }] })
  expect(asked.at(-1)).toMatchObject({ preset: 'back' })
  expect(asked.at(-1)?.lines?.join('\n')).toMatch(/This stops a running container:\n.*web \(nginx:1\.27/)
})

test('what failed is not worth keeping, and its status is that of apply', async () => {
  const { code, asked } = await talk([...proposal, 'plan', 'apply'], { applied: 1 })
  expect([code, asked.at(-1)?.title]).toEqual([1, 'Make these 4 changes to web1?'])
})

test('a fleet: a mistake in its file is told, groups and words name hosts, and its file is not written again', async () => {
  const look = async () => ['web1', 'web2', 'web3'].map((name) => ({ ...web1, name }))
  const { asked, did, said } = await talk(
    ['fleet-file', 'missing.yaml', 'lab.yaml', 'words', 'web* !web9', 'plan', 'apply'],
    {
      look,
    },
  )
  expect(asked[2]).toMatchObject({
    title: 'Which fleet file?',
    lines: ['missing.yaml does not exist', 'next: name another', ''],
  })
  expect(asked.find(({ title }) => title.startsWith('Which hosts'))).toMatchObject({
    choices: [{ name: 'All 3 hosts' }, { name: 'The group gpu, 1 host' }, { value: 'words' }],
  })
  expect(asked.find(({ title }) => title === 'Go on with this?')?.lines).toEqual([
    '3 hosts',
    '  web[1-3]  Debian GNU/Linux 13 (trixie), amd64, systemd: 4 changes',
  ])
  expect(did.at(-1)).toMatch(/^apply .*"file":"lab\.yaml","words":"web\* !web9".* web1,web2,web3$/)
  expect(said).toContain("  fitout apply --fleet lab.yaml 'web*' '!web9'")
  expect(asked.at(-1)?.title).toMatch(/Make these 12 changes/)
})

test('a file that is there already is not written over: another name is asked for', async () => {
  let tries = 0
  const { asked, code } = await talk([...proposal, 'plan', 'apply', 'file', 'fitout.yaml', 'other.yaml'], {
    write: async (file) => {
      tries += 1
      if (tries === 1)
        throw new FitoutError({ doing: 'writing', cause: `${file} is there already`, remedy: 'name another file' })
      return [`wrote ${file}`]
    },
  })
  expect(asked.at(-1)?.lines).toEqual(['fitout.yaml is there already', 'next: name another file', ''])
  expect(code).toBe(0)
})
