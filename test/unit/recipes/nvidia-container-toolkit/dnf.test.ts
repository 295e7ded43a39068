import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  decideToolkit,
  type ToolkitChoice,
  type ToolkitOptions,
} from '../../../../recipes/nvidia-container-toolkit/decide.js'
import type { Facts } from '../../../../src/facts/facts.js'
import type { Decision } from '../../../../src/packages/decision.js'
import { decided } from '../../../support/decide.js'
import { installed } from '../../../support/facts.js'

const factsOf = (name: string, packages: Facts['packages'] = {}): Facts => {
  const { facts } = JSON.parse(readFileSync(new URL(`../../../facts/${name}.json`, import.meta.url), 'utf8'))
  return { ...facts, packages: { ...facts.packages, ...packages } }
}
const names = [
  'nvidia-container-toolkit',
  'nvidia-container-toolkit-base',
  'libnvidia-container-tools',
  'libnvidia-container1',
]
const offered = Object.fromEntries(names.map((name) => [name, ['1.20.1-1', '1.19.0-1']]))

/** Answers each question as NVIDIA's repository would. */
function decide(facts: Facts, options: Partial<ToolkitOptions> = {}) {
  const { choice, questions } = decided(
    () => decideToolkit(facts, options) as Decision<ToolkitChoice>,
    () => ({ versions: offered, transaction: { ok: true, install: [], remove: [], diskKiB: 0 } }),
  )
  return { choice, probes: questions }
}

describe('the toolkit by dnf', () => {
  it.each(['rocky8', 'rhel9', 'alma9', 'oracle10', 'fedora-43'])(
    'on %s: one repository for all, its index signed',
    (name) => {
      const { choice, probes } = decide(factsOf(name))
      expect(choice.repository).toMatchObject({
        id: 'nvidia-container-toolkit',
        uri: 'https://nvidia.github.io/libnvidia-container/stable/rpm/$basearch',
        signedIndex: true,
        signedPackages: false,
      })
      expect(choice.install).toEqual(names.map((one) => ({ name: one, version: '1.20.1-1' })))
      expect(probes[0]).toMatchObject({ manager: 'dnf', major: name.startsWith('fedora') ? 5 : 4, erasing: false })
    },
  )

  it('in an older version where it is asked for', () => {
    const { choice } = decide(factsOf('rhel9'), { version: '1.19.x' })
    expect(choice.install.every(({ version }) => version === '1.19.0-1')).toBe(true)
  })

  it('stays where it is installed', () => {
    const there = installed(Object.fromEntries(names.map((name) => [name, '1.19.0-1'])))
    const { choice, probes } = decide(factsOf('rhel9', there))
    expect(probes).toEqual([])
    expect(choice.needsRepository).toBe(false)
  })
})
