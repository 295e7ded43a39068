import { check, type Finding, type Mend } from '../../../src/doctor/check.js'
import { packagesLook } from '../../../src/doctor/looks/index.js'
import type { Facts } from '../../../src/facts/facts.js'
import { isSame } from '../../../src/packages/address.js'
import { type Entry, releaseOf, type Sources } from '../../../src/packages/apt-sources/read.js'
import { isInstalled } from '../../../src/packages/installed.js'
import { listed } from '../../../src/text.js'
import { hasGpuForContainers } from '../../nvidia/gpus.js'
import { toolkitSame } from '../../nvidia/repositories.js'
import { dockerPackages } from '../packages.js'
import { dockerPlatform } from '../platforms.js'
import { sameDockerRepository } from '../repository.js'
import { type Refused, refusedOf, shownUnit, sourcesOf } from './apt-entries.js'

export const shown = ({ file, line }: { file: string; line: string }) => `${file}: ${line}`
export const bare = (uri: string) => uri.replace(/\/+$/, '')
const isDocker = (uri: string) => isSame(`${uri}/`, sameDockerRepository(undefined))
const isToolkit = (uri: string) => isSame(uri, toolkitSame)

/** The recipe that puts entries for a repository in order, where one does on this host. */
function healer(facts: Facts, uri: string): { mend?: Mend } {
  const ours = dockerPackages(true).some((name) => isInstalled(facts, name))
  if (isDocker(uri) && (ours || !isInstalled(facts, 'docker.io'))) return { mend: { recipe: 'docker-engine' } }
  if (isToolkit(uri) && hasGpuForContainers(facts)) return { mend: { recipe: 'nvidia-container-toolkit' } }
  return {}
}

/** Whether apt reads its sources, and they name the right keys and releases. */
export const sources = check({
  name: 'apt-sources',
  title: 'apt’s sources can be read, and name the right keys and releases',
  finds:
    'entries that contradict each other in Signed-By, that cannot be read, that stand there twice, whose key is missing or unreadable, or that are Docker’s for another release',
  mends: ['docker-engine', 'nvidia-container-toolkit'],
  looks: [packagesLook],
  suits: ({ packageManager }) => packageManager === 'apt',
  judge: ({ facts }, answer) => {
    const read = sourcesOf(answer, facts.arch.package)
    const entries = read.entries.filter(({ type }) => type === 'deb')
    const refused = refusedOf(answer, read)
    const findings: Finding[] = refused.map((one) => refusedFinding(facts, one))
    // What apt refuses is said already.
    const isSaid = ({ unit }: Entry) => refused.some((one) => one.unit === unit || one.against === unit)
    findings.push(...configuresNothing(facts, read), ...twiceConfigured(entries.filter((one) => !isSaid(one))))
    for (const kind of ['missing', 'unreadable'] as const) {
      for (const line of answer.all(`keyring.${kind}`)) {
        const [file = '', ...rest] = line.split(' ')
        const keyring = rest.at(-1) ?? ''
        const named = [
          ...new Set(entries.filter((entry) => entry.unit.file === file && namesKey(entry, keyring)).map(shownEntry)),
        ]
        if (named.length === 0) continue
        findings.push({
          severity: 'error',
          ...(kind === 'missing'
            ? {
                title: `apt has no key ${keyring}`,
                evidence: [...named, `${keyring}: not there, or empty`],
                cause: 'the entry names it, and without it the repository counts as unsigned (NO_PUBKEY)',
                remedy: `put the publisher’s key there, or delete ${file}`,
              }
            : {
                title: `apt may not read the key ${keyring}`,
                evidence: [...named, rest.join(' ')],
                cause: 'apt verifies signatures as the user _apt, who may not read it (NO_PUBKEY)',
                remedy: `\`chmod 644 ${keyring}\`, and 755 for its folders`,
              }),
        })
      }
    }
    return [findings, otherRelease(facts, entries)].flat()
  },
})

const shownEntry = ({ unit }: Entry) => shown({ file: unit.file, line: shownUnit(unit) })
const namesKey = ({ signedBy }: Entry, keyring: string) => signedBy.split(',').includes(keyring)
const filesOf = (entries: readonly Entry[]) => listed([...new Set(entries.map(({ unit }) => unit.file))])

/** What makes apt refuse everything. */
function refusedFinding(facts: Facts, { file, unit, against, said }: Refused): Finding {
  const units = [against, unit].filter((one) => one !== undefined)
  const evidence = [
    ...units.map((one) => shown({ file: one.file, line: shownUnit(one) })),
    `apt: ${said.split('\n')[0]!}`,
  ]
  const conflict = /^Conflicting values set for option (\S+) regarding source (\S+)/.exec(said)
  if (conflict) {
    const address = conflict[2]!.startsWith('<') ? (unit?.items[0]?.uri ?? '') : conflict[2]!
    const differ = conflict[1] === 'Signed-By' ? 'name different keys' : `differ in ${conflict[1]}`
    const files = [...new Set(units.map((one) => one.file))]
    return {
      severity: 'error',
      title: `apt’s entries for ${bare(address)} ${differ}`,
      evidence,
      cause: `“Conflicting values set for option ${conflict[1]}”: apt does nothing at all while both stand there`,
      remedy: files.length > 0 ? `delete all but one of them: ${listed(files)}` : 'delete all but one of them',
      ...healer(facts, address),
    }
  }
  const isToolkits = /\/(lib)?nvidia-(docker|container)[^/]*\.list$/.test(file)
  return {
    severity: 'error',
    title: `apt cannot read ${file}`,
    evidence,
    cause: 'apt does nothing at all while this stands there',
    remedy: `correct or delete ${unit ? `line ${unit.line} of ${file}` : 'what apt names'}, then \`apt-get update\``,
    ...(isToolkits && hasGpuForContainers(facts) ? { mend: { recipe: 'nvidia-container-toolkit' } } : {}),
  }
}

/** Files with nothing but what NVIDIA's server answered to a release that it has no list for; apt takes that for remarks. */
function configuresNothing(facts: Facts, { files, units }: Sources): Finding[] {
  return files.flatMap(({ path, text }): Finding[] => {
    const [line] = /^[ \t]*#[ \t]*Unsupported distribution.*/m.exec(text) ?? []
    if (line === undefined || units.some(({ file }) => file === path)) return []
    return [
      {
        severity: 'note',
        title: `${path} configures nothing`,
        evidence: [shown({ file: path, line })],
        cause: 'instead of a source it holds what NVIDIA’s server answered to a release that it has no list for',
        remedy: `\`rm ${path}\`: one address serves all releases`,
        ...(hasGpuForContainers(facts) ? { mend: { recipe: 'nvidia-container-toolkit' } } : {}),
      },
    ]
  })
}

/** Docker's and the toolkit's entries that are there more than once. */
function twiceConfigured(entries: readonly Entry[]): Finding[] {
  const groups = new Map<string, Entry[]>()
  for (const entry of entries) {
    if (!isDocker(entry.uri) && !isToolkit(entry.uri)) continue
    const key = `${releaseOf(entry.uri, entry.suite)} ${entry.component}`
    groups.set(key, [...(groups.get(key) ?? []), entry])
  }
  const several = [...groups.values()].filter(
    (group) => new Set(group.map(({ signedBy }) => signedBy)).size === 1 && group.length > 1,
  )
  return several.map(
    (group): Finding => ({
      severity: 'note',
      title: `${bare(group[0]!.uri)} is configured ${group.length} times`,
      evidence: group.map(shownEntry),
      cause: 'earlier set-ups left their entries; apt warns of it at every update',
      remedy: `keep one of ${filesOf(group)}`,
    }),
  )
}

/** Entries of Docker's repository that are for another distribution or release than this. */
function otherRelease(facts: Facts, entries: readonly Entry[]): Finding | Finding[] {
  const platform = dockerPlatform(facts.os, facts.arch)
  if (!('suite' in platform)) return []
  const wrong = entries.filter(
    ({ uri, suite }) =>
      isDocker(uri) &&
      ![platform, platform.otherwise].some((one) => suite === one?.suite && uri.endsWith(`/${one.family}/`)),
  )
  if (wrong.length === 0) return []
  return {
    severity: 'warning',
    title: 'Docker’s repository is configured for another release than this',
    evidence: [...new Set(wrong.map(shownEntry)), `/etc/os-release: ${facts.os.prettyName}`],
    cause: `this host wants ${platform.family} ${platform.suite}: ${platform.why}`,
    remedy: `correct the entry in ${filesOf(wrong)}, or delete it and run \`fitout apply --set docker-engine.version=latest\`, which writes the right one`,
  }
}
