import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { recipes } from '../../../recipes/index.js'
import { choiceFor } from '../../../src/fleet/choice.js'
import type { Fleet } from '../../../src/fleet/fleet.js'
import { parseFleet } from '../../../src/fleet/fleet-file.js'
import { sample } from '../../../src/fleet/sample.js'
import { fleetJsonSchema } from '../../../src/fleet/shape.js'
import { choose } from '../../../src/recipe/choose.js'

const chooseAll = (fleet: Fleet) => {
  for (const host of fleet.hosts.values()) expect(choose(recipes, choiceFor(host, {})).recipes).not.toEqual([])
}

test('the file of `fitout init` is sound as it is, and with all that it offers', () => {
  expect(parseFleet(sample, 'fitout.yaml', recipes).hosts.size).toBe(0)
  const whole = sample.replace(/^#(?=[a-z]| {2})/gm, '')
  const fleet = parseFleet(whole, 'fitout.yaml', recipes)
  expect(fleet.hosts.size).toBe(17)
  chooseAll(fleet)
  expect(Math.max(...sample.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80)
})

test('every example of docs/fleet.md is a fleet file', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../docs/fleet.md'), 'utf8')
  const examples = [...page.matchAll(/```yaml\n(.*?)```/gs)].map(([, text = '']) => text)
  expect(examples.length).toBeGreaterThan(1)
  for (const text of examples) chooseAll(parseFleet(text, 'docs/fleet.md', recipes))
})

test('the schema knows every recipe, every option and every key, and is not huge', () => {
  const text = JSON.stringify(fleetJsonSchema(recipes))
  for (const { name, options } of recipes)
    for (const word of [name, ...Object.keys(options)]) expect(text).toContain(`"${word}"`)
  for (const key of ['proxyJump', 'transport', 'sudoPassword', 'knownHosts', 'skip'])
    expect(text).toContain(`"${key}":{`)
  expect(text.length).toBeLessThan(60_000)
  // Every reference leads somewhere.
  const { definitions = {} } = fleetJsonSchema(recipes) as { definitions?: object }
  for (const [, name] of text.matchAll(/"#\/definitions\/([^"]+)"/g)) expect(definitions).toHaveProperty([name!])
})
