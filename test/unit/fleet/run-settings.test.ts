import { expect, test } from 'vitest'
import { paceOf } from '../../../src/cli/hosts/pace.js'
import { FitoutError } from '../../../src/errors.js'
import { parseFleet } from '../../../src/fleet/fleet-file.js'
import { defaultConcurrency } from '../../../src/fleet/waves.js'
import { someRecipes } from '../cli/stand-in.js'

const read = (run: string) => parseFleet(`defaults:\n  run: ${run}\nhosts:\n  a:\n`, 'fitout.yaml', someRecipes)
const paceWith = (run: string, options: Parameters<typeof paceOf>[0] = {}) => {
  const fleet = read(run)
  return paceOf(options, { fleet, hosts: fleet.hosts })
}

test('the fleet file says how apply goes through it, and the command line has the last word', () => {
  const run = '{ concurrency: 8, waves: [1, 10%, 100%], maxFailures: 5% }'
  const waves = [{ hosts: 1 }, { percent: 10 }, { percent: 100 }]
  expect(paceWith(run)).toEqual({ concurrency: 8, waves, maxFailures: { percent: 5 } })
  expect(paceWith(run, { concurrency: '3', waves: '100%', stopOnFirstFailure: true })).toEqual({
    concurrency: 3,
    waves: [{ percent: 100 }],
    maxFailures: { hosts: 0 },
  })
  expect(paceWith('{ waves: 2, maxFailures: 0 }')).toMatchObject({ waves: [{ hosts: 2 }], maxFailures: { hosts: 0 } })
  expect(read('{ waves: [1, 10%] }').run?.waves).toEqual({
    value: '1,10%',
    by: 'defaults',
    location: expect.objectContaining({ line: 2 }),
  })
})

test('it says nothing of machines that it does not know', () => {
  const none = paceOf({}, { fleet: read('{ concurrency: 8, waves: 1 }'), hosts: new Map() })
  expect(none).toEqual({ concurrency: defaultConcurrency(), waves: undefined, maxFailures: undefined })
})

test.each([
  ['{ waves: [10, 5] }', 'fitout.yaml:2:10', 'sizes rise, as in [1, 10%, 100%]'],
  ['{ waves: [0] }', 'fitout.yaml:2', ''],
  ['{ waves: [101%] }', 'fitout.yaml:2', ''],
  ['{ maxFailures: some }', 'fitout.yaml:2', ''],
  ['{ concurrency: 0 }', 'fitout.yaml:2', ''],
  ['{ wave: 1 }', 'fitout.yaml:2', 'did you mean `waves`?'],
])('%s is a mistake with its place', (run, place, remedy) => {
  expect.assertions(3)
  try {
    read(run)
  } catch (error) {
    if (!(error instanceof FitoutError)) throw error
    expect(error.exitCode).toBe(64)
    expect(error.why).toContain(place)
    expect(`${error.why} ${error.remedy}`).toContain(remedy)
  }
})

test('in the wrong place it is said where it belongs', () => {
  expect(() => parseFleet('defaults:\n  waves: [1]\nhosts:\n  a:\n', 'fitout.yaml', someRecipes)).toThrow(
    expect.objectContaining({ remedy: 'write it as `defaults: { run: { waves: … } }`' }),
  )
})
