import { compareRpmVersions } from '../data/rpm-version.js'
import type { Facts } from '../facts/facts.js'
import { literally } from '../text.js'
import { commands } from './commands.js'
import type { DnfProbe } from './dnf-probe.js'
import type { PackageManager } from './package-manager.js'
import { word } from './wanted.js'

/** dnf and rpm. */
export function dnf(facts: Facts): PackageManager {
  return {
    name: 'dnf',
    commands: commands.dnf,
    ownSources: '/etc/yum.repos.d (dnf repolist -v says what there is)',
    compareVersions: compareRpmVersions,
    probe: ({ repository, sameRepository, versionsOf, install = [], remove = [], erasing, ...streams }) => ({
      manager: 'dnf',
      major: facts.dnf?.major ?? 4,
      arch: facts.arch.package,
      repository: repository as DnfProbe['repository'],
      sameRepository,
      versionsOf: [...versionsOf],
      simulate: [...install.map(word), ...remove.filter(({ byItself }) => !byItself).map(({ name }) => `${name}-`)],
      erasing: erasing ?? remove.length > 0,
      ...streams,
    }),
    saysUnknown: (name, line) =>
      new RegExp(`^(No match|Unable to find a match).*\\b${literally(name)}(-[\\d:.]|\\s|$)`).test(line),
  }
}
