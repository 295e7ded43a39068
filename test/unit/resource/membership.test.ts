import { describe, expect, it } from 'vitest'
import { membership } from '../../../src/resource/membership.js'
import { bareDebian } from '../../support/facts.js'
import { askPlainly, runIn, shells } from '../../support/shells.js'

const wish = membership({ user: 'dev', group: 'docker' })
const read = (text: string) => wish.read({ text, code: 0 })

describe('membership', () => {
  it('has nothing to do for a member', () => {
    expect(wish.plan(read('user\ngroup\nmember'))).toBeUndefined()
  })

  it('adds a user, who has to log in anew', () => {
    const change = wish.plan(read('user\ngroup'))!
    expect(change).toMatchObject({
      stage: 'configure',
      title: 'Add dev to the group docker',
      effects: [{ kind: 'new-login', user: 'dev' }],
    })
    expect(change.details).toBeUndefined()
  })

  it('makes the group where there is none', () => {
    expect(wish.plan(read('user'))!.details).toEqual(['make the group docker'])
  })

  it('makes the group and joins it, each checking what came of it', () => {
    expect(wish.plan(read('user'))!.script).toBe('make_group docker\njoin_group dev docker')
  })

  it('refuses a user who does not exist', () => {
    expect(() => wish.plan(read('group'))).toThrow(/no user dev on this host/)
  })

  it('adds users of a directory, and refuses a name that cannot be undone', () => {
    const planned = (user: string) => membership({ user, group: 'docker' }).plan(read('user\ngroup'))?.script
    expect(planned('CORP\\ada lovelace')).toBe("make_group docker\njoin_group 'CORP\\ada lovelace' docker")
    for (const user of ['-x', '1000', 'a,b', 'a:b', 'ada ', '$(id)']) expect(() => planned(user)).toThrow(/such a name/)
  })

  it('takes a user for granted where only facts are known', () => {
    expect(wish.plan(wish.assume(bareDebian()))).toBeDefined()
  })
})

describe.each(shells)('through $name', { timeout: 60_000 }, ({ command }) => {
  const asked = (user: string, group: string, before = '') => {
    const resource = membership({ user, group })
    const script = `${askPlainly}${before}\n(\n${resource.shared}\n${resource.inspect}\n)`
    return resource.read({ text: runIn(command, script).stdout, code: 0 })
  }

  it('sees who is in which group', () => {
    expect(asked('root', 'root')).toEqual({ userExists: true, groupExists: true, member: true })
    expect(asked('root', 'games')).toEqual({ userExists: true, groupExists: true, member: false })
    expect(asked('root', 'no-such-group')).toEqual({ userExists: true, groupExists: false, member: false })
    expect(asked('nobody-at-all', 'no-such-group')).toEqual({ userExists: false, groupExists: false, member: false })
  })

  // A host of a domain: the number tells, not the name.
  it.each([
    ['docker admins', 'docker:x:998:', '1000 70001', false],
    ['docker', 'docker:x:998:', '1000 998 70001', true],
    ['a group docker of another name service', 'docker:x:998:', '1000 70002', false],
    ['a group with a longer number', 'docker:x:998:', '1000 9981 1998', false],
  ])('a member of %s', (_, entry, numbers, member) => {
    const host = `getent() { case $1 in group) echo '${entry}' ;; esac; }\nid() { [ "$*" = '-G -- CORP\\ada lovelace' ] && echo '${numbers}'; }`
    expect(asked('CORP\\ada lovelace', 'docker', host)).toEqual({ userExists: true, groupExists: true, member })
  })
})
