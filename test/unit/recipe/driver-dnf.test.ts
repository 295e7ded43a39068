import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { FitoutError } from '../../../src/errors.js'
import type { Facts } from '../../../src/facts/facts.js'
import { noNvidia } from '../../../src/facts/nvidia.js'
import { decideDriver } from '../../../src/recipe/driver-choice.js'

const options = { branch: 'auto', kernelModules: 'auto', source: 'auto' } as const

/** A host of test/facts with a GPU (written, as those of test/facts/gpu-*.json): a T4, a P100 or an RTX 5090. */
function withGpu(name: string, device: string, nvidia: Partial<Facts['nvidia']> = {}): Facts {
  const { facts } = JSON.parse(readFileSync(new URL(`../../facts/${name}.json`, import.meta.url), 'utf8'))
  const gpu = { slot: '0000:01:00.0', device: `10de:${device}`, class: '0x030200' }
  return { ...facts, nvidia: { ...noNvidia(), devices: [gpu], ...nvidia } }
}

function refusal(facts: Facts): FitoutError {
  try {
    decideDriver(facts, options, [])
  } catch (error) {
    if (error instanceof FitoutError) return error
    throw error
  }
  throw new Error('it was not refused')
}

describe('the driver by dnf', () => {
  it.each([
    [
      'rhel8',
      '1eb8',
      'rhel8/x86_64/cuda-rhel8.repo',
      /^dnf module enable nvidia-driver:\d+-open$/,
      'dnf install nvidia-open',
    ],
    [
      'rocky9',
      '1eb8',
      'rhel9/x86_64/cuda-rhel9.repo',
      /^dnf module enable nvidia-driver:\d+-open$/,
      'dnf install nvidia-open',
    ],
    // Pascal has no open modules, and no branch after 580.
    [
      'oracle9',
      '15f8',
      'rhel9/x86_64/cuda-rhel9.repo',
      /^dnf module enable nvidia-driver:580-dkms$/,
      'dnf install cuda-drivers',
    ],
    [
      'alma9',
      '1eb8',
      'rhel9/sbsa/cuda-rhel9.repo',
      /^dnf module enable nvidia-driver:\d+-open$/,
      'dnf install nvidia-open',
    ],
    [
      'rhel10',
      '2b85',
      'rhel10/x86_64/cuda-rhel10.repo',
      /^dnf versionlock add '\*nvidia\*\d+\*'$/,
      'dnf install nvidia-open',
    ],
    [
      'fedora-43',
      '1eb8',
      'fedora43/x86_64/cuda-fedora43.repo',
      /^dnf versionlock add '\*nvidia\*\d+\*'$/,
      'dnf install nvidia-open',
    ],
  ])('%s with %s: says what would have to be done there', (name, device, repository, branch, last) => {
    const facts = withGpu(name, device)
    const error = refusal(facts)
    expect(error.why).toMatch(/cannot install an NVIDIA driver by dnf yet, and none runs/)
    const { said } = error
    expect(said.some((line) => line.endsWith(`/compute/cuda/repos/${repository}`))).toBe(true)
    expect(said.some((line) => branch.test(line))).toBe(true)
    expect(said).toContain(`dnf install kernel-devel-${facts.kernel.release}`)
    expect(said.at(-1)).toBe(last)
    expect(said.some((line) => /epel/.test(line))).toBe(!name.startsWith('fedora'))
  })

  it('keeps one that runs and does', () => {
    const decision = decideDriver(
      withGpu('rocky9', '1eb8', { loaded: { version: '580.95.05', open: true } }),
      options,
      [],
    )
    expect(decision).toMatchObject({ choice: { kept: true, version: '580.95.05', kernelModules: 'open', install: [] } })
  })

  it('says of one that runs that it will not do', () => {
    const error = refusal(withGpu('rocky9', '2b85', { loaded: { version: '535.161.08', open: false } }))
    expect(error.why).toMatch(/535\.161\.08, will not do/)
  })
})
