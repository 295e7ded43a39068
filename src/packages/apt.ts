import { compareDebVersions } from '../data/deb-version.js'
import { quote, sh } from '../shell/quote.js'
import { type AptProbe, aptAnswers } from './apt-probe.js'
import { commands } from './commands.js'
import type { PackageManager } from './package-manager.js'
import { aptUnfinished } from './unfinished.js'
import { word } from './wanted.js'

/** apt and dpkg. */
export const apt: PackageManager = {
  name: 'apt',
  commands: commands.apt,
  ownSources: '/etc/apt/sources.list (apt-get update says what fails)',
  log: 'dpkg’s log',
  compareVersions: compareDebVersions,
  plainVersion: (version) => version,
  probeOn: (_facts, { repository, sameRepository, versionsOf, dependenciesOf, install = [], remove = [] }) => ({
    repository: repository as AptProbe['repository'],
    sameRepository,
    versionsOf: [...versionsOf],
    ...(dependenciesOf === undefined ? {} : { dependenciesOf: [...dependenciesOf] }),
    simulate: [...install.map(word), ...remove.map(({ name }) => `${name}-`)],
  }),
  saysUnknown: (name, line) =>
    line.endsWith(`Unable to locate package ${name}`) || line.includes(`Package '${name}' has no installation`),
  saysAbsent: (said) => said.some((line) => /^\s*(?:404|410) |\bFile not found\b/.test(line)),
  answers: aptAnswers,
  unfinished: aptUnfinished,
  shell: {
    isArchitecture: (arch) => `[ "$(dpkg --print-architecture)" = ${quote(arch)} ]`,
    states: (names) =>
      `# shellcheck disable=SC2016\nask 0,1 dpkg-query -W -f='\${Package} \${Version} \${db:Status-Status} \${db:Status-Want}\\n' ${names.map(quote).join(' ')}; :`,
    seen: (names) =>
      `# shellcheck disable=SC2016\nask 0,1 dpkg-query -W -f='@package \${Package} \${Version} \${db:Status-Status} \${db:Status-Want} \${Essential} \${Priority}\\n' ${names.map(quote).join(' ')}
ask 0 apt-mark showauto ${names.map(quote).join(' ')} | sed 's/^/@auto /'`,
    // Packages name files by the places of before /usr was merged, too.
    ownerOf: `owner_of() {
  owned=$(ask 0,1 dpkg-query -S "$1" || ask 0,1 dpkg-query -S "\${1#/usr}") || return
  printf '%s\\n' "\${owned%%: *}"
}`,
    download: (install) => sh`install_packages --download-only --allow-change-held-packages ${install.map(word)}`,
    before: 'packages_before',
    after: 'packages_after',
    lift: (names) => sh`lift_holds ${names}`,
    hold: (names) => sh`hold_packages ${names}`,
    holdLeft: 'hold_left',
    transaction: ({ install, remove, allowDowngrade }) => {
      const wanted = [...(allowDowngrade ? ['--allow-downgrades'] : []), ...install.map(word)]
      const gone = remove.map(({ name }) => name)
      const removing = gone.length > 0 ? [sh`apt_get remove ${gone}`] : []
      if (install.length === 0) return removing
      // Some of them own the same files without saying that they conflict: away before the others come, but not before
      // all that takes their place has been fetched.
      const fetching = sh`install_packages --download-only ${[...wanted, ...gone.map((name) => `${name}-`)]}`
      return [...(gone.length > 0 ? [fetching] : []), ...removing, sh`install_packages ${wanted}`]
    },
  },
  transactionParts: () => ({}),
  refreshing: (refresh) => ({ refresh }),
}
