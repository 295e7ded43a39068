import { vendorOrMirror } from '../../src/resource/package-repository.js'
import { mirrorBase } from './mirrors.js'

/** The keys that sign all of Docker's deb repositories, and all of its rpm packages, as their publisher gives them out (see keys/README.md). */
export { default as dockerKey } from '../keys/docker-apt.asc'
export { default as dockerRpmKey } from '../keys/docker-rpm.asc'

/** Where Docker publishes; below it stand `debian`, `ubuntu`, `raspbian`, `rhel`, `centos` and `fedora`. Source: docs.docker.com, November 2026. */
export const dockerBaseUrl = 'https://download.docker.com/linux'

/** The fingerprint of the deb key's primary, by which it is pinned. */
export const dockerFingerprint = '9DC858229FC7DD38854AE2D88D81803C0EBFCD88'

/** The rpm key's fingerprint, by which it is pinned. Source: docs.docker.com, the pages for RHEL, CentOS and Fedora. */
export const dockerRpmFingerprint = '060A61C51B558A7F742B77AAC52FEB6B621E9F35'

/** Keyrings that the documented set-ups of earlier years left behind. Source: docs.docker.com of 2021 to 2025, and convenience scripts. */
export const strayKeyrings: readonly string[] = [
  '/usr/share/keyrings/docker-archive-keyring.gpg',
  '/usr/share/keyrings/docker.gpg',
  '/etc/apt/keyrings/docker.gpg',
  '/etc/apt/keyrings/docker-archive-keyring.gpg',
  '/etc/apt/trusted.gpg.d/docker.gpg',
  '/etc/apt/trusted.gpg.d/docker.asc',
  '/etc/apt/trusted.gpg.d/docker-archive-keyring.gpg',
]

/** Extended regular expression for the URIs of Docker's repository, at its publisher and at the mirror, as `plainAddress` writes them. */
export function sameDockerRepository(mirror: string | undefined): string {
  return vendorOrMirror('https?://download\\.docker\\.com/linux/', mirrorBase(mirror))
}
