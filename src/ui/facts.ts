import type { Facts } from '../facts/facts.js'
import { allParts, type FactsRow, ofPart } from '../facts/part.js'
import { type Paint, visible } from '../text.js'

/** What a host is, a line a fact; facts that are absent are left out. */
export function showFacts(host: string, facts: Facts, paint: Paint): string[] {
  const { os, arch, kernel, login } = facts
  const rows: FactsRow[] = [
    ['system', os.codename === undefined ? os.prettyName : `${os.prettyName} [${os.id} ${os.codename}]`],
    ['packages are', `${arch.package}, by ${facts.packageManager}${facts.dnf ? ` ${facts.dnf.major}` : ''}`],
    [
      'kernel',
      `${kernel.release} on ${arch.kernel}${arch.armVersion === undefined ? '' : ` (ARMv${arch.armVersion})`}`,
    ],
    ['kernel lacks', kernel.lacks?.join(', ')],
    ['kernel modules', kernel.modulesGone ? 'gone from the disk' : undefined],
    ['init', facts.init],
    ['SELinux', facts.selinux],
    ['firewalld', facts.firewalld === undefined ? undefined : facts.firewalld ? 'runs' : 'does not run'],
    ['container', facts.container],
    ['board', facts.board],
    ['control groups', facts.cgroup === 'none' ? 'none' : `version ${facts.cgroup}`],
    ['memory', `${facts.memoryMiB} MiB`],
    ['login', `${login.user} (${login.uid}), home ${login.home}`],
    ['through sudo by', login.sudoUser],
    ...allParts().flatMap((part) => ofPart(part, () => part.rows?.(facts)) ?? []),
    ...Object.entries(facts.packages).map(([name, { version, state, held }]): [string, string] => [
      'package',
      `${name} ${version}${state === 'installed' ? '' : ` (${state})`}${held ? ' (held)' : ''}`,
    ]),
  ]
  const shown = rows.filter((row): row is [string, string] => row[1] !== undefined && row[1] !== '')
  const column = Math.max(...shown.map(([name]) => name.length)) + 4
  let before = ''
  const lines = shown.map(([name, value]) => {
    const label = name === before ? '' : name
    before = name
    return `${paint('dim', `  ${label}`.padEnd(column))}${visible(value)}`
  })
  return [paint('bold', visible(host)), ...lines]
}
