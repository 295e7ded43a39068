import { compareDebVersions } from '../data/deb-version.js'
import { branches as branchTable } from '../data/driver-branches.js'
import {
  archiveBranches,
  branchInName,
  type DriverPart,
  type DriverProfile,
  type DriverSet,
  type DriverSource,
  type DriverVendor,
  driverComponents,
  driverNamePatterns,
  driverSets,
  isDriverPackage,
  sourceOf,
} from '../data/driver-packages.js'
import { isNvSwitch, whyNoDriver } from '../data/gpus.js'
import { cudaRepository, cudaSame, cudaStrayKeyrings, driversPpa } from '../data/nvidia-repositories.js'
import { dockerPlatform } from '../data/platforms.js'
import { diagnose } from '../data/symptoms.js'
import { upstreamVersion } from '../data/versions.js'
import { FitoutError } from '../errors.js'
import type { Facts } from '../facts/facts.js'
import { type AptComponentsOptions, withComponents } from '../resource/apt-components.js'
import type { AptProbe, AptProbeResult, ProbedTransaction, SourcesFile } from '../resource/apt-probe.js'
import {
  headers,
  type KernelPart,
  kernelNames,
  kernelsOf,
  type Offers,
  prebuiltModules,
  prebuiltNames,
} from './driver-kernels.js'
import { type Allowed, branchOf, type DriverWish, driverNeeds, type KernelModules, nameOf } from './driver-needs.js'

export interface DriverOptions extends DriverWish {
  source: 'auto' | DriverSource
  profile?: DriverProfile | undefined
  /** A copy of the CUDA repository, down to the release and architecture. */
  mirror?: string | undefined
  mirrorKey?: { text: string; fingerprint: string } | undefined
}

/** A repository of the driver that is not the distribution's. */
export interface DriverRepository {
  name: string
  title: string
  uri: string
  suite: string
  component?: string | undefined
  arch: string
  fingerprint: string
  /** Absent where the host fetches it, and nobody has asked a host. */
  key?: string | undefined
  keyUrl: string
  same: string
  strayKeyrings: readonly string[]
}

/** What is to be done about the driver on one host: data from which the recipe names its resources. */
export interface DriverChoice {
  /** One sentence each, shown in the plan. */
  notes: string[]
  /** The version that it will be, as the driver says it itself: `580.95.05`; absent where nobody could be asked. */
  version?: string | undefined
  kernelModules: KernelModules
  /** Of packages that fitout knows; absent for a driver of NVIDIA's .run installer and others that just stay. */
  source?: DriverSource | undefined
  install: { name: string; version?: string | undefined; beside?: boolean | undefined }[]
  remove: DriverPart[]
  from: string
  transaction?: ProbedTransaction | undefined
  components?: AptComponentsOptions | undefined
  repository?: DriverRepository | undefined
  /** What the preferences file is to say; `undefined` leaves it as it is, without a text it goes. */
  preferences?: { text?: string | undefined } | undefined
  fabricManager: boolean
  /** Nothing is to be installed. */
  kept: boolean
}

/** The choice, the question that has to be asked first, or why there is no driver to install here. */
export type DriverDecision =
  | { probe: AptProbe }
  | { choice: DriverChoice }
  | { none: { cause: string; remedy: string } }

/** The file of apt preferences that keeps a driver's packages of one branch and one origin. */
export const preferencesName = 'fitout-nvidia'

const doing = 'deciding which NVIDIA driver this host gets'

interface Work {
  facts: Facts
  options: DriverOptions
  probed: readonly AptProbeResult[]
  allowed: Allowed
  vendor: DriverVendor
  suite: string | undefined
  profile: DriverProfile
  present: Present | undefined
}

/** A driver that is installed. */
interface Present {
  version?: string | undefined
  kernelModules?: KernelModules | undefined
  source?: DriverSource | undefined
  title: string
}

type Outcome = { probe: AptProbe } | { choice: DriverChoice } | { failed: string[]; secureBoot?: true | undefined }

/**
 * Decides which driver, from where, in which version. Pure: called again with each answer to its probes.
 *
 * The rules: a driver that does for all GPUs and for what was asked stays, whoever installed it. Where there is none that does,
 * the distribution's own packages come first, then NVIDIA's CUDA repository; packages of one source never meet those of another,
 * unless a person names the source. Of the branches that will do, the one that NVIDIA cares for the longest is taken.
 *
 * @throws FitoutError when what was asked cannot be had on this host, before anything is touched.
 */
export function decideDriver(facts: Facts, options: DriverOptions, probed: readonly AptProbeResult[]): DriverDecision {
  const none = whyNoDriver(facts)
  if (none) return { none }
  const allowed = driverNeeds(facts, options)
  if (facts.packageManager !== 'apt') {
    throw new FitoutError({
      doing,
      cause: `${facts.os.prettyName} is not a Debian or Ubuntu relative (its package manager is ${facts.packageManager})`,
      remedy:
        'fitout installs drivers where apt is, so far; install one by your distribution’s own means, the other recipes still work',
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
  if (fits) {
    const kept = keep(work, present, installed)
    if (kept) return kept
  }
  const sources = sourcesOf(work, fits)
  const failed: string[] = []
  let secureBoot = false
  for (const source of sources) {
    const outcome = fromSource(work, source, installed)
    if (!('failed' in outcome)) return outcome
    failed.push(...outcome.failed.map((reason) => `${titleOf(source, work)}: ${reason}`))
    secureBoot ||= outcome.secureBoot === true
  }
  throw secureBoot ? noSignature(work, failed) : nowhere(work, sources, failed)
}

function present(facts: Facts, name: string): boolean {
  return facts.packages[name]?.state === 'installed'
}

function presentDriver(facts: Facts): Present | undefined {
  const { origins, loaded, kernels } = facts.nvidia
  if (origins.length === 0 && loaded === undefined) return undefined
  // Libraries first: a package that is named after an older branch may merely pull the newer one’s.
  const [packaged] = [
    /^(libnvidia-compute|libcuda1|libnvidia-tesla-\d+-cuda1)(-|$)/,
    /^(nvidia-driver-cuda|nvidia-utils|nvidia-smi|nvidia-headless|nvidia-driver)(-|$)/,
  ].flatMap((part) =>
    Object.entries(facts.packages)
      .filter(
        ([name, { version, state }]) => state === 'installed' && part.test(name) && isDriverPackage(name, version),
      )
      .map(([, one]) => one),
  )
  const module = kernelsOf(facts)
    .map((release) => kernels.find((kernel) => kernel.release === release)?.module)
    .find((one) => one !== undefined)
  const open = (module ?? loaded)?.open
  const [origin] = origins
  return {
    version: packaged ? upstreamVersion(packaged.version) : (module ?? loaded)?.version,
    kernelModules: open === undefined ? undefined : open ? 'open' : 'proprietary',
    source: origin && sourceOf(origin),
    title: origin === undefined ? 'an unknown origin' : originTitles[origin],
  }
}

const originTitles = {
  ubuntu: 'Ubuntu’s archive',
  debian: 'Debian’s archive',
  cuda: 'NVIDIA’s CUDA repository',
  ppa: 'the graphics-drivers PPA',
  runfile: 'NVIDIA’s .run installer',
  unknown: 'an unknown origin',
} as const

/** Who has a driver's desktop parts uses them: they stay, and come with another driver too. */
function hasDesktopParts(facts: Facts): boolean {
  return Object.keys(facts.packages).some(
    (name) => /^(xserver-xorg-video-nvidia|libnvidia-gl-|nvidia-driver-libs)/.test(name) && present(facts, name),
  )
}

function refuseMixture({ facts, options, present: now, allowed }: Work): void {
  const { origins } = facts.nvidia
  const runfile = origins.includes('runfile')
  const usable = now?.version !== undefined && allowed.version(now.version) && origins.length === 1
  if (runfile && !(usable && options.source === 'auto')) {
    throw new FitoutError({
      doing,
      cause:
        origins.length > 1
          ? `drivers of several origins are mixed here: ${origins.map((origin) => originTitles[origin]).join(', ')}`
          : `the driver here (${now?.version ?? 'of unknown version'}) is from NVIDIA’s .run installer, whose files packages would overwrite without knowing of them`,
      remedy: 'remove it with `nvidia-uninstall`, as root, then run fitout again',
      said: driverPackages(facts),
    })
  }
  if (origins.length > 1 && options.source === 'auto') {
    throw new FitoutError({
      doing,
      cause: `packages of several origins are mixed here: ${origins.map((origin) => originTitles[origin]).join(', ')}; one takes the other’s place file by file until neither works`,
      remedy:
        'name the one to stay with nvidia-driver.source (distro, cuda or ppa): the other’s packages then give way, and the plan lists them',
      said: driverPackages(facts),
    })
  }
}

function driverPackages(facts: Facts): string[] {
  return Object.entries(facts.packages)
    .filter(([name, { version, state }]) => state === 'installed' && isDriverPackage(name, version))
    .map(([name, { version }]) => `${name} ${version}`)
    .slice(0, 12)
}

/** The set of packages that the installed driver is; `undefined` where it is none that fitout knows. */
function installedSet({ facts, options, vendor, profile }: Work, now: Present): DriverSet | undefined {
  const { source, version, kernelModules } = now
  if (source === undefined || version === undefined) return undefined
  const kinds: KernelModules[] = kernelModules ? [kernelModules] : ['open', 'proprietary']
  const profiles: DriverProfile[] = options.profile ? [options.profile] : [profile, 'compute', 'desktop']
  const sets = profiles.flatMap((one) => driverSets(source, vendor, one, [branchOf(version)], () => kinds))
  const share = (set: DriverSet) => set.driver.filter(({ name }) => present(facts, name)).length / set.driver.length
  const best = sets.reduce<DriverSet | undefined>(
    (a, b) => (a !== undefined && share(a) >= share(b) ? a : b),
    undefined,
  )
  return best !== undefined && share(best) > 0 ? best : undefined
}

/** An installed driver that stays; `undefined` when something of it is missing. */
function keep(work: Work, now: Present, set: DriverSet | undefined): { choice: DriverChoice } | undefined {
  const { facts } = work
  const [next = ''] = kernelsOf(facts)
  const kernel = facts.nvidia.kernels.find(({ release }) => release === next)
  const hasModule = kernel === undefined ? facts.nvidia.loaded !== undefined : kernel.module !== undefined
  const missing = set?.driver.filter(({ name }) => !present(facts, name)) ?? []
  const fabric = set && wantsFabricManager(facts) ? set.fabricManager : []
  const hasFabric = fabric.some((name) => present(facts, name))
  if (set && (missing.length > 0 || !hasModule || (fabric.length > 0 && !hasFabric))) return undefined
  refuseUnsigned(work, kernel?.module)
  const notes = [
    `NVIDIA driver ${now.version} (${now.kernelModules ?? 'unknown'} kernel modules) from ${now.title} does for ${gpuNames(work)} and stays`,
  ]
  if (!hasModule)
    notes.push(`it has no module for the kernel ${next}, which boots next: whoever installed it has to build one`)
  if (set === undefined && wantsFabricManager(facts))
    notes.push('the NVSwitches here need a fabric manager of exactly the driver’s version, from where the driver came')
  return {
    choice: {
      notes,
      version: now.version,
      kernelModules: now.kernelModules ?? 'open',
      source: now.source,
      install: [...(set?.driver ?? []), ...fabric.filter((name) => present(facts, name)).map((name) => ({ name }))].map(
        ({ name }) => ({ name }),
      ),
      remove: [],
      from: now.title,
      fabricManager: hasFabric,
      kept: true,
    },
  }
}

function wantsFabricManager(facts: Facts): boolean {
  return facts.nvidia.devices.some(isNvSwitch)
}

function gpuNames({ allowed }: Work): string {
  return allowed.gpus.map(nameOf).join(', ')
}

/** The sources to try, in order. A driver that is installed ties the host to its source. */
function sourcesOf({ options, present: now }: Work, fits: boolean): DriverSource[] {
  if (options.source !== 'auto' && !fits) return [options.source]
  if (now?.source !== undefined) return [now.source]
  return ['distro', 'cuda']
}

function titleOf(source: DriverSource, { vendor, options }: Work): string {
  if (source === 'distro') return originTitles[vendor === 'Ubuntu' ? 'ubuntu' : 'debian']
  return source === 'cuda' && options.mirror !== undefined ? `the mirror ${options.mirror}` : originTitles[source]
}

/** What a source offers, by the answers so far. */
interface Asked {
  offers: Offers
  repository?: DriverRepository | undefined
  sources?: SourcesFile[] | undefined
  components?: AptComponentsOptions | undefined
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

/** Asks a source, the host's own first: which headers there are is asked of these in any case. */
function ask(
  work: Work,
  source: DriverSource,
  names: readonly string[],
): Asked | { probe: AptProbe } | { failed: string[] } {
  const { facts, probed, vendor, suite } = work
  const kernels = kernelNames(facts, suite)
  // What NVIDIA's own repositories offer under the same names is another source.
  const ours = { sameRepository: `${cudaSame}|${ppaSame}` }
  const own = probed.filter(({ asked }) => asked.uri === undefined && asked.simulate.length === 0)
  const first = own.find(({ asked }) => !asked.sources)
  const questions = source === 'distro' ? [...names, ...kernels] : kernels
  if (first === undefined) return { probe: { ...ours, versionsOf: questions, simulate: [], wantSources: true } }
  const wanted = driverComponents(vendor, suite, source, wantsFabricManager(facts))
  const before = first.sources ?? []
  const after = before.map((file) => ({
    ...file,
    text: withComponents(file, { vendor, components: wanted }, first.origins ?? {}),
  }))
  const changed = after.some(({ text }, index) => text !== before[index]!.text)
  const bare = first.assumed && vendor === 'Debian'
  const components = changed || bare ? { vendor, components: wanted, why: componentsWhy(source) } : undefined
  const sources = changed ? after : undefined
  if (source === 'distro') {
    if (first.assumed) return { offers: undefined, components }
    if (!changed) return { offers: first.versions }
    const second = own.find(({ asked }) => asked.sources)
    if (second === undefined) return { probe: { ...ours, versionsOf: questions, simulate: [], sources: after } }
    return { offers: second.versions, sources, components }
  }
  const repository = repositoryOf(work, source)
  if ('failed' in repository) return repository
  const theirs = probed.find(({ asked }) => asked.uri === repository.uri && asked.simulate.length === 0)
  if (theirs === undefined) {
    return {
      probe: {
        repository: questionOf(repository),
        sameRepository: repository.same,
        versionsOf: [...names],
        simulate: [],
      },
    }
  }
  if (!theirs.reachable) return { failed: [outOfReach(theirs.said)] }
  const key = repository.key ?? theirs.key
  if (theirs.assumed) return { offers: undefined, repository, components }
  return { offers: { ...first.versions, ...theirs.versions }, repository: { ...repository, key }, sources, components }
}

const ppaSame = 'https?://ppa\\.launchpad(content)?\\.net/graphics-drivers/ppa/'

function componentsWhy(source: DriverSource): string {
  return source === 'distro' ? 'NVIDIA’s driver is in them' : 'NVIDIA’s packages for Debian need some that are in it'
}

function outOfReach(said: readonly string[]): string {
  return diagnose(said.join('\n'))?.cause ?? `it does not answer (${said[0] ?? 'no reason given'})`
}

/** How the repository is asked: with its key where that is known, else the host fetches it. */
function questionOf({ uri, suite, component, arch, key, keyUrl, fingerprint }: DriverRepository) {
  return { uri, suite, component, arch, key: key ?? { url: keyUrl, fingerprint } }
}

function repositoryOf({ facts, options }: Work, source: 'cuda' | 'ppa'): DriverRepository | { failed: string[] } {
  const arch = facts.arch.package
  if (source === 'ppa') {
    const ppa = driversPpa(facts.os)
    if (ppa === undefined) return { failed: [`it has nothing for ${facts.os.prettyName}`] }
    return {
      ...ppa,
      name: 'graphics-drivers',
      title: 'the graphics-drivers PPA',
      arch,
      same: ppaSame,
      strayKeyrings: [
        '/etc/apt/trusted.gpg.d/graphics-drivers-ubuntu-ppa.gpg',
        '/etc/apt/trusted.gpg.d/graphics-drivers.gpg',
      ],
    }
  }
  const cuda = cudaRepository(facts.os, facts.arch)
  if (cuda === undefined && options.mirror === undefined)
    return { failed: [`NVIDIA has none for ${facts.os.prettyName} on ${arch}`] }
  const base = { name: 'cuda', title: 'NVIDIA’s CUDA repository', arch, suite: '/', strayKeyrings: cudaStrayKeyrings }
  if (options.mirror === undefined) return { ...cuda!, ...base, same: cudaSame }
  const uri = `${options.mirror.replace(/\/+$/, '')}/`
  const same = `${cudaSame}|${uri.replace(/\/$/, '').replace(/[.+*?()[\]{}|^$\\]/g, '\\$&')}`
  if (options.mirrorKey) {
    const { text, fingerprint } = options.mirrorKey
    return { ...base, uri, same, fingerprint, key: text, keyUrl: uri }
  }
  if (cuda === undefined)
    return { failed: [`the key that signs it is not known: name it with nvidia-driver.mirrorKey`] }
  // A true copy is signed by NVIDIA.
  return { ...base, uri, same, fingerprint: cuda.fingerprint, keyUrl: `${uri}${cuda.keyUrl.split('/').at(-1)}` }
}

/** The branches that will do, the one that NVIDIA cares for the longest first; for a GPU that nobody knows yet, the newest. */
function rankedBranches({ branches, newest }: Allowed, clock: number): number[] {
  const month = new Date(clock * 1000).toISOString().slice(0, 7)
  const endOf = (branch: number) => branchTable.find((row) => row.branch === branch)?.endOfLife
  const rank = (branch: number) => {
    const end = endOf(branch)
    return end === undefined ? 1 : end >= month ? 0 : 2
  }
  return [...branches].sort((a, b) => {
    if (newest) return b - a
    const ends = rank(a) === 0 && rank(b) === 0 ? (endOf(b) ?? '').localeCompare(endOf(a) ?? '') : 0
    return rank(a) - rank(b) || ends || b - a
  })
}

/** Sets in the order in which they are tried; those of one group are tried prebuilt first, then all to be built. */
function groupsOf({ allowed, suite }: Work, sets: readonly DriverSet[], offers: Offers): DriverSet[][] {
  if (sets.every(({ branch }) => branch !== undefined)) {
    return [...new Set(sets.map(({ branch }) => branch))].map((branch) => sets.filter((set) => set.branch === branch))
  }
  // Debian's current driver: which kernel modules are the better ones, its version says.
  const current = (set: DriverSet) => {
    const newest = offers === undefined ? String(archiveBranches[suite ?? '']?.[0]) : (offers[set.dkms.name]?.[0] ?? '')
    const at = allowed.modules(branchOf(newest)).indexOf(set.kernelModules)
    return at === -1 ? 9 : at
  }
  const unnamed = sets.filter(({ branch }) => branch === undefined).sort((a, b) => current(a) - current(b))
  return [...unnamed, ...sets.filter(({ branch }) => branch !== undefined)].map((set) => [set])
}

interface Found {
  /** Of the driver; absent where nobody could be asked. */
  version?: string | undefined
  branch: number
  title: string
  install: DriverChoice['install']
  /** Some of it is not the newest that is offered: what it depends on has to be told apart, too. */
  older: boolean
}

/** The newest version of a set that will do and of which all is offered. */
function driverOf(work: Work, set: DriverSet, offers: Offers, way: 'prebuilt' | 'dkms'): Found | { lacks: string } {
  const { allowed, facts, suite, present: now } = work
  const fabric = wantsFabricManager(facts)
  const needed = way === 'dkms' ? [...set.driver, set.dkms] : set.driver
  const kind = `${set.kernelModules} kernel modules`
  if (fabric && set.fabricManager.length === 0)
    return { lacks: 'it has no fabric manager, which the NVSwitches of this host need' }
  if (offers === undefined) {
    const branch = set.branch ?? archiveBranches[suite ?? '']?.[0] ?? 0
    const offered = set.source !== 'distro' || archiveBranches[suite ?? '']?.includes(branch)
    if (!offered || !allowed.version(`${branch}.999`) || !allowed.modules(branch).includes(set.kernelModules))
      return { lacks: `as far as known it offers no driver of branch ${branch} with ${kind} that will do` }
    const names = [...needed, ...set.beside, ...(fabric ? [{ name: set.fabricManager[0]! }] : [])]
    return {
      branch,
      title: `branch ${branch} with ${kind}`,
      install: names.map(({ name }) => ({ name })),
      older: false,
    }
  }
  const usable = (version: string) =>
    allowed.version(version) &&
    (set.branch === undefined || branchOf(version) === set.branch) &&
    allowed.modules(branchOf(version)).includes(set.kernelModules)
  const [leader] = set.driver
  const versions = [...(offers[leader!.name] ?? [])].filter(usable).sort((a, b) => compareDebVersions(b, a))
  // Of a driver that stays only what is missing comes, where it is still offered.
  const installed = versions.filter((version) => upstreamVersion(version) === now?.version)
  for (const version of [...installed, ...versions]) {
    const upstream = upstreamVersion(version)
    const same = (name: string) => (offers[name] ?? []).find((one) => upstreamVersion(one) === upstream)
    const parts = needed.map(({ name }) => ({ name, version: same(name) }))
    const manager = fabric
      ? set.fabricManager.map((name) => ({ name, version: same(name) })).find((one) => one.version)
      : undefined
    if (parts.some((part) => part.version === undefined) || (fabric && manager === undefined)) continue
    const optional = set.optional.map(({ name }) => ({ name, version: same(name) })).filter((part) => part.version)
    const beside = set.beside
      .map(({ name }) => ({ name, version: present(facts, name) ? undefined : offers[name]?.[0], beside: true }))
      .filter(({ name, version: one }) => one !== undefined || present(facts, name))
    return {
      version: upstream,
      branch: branchOf(version),
      title: `${upstream} with ${kind}`,
      install: [...parts, ...optional, ...(manager ? [manager] : []), ...beside],
      older: [...parts, ...optional].some((part) => offers[part.name]?.[0] !== part.version),
    }
  }
  const branch = set.branch === undefined ? 'its driver' : `branch ${set.branch}`
  const offered = [...new Set((offers[leader!.name] ?? []).map(upstreamVersion))]
  return {
    lacks:
      offered.length === 0
        ? `${branch} with ${kind} is not offered`
        : versions.length === 0
          ? `${branch} with ${kind} is offered as ${offered.join(', ')}, which will not do`
          : `${branch} with ${kind} is not offered whole${fabric ? ' (with a fabric manager of the same version)' : ''}`,
  }
}

function kernelParts(
  { facts, suite }: Work,
  set: DriverSet,
  offers: Offers,
  way: 'prebuilt' | 'dkms',
): KernelPart[] | { lacks: string } {
  if (way === 'dkms') {
    const found = headers(facts, suite, offers)
    return 'lacks' in found ? found : [found]
  }
  const ways = prebuiltModules(facts, suite, set.prebuilt!, offers)
  return ways.length > 0 ? ways : { lacks: `there are no prebuilt modules for the kernel ${kernelsOf(facts)[0]}` }
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
    return moves ? [{ name, why: `from ${now.title}` }] : []
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

/**
 * What apt has to be told so that all parts of the driver are of one version and one origin; `undefined` where its own choice is
 * right. Sources: apt_preferences(5); NVIDIA’s pinning packages do the same by such a file.
 */
function preferencesOf(
  { facts, vendor, options }: Work,
  set: DriverSet,
  asked: Asked,
  found: Found,
): string | undefined {
  const lines: string[] = []
  const stanza = (pin: string, priority: number) =>
    lines.push(`Package: ${driverNamePatterns}`, `Pin: ${pin}`, `Pin-Priority: ${priority}`, '')
  const wanted =
    options.branch !== 'auto' && /^\d+\.\d+(\.\d+)?$/.test(options.branch.trim()) ? found.version : undefined
  if (set.source === 'cuda') {
    // Above 1000 an older version may take the place of a newer one.
    stanza(`version ${wanted ?? found.branch}${wanted ? '-' : '.'}*`, 1001)
    stanza(`origin "${new URL(asked.repository!.uri).hostname}"`, 600)
  } else {
    if (found.older) stanza(`version ${found.version}-*`, 1001)
    if (set.source === 'ppa') stanza('origin "ppa.launchpadcontent.net"', 600)
    else if (facts.nvidia.sources.length > 0) stanza(`release o=${vendor}`, 900)
  }
  if (lines.length === 0) return undefined
  return [
    '# Written by fitout: the NVIDIA driver comes in one version and from one source.',
    ...lines.slice(0, -1),
    '',
  ].join('\n')
}

function choiceOf(
  work: Work,
  set: DriverSet,
  asked: Asked,
  found: Found,
  part: KernelPart,
  rest: Pick<DriverChoice, 'install' | 'remove' | 'transaction' | 'preferences'>,
): DriverChoice {
  const { facts, options, allowed, vendor, present: now } = work
  const from = titleOf(set.source, work)
  const what = found.version ?? `branch ${found.branch}`
  const end = branchTable.find(({ branch }) => branch === found.branch)?.endOfLife
  const because = [...new Set(allowed.gpus.map(({ needs }) => needs.because))].join('; ')
  const why =
    options.branch !== 'auto'
      ? `as asked (${options.branch})`
      : vendor === 'Debian' && set.source === 'distro'
        ? 'the one that Debian has'
        : allowed.newest
          ? 'the newest, as a GPU here is newer than the tables'
          : end === undefined || end < new Date(facts.clock * 1000).toISOString().slice(0, 7)
            ? 'the best of those that will do'
            : `which NVIDIA cares for until ${end}, the longest of those that will do`
  const built = part.install.some(({ name }) => name.startsWith(set.prebuilt ?? '\0'))
  const notes = [
    `NVIDIA driver ${what} from ${from}, for ${gpuNames(work)}`,
    `branch ${found.branch}: ${why} (${because})`,
    `${set.kernelModules} kernel modules: ${kindWhy(work, set, found.branch)}; ${built ? 'built and signed by Ubuntu for this kernel' : 'built on this host by DKMS'}`,
    ...(set.source !== 'distro' && options.source === 'auto' && now === undefined
      ? [
          `the CUDA repository, because ${originTitles[vendor === 'Ubuntu' ? 'ubuntu' : 'debian']} offers no driver that will do`,
        ]
      : []),
    ...part.notes,
    rebootNote(work, found),
  ]
  const source = set.source
  return {
    notes,
    version: found.version,
    kernelModules: set.kernelModules,
    source,
    from,
    components: asked.components,
    repository: asked.repository,
    fabricManager: wantsFabricManager(facts),
    kept: false,
    ...rest,
  }
}

function kindWhy({ options, allowed }: Work, set: DriverSet, branch: number): string {
  if (options.kernelModules !== 'auto') return 'as asked'
  const others = allowed.modules(branch)
  if (others.length === 1)
    return `the only ones of this branch that drive ${allowed.gpus.length === 1 ? 'this GPU' : 'these GPUs'}`
  return set.kernelModules === others[0] ? 'NVIDIA’s choice for this branch' : 'what is offered'
}

function rebootNote({ facts, present: now }: Work, found: Found): string {
  const { nouveau, loaded, users, nextKernel } = facts.nvidia
  if (nextKernel !== undefined && nextKernel !== facts.kernel.release)
    return `a reboot will be due: the kernel ${nextKernel} boots next, and ${facts.kernel.release} runs`
  if (nouveau.loaded) return 'a reboot will be due: nouveau drives the GPU now, and is kept away from the next start on'
  if (loaded !== undefined && loaded.version !== found.version)
    return users.length > 0
      ? `a reboot may be due: driver ${loaded.version} is loaded and used by ${[...new Set(users.map(({ command }) => command))].join(', ')}`
      : `driver ${loaded.version} is loaded: it is unloaded for the new one where nothing uses it, else a reboot is due`
  return now === undefined
    ? 'no reboot is expected: the driver is loaded when it is installed'
    : 'no reboot is expected'
}

/** Whether the firmware would let a module in that is built here. */
function mayBuildModules({ nvidia }: Facts): boolean {
  return nvidia.secureBoot !== 'on' || nvidia.machineOwnerKey?.enrolled === true
}

const signatureReason =
  'its module would be built here, and Secure Boot lets only modules in whose signature the firmware trusts'

function refuseUnsigned(work: Work, module: { signer?: string | undefined } | undefined): void {
  const { facts } = work
  if (module === undefined || mayBuildModules(facts) || facts.nvidia.loaded !== undefined) return
  if (module.signer !== undefined && /canonical|ubuntu/i.test(module.signer)) return
  throw noSignature(work, [
    `the installed module is signed by ${module.signer ?? 'nobody'}, which the firmware does not trust: “Key was rejected by service”`,
  ])
}

/** Sources: dkms(8), generate_mok and signing; Ubuntu’s update-secureboot-policy(8); mokutil(1). */
function noSignature({ facts, vendor }: Work, failed: readonly string[]): FitoutError {
  const key = facts.nvidia.machineOwnerKey?.path
  const make =
    key !== undefined
      ? ''
      : vendor === 'Ubuntu'
        ? '`apt-get install shim-signed mokutil && update-secureboot-policy --new-key`, '
        : '`apt-get install dkms mokutil && dkms generate_mok`, '
  const path = key ?? (vendor === 'Ubuntu' ? '/var/lib/shim-signed/mok/MOK.der' : '/var/lib/dkms/mok.pub')
  return new FitoutError({
    doing,
    cause: `Secure Boot is on, no module that is signed already is offered for the kernel ${kernelsOf(facts)[0]}, and the firmware trusts no key of this host`,
    remedy:
      `let it trust this host’s own key, as root: ${make}\`mokutil --import ${path}\` (it asks for a password that is used once), ` +
      'reboot, choose “Enroll MOK” on the machine’s console and give that password there; then run fitout again. ' +
      'Or turn Secure Boot off in the firmware',
    said: failed.slice(0, 12),
  })
}

function nowhere(work: Work, sources: readonly DriverSource[], failed: readonly string[]): FitoutError {
  const { options, present: now, allowed, vendor } = work
  const titles = sources.map((source) => titleOf(source, work)).join(' nor ')
  const cause = `${sources.length > 1 ? 'neither ' : ''}${titles} ${sources.length > 1 ? 'has' : 'has no'} ${sources.length > 1 ? 'a ' : ''}driver that will do for ${gpuNames(work)}${options.branch === 'auto' ? '' : ` and branch ${options.branch}`}`
  const tied = now?.source !== undefined && options.source === 'auto'
  const other = sources.includes('cuda') ? 'distro' : 'cuda'
  const possible = allowed.branches.join(', ')
  return new FitoutError({
    doing,
    cause: tied ? `${cause}; the driver ${now.version} that is installed came from there` : cause,
    remedy: tied
      ? `to move to another source, whose packages then take its place, set nvidia-driver.source=${other}`
      : sources.includes('cuda')
        ? `branches that will do are ${possible}: see whether the package sources answer (apt-get update), or name a mirror of the CUDA repository with nvidia-driver.mirror`
        : `branches that will do are ${possible}: set nvidia-driver.source to ${vendor === 'Ubuntu' ? 'auto, cuda or ppa' : 'auto or cuda'}`,
    said: failed.slice(0, 12),
  })
}
