import { compareDebVersions } from '../../src/data/deb-version.js'
import { upstreamVersion } from '../../src/data/versions.js'
import type { Facts } from '../../src/facts/facts.js'
import { installedPackages, isInstalled } from '../../src/packages/installed.js'
import type { Wanted } from '../../src/packages/wanted.js'

/** Offered versions by package name, newest first; `undefined` where nobody could be asked. */
export type Offers = Readonly<Record<string, readonly string[]>> | undefined

/** Packages that a kernel needs for the driver, and what a person should know of them. */
export interface KernelPart {
  install: Wanted[]
  notes: string[]
}

/** The kernel that boots next (the running one where that is not known) first, then the running one where it is another. */
export function kernelsOf({ kernel, nvidia }: Facts): string[] {
  return [...new Set([nvidia.nextKernel ?? kernel.release, kernel.release])]
}

/** The newest that is offered of a package; the package alone where nobody could be asked. */
function newestOf(offers: Offers, name: string): Wanted[] {
  return offers === undefined ? [{ name }] : (offers[name] ?? []).slice(0, 1).map((version) => ({ name, version }))
}

/** Whether what a kernel’s modules are built with is there. */
function hasHeaders({ nvidia }: Facts, release: string): boolean {
  return nvidia.kernels.some((kernel) => kernel.release === release && kernel.headers)
}

/** `generic` of `6.8.0-149-generic`, `cloud-amd64` of `6.12.57+deb13-cloud-amd64`. */
function flavourOf(release: string): string | undefined {
  return /^\d+\.\d+\.\d+(?:[~+][\w.+~]+)?(?:-\d+)?-(.+)$/.exec(release)?.[1]
}

/** Ubuntu’s numbers by codename, which the names of kernels for newer hardware end with. */
const ubuntuNumbers: Record<string, string> = { jammy: '22.04', noble: '24.04', resolute: '26.04' }

/** What ends the name of a kernel’s headers, whoever makes it; what begins it is the maker’s. */
const headersEnd = (release: string) => `headers-${release}`

/**
 * The package with a kernel’s headers, as far as the host tells: named like the kernel’s own. Proxmox VE names its kernels itself, since 6.5
 * `proxmox-kernel-…-pve-signed` (Proxmox VE 8.1, release notes), before `pve-kernel-…-pve`.
 */
export function headersPackage(facts: Facts, release: string): string {
  if (facts.packageManager === 'dnf') return `${develOf(release).name}-${release}`
  const kernels = installedPackages(facts, (name) => name.includes(`-${release}`))
  const maker = kernels.map(({ name }) => /^(.*?-)(?:image|kernel)-/.exec(name)?.[1]).find(Boolean)
  const [major = 0, minor = 0] = release.split(/[.-]/).map(Number)
  const older = major < 6 || (major === 6 && minor < 5)
  return `${maker ?? (release.endsWith('-pve') ? (older ? 'pve-' : 'proxmox-') : 'linux-')}${headersEnd(release)}`
}

/** Installed packages that pull the newest kernel of their kind, by name. */
const pullsKernels = /^linux-image-(?!unsigned-|\d).|^proxmox-default-kernel$|^(?:proxmox|pve)-kernel-\d+\.\d+$/

/** Flavours whose follower is named after them, as Debian, Ubuntu, Raspberry Pi OS and Liquorix do. */
const namedFlavour =
  /^(?:(?:cloud|rt|liquorix)-)?(?:amd64|arm64)$|^(?:generic|lowlatency|aws|azure|gcp|gke|ibm|kvm|nvidia|oem|oracle|raspi|rpi|virtual)\b/

/** Packages that follow a kernel from update to update, and those with its headers; where none is installed, likely names of them. */
function pairsOf(facts: Facts, suite: string | undefined): { image: string; headers: string; installed: boolean }[] {
  const [next = ''] = kernelsOf(facts)
  const isPve = next.endsWith('-pve')
  const installed = installedPackages(
    facts,
    (name) => pullsKernels.test(name) && isPve === !name.startsWith('linux-'),
  ).map(({ name }) => name)
  const likely = isPve ? ['proxmox-default-kernel'] : followers(next, suite).map((flavour) => `linux-image-${flavour}`)
  return (installed.length > 0 ? installed : likely).map((image) => ({
    image,
    headers: image.replace(/-(?:image|kernel)(?=-|$)/, '-headers'),
    installed: installed.length > 0,
  }))
}

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
    ...releases.map((release) => `*${headersEnd(release)}`),
    ...new Set([
      ...[...flavours].flatMap((flavour) => [`linux-headers-${flavour}`, `linux-image-${flavour}`]),
      ...pairsOf(facts, suite).flatMap(({ image, headers }) => [headers, image]),
    ]),
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
    const ends = [next, followed[0] ?? flavourOf(next) ?? '']
    return [{ install: ends.map((end) => ({ name: `${prefix}${end}` })), notes: [] }]
  }
  const take = (name: string) => newestOf(offers, name)
  const abiBehind = (end: string) => abiOf(offers[`${prefix}${end}`]?.[0] ?? '')
  // One that stayed behind belongs to a driver that gets no modules any more, and would bring an old kernel back.
  const current = (end: string) => abiBehind(end) !== '' && compareDebVersions(abiBehind(end), abi) >= 0
  const same = followers(next, suite).find((end) => current(end) && abiBehind(end).startsWith(series))
  const exact = releases.flatMap((release) => take(`${prefix}${release}`))
  const following = (end: string) => [
    ...take(`${prefix}${end}`),
    // Modules alone would pull a kernel without its drivers: the kernel’s own package brings all of it.
    ...(abiBehind(end) === abi ? [] : take(`linux-image-${end}`)),
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

/**
 * Headers to build the module with, for the kernel that boots next and the running one. Where those of the next are neither
 * installed nor offered any more, the newest kernel of its flavour comes with its headers.
 *
 * @returns the packages, or why the module cannot be built.
 */
export function headers(facts: Facts, suite: string | undefined, offers: Offers): KernelPart | { lacks: string } {
  const releases = kernelsOf(facts)
  const [next = ''] = releases
  const take = (name: string) => newestOf(offers, name)
  const exact = (release: string) => {
    const likely = headersPackage(facts, release)
    const named = Object.keys(offers ?? {}).filter((name) => name.endsWith(`-${headersEnd(release)}`))
    return hasHeaders(facts, release) ? [] : [likely, ...named].flatMap(take).slice(0, 1)
  }
  // Of names that are merely likely the first will do, and where nobody can be asked only one that is sure.
  const followed = pairsOf(facts, suite).filter(({ image, installed }, index) => {
    const sure = offers !== undefined || !image.startsWith('linux-') || namedFlavour.test(flavourOf(next) ?? '')
    return installed || (index === 0 && sure)
  })
  const following = followed
    .map(({ headers: name }) => name)
    .filter((name) => !isInstalled(facts, name))
    .flatMap(take)
  const forNext = exact(next)
  const others = releases.slice(1).flatMap(exact)
  if (hasHeaders(facts, next) || forNext.length > 0)
    return { install: [...forNext, ...others, ...following], notes: [] }
  const both = ({ image, headers: name }: (typeof followed)[number]) => [...take(image), ...take(name)]
  const pair = followed.find((one) => both(one).length === 2)
  if (pair === undefined)
    return {
      lacks: `headers of the kernel ${next} are neither installed nor offered, and the module cannot be built without them`,
    }
  // The version of proxmox-default-kernel is its own.
  const version = pair.image.includes('-default-') ? undefined : offers?.[pair.image]?.[0]
  return {
    install: both(pair),
    notes: [
      `headers of the kernel ${next} are not offered any more: ${pair.image}${version === undefined ? '' : ` ${upstreamVersion(version)}`} comes with its own${version === undefined || compareDebVersions(version, next) >= 0 ? ', and boots next' : `; see that it boots next, and not ${next}`}`,
    ],
  }
}

/** What a kernel's modules are built with, by its release: `5.14.0-427.el9.x86_64`, `…el9uek.x86_64`, `…el9.aarch64+64k`. */
function develOf(release: string): { name: string; version: string } {
  const [plain = '', flavour] = release.split('+')
  const version = plain.replace(/\.(x86_64|aarch64)$/, '')
  const kind = flavour ?? (/uek$/.test(version) ? 'uek' : undefined)
  return { name: `kernel-${kind === undefined ? '' : `${kind}-`}devel`, version }
}

/**
 * What DKMS needs for the kernel that boots next, and the running one where that is another. Sources: kernel.spec of CentOS Stream 9,
 * kernel-uek.spec of Oracle; NVIDIA's driver installation guide, “kernel-devel-$(uname -r)”; read 2026-11.
 *
 * @returns the packages, all names that have to be asked about, and what is neither installed nor offered.
 */
export function kernelDevel(
  facts: Facts,
  offers: Offers,
): { names: string[]; install: Wanted[]; lacks?: string | undefined } {
  const releases = kernelsOf(facts)
  const without = releases.filter((release) => !hasHeaders(facts, release))
  const wanted = without.map((release) => ({ release, ...develOf(release) }))
  const offered = wanted.filter(({ name, version }) => offers === undefined || offers[name]?.includes(version))
  const lacking = wanted.find(
    ({ release }) => release === releases[0] && !offered.some((one) => one.release === release),
  )
  return {
    names: [...new Set(wanted.map(({ name }) => name))],
    install: offered.map(({ name, version }) => ({ name, version })),
    ...(lacking ? { lacks: `${lacking.name}-${lacking.release}` } : {}),
  }
}
