import { describe, expect, it } from 'vitest'
import '../../../recipes/index.js'
import { liftedHolds, packageManager } from '../../../src/resource/package-manager.js'
import { bareDebian } from '../../support/facts.js'

const plan = (interrupted?: string[]) => {
  const facts = bareDebian({ interrupted })
  const resource = packageManager(facts)
  return resource.plan(resource.assume(facts))
}

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

describe('a transaction of dnf’s that was cut off', () => {
  const seen = (twice: string[], ...lines: string[]) => {
    const resource = packageManager({ packageManager: 'dnf', interrupted: twice })
    return resource.plan(resource.read({ code: 0, text: lines.join('\n') }))
  }
  const note = [
    '@open begun 100 /var/lib/fitout/runs/a',
    '@open install docker-ce-3:28.5.2-1.el9',
    '@open install runc',
  ]

  it('is finished with all packages of that very transaction', () => {
    const change = seen(
      [],
      ...note,
      '@rpm docker-ce 3:28.5.2-1.el9 101',
      '@rpm iptables-nft 1.8.10-11.el9 101',
      '@rpm bash 5.1-1.el9 99',
      '@rpm later 1-1 300',
    )
    expect(change).toMatchObject({
      stage: 'prepare',
      title: 'Finish an interrupted package installation',
      why: 'dnf was cut off, or failed, before docker-ce, iptables-nft were complete',
      script: 'dnf_finish docker-ce iptables-nft',
      effects: [{ kind: 'restarts-docker', reason: 'docker-ce is installed again' }],
    })
  })
  it('had begun nothing: half-written files may still be there', () => {
    expect(seen([], ...note, '@rpm bash 5.1-1.el9 99', '@rpm unrelated 1-1 300')).toMatchObject({
      why: 'dnf was cut off before it had installed anything',
      script: 'dnf_finish',
    })
  })
  it('was to remove packages that are still there, perhaps without their files', () => {
    expect(seen([], '@open begun 100 /x', '@open remove a', '@open remove b', '@rpm a 1-1 5')!.script).toBe(
      'dnf_finish a',
    )
  })
  it('left a package in two versions, whoever began it', () => {
    expect(seen(['containerd.io'])).toMatchObject({
      why: 'dnf was cut off, or failed, before containerd.io was complete',
      script: 'dnf_finish containerd.io',
    })
  })
  it('is none where no run left word, and names nothing that is not a package', () => {
    expect(seen([])).toBeUndefined()
    expect(seen([], '@open begun 1 /x', '@open install a', '@rpm $(reboot) 1 2', '@rpm a 1 soon')!.script).toBe(
      'dnf_finish',
    )
  })
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
