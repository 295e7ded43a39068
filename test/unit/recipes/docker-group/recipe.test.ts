import { expect, test } from 'vitest'
import { recipes } from '../../../../recipes/index.js'
import { choose } from '../../../../src/recipe/choose.js'

const users = (text: string) =>
  choose(recipes, { only: ['docker-group'], set: [`docker-group.users=${text}`] }).recipes.find(
    ({ recipe }) => recipe.name === 'docker-group',
  )?.options

test('users are named as their host names them, also in a directory', () => {
  expect(users('ada,CORP\\ada,ada@corp.example,ada lovelace,jürgen,web$')).toEqual({
    users: ['ada', 'CORP\\ada', 'ada@corp.example', 'ada lovelace', 'jürgen', 'web$'],
  })
  for (const name of ['-x', '1000', 'a:b', '$(id)', "a'b"])
    expect(() => users(name), name).toThrow(/is not a user name/)
})
