import { rpmArch } from '../../src/data/rpm-version.js'
import type { FitoutError } from '../../src/errors.js'
import type { Facts } from '../../src/facts/facts.js'
import { listed } from '../../src/text.js'
import { rpmPlatform } from '../docker/rpm-platforms.js'
import { originTitles } from '../nvidia/driver-origins.js'
import type { DriverOrigin } from '../nvidia/facts.js'
import { isVersion } from './needs.js'
import type { DriverSet } from './packages.js'
import { isDriverRpm } from './rpms.js'
import type { DriverVersion, DriverWork } from './types.js'
import { driverNotes, gpuNames, refusal } from './words.js'

/** What the plan says of the driver that comes. */
export function rpmNotes(work: DriverWork, set: DriverSet, found: DriverVersion, stream: string | undefined): string[] {
  const { options } = work
  const { version, branch } = found
  const notes = driverNotes(work, set, found, { install: [], notes: [] })
  // Before what is said of a reboot.
  notes.splice(
    -1,
    0,
    stream === undefined
      ? `other branches are left out of the repository, so that \`dnf upgrade\` stays within ${branch}`
      : `\`dnf upgrade\` stays within ${branch}, by the module stream ${stream}`,
    ...(isVersion(options.branch) && options.hold !== true
      ? [`it also moves on within ${branch}: nvidia-driver.hold=true keeps the driver at ${version}`]
      : []),
  )
  return notes
}

export function noSource({ options }: DriverWork): FitoutError {
  return refusal({
    cause: `nvidia-driver.source is ${options.source}, and where dnf is the driver comes from NVIDIA’s CUDA repository`,
    remedy: 'set it to auto or cuda',
    exitCode: 64,
  })
}

/** Packages of RPM Fusion and NVIDIA own the same files, and some have the same names. */
export function foreignDriver({ facts, present }: DriverWork, foreign: readonly DriverOrigin[]): FitoutError {
  const runfile = foreign.includes('runfile')
  const titles = facts.nvidia.origins.map((origin) => originTitles[origin])
  const names = Object.keys(facts.packages).filter((name) =>
    /^(akmod-nvidia|xorg-x11-drv-nvidia|nvidia-x11-drv|dkms-nvidia)/.test(name),
  )
  return refusal({
    cause:
      titles.length > 1
        ? `drivers of several origins are mixed here: ${listed(titles)}`
        : `the driver here (${present?.version ?? 'of unknown version'}) is from ${titles[0]}, and will not do for what was asked; NVIDIA’s packages cannot be put beside it`,
    remedy: runfile
      ? 'remove it with `nvidia-uninstall`, as root, then run fitout again'
      : `ask for a driver that it can be (nvidia-driver.branch, nvidia-driver.kernelModules), or remove it as root (\`dnf remove ${names.length > 0 ? names.join(' ') : "'*nvidia*'"}\`), restart, then run fitout again`,
    said: Object.entries(facts.packages)
      .filter(([name, { version }]) => names.includes(name) || isDriverRpm(name, version))
      .map(([name, { version }]) => `${name} ${version}`),
  })
}

/** DKMS is in EPEL for RHEL and its rebuilds. Sources: docs.fedoraproject.org, EPEL, “Getting started”; Oracle’s yum server; read 2026-11. */
export function noDkms({ facts }: DriverWork): FitoutError {
  const platform = rpmPlatform(facts.os, facts.arch)
  const fedora = 'folder' in platform && platform.folder === 'fedora'
  return refusal({
    cause: `DKMS, which builds the driver’s module for each kernel, is in none of the host’s repositories${fedora ? '' : ': on RHEL and its rebuilds it is in EPEL'}`,
    remedy: fedora
      ? 'see that Fedora’s own repositories are enabled (`dnf repolist`)'
      : 'enable EPEL, as root, by the commands below, then run fitout again; fitout adds no repository of others unasked',
    said: fedora ? [] : epel(facts, 'major' in platform ? platform.major : '9'),
  })
}

function epel({ os, arch }: Facts, major: string): string[] {
  if (os.id === 'rhel')
    return [
      `subscription-manager repos --enable codeready-builder-for-rhel-${major}-${rpmArch(arch.package)}-rpms`,
      `dnf install https://dl.fedoraproject.org/pub/epel/epel-release-latest-${major}.noarch.rpm`,
    ]
  if (os.id === 'ol')
    return [`dnf config-manager --enable ol${major}_codeready_builder`, `dnf install oracle-epel-release-el${major}`]
  return [`dnf config-manager --set-enabled ${major === '8' ? 'powertools' : 'crb'}`, 'dnf install epel-release']
}

export function noBuild(lacks: string): FitoutError {
  return refusal({
    cause: `${lacks} is neither installed nor offered any more, and the driver’s module cannot be built without it`,
    remedy:
      'install the newest kernel with what its modules are built with (`dnf upgrade kernel`), restart, then run fitout again',
  })
}

export function noKey({ options }: Pick<DriverWork, 'options'>, keyUrl: string | undefined): FitoutError {
  return refusal({
    cause: 'the fingerprint of the key that signs NVIDIA’s CUDA repository for this release is not known to fitout',
    remedy:
      options.mirror === undefined && keyUrl !== undefined
        ? `fetch ${keyUrl}, compare its fingerprint with what NVIDIA announces, and name both: nvidia-driver.mirrorKey=FILE:FINGERPRINT`
        : 'name the key of the mirror with nvidia-driver.mirrorKey',
  })
}

export function noRepository(why: string): FitoutError {
  return refusal({
    cause: `the driver comes from NVIDIA’s CUDA repository where dnf is, and ${why}`,
    remedy:
      'name a mirror of one that suits with nvidia-driver.mirror and mirrorKey, install a driver by your distribution’s own means (one that runs is kept), or leave the recipe out: --skip nvidia-driver',
  })
}

export function noneOffered({ options, allowed }: DriverWork, uri: string, failed: readonly string[]): FitoutError {
  const asked = options.branch === 'auto' ? '' : ` and branch ${options.branch}`
  return refusal({
    cause: `${uri} has no driver that will do for ${gpuNames({ allowed })}${asked}`,
    remedy: `branches that will do are ${allowed.branches.join(', ')}: see whether the package sources answer (dnf makecache), or name a mirror of the CUDA repository with nvidia-driver.mirror`,
    said: failed,
  })
}
