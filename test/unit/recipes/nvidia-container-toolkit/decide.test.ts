import { describe, expect, it } from 'vitest'
import { toolkitKey } from '../../../../recipes/nvidia/repositories.js'
import {
  decideToolkit,
  sameToolkitRepository,
  type ToolkitChoice,
  type ToolkitOptions,
} from '../../../../recipes/nvidia-container-toolkit/decide.js'
import { toolkitPackages } from '../../../../recipes/nvidia-container-toolkit/packages.js'
import { FitoutError } from '../../../../src/errors.js'
import type { Facts } from '../../../../src/facts/facts.js'
import type { AptProbe } from '../../../../src/packages/apt-probe.js'
import type { Decision } from '../../../../src/packages/decision.js'
import type { ProbedTransaction, ProbeResult } from '../../../../src/packages/probe.js'
import { decided } from '../../../support/decide.js'
import { bareDebian, installed } from '../../../support/facts.js'

const uri = 'https://nvidia.github.io/libnvidia-container/stable/deb/amd64/'
const versions = ['1.20.0-1', '1.17.8-1', '1.16.2-1']
const offered = Object.fromEntries(toolkitPackages.map((name) => [name, versions]))
const fits: ProbedTransaction = { ok: true, install: [], remove: [], diskKiB: 30_000 }
const all = (version: string) => Object.fromEntries(toolkitPackages.map((name) => [name, version]))
const host = (packages: Record<string, string> = {}, more: Parameters<typeof bareDebian>[0] = {}) =>
  bareDebian({ ...more, packages: installed(packages) })

interface World {
  answer?: Record<string, string[]> | string[]
  simulated?: (words: readonly string[]) => ProbeResult['transaction']
}

function decide(facts: Facts, options: ToolkitOptions = {}, { answer = offered, simulated = () => fits }: World = {}) {
  const { choice, questions } = decided(
    () => decideToolkit(facts, options) as Decision<ToolkitChoice>,
    ({ simulate }: AptProbe) =>
      Array.isArray(answer)
        ? { reachable: false, said: answer }
        : { versions: answer, transaction: simulated(simulate) },
  )
  return { choice, probes: questions }
}
function refusal(facts: Facts, options: ToolkitOptions = {}, world: World = {}): FitoutError {
  try {
    decide(facts, options, world)
  } catch (error) {
    if (error instanceof FitoutError) return error
    throw error
  }
  throw new Error('it was not refused')
}
const exactly = (version: string) => toolkitPackages.map((name) => ({ name, version }))

describe('where there is none', () => {
  it('the newest comes, all four packages at one version, from the flat repository', () => {
    const { choice, probes } = decide(host())
    expect(choice).toMatchObject({
      install: exactly('1.20.0-1'),
      remove: [],
      needsRepository: true,
      from: 'NVIDIA’s own repository',
      notes: ['NVIDIA Container Toolkit 1.20.0 from NVIDIA’s own repository'],
      transaction: fits,
    })
    expect(probes).toEqual([
      {
        repository: expect.objectContaining({ uri, suite: '/', arch: 'amd64', key: toolkitKey }),
        sameRepository: sameToolkitRepository(undefined),
        versionsOf: [...toolkitPackages],
        simulate: [...toolkitPackages],
      },
    ])
  })

  it('relatives of Debian and Ubuntu and arm64 have the same repository', () => {
    const facts = host(
      {},
      { os: { id: 'pop', idLike: ['ubuntu', 'debian'], prettyName: 'Pop!_OS' }, arch: { package: 'arm64' } },
    )
    expect(decide(facts).probes[0]?.repository?.uri).toBe(uri.replace('amd64', 'arm64'))
  })

  it('a mirror is asked in its place', () => {
    const mirrorKey = { text: 'KEY', fingerprint: 'F' }
    const { choice } = decide(host(), { mirror: 'http://mirror.lan/nvidia/', mirrorKey })
    expect(choice.repository).toMatchObject({
      uri: 'http://mirror.lan/nvidia/stable/deb/amd64/',
      key: 'KEY',
      fingerprint: 'F',
    })
  })

  it('with no host to ask versions stay open', () => {
    const { choice } = decided(
      () => decideToolkit(host(), {}),
      () => ({ assumed: true }),
    )
    expect(choice).toMatchObject({ install: toolkitPackages.map((name) => ({ name })), needsRepository: true })
  })
})

describe('an installed one', () => {
  it.each([
    ['latest', '1.20.0-1'],
    ['^1.20', '1.20.0-1'],
    ['1.16.x', '1.16.2-1'],
  ])('changes where %s is asked for', (version, chosen) => {
    expect(decide(host(all('1.17.8-1')), { version }).choice.install).toEqual(exactly(chosen))
  })

  it('stays where the range has it', () => {
    expect(decide(host(all('1.17.8-1')), { version: '^1.17' }).probes).toEqual([])
  })

  it('gets the packages that it lacks', () => {
    expect(decide(host({ 'nvidia-container-toolkit': '1.9.0-1' })).choice.install).toEqual(exactly('1.20.0-1'))
  })
})

describe('what came before', () => {
  const old = {
    'nvidia-docker2': '2.13.0-1',
    'nvidia-container-runtime': '3.13.0-1',
    'nvidia-docker': '1.0.1-1 config-files',
  }

  it('leaves a toolkit that is right at its version', () => {
    const { choice } = decide(host({ ...old, ...all('1.18.0-1') }))
    expect(choice).toMatchObject({ install: exactly('1.18.0-1'), needsRepository: true })
  })

  it('stays where the repository does not answer: nothing is half done', () => {
    const error = refusal(host({ ...old, ...all('1.13.5-1') }), {}, { answer: ['E: nothing'] })
    expect(error.doing).toBe(`asking ${uri} what it offers`)
  })
})

describe('refused', () => {
  it.each<[string, Facts, ToolkitOptions, World, RegExp]>([
    ['no apt', host({}, { packageManager: 'zypper' }), {}, {}, /is zypper, which fitout cannot drive/],
    ['armhf', host({}, { arch: { package: 'armhf' } }), {}, {}, /amd64 and arm64 only, and this host has armhf/],
    ['a range that nothing satisfies', host(), { version: '^9' }, {}, /no toolkit in .* satisfies \^9/],
    ['an empty repository', host(), {}, { answer: {} }, /offers no version of all four packages/],
    ['a silent repository', host(), {}, { answer: ['E: x'] }, /does not answer with an index that its key signs/],
  ])('%s', (_, facts, options, world, cause) => {
    expect(refusal(facts, options, world).why).toMatch(cause)
  })

  it('a transaction that apt cannot do', () => {
    const error = refusal(host(), {}, { simulated: () => ({ ok: false, said: ['E: Unmet dependencies'] }) })
    expect([error.doing, error.said]).toEqual(['simulating the package transaction', ['E: Unmet dependencies']])
  })
})

describe('a Jetson', () => {
  const jetson = { nvidia: { jetson: 'R36.4.3' }, arch: { package: 'arm64' } }

  it('takes it from its own sources where it has none', () => {
    const { choice, probes } = decide(host({}, jetson))
    expect(probes[0]?.repository).toBeUndefined()
    expect(choice).toMatchObject({ install: [{ name: 'nvidia-container-toolkit' }], from: 'JetPack’s package sources' })
  })
})

describe('the same repository', () => {
  it.each([
    ['deb https://nvidia.github.io/libnvidia-container/stable/deb/$(ARCH) /', true],
    ['deb [signed-by=/x.gpg] https://nvidia.github.io/libnvidia-container/experimental/deb/amd64 /', true],
    ['deb https://nvidia.github.io/nvidia-docker/ubuntu18.04/amd64 /', true],
    ['URIs: https://nvidia.github.io/nvidia-container-runtime/ubuntu20.04/amd64', true],
    ['deb https://developer.download.nvidia.com/compute/cuda/repos/debian12/x86_64/ /', false],
  ])('%s: %s', (line, expected) => {
    expect(new RegExp(sameToolkitRepository(undefined)).test(line)).toBe(expected)
  })
})
