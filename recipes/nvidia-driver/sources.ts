import { readKey } from '../../src/data/openpgp/certificate.js'
import type { Facts } from '../../src/facts/facts.js'
import type { Decision } from '../../src/packages/decision.js'
import { saysNoKey } from '../../src/packages/key-probe.js'
import { asOf } from '../../src/recipe/known-table.js'
import { withComponents } from '../../src/resource/apt-components.js'
import { vendorOrMirror } from '../../src/resource/package-repository.js'
import { diagnose } from '../../src/symptoms/table.js'
import { originTitles } from '../nvidia/driver-origins.js'
import { modaliasOf } from '../nvidia/gpus.js'
import { type CudaRepository, cudaRepository, cudaSame, cudaStrayKeyrings, driversPpa } from '../nvidia/repositories.js'
import { nvidiaRepositories } from '../nvidia/tables.js'
import { kernelNames } from './kernels.js'
import { isVersion } from './needs.js'
import { branchPatterns, type DriverSet, type DriverSource, driverComponents, driverNamePatterns } from './packages.js'
import type {
  AptDriverWork,
  DriverOptions,
  DriverRepository,
  DriverVersion,
  DriverWork,
  Failed,
  Keyed,
  SourceOffer,
} from './types.js'

export function titleOf(source: DriverSource, { vendor, options }: DriverWork): string {
  if (source === 'distro') return originTitles[vendor === 'Ubuntu' ? 'ubuntu' : 'debian']
  return source === 'cuda' && options.mirror !== undefined
    ? `the mirror ${options.mirror.replace(/\/+$/, '')}`
    : originTitles[source]
}

/** What a source offers. The host's own sources are asked in any case: which headers there are, and what is configured. */
export function* offersOf(
  work: AptDriverWork,
  source: DriverSource,
  names: readonly string[],
): Decision<SourceOffer | Failed> {
  const { facts, vendor, suite, allowed } = work
  const kernels = kernelNames(facts, suite)
  const driver = {
    versionsOf: [...names, ...branchPatterns(source, vendor)],
    // Debian's packages list no devices.
    ...(vendor === 'Ubuntu' ? { drives: allowed.gpus.map(({ gpu }) => modaliasOf(gpu)) } : {}),
    simulate: [],
  }
  const ours =
    source === 'distro'
      ? { ...driver, sameRepository: otherSources, versionsOf: [...driver.versionsOf, ...kernels] }
      : { sameRepository: otherSources, versionsOf: kernels, simulate: [] }
  const own = yield { ...ours, wantSources: true }
  const wanted = driverComponents(vendor, suite, source)
  const before = own.sources ?? []
  const after = before.map((file) => ({
    ...file,
    text: withComponents(file, { vendor, components: wanted, arch: facts.arch.package }, own.origins ?? {}),
  }))
  const changed = after.some(({ text }, index) => text !== before[index]!.text)
  const bare = own.assumed && vendor === 'Debian'
  const why =
    source === 'distro' ? 'NVIDIA’s driver is in them' : 'NVIDIA’s packages for Debian need some that are in it'
  const components = changed || bare ? { vendor, components: wanted, arch: facts.arch.package, why } : undefined
  const sources = changed ? after : undefined
  if (source === 'distro') {
    if (own.assumed) return { offers: undefined, components }
    if (sources === undefined) return { offers: own.versions, drives: own.drives }
    const { versions, drives } = yield { ...ours, sources }
    return { offers: versions, drives, sources, components }
  }
  const repository = repositoryOf(work, source)
  if ('failed' in repository) return repository
  const signed = yield* withKey(repository)
  if ('failed' in signed) return signed
  if (signed.key === undefined) return { offers: undefined, repository, components }
  const theirs = yield {
    ...driver,
    repository: questionOf(signed),
    sameRepository: repository.same,
  }
  if (!theirs.reachable) return { failed: [outOfReach(theirs.said)] }
  if (theirs.assumed) return { offers: undefined, repository: signed, components }
  const { versions, drives } = theirs
  return { offers: { ...own.versions, ...versions }, drives, repository: signed, sources, components }
}

const ppaSame = 'https?://ppa\\.launchpad(content)?\\.net/graphics-drivers/ppa/'

/** What NVIDIA's own repositories offer under the same names is another source than the distribution. */
export const otherSources = `${cudaSame}|${ppaSame}`

export function outOfReach(said: readonly string[]): string {
  return diagnose(said.join('\n'))?.cause ?? `it does not answer (${said[0] ?? 'no reason given'})`
}

/**
 * A repository with its key, which the host may have to fetch, and by whose whole fingerprint it is known from here on; or why the key could not be
 * fetched. There is no key if nobody could be asked. Of a release that no table lists each known key is looked for.
 */
export function* withKey<R extends Keyed>(repository: R): Decision<R | Failed> {
  const { key, keyUrl, fingerprint, sum, otherKeys = [], unlisted, uri } = repository
  if (key !== undefined) return repository
  for (const one of [{ keyUrl, fingerprint, sum }, ...otherKeys]) {
    const fetched = yield { fetch: { url: one.keyUrl, fingerprint: one.fingerprint, sum: one.sum } }
    if (fetched.assumed) return unlisted === undefined ? repository : { failed: [`${unlisted}, and nobody was asked`] }
    if (fetched.key !== undefined) {
      const whole = one.sum === undefined ? one.fingerprint : readKey(fetched.key).fingerprint
      return { ...repository, key: fetched.key, keyUrl: one.keyUrl, fingerprint: whole, sum: undefined }
    }
    if (unlisted === undefined || !saysNoKey(fetched.said))
      return { failed: [outOfReach(fetched.said)], said: fetched.said }
  }
  return {
    failed: [
      `${unlisted}; ${uri} was asked, and has none of the keys that fitout knows: NVIDIA publishes nothing for this release yet, or signs it with a newer key (name that with nvidia-driver.mirror=${uri} and nvidia-driver.mirrorKey)`,
    ],
  }
}

/** How the repository is asked. */
export function questionOf({ uri, suite, component, arch, key, fingerprint }: DriverRepository) {
  return { uri, suite, component, arch, key: known(key), fingerprint }
}

/** @throws Error where a repository would be asked before its key is known: `keyOf` comes first. */
export function known(key: string | undefined): string {
  if (key === undefined) throw new Error('a repository is asked before its key is known')
  return key
}

/** The CUDA repository, or its mirror, and the PPA, as apt knows them; or why there is none. */
export function repositoryOf(
  { facts, options }: Pick<DriverWork, 'facts' | 'options'>,
  source: 'cuda' | 'ppa',
): DriverRepository | { failed: string[] } {
  const arch = facts.arch.package
  if (source === 'ppa') {
    const ppa = driversPpa(facts.os)
    if (ppa === undefined) return { failed: [`it is for Ubuntu, and ${facts.os.prettyName} is not built on it`] }
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
  if (cuda === undefined && options.mirror === undefined) return { failed: [noneKnown(facts)] }
  const place = cudaPlace(options, cuda, '/')
  if (place === undefined)
    return { failed: [`the key that signs it is not known: name it with nvidia-driver.mirrorKey`] }
  const title = 'NVIDIA’s CUDA repository'
  return { name: 'cuda', title, arch, suite: '/', strayKeyrings: cudaStrayKeyrings, ...place }
}

/** What is to be said if no CUDA repository can be named for a host. */
export const noneKnown = ({ os, arch }: Facts) =>
  `fitout knows none for ${os.prettyName} on ${arch.package} (${asOf(nvidiaRepositories)})`

/**
 * Where the CUDA repository is: NVIDIA’s own, or the mirror; and its key: the one that was named, else NVIDIA’s, which signs a true copy. `undefined`
 * if no key is known.
 *
 * @param end of the address.
 */
export function cudaPlace(
  { mirror, mirrorKey }: Pick<DriverOptions, 'mirror' | 'mirrorKey'>,
  cuda: CudaRepository | undefined,
  end: '' | '/',
): (Keyed & { same: string }) | undefined {
  const folder = mirror?.replace(/\/+$/, '') ?? cuda?.uri
  if (folder === undefined) return undefined
  const uri = `${folder}${end}`
  const place = { uri, same: vendorOrMirror(cudaSame, mirror && uri) }
  if (mirrorKey) return { ...place, key: mirrorKey.text, fingerprint: mirrorKey.fingerprint, keyUrl: uri }
  const keys = cuda?.keys.flatMap(({ file, pin }) => (pin ? [{ ...pin, keyUrl: `${folder}/${file}` }] : [])) ?? []
  const [first, ...otherKeys] = keys
  return first && { ...place, ...first, otherKeys, unlisted: cuda?.unlisted }
}

/** The file of apt preferences that keeps a driver's packages of one branch and one origin. */
export const preferencesName = 'fitout-nvidia'

/**
 * What apt has to be told so that all parts of the driver are of one version and one origin; `undefined` where its own choice is
 * right. Sources: apt_preferences(5); NVIDIA’s pinning packages do the same by such a file.
 */
export function preferencesOf(
  { facts, vendor, options }: AptDriverWork,
  set: DriverSet,
  asked: SourceOffer,
  found: DriverVersion,
): string | undefined {
  const lines: string[] = []
  const stanza = (pin: string, priority: number) =>
    lines.push(`Package: ${driverNamePatterns}`, `Pin: ${pin}`, `Pin-Priority: ${priority}`, '')
  const wanted = isVersion(options.branch) ? found.version : undefined
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
  return ['# Written by fitout: the NVIDIA driver comes in one version and from one source.', ...lines].join('\n')
}
