import type { Facts } from '../../src/facts/facts.js'
import { isInstalled } from '../../src/packages/installed.js'
import type { Wanted } from '../../src/packages/wanted.js'
import { conflictingPackages, fedorasPackages } from '../docker/packages.js'
import { dockerBaseUrl, dockerRpmFingerprint, dockerRpmKey } from '../docker/repository.js'
import { rpmPlatform } from '../docker/rpm-platforms.js'
import type { EnginePackaging } from './packaging.js'

/** Docker for RHEL, its relatives, and Fedora, which alone has an engine of its own. */
export function packagedByDnf(facts: Facts): EnginePackaging {
  const platform = rpmPlatform(facts.os, facts.arch)
  return {
    distroEngine: 'moby-engine',
    platform: 'unsupported' in platform ? platform : { ...platform, place: platform.name },
    repository: ({ channel, mirror, mirrorKey }) => {
      if ('unsupported' in platform) throw new Error('there is no repository for this host')
      const folder = mirror?.replace(/\/+$/, '') ?? `${dockerBaseUrl}/${platform.folder}`
      return {
        file: 'docker-ce',
        id: `docker-ce-${channel}`,
        label: `Docker CE (${channel})`,
        uri: `${folder}/${platform.major}/$basearch/${channel}`,
        key: mirrorKey?.text ?? dockerRpmKey,
        fingerprint: mirrorKey?.fingerprint ?? dockerRpmFingerprint,
      }
    },
    conflicts: (source) =>
      conflictingPackages('dnf', source, facts.packages).map(({ name, why, undeclared }) => ({
        name,
        why,
        byItself: !undeclared,
      })),
    distro: (withPlugins) =>
      'folder' in platform && platform.folder === 'fedora'
        ? { ...fedorasPackages(withPlugins), missing: [] }
        : undefined,
    companions: isInstalled(facts, 'ca-certificates') ? [] : ['ca-certificates'],
    needed: ({ hold }) => [
      ...(hold === true && !facts.dnf?.versionlock ? [{ name: 'python3-dnf-plugin-versionlock' }] : []),
      ...neededModules(facts),
    ],
  }
}

/**
 * EL10 has xt_addrtype, without which Docker starts no bridge, in a package beside the kernel's, one for each kernel.
 * Sources: ce-packaging issue 1340, for-linux issue 1559.
 */
function neededModules({ kernel }: Facts): Wanted[] {
  if ((kernel.lacks ?? []).length === 0) return []
  const version = kernel.release.replace(/\.(x86_64|aarch64)$/, '')
  return [{ name: /uek/.test(version) ? 'kernel-uek-modules-extra' : 'kernel-modules-extra', version }]
}
