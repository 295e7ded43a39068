import { readKey } from '../../src/data/openpgp/certificate.js'
import { compareRpmVersions, rpmArch } from '../../src/data/rpm-version.js'
import { upstreamVersion } from '../../src/data/versions.js'
import { FitoutError } from '../../src/errors.js'
import type { Facts } from '../../src/facts/facts.js'
import type { DnfProbe } from '../../src/resource/dnf-probe.js'
import type { Probe, ProbedTransaction, ProbeResult } from '../../src/resource/probe.js'
import { rpmPlatform } from '../docker/rpm-platforms.js'
import type { DriverNeeds } from '../nvidia/driver-branches.js'
import { cudaRpmRepository, cudaSame } from '../nvidia/repositories.js'
import { kernelDevel } from './dnf-kernels.js'
import { foreignDriver, noBuild, noDkms, noKey, noneOffered, noSource, rpmNotes, unreachable } from './dnf-words.js'
import type { Offers } from './kernels.js'
import { kernelsOf } from './kernels.js'
import { type Allowed, branchOf, type KernelModules } from './needs.js'
import type { DriverPart } from './packages.js'
import { present as isInstalled, originTitles, presentDriver, wantsFabricManager } from './present.js'
import {
  driverModule,
  driverRpms,
  isDriverRpm,
  otherBranches,
  otherModulePackage,
  type RpmDriver,
  rpmDriver,
  streamOf,
} from './rpms.js'
import { rankedBranches } from './sets.js'
import { keyOf, known, outOfReach } from './sources.js'
import type { DriverChoice, DriverOptions, Present, RpmSource } from './types.js'
import { gpuNames, mayBuildModules, noSignature, refuseUnsigned } from './words.js'

/** One host where dnf is, and what is asked of its driver. */
export interface RpmWork {
  facts: Facts
  options: DriverOptions
  probed: readonly ProbeResult[]
  allowed: Allowed
  present: Present | undefined
}

export type RpmDecision = { probe: Probe } | { choice: DriverChoice }

/** A version that would do, with all its packages. */
interface RpmFound {
  version: string | undefined
  branch: number
  kind: KernelModules
  stream: string | undefined
  install: DriverChoice['install']
}

/**
 * The driver where packages are dnf's. The rules are those of `decideDriver`, with one source: NVIDIA's CUDA repository. Modules are
 * built by DKMS, from EPEL on RHEL and its rebuilds; the streams with prebuilt modules are left alone, as they have no open modules
 * and lag behind the kernels. A branch is a stream of NVIDIA's module on EL8 and EL9; elsewhere the others are left out of the
 * repository. A driver of RPM Fusion, or of anybody else, stays where it does, and is never mixed with NVIDIA's packages.
 *
 * @throws FitoutError where nothing that will do can be had, before anything is touched.
 */
export function driverByDnf(
  facts: Facts,
  options: DriverOptions,
  probed: readonly ProbeResult[],
  allowed: Allowed,
): RpmDecision {
  const work: RpmWork = { facts, options, probed, allowed, present: presentDriver(facts) }
  const { present: now } = work
  if (options.source === 'distro' || options.source === 'ppa') throw noSource(work)
  const fits =
    now?.version !== undefined &&
    facts.nvidia.origins.length < 2 &&
    allowed.version(now.version) &&
    (now.kernelModules === undefined || allowed.modules(branchOf(now.version)).includes(now.kernelModules))
  const foreign = facts.nvidia.origins.filter((origin) => origin !== 'cuda')
  // What is missing of NVIDIA's own packages comes; of what others packed nothing is known.
  if (fits && (foreign.length > 0 ? options.source === 'auto' : !isIncomplete(work, now))) {
    const last = foreign.length > 0 ? undefined : leftBehind(work)
    return last === undefined ? { choice: kept(work, now) } : ontoItsStream(work, now, last)
  }
  if (foreign.length > 0) throw foreignDriver(work, foreign)
  if (!mayBuildModules(facts)) throw noSignature({ facts, vendor: 'rpm' }, [])
  return install(work, fits ? now : undefined)
}

function profileOf({ facts, options }: RpmWork) {
  return options.profile ?? (isInstalled(facts, 'nvidia-driver') ? 'desktop' : 'compute')
}

/** Whether a driver of NVIDIA's packages lacks a part that this host needs. One that no package has is taken as it is. */
function isIncomplete(work: RpmWork, now: Present): boolean {
  const { facts } = work
  if (now.source !== 'cuda') return false
  const [next = ''] = kernelsOf(facts)
  const kernel = facts.nvidia.kernels.find(({ release }) => release === next)
  const hasModule = kernel === undefined ? facts.nvidia.loaded !== undefined : kernel.module !== undefined
  const { driver, fabricManager } = rpmDriver(now.kernelModules ?? 'open', profileOf(work))
  return (
    !hasModule ||
    driver.some(({ name }) => !name.startsWith('kmod-') && !isInstalled(facts, name)) ||
    (wantsFabricManager(facts) && !fabricManager.some((name) => isInstalled(facts, name)))
  )
}

/** The needs of a GPU that newer branches leave behind, where the enabled stream follows the newest one. */
function leftBehind({ facts, allowed }: RpmWork): DriverNeeds | undefined {
  if (!/^(latest|latest-dkms|open-dkms)$/.test(facts.nvidia.stream ?? '')) return undefined
  return allowed.gpus.find(({ needs }) => needs.max !== undefined)?.needs
}

/** The driver that is there, by the stream of its own branch; where that cannot be had now it stays as it is, with a word. */
function ontoItsStream(work: RpmWork, now: Present, { because }: DriverNeeds): RpmDecision {
  try {
    return install(work, now)
  } catch (error) {
    if (!(error instanceof FitoutError)) throw error
    const choice = kept(work, now)
    const note = `dnf’s module is on the stream ${work.facts.nvidia.stream}, which follows the newest branch, and ${because}: the next \`dnf upgrade\` would leave it behind; another stream cannot be had now (${error.why})`
    return { choice: { ...choice, notes: [...choice.notes, note] } }
  }
}

function kept({ facts, allowed }: RpmWork, now: Present): DriverChoice {
  const [next = ''] = kernelsOf(facts)
  const kernel = facts.nvidia.kernels.find(({ release }) => release === next)
  refuseUnsigned({ facts, vendor: 'rpm' }, kernel?.module)
  const names = Object.entries(facts.packages)
    .filter(
      ([name, { version, state }]) => now.source === 'cuda' && state === 'installed' && isDriverRpm(name, version),
    )
    .map(([name]) => name)
  const whose = facts.nvidia.origins.length === 0 ? '' : ` from ${now.title}`
  return {
    notes: [
      `NVIDIA driver ${now.version} (${now.kernelModules ?? 'unknown'} kernel modules)${whose} does for ${gpuNames({ allowed })} and stays`,
      ...(kernel !== undefined && kernel.module === undefined
        ? [`it has no module for the kernel ${next}, which boots next: whoever installed it has to build one`]
        : []),
    ],
    version: now.version,
    kernelModules: now.kernelModules ?? 'open',
    source: now.source,
    install: names.filter((name) => driverRpms.includes(name)).map((name) => ({ name })),
    remove: [],
    from: facts.nvidia.origins.length === 0 ? 'where it came from' : now.title,
    fabricManager: wantsFabricManager(facts) && names.some((name) => /^nvidia-fabric-?manager$/.test(name)),
    persistenced: isInstalled(facts, 'nvidia-persistenced'),
    kept: true,
  }
}

/** @param now a driver that does and lacks a part: it is completed, at its version where that is still offered. */
function install(work: RpmWork, now: Present | undefined): RpmDecision {
  const { facts, options, probed, allowed } = work
  const repository = repositoryOf(work)
  const streams = hasStreams(facts)
  const asking = { manager: 'dnf' as const, major: facts.dnf?.major ?? 4, arch: facts.arch.package, simulate: [] }
  const own = probed.find(({ asked }) => asked.uri === undefined)
  const { names: devel } = kernelDevel(facts, undefined)
  if (own === undefined)
    return { probe: { ...asking, sameRepository: repository.same, versionsOf: ['dkms', ...devel] } }
  const key = keyOf(repository, probed)
  if ('probe' in key) return key
  if ('said' in key) throw unreachable(repository, key.said)
  // A key that is pinned by the sum of its file was compared with that, and is known by its whole fingerprint from here on.
  const source: RpmSource['repository'] =
    key.text === undefined || repository.sum === undefined
      ? { ...repository, key: key.text }
      : { ...repository, key: key.text, fingerprint: readKey(key.text).fingerprint, sum: undefined }
  const theirs = probed.find(({ asked }) => asked.uri === repository.uri && asked.simulate.length === 0)
  const driverNames = new Set([...driverRpms, ...installedParts(facts).map(([name]) => name)])
  if (theirs === undefined && source.key !== undefined) {
    return {
      probe: {
        ...asking,
        repository: askedOf(source),
        sameRepository: repository.same,
        versionsOf: [...driverNames, 'dkms'],
        ...(streams ? { streamsOf: [driverModule] } : {}),
      },
    }
  }
  if (theirs?.reachable === false) throw unreachable(repository, theirs.said)
  // Without a host nobody fetches the key, or answers.
  const offers: Offers = theirs?.assumed ? undefined : theirs?.versions
  if (offers !== undefined && !isInstalled(facts, 'dkms') && !own.versions.dkms && !offers.dkms) throw noDkms(work)
  const kernel = kernelDevel(facts, offers === undefined ? undefined : own.versions)
  if (kernel.lacks !== undefined) throw noBuild(kernel.lacks)
  const failed: string[] = []
  let refusals = 0
  for (const branch of rankedBranches(allowed, facts.clock)) {
    for (const kind of allowed.modules(branch)) {
      const found = foundOf(work, now, offers, { branch, kind, stream: streams ? streamOf(branch, kind) : undefined })
      if ('lacks' in found) failed.push(found.lacks)
      else if (found.stream !== undefined && theirs?.streams && !theirs.streams[driverModule]?.includes(found.stream))
        failed.push(`${found.version} is offered, and no stream ${driverModule}:${found.stream}`)
      else if (refusals < 4) {
        const outcome = simulated(work, found, kernel.install, offers, source, asking)
        if (!('failed' in outcome)) return outcome
        refusals++
        failed.push(`${found.version}: ${outcome.failed}`)
      }
    }
  }
  if (options.source === 'auto' && now !== undefined)
    failed.push(`the driver ${now.version} that is there is not whole`)
  throw noneOffered(work, repository, failed)
}

/** Whether NVIDIA's branches are streams of a module here: dnf 5 knows no modules, and EL10 has none. */
function hasStreams({ os, arch, dnf }: Facts): boolean {
  const platform = rpmPlatform(os, arch)
  return dnf?.major !== 5 && !('unsupported' in platform) && platform.folder !== 'fedora' && Number(platform.major) < 10
}

function installedParts(facts: Facts): [string, string][] {
  return Object.entries(facts.packages).flatMap(([name, { version, state }]): [string, string][] =>
    state === 'installed' && isDriverRpm(name, version) ? [[name, version]] : [],
  )
}

/** The newest version of a branch that will do and of which all is offered. */
function foundOf(
  work: RpmWork,
  now: Present | undefined,
  offers: Offers,
  { branch, kind, stream }: Pick<RpmFound, 'branch' | 'kind' | 'stream'>,
): RpmFound | { lacks: string } {
  const { facts, allowed } = work
  const set: RpmDriver = rpmDriver(kind, profileOf(work))
  const fabric = wantsFabricManager(facts)
  const base = { branch, kind, stream }
  if (offers === undefined) {
    const names = [...set.driver, ...set.optional, ...(fabric ? [{ name: set.fabricManager[0]! }] : [])]
    return { ...base, version: undefined, install: names.map(({ name }) => ({ name })) }
  }
  const title = `branch ${branch} with ${kind} kernel modules`
  const [leader] = set.driver
  const versions = (offers[leader!.name] ?? [])
    .filter((version) => branchOf(version) === branch && allowed.version(version))
    .sort((a, b) => compareRpmVersions(b, a))
  const present = versions.filter((version) => upstreamVersion(version) === now?.version)
  for (const version of [...present, ...versions]) {
    const upstream = upstreamVersion(version)
    const same = ({ name }: { name: string }) => ({
      name,
      version: offers[name]?.find((one) => upstreamVersion(one) === upstream),
    })
    const parts = set.driver.map(same)
    const manager = fabric ? set.fabricManager.map((name) => same({ name })).find((one) => one.version) : undefined
    if (parts.some((part) => part.version === undefined) || (fabric && manager === undefined)) continue
    const optional = set.optional.map(same).filter((part) => part.version !== undefined)
    return { ...base, version: upstream, install: [...parts, ...optional, ...(manager ? [manager] : [])] }
  }
  return {
    lacks:
      versions.length === 0
        ? `${title} is not offered`
        : `${title} is not offered whole${fabric ? ' (with a fabric manager of the same version)' : ''}`,
  }
}

/** Asks dnf what the transaction would be; the choice when it can be done. */
function simulated(
  work: RpmWork,
  found: RpmFound,
  kernel: DriverChoice['install'],
  offers: Offers,
  source: RpmSource['repository'],
  asking: Pick<DnfProbe, 'manager' | 'major' | 'arch'>,
): RpmDecision | { failed: string } {
  const { facts, options, probed } = work
  const repository = found.stream === undefined ? { ...source, exclude: otherBranches(found.branch) } : source
  const named = new Set(found.install.map(({ name }) => name))
  const together: DriverChoice['install'] = []
  const remove: DriverPart[] = []
  for (const [name, version] of installedParts(facts)) {
    if (named.has(name) || upstreamVersion(version) === found.version) {
      if (name === otherModulePackage(found.kind)) remove.push({ name, why: 'has the other kind of kernel modules' })
      continue
    }
    const same = offers?.[name]?.find((one) => upstreamVersion(one) === found.version)
    if (name === otherModulePackage(found.kind)) remove.push({ name, why: 'has the other kind of kernel modules' })
    else if (same !== undefined) together.push({ name, version: same })
    else if (offers !== undefined) remove.push({ name, why: `of ${upstreamVersion(version)}` })
  }
  const locking = options.hold === true && !facts.dnf?.versionlock
  const wanted: DriverChoice['install'] = [
    ...found.install,
    ...together,
    ...kernel.map((part) => ({ ...part, beside: true })),
    ...(locking ? [{ name: 'python3-dnf-plugin-versionlock', beside: true }] : []),
  ]
  const choice = (transaction: ProbedTransaction | undefined): RpmDecision => ({
    choice: {
      notes: rpmNotes(work, { ...found, kernel, repository }),
      version: found.version,
      kernelModules: found.kind,
      source: 'cuda',
      install: wanted,
      remove,
      from: options.mirror === undefined ? originTitles.cuda : `the mirror ${repository.uri}`,
      transaction,
      rpm: { repository, stream: found.stream },
      fabricManager: wantsFabricManager(facts),
      persistenced: named.has('nvidia-persistenced'),
      kept: false,
    },
  })
  if (offers === undefined) return choice(undefined)
  const simulate = [
    ...wanted.map(({ name, version }) => (version === undefined ? name : `${name}=${version}`)),
    ...remove.map(({ name }) => `${name}-`),
  ]
  const answer = probed.find(
    ({ asked }) =>
      asked.uri === repository.uri &&
      asked.simulate.length === simulate.length &&
      asked.simulate.every((word) => simulate.includes(word)),
  )
  if (answer === undefined) {
    return {
      probe: {
        ...asking,
        repository: askedOf(repository),
        sameRepository: repository.same,
        versionsOf: [],
        simulate,
        erasing: remove.length > 0,
        ...(found.stream === undefined ? {} : { streams: { [driverModule]: found.stream } }),
      },
    }
  }
  if (!answer.reachable) return { failed: outOfReach(answer.said) }
  const { transaction } = answer
  if (!transaction?.ok) {
    const said = transaction?.said ?? []
    const word =
      said.find((line) => /nothing provides|conflicts|filtered out|No match/.test(line)) ??
      said.find((line) => /Problem|Error/.test(line))
    return { failed: `dnf cannot install it here: ${word?.trim() ?? 'it does not say why'}` }
  }
  const stray = transaction.install.find(
    ({ name, version }) => isDriverRpm(name, version) && branchOf(version) !== found.branch,
  )
  if (stray) return { failed: `${stray.name} ${upstreamVersion(stray.version)} would come with it` }
  return choice(transaction)
}

function repositoryOf(work: RpmWork): RpmSource['repository'] {
  const { facts, options } = work
  const { os, arch } = facts
  const cuda = cudaRpmRepository(os, arch)
  const { mirror, mirrorKey } = options
  if (cuda === undefined && mirror === undefined) throw noneOffered(work, undefined, [])
  const name = cuda?.name ?? 'cuda'
  const uri = mirror?.replace(/\/+$/, '') ?? cuda!.uri
  const own = mirror === undefined ? '' : `|${uri.replace(/[.+*?()[\]{}|^$\\]/g, '\\$&')}`
  const base = {
    file: name,
    id: `${name}-${arch.package === 'arm64' ? 'sbsa' : rpmArch(arch.package)}`,
    label: name,
    uri,
    same: `${cudaSame}${own}`,
  }
  if (mirrorKey) return { ...base, fingerprint: mirrorKey.fingerprint, key: mirrorKey.text, keyUrl: uri }
  if (cuda?.pin === undefined) throw noKey(work, cuda?.keyUrl)
  // A true copy is signed by NVIDIA.
  return { ...base, ...cuda.pin, keyUrl: `${uri}/${cuda.keyUrl.split('/').at(-1)}` }
}

/** The repository as it is asked. */
function askedOf({ key, keyUrl, sum, ...rest }: RpmSource['repository']): NonNullable<DnfProbe['repository']> {
  return { ...rest, key: known(key) }
}
