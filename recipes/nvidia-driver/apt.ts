import type { AptProbe } from '../../src/packages/apt-probe.js'
import type { Decision } from '../../src/packages/decision.js'
import type { ProbedTransaction, ProbeResult } from '../../src/packages/probe.js'
import { word } from '../../src/packages/wanted.js'
import { listed } from '../../src/text.js'
import type { PackageReason } from '../docker/packages.js'
import { dockerPlatform } from '../docker/platforms.js'
import { type KernelPart, type Offers, prebuiltNames } from './kernels.js'
import {
  branchInName,
  type DriverSet,
  type DriverSource,
  driverSets,
  isDriverPackage,
  wantsFabricManager,
} from './packages.js'
import { bringsPersistenced, fitsAll, hasDesktopParts, installedSet, keptDriver, refuseMixture } from './present.js'
import { driverOf, driversOffered, groupsOf, kernelParts, newerBranches, rankedBranches } from './sets.js'
import { offersOf, otherSources, outOfReach, preferencesName, preferencesOf, questionOf, titleOf } from './sources.js'
import type { AptDriverWork, DriverChoice, DriverVersion, DriverWork, Failed, SourceOffer } from './types.js'
import { askedNote, driverNotes, incomplete, mayBuildModules, noSignature, nowhere, signatureReason } from './words.js'

/**
 * The driver if packages are apt's: the one that is there, or the first that a source offers and apt can install.
 *
 * @throws FitoutError if none will do, before anything is touched.
 */
export function* driverByApt(driver: DriverWork): Decision<DriverChoice> {
  const work = hereOf(driver)
  const { options, present } = work
  refuseMixture(work)
  const stays = fitsAll(work, present) && (options.source === 'auto' || options.source === present.source)
  const installed = stays ? installedSet(work, present) : undefined
  const kept = stays ? keptDriver(work, present, installed) : undefined
  if (kept !== undefined && !('missing' in kept)) return kept

  const sources = yield* inOrder(work, sourcesOf(work, stays), installed)
  const failed: string[] = []
  let secureBoot = false
  for (const source of sources) {
    const outcome = yield* fromSource(work, source, installed)
    if (!('failed' in outcome)) return outcome
    failed.push(...outcome.failed.map((reason) => `${titleOf(source, work)}: ${reason}`))
    secureBoot ||= outcome.secureBoot === true
  }
  if (kept !== undefined && !secureBoot) throw incomplete(work, kept.missing, failed)
  throw secureBoot ? noSignature(work, failed) : nowhere(work, sources, failed)
}

function hereOf(work: DriverWork): AptDriverWork {
  const { facts, options } = work
  const platform = dockerPlatform(facts.os, facts.arch)
  const isUbuntu =
    facts.os.id === 'ubuntu' || facts.os.ubuntuCodename !== undefined || facts.os.idLike.includes('ubuntu')
  return {
    ...work,
    vendor: isUbuntu ? 'Ubuntu' : 'Debian',
    suite: 'unsupported' in platform ? undefined : platform.suite,
    profile: options.profile ?? (hasDesktopParts(facts) ? 'desktop' : 'compute'),
  }
}

/** The sources to try, in order. A driver that is installed ties the host to its source. */
function sourcesOf({ options, present: now }: AptDriverWork, stays: boolean): DriverSource[] {
  if (options.source !== 'auto' && !stays) return [options.source]
  if (now?.source !== undefined) return [now.source]
  return ['distro', 'cuda']
}

/** For a GPU that is newer than the tables, the source with the newest driver comes first, whichever that is. */
function* inOrder(
  work: AptDriverWork,
  sources: readonly DriverSource[],
  installed: DriverSet | undefined,
): Decision<DriverSource[]> {
  if (work.allowed.newest.length === 0 || sources.length === 1) return [...sources]
  const newest = new Map<DriverSource, number>()
  for (const source of sources) {
    const asked = yield* candidatesFrom(work, source, installed)
    const found = 'failed' in asked ? [] : asked.candidates.flatMap((one) => ('lacks' in one ? [] : [one.found.branch]))
    newest.set(source, Math.max(0, ...found))
  }
  return [...sources].sort((a, b) => newest.get(b)! - newest.get(a)!)
}

/** What a source offers that could be installed, the best first. */
function* candidatesFrom(
  work: AptDriverWork,
  source: DriverSource,
  installed: DriverSet | undefined,
): Decision<{ offer: SourceOffer; candidates: (Candidate | Lacking)[] } | Failed> {
  const { facts, allowed, vendor, profile, suite } = work
  const setsOf = (newer: readonly number[]) =>
    installed
      ? [installed]
      : driverSets(source, vendor, profile, rankedBranches(allowed, facts.clock, newer), allowed.modules)
  if (!mayBuildModules(facts) && !setsOf([]).some(({ prebuilt }) => prebuilt))
    return { failed: [signatureReason], secureBoot: true }
  const asked = (sets: readonly DriverSet[]) =>
    offersOf(work, source, [
      ...new Set(
        sets.flatMap((set) => [
          ...[...set.driver, ...set.optional, ...set.beside, set.dkms, ...set.fabricManager],
          ...(set.lists === undefined ? [] : [set.lists]),
          ...(set.prebuilt === undefined ? [] : prebuiltNames(facts, suite, set.prebuilt)),
        ]),
      ),
    ])
  const answered = (sets: readonly DriverSet[], offer: SourceOffer) => ({
    offer,
    candidates: candidatesOf({ ...work, drives: offer.drives }, sets, offer.offers),
  })
  const offer = yield* asked(setsOf([]))
  if ('failed' in offer) return offer
  const known = answered(setsOf([]), offer)
  // What a repository offers is what exists, whatever the table knows; it is asked about where nothing that the table knows will do.
  const newer = newerBranches(offer.offers)
  const enough = allowed.newest.length === 0 && known.candidates.some((one) => !('lacks' in one))
  if (newer.length === 0 || enough) return known
  const sets = setsOf(newer)
  const more = yield* asked(sets)
  return 'failed' in more ? more : answered(sets, more)
}

/** The best driver that a source offers and that apt can install. */
function* fromSource(
  work: AptDriverWork,
  source: DriverSource,
  installed: DriverSet | undefined,
): Decision<DriverChoice | Failed> {
  const asked = yield* candidatesFrom(work, source, installed)
  if ('failed' in asked) return asked
  const { offer, candidates } = asked
  const failed: string[] = []
  let refusals = 0
  let secureBoot: true | undefined
  for (const candidate of candidates) {
    if ('lacks' in candidate) {
      failed.push(candidate.lacks)
      secureBoot ||= candidate.secureBoot
      continue
    }
    // A host whose packages are in disorder refuses all of them: four say enough.
    if (refusals === 4) continue
    const outcome = yield* simulate(work, offer, candidate)
    if (!('failed' in outcome)) return outcome
    refusals++
    failed.push(...outcome.failed.map((reason) => `${candidate.found.title}: ${reason}`))
  }
  // Of a GPU that is newer than the tables it matters what there is, not each way in which it does not suit.
  const offered = work.allowed.newest.length > 0 && refusals === 0 ? driversOffered(offer.offers) : []
  if (offered.length > 0) return { failed: [`it offers ${listed(offered)}`], secureBoot }
  if (failed.length === 0) failed.push('it offers no driver that will do')
  return { failed: [...new Set(failed)], secureBoot }
}

/** A driver that could be installed, with what its kernel needs. */
interface Candidate {
  set: DriverSet
  found: DriverVersion
  part: KernelPart
}

type Lacking = { lacks: string; secureBoot?: true | undefined }

/** All that could be installed, the best first: modules that are built already before those that DKMS builds, branch by branch. */
function candidatesOf(work: AptDriverWork, sets: readonly DriverSet[], offers: Offers): (Candidate | Lacking)[] {
  return groupsOf(work, sets, offers).flatMap((group) => [
    ...group
      .filter(({ prebuilt }) => prebuilt !== undefined)
      .flatMap((set) => candidatesOfSet(work, set, offers, 'prebuilt')),
    ...group.flatMap((set) => candidatesOfSet(work, set, offers, 'dkms')),
  ])
}

function candidatesOfSet(
  work: AptDriverWork,
  set: DriverSet,
  offers: Offers,
  way: 'prebuilt' | 'dkms',
): (Candidate | Lacking)[] {
  const found = driverOf(work, set, offers, way)
  if ('lacks' in found) return [found]
  if (way === 'dkms' && !mayBuildModules(work.facts))
    return [{ lacks: `${found.title}: ${signatureReason}`, secureBoot: true }]
  const parts = kernelParts(work, set, offers, way)
  if ('lacks' in parts) return [{ lacks: `${found.title}: ${parts.lacks}` }]
  return parts.map((part) => ({ set, found, part }))
}

/** Simulates a transaction, and the same without what it would leave of another driver; the choice if apt can do one of them. */
function* simulate(work: AptDriverWork, offer: SourceOffer, candidate: Candidate): Decision<DriverChoice | Failed> {
  const { facts } = work
  const { set, found, part } = candidate
  const install = [...found.install, ...part.install.map((one) => ({ ...one, beside: true }))]
  const preferences = { text: preferencesOf(work, set, offer, found) }
  const others = othersBeside(work, candidate, install)
  const choice = (remove: PackageReason[], transaction: ProbedTransaction | undefined): DriverChoice => ({
    notes: [...askedNote(offer.repository), ...driverNotes(work, set, found, part)],
    version: found.version,
    kernelModules: set.kernelModules,
    source: set.source,
    from: titleOf(set.source, work),
    components: offer.components,
    repository: offer.repository,
    fabricManager: wantsFabricManager(facts),
    persistenced: install.some(({ name }) => bringsPersistenced(name)),
    install,
    remove,
    transaction,
    preferences,
  })
  if (offer.offers === undefined) return choice(others, undefined)

  const question = (remove: readonly PackageReason[]): AptProbe => ({
    ...(offer.repository
      ? { repository: questionOf(offer.repository), sameRepository: offer.repository.same }
      : { sameRepository: otherSources }),
    versionsOf: [],
    simulate: [...install.map(word), ...remove.map(({ name }) => `${name}-`)],
    preferences: { name: preferencesName, ...preferences },
    ...(offer.sources ? { sources: offer.sources } : {}),
  })
  const isInterrupted = (facts.interrupted ?? []).length > 0
  const answer = yield question([])
  if (!answer.reachable) return { failed: [outOfReach(answer.said)] }
  const agreed = ofBranch(answer, found.branch)
  const left = others.filter(
    ({ name }) => !agreed?.remove.includes(name) && !agreed?.install.some((one) => one.name === name),
  )
  if ((agreed || isInterrupted) && left.length === 0) return choice([], agreed)
  if (others.length === 0) return refusedBy(answer)

  // What apt leaves of another driver by itself goes as well, if nothing needs it.
  const remove = agreed ? left : others
  const second = yield question(remove)
  if (!second.reachable) return { failed: [outOfReach(second.said)] }
  const cleared = ofBranch(second, found.branch)
  if (cleared || isInterrupted) return choice(remove, cleared)
  return agreed ? choice([], agreed) : refusedBy(second)
}

/** Installed packages of another driver, which the candidate does not bring itself. */
function othersBeside(
  { facts, present: now }: AptDriverWork,
  { set, found }: Candidate,
  install: DriverChoice['install'],
): PackageReason[] {
  const moves = now !== undefined && (facts.nvidia.origins.length > 1 || now.source !== set.source)
  const named = new Set(install.map(({ name }) => name))
  return Object.entries(facts.packages).flatMap(([name, { version, state }]): PackageReason[] => {
    if (named.has(name) || state === 'config-files' || !isDriverPackage(name, version)) return []
    // Of the very same driver.
    if (version === install[0]?.version || (set.prebuilt && name.startsWith(set.prebuilt))) return []
    const branch = branchInName(name)
    if (branch !== undefined && branch !== found.branch) return [{ name, why: `of branch ${branch}` }]
    return moves ? [{ name, why: facts.nvidia.origins.length > 1 ? 'of another origin' : `from ${now.title}` }] : []
  })
}

/** What apt agreed to, if it is the branch. A transitional package pulls another than its name says: Ubuntu’s modules of 535 are those of 580 since 2026. */
function ofBranch({ transaction }: ProbeResult, branch: number): ProbedTransaction | undefined {
  if (!transaction?.ok) return undefined
  const isOther = ({ name }: { name: string }) =>
    /^(libnvidia-compute|nvidia-kernel-common|linux-modules-nvidia)-\d/.test(name) && branchInName(name) !== branch
  return transaction.install.some(isOther) ? undefined : transaction
}

function refusedBy({ transaction }: ProbeResult): Failed {
  const said = transaction?.ok === false ? transaction.said : []
  const line = said.find((text) => /Depends|Conflicts|Breaks/.test(text)) ?? said.find((text) => text.startsWith('E:'))
  return { failed: [`apt cannot install it here: ${line?.trim() ?? 'another branch would come in its place'}`] }
}
