import { compareDebVersions } from '../data/deb-version.js'
import type { AptProbe } from './apt-probe.js'
import { commands } from './commands.js'
import type { PackageManager } from './package-manager.js'
import { word } from './wanted.js'

/** apt and dpkg. */
export const apt: PackageManager = {
  name: 'apt',
  commands: commands.apt,
  ownSources: '/etc/apt/sources.list (apt-get update says what fails)',
  log: 'dpkg’s log',
  compareVersions: compareDebVersions,
  probe: ({ repository, sameRepository, versionsOf, install = [], remove = [] }) => ({
    repository: repository as AptProbe['repository'],
    sameRepository,
    versionsOf: [...versionsOf],
    simulate: [...install.map(word), ...remove.map(({ name }) => `${name}-`)],
  }),
  saysUnknown: (name, line) =>
    line.endsWith(`Unable to locate package ${name}`) || line.includes(`Package '${name}' has no installation`),
}
