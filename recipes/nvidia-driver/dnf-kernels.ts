import type { Facts } from '../../src/facts/facts.js'
import { kernelsOf, type Offers } from './kernels.js'

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
): { names: string[]; install: { name: string; version: string }[]; lacks?: string | undefined } {
  const releases = kernelsOf(facts)
  const without = releases.filter(
    (release) => !facts.nvidia.kernels.some((kernel) => kernel.release === release && kernel.headers),
  )
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
