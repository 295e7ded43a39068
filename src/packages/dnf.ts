import { compareRpmVersions, plainRpmVersion, rpmArch } from '../data/rpm-version.js'
import { quote, sh } from '../shell/quote.js'
import { literally } from '../text.js'
import { commands } from './commands.js'
import { type DnfProbe, dnfAnswers, dnfSpec } from './dnf-probe.js'
import type { PackageManager } from './package-manager.js'
import { rpmUnfinished } from './unfinished.js'
import { type Wanted, word } from './wanted.js'

const spec = ({ name, version }: Wanted) => dnfSpec(name, version)

/** dnf and rpm. */
export const dnf: PackageManager = {
  name: 'dnf',
  commands: commands.dnf,
  ownSources: '/etc/yum.repos.d (dnf repolist -v says what there is)',
  compareVersions: compareRpmVersions,
  plainVersion: plainRpmVersion,
  probeOn: (
    facts,
    { repository, sameRepository, versionsOf, dependenciesOf, install = [], remove = [], erasing, ...streams },
  ) => ({
    manager: 'dnf',
    major: facts.dnf?.major ?? 4,
    arch: facts.arch.package,
    repository: repository as DnfProbe['repository'],
    sameRepository,
    versionsOf: [...versionsOf],
    ...(dependenciesOf === undefined ? {} : { dependenciesOf: [...dependenciesOf] }),
    simulate: [...install.map(word), ...remove.filter(({ byItself }) => !byItself).map(({ name }) => `${name}-`)],
    erasing: erasing ?? remove.length > 0,
    ...streams,
  }),
  saysUnknown: (name, line) =>
    new RegExp(`^(No match|Unable to find a match).*\\b${literally(name)}(-[\\d:.]|\\s|$)`).test(line),
  saysAbsent: (said) => said.some((line) => /\bStatus code: (?:404|410)\b|Curl error \(37\)/.test(line)),
  answers: dnfAnswers,
  unfinished: rpmUnfinished,
  shell: {
    isArchitecture: (arch) => `[ "$(rpm -E '%{_arch}')" = ${quote(rpmArch(arch))} ]`,
    states: (names) => `ask 0 rpm -qa --qf '%{NAME} %{EVR} installed install\\n' ${names.map(quote).join(' ')}; :`,
    // A name may have a version behind it, where several may be installed.
    seen: (names) => `{
  printf '%s\\n' ${names.map(quote).join(' ')} ''
  ask 0 rpm -qa --qf '%{NAME} %{EVR}\\n'
} | awk '$0 == "" { asked = 1 }
  !asked { wanted[$1]; next }
  { plain = $2; sub(/^(0|\\(none\\)):/, "", plain) }
  $1 in wanted { found[$1] = $2 }
  ($1 "-" plain) in wanted { found[$1 "-" plain] = $2 }
  END { for (one in found) print "@package", one, found[one], "installed " }'
rpm_locks | sed 's/^/@held /'`,
    ownerOf: `owner_of() { ask 0,1 rpm -qf --qf '%{NAME}\\n' "$1"; }`,
    download: (install) => sh`dnf_get install --allowerasing --downloadonly ${install.map(spec)}`,
    before: 'dnf_before',
    after: 'dnf_after',
    lift: (names) => sh`dnf_lift ${names}`,
    hold: (names) => sh`dnf_hold ${names}`,
    holdLeft: 'dnf_hold_left',
    // What conflicts goes in the very transaction that brings in the others.
    transaction: ({ install, remove, fresh = [], going = [] }) => {
      const names = remove.map(({ name }) => name)
      const told = remove.filter(({ byItself }) => !byItself).map(({ name }) => name)
      const agreed = [...new Set([...names, ...going])].join(' ')
      const wanted = install.map(spec)
      if (install.length === 0) return names.length > 0 ? [sh`dnf_remove ${agreed} ${names}`] : []
      return [
        told.length > 0
          ? sh`dnf_exchange ${fresh.join(' ')} ${agreed} ${told.join(' ')} ${wanted}`
          : sh`dnf_install ${fresh.join(' ')} ${agreed} ${wanted}`,
      ]
    },
  },
  transactionParts: (parts) => ({ manager: 'dnf', ...parts }),
  refreshing: () => ({}),
}
