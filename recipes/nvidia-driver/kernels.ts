import { compareDebVersions } from '../../src/data/deb-version.js'
import { upstreamVersion } from '../../src/data/versions.js'
import type { Facts } from '../../src/facts/facts.js'
import { installedPackages, isInstalled } from '../../src/packages/installed.js'

/** Offered versions by package name, newest first; `undefined` where nobody could be asked. */
export type Offers = Readonly<Record<string, readonly string[]>> | undefined

/** Packages that a kernel needs for the driver, and what a person should know of them. */
export interface KernelPart {
  install: { name: string; version?: string | undefined; why: string }[]
  notes: string[]
}

/** The kernel that boots next (the running one where that is not known) first, then the running one where it is another. */
export function kernelsOf({ kernel, nvidia }: Facts): string[] {
  return [...new Set([nvidia.nextKernel ?? kernel.release, kernel.release])]
}

/** `generic` of `6.8.0-149-generic`, `cloud-amd64` of `6.12.57+deb13-cloud-amd64`. */
function flavourOf(release: string): string | undefined {
  return /^\d+\.\d+\.\d+(?:[~+][\w.+~]+)?(?:-\d+)?-(.+)$/.exec(release)?.[1]
}

/** Ubuntu’s numbers by codename, which the names of kernels for newer hardware end with. */
const ubuntuNumbers: Record<string, string> = { jammy: '22.04', noble: '24.04', resolute: '26.04' }

/** Names that a kernel’s headers go by; Proxmox names its own. */
const headersOf = (release: string) => [
  `linux-headers-${release}`,
  `proxmox-headers-${release}`,
  `pve-headers-${release}`,
]

/** Packages that follow an Ubuntu kernel of this release from update to update, by what stands behind their prefix; the likeliest first. */
function followers(release: string, suite: string | undefined): string[] {
  const flavour = flavourOf(release)
  if (flavour === undefined) return []
  const number = ubuntuNumbers[suite ?? '']
  const series = /^\d+\.\d+/.exec(release)?.[0]
  return [flavour, ...(number ? [`${flavour}-hwe-${number}`, `${flavour}-lts-${number}`] : []), `${flavour}-${series}`]
}

/** Installed packages that pull the newest kernel of a flavour: `generic` of `linux-image-generic`. */
function installedFlavours(facts: Facts): string[] {
  const names = installedPackages(facts, (name) => /^linux-image-(?!unsigned-|\d)./.test(name))
  return names.map(({ name }) => name.replace('linux-image-', ''))
}

/** All names whose offered versions have to be known before `prebuiltModules` can choose. */
export function prebuiltNames(facts: Facts, suite: string | undefined, prefix: string): string[] {
  const [next = ''] = kernelsOf(facts)
  const ends = new Set([...kernelsOf(facts), ...followers(next, suite), ...installedFlavours(facts)])
  return [...ends].map((end) => `${prefix}${end}`)
}

/** The same for kernels and their headers. */
export function kernelNames(facts: Facts, suite: string | undefined): string[] {
  const releases = kernelsOf(facts)
  const flavours = new Set([...releases.flatMap((release) => followers(release, suite)), ...installedFlavours(facts)])
  return [
    ...releases.flatMap(headersOf),
    ...[...flavours].flatMap((flavour) => [`linux-headers-${flavour}`, `linux-image-${flavour}`]),
  ]
}

/** The kernel that a package of Ubuntu’s belongs to: `6.8.0-149` of `6.8.0-149.149+1`. */
const abiOf = (version: string) => /^\d+\.\d+\.\d+-\d+/.exec(version)?.[0] ?? ''

/**
 * Modules that Canonical built and signed, for the kernel that boots next and the running one, and what brings those of later kernels.
 * The first way keeps the kernel; where apt cannot go it (modules of an older kernel are those of an older driver), the second takes
 * the newest kernel along.
 */
export function prebuiltModules(facts: Facts, suite: string | undefined, prefix: string, offers: Offers): KernelPart[] {
  const releases = kernelsOf(facts)
  const [next = ''] = releases
  const abi = next.slice(0, next.length - (flavourOf(next)?.length ?? 0) - 1)
  const series = /^\d+\.\d+\./.exec(next)?.[0] ?? next
  // Flavours whose newest kernel this host follows; a boot loader that starts an older one does not change that.
  const followed = installedFlavours(facts).filter((one) => one.startsWith(flavourOf(next) ?? '\0'))
  if (offers === undefined) {
    const install = [next, followed[0] ?? flavourOf(next) ?? ''].map((end) => ({
      name: `${prefix}${end}`,
      why: modulesWhy,
    }))
    return [{ install, notes: [] }]
  }
  const take = (name: string, why: string) => {
    const version = offers[name]?.[0]
    return version === undefined ? [] : [{ name, version, why }]
  }
  const abiBehind = (end: string) => abiOf(offers[`${prefix}${end}`]?.[0] ?? '')
  // One that stayed behind belongs to a driver that gets no modules any more, and would bring an old kernel back.
  const current = (end: string) => abiBehind(end) !== '' && compareDebVersions(abiBehind(end), abi) >= 0
  const same = followers(next, suite).find((end) => current(end) && abiBehind(end).startsWith(series))
  const exact = releases.flatMap((release) => take(`${prefix}${release}`, modulesWhy))
  const following = (end: string) => [
    ...take(`${prefix}${end}`, 'brings the modules of later kernels'),
    // Modules alone would pull a kernel without its drivers: the kernel’s own package brings all of it.
    ...(abiBehind(end) === abi ? [] : take(`linux-image-${end}`, 'the kernel that these modules are for')),
  ]
  const ways: KernelPart[] = []
  if (exact.some(({ name }) => name === `${prefix}${next}`) || (same !== undefined && abiBehind(same) === abi))
    ways.push({ install: [...exact, ...(same === undefined ? [] : following(same))], notes: [] })
  for (const end of new Set([...(same === undefined ? [] : [same]), ...followed])) {
    if (!current(end) || abiBehind(end) === abi) continue
    const note = `the archive has no modules of this driver for the kernel ${next}: ${abiBehind(end)}-${flavourOf(next)} comes with it and boots next`
    ways.push({ install: following(end), notes: [note] })
  }
  return ways
}

const modulesWhy = 'the module, built and signed for this kernel'

/**
 * Headers to build the module with, for the kernel that boots next and the running one. Where those of the next are neither
 * installed nor offered any more, the newest kernel of its flavour comes with its headers.
 *
 * @returns the packages, or why the module cannot be built.
 */
export function headers(facts: Facts, suite: string | undefined, offers: Offers): KernelPart | { lacks: string } {
  const releases = kernelsOf(facts)
  const [next = ''] = releases
  const has = (release: string) => facts.nvidia.kernels.some((kernel) => kernel.release === release && kernel.headers)
  const offered = (name: string) => (offers === undefined ? [undefined] : (offers[name] ?? []).slice(0, 1))
  const take = (name: string, why: string) => offered(name).map((version) => ({ name, version, why }))
  const exact = (release: string) =>
    has(release)
      ? []
      : headersOf(release)
          .slice(0, offers === undefined ? 1 : 3)
          .flatMap((name) => take(name, 'to build the module with'))
          .slice(0, 1)
  const installed = installedFlavours(facts)
  const flavours = installed.length > 0 ? installed : followers(next, suite).slice(0, 1)
  const following = flavours
    .map((flavour) => `linux-headers-${flavour}`)
    .filter((name) => !isInstalled(facts, name))
    .flatMap((name) => take(name, 'brings the headers of later kernels'))
  const forNext = exact(next)
  const others = releases.slice(1).flatMap(exact)
  if (has(next) || forNext.length > 0) return { install: [...forNext, ...others, ...following], notes: [] }
  const flavour = flavours.find(
    (one) => offered(`linux-image-${one}`).length > 0 && offered(`linux-headers-${one}`).length > 0,
  )
  if (flavour === undefined)
    return {
      lacks: `headers of the kernel ${next} are neither installed nor offered, and the module cannot be built without them`,
    }
  const version = offers?.[`linux-image-${flavour}`]?.[0]
  const both = [
    ...take(`linux-image-${flavour}`, 'the newest kernel, as headers of the present one are offered no more'),
    ...take(`linux-headers-${flavour}`, 'to build the module with'),
  ]
  return {
    install: both,
    notes: [
      `headers of the kernel ${next} are not offered any more: linux-image-${flavour}${version === undefined ? '' : ` ${upstreamVersion(version)}`} comes with its own${version === undefined || compareDebVersions(version, next) >= 0 ? ', and boots next' : `; see that it boots next, and not ${next}`}`,
    ],
  }
}
