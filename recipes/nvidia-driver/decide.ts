import { FitoutError } from '../../src/errors.js'
import type { Facts } from '../../src/facts/facts.js'
import type { AptProbe } from '../../src/resource/apt-probe.js'
import type { KeyProbe } from '../../src/resource/key-probe.js'
import type { Probe, ProbedTransaction, ProbeResult } from '../../src/resource/probe.js'
import { dockerPlatform } from '../docker/platforms.js'
import { whyNoDriver } from '../nvidia/gpus.js'
import { cudaSame } from '../nvidia/repositories.js'
import { driverByDnf } from './dnf.js'
import { type KernelPart, prebuiltNames } from './kernels.js'
import { branchOf, driverNeeds } from './needs.js'
import {
  branchInName,
  type DriverPart,
  type DriverSet,
  type DriverSource,
  driverSets,
  isDriverPackage,
} from './packages.js'
import {
  bringsPersistenced,
  hasDesktopParts,
  installedSet,
  keep,
  presentDriver,
  refuseMixture,
  wantsFabricManager,
} from './present.js'
import { driverOf, groupsOf, kernelParts, rankedBranches } from './sets.js'
import { ask, outOfReach, ppaSame, preferencesName, preferencesOf, questionOf, titleOf } from './sources.js'
import type { Asked, DriverChoice, DriverOptions, Found, Work } from './types.js'
import { doing, driverNotes, incomplete, mayBuildModules, noSignature, nowhere, signatureReason } from './words.js'

export { preferencesName } from './sources.js'
export type { DriverChoice, DriverOptions, DriverRepository } from './types.js'

/** The choice, the question that has to be asked first, or why there is no driver to install here. */
export type DriverDecision = { probe: Probe } | { choice: DriverChoice } | { none: { cause: string; remedy: string } }

type Outcome =
  | { probe: AptProbe | KeyProbe }
  | { choice: DriverChoice }
  | { failed: string[]; secureBoot?: true | undefined }

/**
 * Decides which driver, from where, in which version. Pure: called again with each answer to its probes.
 *
 * The rules: a driver that does for all GPUs and for what was asked stays, whoever installed it. Where there is none that does,
 * the distribution's own packages come first, then NVIDIA's CUDA repository; packages of one source never meet those of another,
 * unless a person names the source. Of the branches that will do, the one that NVIDIA cares for the longest is taken.
 *
 * @throws FitoutError when what was asked cannot be had on this host, before anything is touched.
 */
export function decideDriver(facts: Facts, options: DriverOptions, probed: readonly ProbeResult[]): DriverDecision {
  const none = whyNoDriver(facts)
  if (none) return { none }
  const allowed = driverNeeds(facts, options)
  if (facts.packageManager === 'dnf') return driverByDnf(facts, options, probed, allowed)
  if (facts.packageManager !== 'apt') {
    throw new FitoutError({
      doing,
      cause: `the package manager of ${facts.os.prettyName} is ${facts.packageManager}, which fitout cannot drive`,
      remedy:
        'fitout installs drivers where apt or dnf is, so far; install one by your distribution’s own means, the other recipes still work',
    })
  }
  const platform = dockerPlatform(facts.os, facts.arch)
  const isUbuntu =
    facts.os.id === 'ubuntu' || facts.os.ubuntuCodename !== undefined || facts.os.idLike.includes('ubuntu')
  const present = presentDriver(facts)
  const work: Work = {
    facts,
    options,
    probed,
    allowed,
    vendor: isUbuntu ? 'Ubuntu' : 'Debian',
    suite: 'unsupported' in platform ? undefined : platform.suite,
    profile: options.profile ?? (hasDesktopParts(facts) ? 'desktop' : 'compute'),
    present,
  }
  refuseMixture(work)
  const fits =
    present?.version !== undefined &&
    facts.nvidia.origins.length < 2 &&
    allowed.version(present.version) &&
    (present.kernelModules === undefined ||
      allowed.modules(branchOf(present.version)).includes(present.kernelModules)) &&
    (options.source === 'auto' || options.source === present.source)
  const installed = fits ? installedSet(work, present) : undefined
  const kept = fits ? keep(work, present, installed) : undefined
  if (kept && 'choice' in kept) return kept
  const sources = sourcesOf(work, fits)
  const failed: string[] = []
  let secureBoot = false
  for (const source of sources) {
    const outcome = fromSource(work, source, installed)
    if (!('failed' in outcome)) return outcome
    failed.push(...outcome.failed.map((reason) => `${titleOf(source, work)}: ${reason}`))
    secureBoot ||= outcome.secureBoot === true
  }
  if (kept && !secureBoot) throw incomplete(work, kept.missing, failed)
  throw secureBoot ? noSignature(work, failed) : nowhere(work, sources, failed)
}

/** The sources to try, in order. A driver that is installed ties the host to its source. */
function sourcesOf({ options, present: now }: Work, fits: boolean): DriverSource[] {
  if (options.source !== 'auto' && !fits) return [options.source]
  if (now?.source !== undefined) return [now.source]
  return ['distro', 'cuda']
}

function fromSource(work: Work, source: DriverSource, installed: DriverSet | undefined): Outcome {
  const { facts, allowed, vendor, profile, suite } = work
  const ranked = rankedBranches(allowed, facts.clock)
  const sets = installed ? [installed] : driverSets(source, vendor, profile, ranked, allowed.modules)
  const mayBuild = mayBuildModules(facts)
  if (!mayBuild && !sets.some(({ prebuilt }) => prebuilt)) return { failed: [signatureReason], secureBoot: true }
  const names = [
    ...new Set(
      sets.flatMap((set) => [
        ...[...set.driver, ...set.optional, ...set.beside, set.dkms].map(({ name }) => name),
        ...set.fabricManager,
        ...(set.prebuilt === undefined ? [] : prebuiltNames(facts, suite, set.prebuilt)),
      ]),
    ),
  ]
  const asked = ask(work, source, names)
  if ('probe' in asked || 'failed' in asked) return asked

  const failed: string[] = []
  let refusals = 0
  let secureBoot: true | undefined
  for (const group of groupsOf(work, sets, asked.offers)) {
    for (const way of ['prebuilt', 'dkms'] as const) {
      for (const set of group) {
        if (way === 'prebuilt' && set.prebuilt === undefined) continue
        const found = driverOf(work, set, asked.offers, way)
        if ('lacks' in found) {
          failed.push(found.lacks)
          continue
        }
        if (way === 'dkms' && !mayBuild) {
          failed.push(`${found.title}: ${signatureReason}`)
          secureBoot = true
          continue
        }
        const parts = kernelParts(work, set, asked.offers, way)
        if ('lacks' in parts) failed.push(`${found.title}: ${parts.lacks}`)
        else {
          for (const part of parts) {
            // A host whose packages are in disorder refuses all of them: four say enough.
            if (refusals === 4) continue
            const outcome = simulated(work, set, asked, found, part)
            if (!('failed' in outcome)) return outcome
            refusals++
            failed.push(...outcome.failed.map((reason) => `${found.title}: ${reason}`))
          }
        }
      }
    }
  }
  if (failed.length === 0) failed.push('it offers no driver that will do')
  return { failed: [...new Set(failed)], secureBoot }
}

/** Simulates a transaction, and the same with what would be left of another driver; the choice when apt can. */
function simulated(work: Work, set: DriverSet, asked: Asked, found: Found, part: KernelPart): Outcome {
  const { facts, probed, present: now } = work
  const install = [...found.install, ...part.install.map(({ name, version }) => ({ name, version, beside: true }))]
  const moves = now !== undefined && (facts.nvidia.origins.length > 1 || now.source !== set.source)
  const preferences = { text: preferencesOf(work, set, asked, found) }
  const named = new Set(install.map(({ name }) => name))
  const others = Object.entries(facts.packages).flatMap(([name, { version, state }]): DriverPart[] => {
    if (named.has(name) || state === 'config-files' || !isDriverPackage(name, version)) return []
    // Of the very same driver.
    if (version === install[0]?.version || (set.prebuilt && name.startsWith(set.prebuilt))) return []
    const branch = branchInName(name)
    if (branch !== undefined && branch !== found.branch) return [{ name, why: `of branch ${branch}` }]
    return moves ? [{ name, why: facts.nvidia.origins.length > 1 ? 'of another origin' : `from ${now.title}` }] : []
  })
  const conclude = (gone: DriverPart[], transaction: ProbedTransaction | undefined): Outcome => ({
    choice: choiceOf(work, set, asked, found, part, { install, remove: gone, transaction, preferences }),
  })
  if (asked.offers === undefined) return conclude(others, undefined)
  const words = install.map(({ name, version }) => (version === undefined ? name : `${name}=${version}`))
  const uri = asked.repository?.uri
  const answerTo = (simulate: string[]) =>
    probed.find(({ asked: question }) => question.uri === uri && sameWords(question.simulate, simulate))
  const question = (simulate: string[]): Outcome => ({
    probe: {
      ...(asked.repository
        ? { repository: questionOf(asked.repository), sameRepository: asked.repository.same }
        : { sameRepository: `${cudaSame}|${ppaSame}` }),
      versionsOf: [],
      simulate,
      preferences: { name: preferencesName, ...preferences },
      ...(asked.sources ? { sources: asked.sources } : {}),
    },
  })
  let remove: DriverPart[] = []
  let first: ProbedTransaction | undefined
  // Two turns: what apt leaves of another driver by itself goes as well, where nothing needs it.
  for (const turn of [1, 2]) {
    const simulate = [...words, ...remove.map(({ name }) => `${name}-`)]
    const answer = answerTo(simulate)
    if (answer === undefined) return question(simulate)
    if (!answer.reachable) return { failed: [outOfReach(answer.said)] }
    const { transaction } = answer
    const interrupted = (facts.interrupted ?? []).length > 0
    const seen = transaction?.ok && isOfBranch(transaction, found.branch) ? transaction : undefined
    if (turn === 2) {
      if (seen || interrupted) return conclude(remove, seen)
      if (first) return conclude([], first)
    }
    const stays = (name: string) => !seen?.remove.includes(name) && !seen?.install.some((one) => one.name === name)
    const left = others.filter(({ name }) => stays(name))
    if ((seen || interrupted) && left.length === 0) return conclude([], seen)
    if (turn === 2 || others.length === 0) {
      const said = transaction && !transaction.ok ? transaction.said : []
      const word =
        said.find((line) => /Depends|Conflicts|Breaks/.test(line)) ?? said.find((line) => line.startsWith('E:'))
      return { failed: [`apt cannot install it here: ${word?.trim() ?? 'another branch would come in its place'}`] }
    }
    first = seen
    remove = seen ? left : others
  }
  throw new Error('the second turn always ends')
}

/** A transitional package pulls another branch than its name says: Ubuntu’s modules of 535 are those of 580 since 2026. */
function isOfBranch(transaction: ProbedTransaction, branch: number): boolean {
  return transaction.install.every(
    ({ name }) =>
      !/^(libnvidia-compute|nvidia-kernel-common|linux-modules-nvidia)-\d/.test(name) || branchInName(name) === branch,
  )
}

function sameWords(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((word) => b.includes(word))
}

function choiceOf(
  work: Work,
  set: DriverSet,
  asked: Asked,
  found: Found,
  part: KernelPart,
  rest: Pick<DriverChoice, 'install' | 'remove' | 'transaction' | 'preferences'>,
): DriverChoice {
  const { facts } = work
  return {
    notes: driverNotes(work, set, found, part),
    version: found.version,
    kernelModules: set.kernelModules,
    source: set.source,
    from: titleOf(set.source, work),
    components: asked.components,
    repository: asked.repository,
    fabricManager: wantsFabricManager(facts),
    persistenced: rest.install.some(({ name }) => bringsPersistenced(name)),
    kept: false,
    ...rest,
  }
}
