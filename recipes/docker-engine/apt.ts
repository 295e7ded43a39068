import type { Facts } from '../../src/facts/facts.js'
import { isInstalled } from '../../src/packages/installed.js'
import { conflictingPackages, distroPackages, takenCompanions } from '../docker/packages.js'
import { dockerPlatform } from '../docker/platforms.js'
import { dockerBaseUrl, dockerFingerprint, dockerKey } from '../docker/repository.js'
import type { EnginePackaging } from './packaging.js'

/** Docker for Debian, Ubuntu and their relatives. */
export function packagedByApt(facts: Facts): EnginePackaging {
  const platform = dockerPlatform(facts.os, facts.arch)
  return {
    distroEngine: 'docker.io',
    platform: 'unsupported' in platform ? platform : { ...platform, place: platform.suite },
    repository: ({ channel, mirror, mirrorKey }) => {
      if ('unsupported' in platform) throw new Error('there is no repository for this host')
      return {
        uri: mirror?.replace(/\/+$/, '') ?? `${dockerBaseUrl}/${platform.family}`,
        suite: platform.suite,
        component: channel,
        arch: facts.arch.package,
        key: mirrorKey?.text ?? dockerKey,
        fingerprint: mirrorKey?.fingerprint ?? dockerFingerprint,
      }
    },
    conflicts: (source) => conflictingPackages('apt', source, facts.packages),
    distro: (withPlugins) => distroPackages(facts.os, withPlugins),
    companions: takenCompanions()
      .map(({ name }) => name)
      .filter((name) => !isInstalled(facts, name)),
    needed: () => [],
  }
}
