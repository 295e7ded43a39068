import { describe, expect, it } from 'vitest'
import { undone } from './stand-in.js'

type More = Parameters<typeof undone>[2]

const engine = { packages: { 'docker-ce': { version: '28', state: 'installed' as const, held: false } } }

describe('groups', () => {
  const group = (members: string[] = [], primary = false) => new Map([['docker', { members, primary }]])
  const users = (...groups: string[]) => new Map([['dev', groups]])

  it.each([
    ['is gone', new Map(), ['Make the group docker']],
    ['was made since', group(), []],
  ])('one that the run removed and that %s', (_what, groups, titles) => {
    const { changes } = undone(['no-group docker'], { groups })
    expect(changes.map(({ title }) => title)).toEqual(titles)
    expect(changes.flatMap(({ effects }) => effects)).toEqual([])
  })

  it.each([
    [
      'leaves again',
      'joined dev docker',
      { groups: group(['dev']), users: users('dev', 'docker') },
      'leave_group dev docker',
    ],
    ['left since', 'joined dev docker', { groups: group(), users: users('dev') }, undefined],
    ['comes again', 'left dev docker', { groups: group(), users: users('dev') }, 'join_group dev docker'],
    ['came since', 'left dev docker', { groups: group(['dev']), users: users('dev', 'docker') }, undefined],
    ['lost the group since', 'left dev docker', { users: users('dev') }, undefined],
    ['is gone', 'left dev docker', { groups: group() }, undefined],
  ])('a member who %s', (_what, line, seen, script) => {
    const { changes } = undone([line], seen)
    expect(changes.map((change) => change.script)).toEqual(script === undefined ? [] : [script])
    expect(changes.flatMap(({ effects }) => effects)).toEqual(
      script === undefined ? [] : [{ kind: 'new-login', user: 'dev' }],
    )
  })

  it('one that the run made goes, and nobody has to log in for that', () => {
    expect(undone(['group docker'], { groups: group() }).changes).toMatchObject([
      { title: 'Remove the group docker', script: 'drop_group docker', effects: [] },
    ])
    expect(undone(['group docker']).titles).toEqual([])
  })

  it.each([
    ['one other is in it', group(['ada']), {}, 'ada is in it'],
    ['two others are in it', group(['ada', 'bob']), {}, 'ada and bob are in it'],
    ['a user has it as the first', group([], true), {}, 'it is the first group of a user'],
    ['Docker stays', group(), { facts: engine }, 'Docker’s socket is given to it'],
    ['the packages stay', group(), { options: { keepPackages: true } }, 'with the packages'],
  ] as [string, ReturnType<typeof group>, More, string][])(
    'one that the run made stays where %s',
    (_what, groups, more, why) => {
      const { titles, notes } = undone(['group docker'], { groups }, more)
      expect(titles).toEqual([])
      expect(notes).toEqual([expect.stringMatching(new RegExp(`^the group docker stays.*${why}$`))])
    },
  )

  it('another than Docker’s goes though Docker stays', () => {
    const groups = new Map([['render', { members: [], primary: false }]])
    expect(undone(['group render'], { groups }, { facts: engine }).titles).toEqual(['Remove the group render'])
  })

  it('one stays for those who were in it before, or whom the run put into another', () => {
    const groups = group(['dev', 'ada'])
    const lines = ['group docker', 'joined dev video', 'left ada docker']
    expect(undone(lines, { groups }).notes).toEqual(['the group docker stays: dev and ada are in it'])
  })
})

describe('groups and their members', () => {
  const lines = ['group docker', 'joined dev docker']
  const seen = (members: string[]) => ({
    groups: new Map([['docker', { members, primary: false }]]),
    users: new Map([['dev', ['dev', 'docker']]]),
  })

  it('members leave, and the group goes where nobody else is in it', () => {
    expect(undone(lines, seen(['dev'])).titles).toEqual(['Take dev out of the group docker', 'Remove the group docker'])
    const { titles, notes } = undone(lines, seen(['dev', 'ada']))
    expect([titles, notes]).toEqual([['Take dev out of the group docker'], ['the group docker stays: ada is in it']])
  })

  it('the group of Docker’s socket stays with Docker, and who is gone is let be', () => {
    const facts = { packages: { 'docker.io': { version: '1', state: 'installed', held: false } } }
    expect(undone(lines, { ...seen(['dev']), users: new Map() }, { facts }).titles).toEqual([])
  })

  it('an undo that is undone adds them again', () => {
    const back = undone(['left dev docker', 'no-group docker'], { users: new Map([['dev', ['dev']]]) })
    expect(back.titles).toEqual(['Make the group docker', 'Add dev to the group docker'])
  })
})
