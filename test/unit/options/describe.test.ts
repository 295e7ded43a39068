import { expect, test } from 'vitest'
import { z } from 'zod'
import { describe } from '../../../src/options/describe.js'
import { recipe } from '../../../src/recipe/recipe.js'
import { unpainted } from '../../../src/text.js'
import { showRecipe, showRecipes } from '../../../src/ui/recipes.js'
import { someRecipes } from '../cli/stand-in.js'

const types = (options: Record<string, z.ZodType>) =>
  Object.fromEntries(
    describe(recipe({ name: 'r', title: 't', about: 'a', options })).options.map(({ name, type }) => [name, type]),
  )

test('types in words', () => {
  expect(
    types({
      text: z.string(),
      list: z.array(z.string()).optional(),
      choice: z.enum(['a', 'b']).default('a'),
      count: z.int().min(1).max(9),
      least: z.number().min(0).optional(),
      flag: z.boolean().nullable(),
      either: z.union([z.boolean(), z.literal('auto')]),
      free: z.record(z.string(), z.unknown()),
      whatever: z.unknown(),
      turned: z.string().transform(Number),
    }),
  ).toEqual({
    text: 'text',
    list: 'list of text',
    choice: 'a | b',
    count: 'whole number from 1 to 9',
    least: 'number of at least 0',
    flag: 'true | false | null',
    either: 'true | false | auto',
    free: 'object',
    whatever: 'any value',
    turned: 'text',
  })
})

test('defaults, requirement and descriptions survive wrapping', () => {
  const options = { a: z.string().describe('what a is').optional(), b: z.number().default(3), c: z.string() }
  expect(describe(recipe({ name: 'r', title: 't', about: 'a', options })).options).toMatchObject([
    { name: 'a', description: 'what a is', required: false },
    { name: 'b', default: 3, required: false },
    { name: 'c', required: true },
  ])
})

test('pages fit 80 columns and name the whole path of an option', () => {
  const described = someRecipes.map(describe)
  const view = { paint: unpainted, width: 80 }
  const pages = [showRecipes(described, view), ...described.map((one) => showRecipe(one, view))].flat()
  expect(Math.max(...pages.map((line) => line.length))).toBeLessThanOrEqual(80)
  expect(showRecipe(described[2]!, view).join('\n')).toContain('docker-daemon.proxy.noProxy  list of text')
})
