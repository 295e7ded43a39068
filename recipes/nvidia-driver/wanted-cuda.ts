import semver from 'semver'
import { compareDebVersions } from '../../src/data/deb-version.js'
import { upstreamVersion } from '../../src/data/versions.js'
import type { Facts } from '../../src/facts/facts.js'
import type { Decision } from '../../src/packages/decision.js'
import { packageManagerOf } from '../../src/packages/package-manager.js'
import type { ProbeResult } from '../../src/packages/probe.js'
import { branchesForCuda, type CudaBranches, type Toolkit, toolkits } from '../nvidia/cuda.js'
import { branchesAsOf } from '../nvidia/driver-branches.js'
import { askedOf, rpmRepositoryOf } from './dnf-install.js'
import { outOfReach, questionOf, repositoryOf, withKey } from './sources.js'
import type { DriverOptions, Failed } from './types.js'
import { refusal } from './words.js'

/** CUDA's packages that tell which driver a version needs. */
const names = ['cuda-runtime-*', 'cuda-compat-*']
const dependenciesOf = ['cuda-runtime-*']

/**
 * What a wanted CUDA version needs of the driver. For versions that the table lacks, the packages of NVIDIA's CUDA repository say it.
 *
 * @throws FitoutError if nobody knows.
 */
export function* wantedCuda(facts: Facts, options: DriverOptions): Decision<CudaBranches | undefined> {
  const { cuda } = options
  if (cuda === undefined) return undefined
  const known = branchesForCuda(cuda)
  if (known !== undefined || semver.validRange(cuda) === null) return known ?? nobodyKnows(options, 'it is not a range')
  const answer = yield* cudaPackages(facts, options)
  if ('failed' in answer) return nobodyKnows(options, answer.failed)
  return branchesForCuda(cuda, toolkitsOf(answer)) ?? nobodyKnows(options, 'NVIDIA’s CUDA repository has none, either')
}

/** What the CUDA repository says of its versions of CUDA, or why it does not. */
function* cudaPackages(facts: Facts, options: DriverOptions): Decision<ProbeResult | { failed: string }> {
  const work = { facts, options }
  const manager = packageManagerOf(facts)
  let answer: ProbeResult
  if (manager.name === 'dnf') {
    const described = rpmRepositoryOf(work)
    const repository = yield* withKey(described)
    if ('failed' in repository) return notAsked(repository)
    if (repository.key === undefined) return { failed: nobodyAsked }
    answer = yield manager.probe({
      repository: askedOf(repository),
      sameRepository: described.same,
      versionsOf: names,
      dependenciesOf,
    })
  } else {
    const described = repositoryOf(work, 'cuda')
    if ('failed' in described) return { failed: described.failed.join('; ') }
    const repository = yield* withKey(described)
    if ('failed' in repository) return notAsked(repository)
    if (repository.key === undefined) return { failed: nobodyAsked }
    answer = yield {
      repository: questionOf(repository),
      sameRepository: described.same,
      versionsOf: [...names],
      dependenciesOf: [...dependenciesOf],
      simulate: [],
    }
  }
  if (answer.assumed) return { failed: nobodyAsked }
  return answer.reachable ? answer : { failed: `NVIDIA’s CUDA repository was asked: ${outOfReach(answer.said)}` }
}

/** Why there is no key to ask the repository with. */
const notAsked = ({ failed, said }: Failed) => ({
  failed: `${said === undefined ? '' : 'NVIDIA’s CUDA repository was asked: '}${failed.join('; ')}`,
})

const nobodyAsked = 'NVIDIA’s CUDA repository was not asked'

/** `cuda-drivers (>= 525.60.13)`, `libnvidia-compute-570 (>= 570.211.01)`, as apt and rpm write it. */
const onDriver =
  /^(?:cuda-drivers|nvidia-open|nvidia-driver(?:-cuda|-open)?|libnvidia-compute)(?:-\d+)?(?:\([^)]*\)\S*)? \(?>?= (?:\d+:)?(\d{3}\.[\d.]+)/

/**
 * Versions of CUDA and the drivers that they need, oldest first, as packages say it: by what `cuda-runtime-13-6` depends on, else by the
 * version of `cuda-compat-13-6`, which is that of the driver whose libraries are in it; its oldest came with the first of that CUDA.
 * Sources: records of cuda-runtime-11-8, -12-1, -12-3 and -12-8 (`Depends: … cuda-drivers (>= …)`), file names of cuda-compat-13-0
 * and -13-4 in NVIDIA's repositories (`cuda-compat-13-4_615.71.09-1ubuntu1_amd64.deb`); read 2026-11.
 */
export function toolkitsOf({ versions, dependencies = {} }: Pick<ProbeResult, 'versions' | 'dependencies'>): Toolkit[] {
  const found = new Map<string, Toolkit>()
  for (const [name, records] of Object.entries(dependencies)) {
    for (const [version, on] of Object.entries(records)) {
      const cuda = semver.coerce(upstreamVersion(version))?.version
      const needs = on.map((one) => ({ one, driver: onDriver.exec(one)?.[1] })).find(({ driver }) => driver)
      if (!name.startsWith('cuda-runtime-') || cuda === undefined || needs === undefined) continue
      const said = `so says ${name} ${version} of NVIDIA’s CUDA repository, which depends on ${needs.one}`
      found.set(cuda, { cuda, driver: needs.driver!, said })
    }
  }
  for (const [name, offered] of Object.entries(versions)) {
    const [, major, minor] = /^cuda-compat-(\d+)-(\d+)$/.exec(name) ?? []
    const cuda = `${major}.${minor}.0`
    const oldest = offered.map(upstreamVersion).sort(compareDebVersions)[0]
    if (minor === undefined || oldest === undefined || !/^\d{3}\./.test(oldest)) continue
    if ([...found.keys()].some((one) => semver.satisfies(one, `${major}.${minor}.x`))) continue
    found.set(cuda, {
      cuda,
      driver: oldest,
      said: `so says ${name} of NVIDIA’s CUDA repository, which is of that version`,
    })
  }
  return [...found.values()].sort((a, b) => semver.compare(a.cuda, b.cuda))
}

function nobodyKnows({ cuda }: DriverOptions, why: string): never {
  throw refusal({
    cause: `no CUDA version that satisfies ${cuda} is known: fitout’s table ends with ${toolkits.at(-1)!.cuda} (as of ${branchesAsOf}); ${why}`,
    remedy: 'change nvidia-driver.cuda, or name the driver’s branch instead',
    exitCode: 64,
  })
}
