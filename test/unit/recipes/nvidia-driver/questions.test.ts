import { expect, it } from 'vitest'
import { noNvidia } from '../../../../recipes/nvidia/facts.js'
import { decideDriver } from '../../../../recipes/nvidia-driver/decide.js'
import { otherBranches } from '../../../../recipes/nvidia-driver/rpms.js'
import type { DriverOptions } from '../../../../recipes/nvidia-driver/types.js'
import type { Facts } from '../../../../src/facts/facts.js'
import { decided } from '../../../support/decide.js'
import { devicesCalled } from '../../../support/gpus.js'
import { factsFileOf } from '../../../support/recorded-hosts.js'

// What is decided is in `cases`. These patterns are for the host to match: a plan does not show what they match.

const mirrors: [host: string, mirror: string][] = [
  ['debian-13', 'http://m.lan/cuda/debian13'],
  ['rocky9', 'http://m.lan/cuda/rhel9'],
]

it.each(mirrors)('on %s entries for the mirror, and for what it mirrors, are one repository', (host, mirror) => {
  const options: DriverOptions = {
    branch: 'auto',
    kernelModules: 'auto',
    source: 'auto',
    mirror,
    mirrorKey: { text: 'K', fingerprint: 'F'.repeat(40) },
  }
  const { facts: recorded } = factsFileOf(host)
  const facts: Facts = { ...recorded, nvidia: { ...noNvidia(), devices: devicesCalled(['GeForce RTX 5090']) } }
  const { choice, questions } = decided(
    () => decideDriver(facts, options),
    () => ({ assumed: true }),
  )
  if ('none' in choice) throw new Error('no driver was chosen')
  const written = (choice.repository ?? choice.rpm?.repository)?.same
  for (const same of [written, ...questions.slice(-1).flatMap((one) => ('fetch' in one ? [] : [one.sameRepository]))]) {
    expect(`${mirror}/`).toMatch(new RegExp(same!))
    expect('https://developer.download.nvidia.com/compute/cuda/repos/').toMatch(new RegExp(same!))
    expect('http://m.lan/other/').not.toMatch(new RegExp(same!))
  }
})

it('of a repository without streams all branches but one are left out, also those that are still to come', () => {
  const left = (version: string) =>
    otherBranches(580).some((pattern) => {
      const [, glob = ''] = /^\*nvidia\*-(.*)\.\*-\*\.\*$/.exec(pattern) ?? []
      return glob !== '' && new RegExp(`^${glob}\\.`).test(version)
    })
  for (const version of ['570.1', '581.1', '590.48.01', '615.71.09', '470.256.02']) expect(left(version)).toBe(true)
  // The container toolkit and others are in the same repository.
  for (const version of ['580.178.04', '580.95.05', '1.20.1', '13.0.88', '2.9.1']) expect(left(version)).toBe(false)
})
