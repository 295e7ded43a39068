import { describe, expect, it } from 'vitest'
import { membership } from '../../../src/resource/membership.js'
import { bareDebian } from '../../support/facts.js'
import { askPlainly, runIn, shells } from '../../support/shells.js'

const wish = membership({ user: 'dev', group: 'docker' })
const read = (text: string) => wish.read({ text, code: 0 })

describe('membership', () => {
  it('has nothing to do for a member', () => {
    expect(wish.plan(read('group\nmember dev sudo docker'))).toBeUndefined()
  })

  it('adds a user, who has to log in anew', () => {
    const change = wish.plan(read('group\nmember dev sudo'))!
    expect(change).toMatchObject({
      stage: 'configure',
      title: 'Add dev to the group docker',
      effects: [{ kind: 'new-login', user: 'dev' }],
    })
    expect(change.details).toBeUndefined()
  })

  it('makes the group where there is none', () => {
    expect(wish.plan(read('member dev'))!.details).toEqual(['make the group docker'])
  })

  it('is not fooled by a group of a longer name', () => {
    expect(wish.plan(read('group\nmember dev docker-users'))).toBeDefined()
  })

  it('makes the group and joins it, each checking what came of it', () => {
    expect(wish.plan({ groupExists: false, groups: ['dev'] })!.script).toBe('make_group docker\njoin_group dev docker')
  })

  it('refuses a user who does not exist', () => {
    expect(() => wish.plan(read('group'))).toThrow(/no user dev on this host/)
  })

  it('takes a user for granted where only facts are known', () => {
    expect(wish.plan(wish.assume(bareDebian()))).toBeDefined()
  })
})

describe.each(shells)('through $name', { timeout: 60_000 }, ({ command }) => {
  const asked = (user: string, group: string) => {
    const resource = membership({ user, group })
    return resource.read({ text: runIn(command, `${askPlainly}(${resource.inspect})`).stdout, code: 0 })
  }

  it('sees who is in which group', () => {
    expect(asked('root', 'root')).toMatchObject({ groups: expect.arrayContaining(['root']) })
    expect(asked('root', 'games')).toEqual({ groupExists: true, groups: expect.not.arrayContaining(['games']) })
    expect(asked('root', 'no-such-group')).toMatchObject({ groupExists: false })
    expect(asked('nobody-at-all', 'no-such-group')).toEqual({ groupExists: false, groups: undefined })
  })
})
