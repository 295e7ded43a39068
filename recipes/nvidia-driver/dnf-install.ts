import { rpmArch } from '../../src/data/rpm-version.js'
import { upstreamVersion } from '../../src/data/versions.js'
import type { Facts } from '../../src/facts/facts.js'
import { unreachable } from '../../src/packages/answers.js'
import type { Decision } from '../../src/packages/decision.js'
import type { DnfRepository } from '../../src/packages/dnf-probe.js'
import { isInstalled } from '../../src/packages/installed.js'
import { packageManagerOf } from '../../src/packages/package-manager.js'
import type { ProbedTransaction } from '../../src/packages/probe.js'
import { listed } from '../../src/text.js'
import type { PackageReason } from '../docker/packages.js'
import { rpmPlatform } from '../docker/rpm-platforms.js'
import { cudaRpmRepository } from '../nvidia/repositories.js'
import { noBuild, noDkms, noKey, noneOffered, noRepository, rpmNotes } from './dnf-words.js'
import { kernelDevel, type Offers } from './kernels.js'
import { branchOf } from './needs.js'
import { type DriverSet, wantsFabricManager } from './packages.js'
import {
  driverModule,
  driverRpms,
  installedParts,
  isDriverRpm,
  otherBranches,
  otherModulePackage,
  profileOf,
  rpmSet,
  streamOf,
} from './rpms.js'
import { driverOf, driversOffered, newerBranches, rankedBranches } from './sets.js'
import { cudaPlace, known, noneKnown, outOfReach, titleOf, withKey } from './sources.js'
import type { DriverChoice, DriverVersion, DriverWork, Failed, Present, RpmSource } from './types.js'
import { askedNote, nothingNew } from './words.js'

type Repository = RpmSource['repository']

/**
 * The best driver of NVIDIA's CUDA repository that dnf can install.
 *
 * @param now a driver that does and lacks a part: it is completed, at its version where that is still offered.
 */
export function* installByDnf(work: DriverWork, now: Present | undefined): Decision<DriverChoice> {
  const { facts, options, allowed } = work
  const manager = packageManagerOf(facts)
  const described = rpmRepositoryOf(work)
  const sameRepository = described.same
  const own = yield manager.probe({ sameRepository, versionsOf: ['dkms', ...kernelDevel(facts, undefined).names] })
  const repository = yield* withKey(described)
  if ('failed' in repository) {
    const { failed, said } = repository
    throw said === undefined ? noRepository(failed.join('; ')) : noAnswer(described, said)
  }
  const hasStreams = branchesAreStreams(facts)
  // Without a host nobody fetches the key, or answers.
  let offers: Offers
  let streams: readonly string[] | undefined
  if (repository.key !== undefined) {
    const names = new Set([...driverRpms, ...installedParts(facts).map(({ name }) => name), 'dkms'])
    const theirs = yield manager.probe({
      repository: askedOf(repository),
      sameRepository,
      versionsOf: [...names],
      streamsOf: hasStreams ? [driverModule] : undefined,
    })
    if (!theirs.reachable) throw noAnswer(repository, theirs.said)
    if (!theirs.assumed) {
      offers = theirs.versions
      streams = theirs.streams === undefined ? undefined : (theirs.streams[driverModule] ?? [])
    }
  }
  if (offers !== undefined && !isInstalled(facts, 'dkms') && !own.versions.dkms && !offers.dkms) throw noDkms(work)
  const kernel = kernelDevel(facts, offers === undefined ? undefined : own.versions)
  if (kernel.lacks !== undefined) throw noBuild(kernel.lacks)

  const failed: string[] = []
  let refusals = 0
  for (const branch of rankedBranches(allowed, facts.clock, newerBranches(offers))) {
    for (const kind of allowed.modules(branch)) {
      const stream = hasStreams ? streamOf(branch, kind) : undefined
      const set = rpmSet(branch, kind, profileOf(facts, options.profile))
      const found = driverOf({ ...work, present: now }, set, offers, 'dkms')
      if ('lacks' in found) failed.push(found.lacks)
      else if (stream !== undefined && streams !== undefined && !streams.includes(stream))
        failed.push(`${found.version} is offered, and no stream ${driverModule}:${stream}`)
      else if (refusals < 4) {
        const outcome = yield* simulate(work, set, found, stream, kernel.install, offers, repository)
        if (!('failed' in outcome)) return outcome
        refusals++
        failed.push(...outcome.failed.map((reason) => `${found.version}: ${reason}`))
      }
    }
  }
  if (allowed.newest.length > 0 && refusals === 0)
    throw nothingNew(work, [`${repository.uri} offers ${listed(driversOffered(offers)) || 'no driver'}`])
  if (options.source === 'auto' && now !== undefined)
    failed.push(`the driver ${now.version} that is there is not whole`)
  throw noneOffered(work, repository.uri, failed)
}

/** Whether NVIDIA's branches are streams of a module here: dnf 5 knows no modules, and EL10 has none. */
function branchesAreStreams({ os, arch, dnf }: Facts): boolean {
  const platform = rpmPlatform(os, arch)
  return dnf?.major !== 5 && !('unsupported' in platform) && platform.folder !== 'fedora' && Number(platform.major) < 10
}

/** Asks dnf what the transaction would be; the choice if it can be done. */
function* simulate(
  work: DriverWork,
  set: DriverSet,
  found: DriverVersion,
  stream: string | undefined,
  kernel: DriverChoice['install'],
  offers: Offers,
  source: Repository,
): Decision<DriverChoice | Failed> {
  const { facts, options } = work
  const repository = stream === undefined ? { ...source, exclude: otherBranches(found.branch) } : source
  const { together, remove } = withInstalledParts(facts, set, found, offers)
  // Whether it is offered nobody knows without a host; who names it is right either way.
  const assumed = offers === undefined ? set.optional.map((name) => ({ name })) : []
  const install: DriverChoice['install'] = [
    ...found.install,
    ...assumed,
    ...together,
    ...kernel.map((one) => ({ ...one, beside: true })),
    ...(options.hold === true && !facts.dnf?.versionlock
      ? [{ name: 'python3-dnf-plugin-versionlock', beside: true }]
      : []),
  ]
  const choice = (transaction: ProbedTransaction | undefined): DriverChoice => ({
    notes: [...askedNote(repository), ...rpmNotes(work, set, found, stream)],
    version: found.version,
    kernelModules: set.kernelModules,
    source: 'cuda',
    install,
    remove,
    from: titleOf('cuda', work),
    transaction,
    rpm: { repository, stream },
    fabricManager: wantsFabricManager(facts),
    persistenced: install.some(({ name }) => name === 'nvidia-persistenced'),
  })
  if (offers === undefined) return choice(undefined)
  const answer = yield packageManagerOf(facts).probe({
    repository: askedOf(repository),
    sameRepository: repository.same,
    versionsOf: [],
    install,
    remove,
    streams: stream === undefined ? undefined : { [driverModule]: stream },
  })
  if (!answer.reachable) return { failed: [outOfReach(answer.said)] }
  const { transaction } = answer
  if (!transaction?.ok) return { failed: [`dnf cannot install it here: ${reasonOf(transaction?.said ?? [])}`] }
  const stray = transaction.install.find(
    ({ name, version }) => isDriverRpm(name, version) && branchOf(version) !== found.branch,
  )
  if (stray) return { failed: [`${stray.name} ${upstreamVersion(stray.version)} would come with it`] }
  return choice(transaction)
}

function reasonOf(said: readonly string[]): string {
  const line =
    said.find((text) => /nothing provides|conflicts|filtered out|No match/.test(text)) ??
    said.find((text) => /Problem|Error/.test(text))
  return line?.trim() ?? 'it does not say why'
}

/** What becomes of installed parts that the new driver does not name: they come along in its version, or go. */
function withInstalledParts(
  facts: Facts,
  { kernelModules }: DriverSet,
  found: DriverVersion,
  offers: Offers,
): { together: DriverChoice['install']; remove: PackageReason[] } {
  const named = new Set(found.install.map(({ name }) => name))
  const together: DriverChoice['install'] = []
  const remove: PackageReason[] = []
  for (const { name, version } of installedParts(facts)) {
    if (name === otherModulePackage(kernelModules)) {
      remove.push({ name, why: 'has the other kind of kernel modules' })
      continue
    }
    if (named.has(name) || upstreamVersion(version) === found.version) continue
    const same = offers?.[name]?.find((one) => upstreamVersion(one) === found.version)
    if (same !== undefined) together.push({ name, version: same })
    else if (offers !== undefined) remove.push({ name, why: `of ${upstreamVersion(version)}` })
  }
  return { together, remove }
}

/** The CUDA repository, or its mirror, as dnf knows it. */
export function rpmRepositoryOf(work: Pick<DriverWork, 'facts' | 'options'>): Repository {
  const { facts, options } = work
  const { os, arch } = facts
  const cuda = cudaRpmRepository(os, arch)
  if (cuda === undefined && options.mirror === undefined) throw noRepository(noneKnown(facts))
  const place = cudaPlace(options, cuda, '')
  if (place === undefined) throw noKey(work, cuda && `${cuda.uri}/${cuda.keys[0]!.file}`)
  const name = cuda === undefined ? 'cuda' : `cuda-${cuda.name}`
  return {
    file: name,
    id: `${name}-${arch.package === 'arm64' ? 'sbsa' : rpmArch(arch.package)}`,
    label: name,
    ...place,
  }
}

/** The repository as it is asked. */
export function askedOf({
  key,
  keyUrl,
  sum,
  otherKeys,
  unlisted,
  ...rest
}: Repository): DnfRepository & { fingerprint: string } {
  return { ...rest, key: known(key) }
}

function noAnswer({ uri }: Repository, said: readonly string[]) {
  return unreachable(uri, said, {
    cause: 'it does not answer with an index',
    remedy: 'check the address, the network and dnf’s proxy settings; nvidia-driver.mirror names another place',
  })
}
