import { describe, expect, it } from 'vitest'
import { liftedHolds, packageManager } from '../../../src/resource/package-manager.js'
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

describe('holds that a killed run had lifted', () => {
  const resource = liftedHolds('apt')
  const seen = (text: string) => resource.read({ code: 0, text })
  it('are set again after the packages', () => {
    expect(resource.plan(seen('docker-ce\nlibc6:i386\n'))).toMatchObject({
      stage: 'configure',
      title: 'Hold docker-ce, libc6:i386 again',
      script: 'hold_left',
    })
    expect(liftedHolds('dnf').plan(['docker-ce'])).toMatchObject({ script: 'dnf_hold_left' })
  })
  it('are none where no run was killed, and no name where the note is damaged', () => {
    expect(resource.plan(seen(''))).toBeUndefined()
    expect(resource.plan(seen('$(reboot)\n-x\n\u0000\n'))).toBeUndefined()
  })
})
