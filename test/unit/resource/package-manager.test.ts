import { expect, it } from 'vitest'
import { packageManager } from '../../../src/resource/package-manager.js'
import { bareDebian } from '../../support/facts.js'

const plan = (interrupted?: string[]) => packageManager().plan(packageManager().assume(bareDebian({ interrupted })))

it('has nothing to do where nothing was left half-way', () => {
  expect(plan([])).toBeUndefined()
  expect(plan(undefined)).toBeUndefined()
})

it('finishes what was left half-way, before anything else', () => {
  expect(plan(['libc6', 'dpkg'])).toMatchObject({
    stage: 'prepare',
    title: 'Finish an interrupted package installation',
    why: 'libc6, dpkg was left half-way',
    script: 'finish_interrupted',
    effects: [],
  })
})

it('names no more than a few', () => {
  expect(plan([...'abcdefgh'])!.why).toBe('a, b, c, d, e, f … was left half-way')
})
