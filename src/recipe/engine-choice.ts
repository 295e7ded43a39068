import { compareDebVersions } from '../data/deb-version.js'
import {
  conflictingPackages,
  distroPackages,
  dockerPackages,
  type PackageReason,
  takenCompanions,
} from '../data/docker-packages.js'
import { dockerBaseUrl, dockerFingerprint, dockerKey } from '../data/docker-repository.js'
import { dockerPlatform } from '../data/platforms.js'
import { diagnose } from '../data/symptoms.js'
import { chooseVersion, satisfiesRange, upstreamVersion } from '../data/versions.js'
import { FitoutError } from '../errors.js'
import type { Facts } from '../facts/facts.js'
import type { AptProbe } from '../resource/apt-probe.js'
import type { ProbedTransaction, ProbeResult } from '../resource/probe.js'

export interface EngineOptions {
  source: 'auto' | 'docker' | 'distro'
  version?: string | undefined
  channel: string
  mirror?: string | undefined
  /** The mirror's key, read by the option itself: armored text and the fingerprint it must have. */
  mirrorKey?: { text: string; fingerprint: string } | undefined
  hold?: boolean | undefined
  plugins: 'auto' | 'packages' | 'release' | 'none'
}

/** Docker's package repository for one host. */
export interface EngineRepository {
  uri: string
  suite: string
  component: string
  arch: string
  key: string
  fingerprint: string
}

/** What is to be done about Docker Engine on one host: data from which the recipe names its resources. */
export interface EngineChoice {
  source: 'docker' | 'distro'
  /** One sentence each, shown in the plan. */
  notes: string[]
  /** The repository to configure; `undefined` where the host's own sources serve. */
  repository?: EngineRepository | undefined
  /** Whether packages are wanted from the repository; otherwise its entries are only healed where they contradict each other. */
  needsRepository: boolean
  install: { name: string; version?: string | undefined; beside?: boolean | undefined }[]
  remove: PackageReason[]
  from: string
  transaction?: ProbedTransaction | undefined
  missingPlugins: string[]
}

/** Either the choice, or the question that has to be asked first. */
export type Decision = { probe: AptProbe } | { choice: EngineChoice }

const doing = 'deciding where Docker comes from'

/** Extended regular expression for the URIs of Docker's repository, at its publisher and at the mirror. */
export function sameRepository(mirror: string | undefined): string {
  return orMirror('https?://download\\.docker\\.com/linux/', mirror)
}

/** An extended regular expression, or literally the mirror. */
export function orMirror(vendor: string, mirror: string | undefined): string {
  return mirror === undefined
    ? vendor
    : `${vendor}|${mirror.replace(/\/+$/, '').replace(/[.+*?()[\]{}|^$\\]/g, '\\$&')}`
}

/** Is the package there, in whatever state but removed? */
function present(facts: Facts, name: string): boolean {
  const found = facts.packages[name]
  return found !== undefined && found.state !== 'config-files'
}

/**
 * Decides which engine, from where, in which version. Pure: called again with each answer to its probes.
 *
 * The rules: an installed engine stays where it came from. Where there is none, `auto` takes Docker's own packages where
 * Docker publishes for this release and architecture and the repository answers, and the distribution's otherwise.
 * Without a version any installed one is right; a range changes only what lies outside it; `latest` upgrades.
 *
 * @throws FitoutError when what was asked cannot be had on this host.
 */
export function decideEngine(facts: Facts, options: EngineOptions, probed: readonly ProbeResult[]): Decision {
  if (facts.packageManager !== 'apt') {
    throw new FitoutError({
      doing,
      cause: `${facts.os.prettyName} is not a Debian or Ubuntu relative (its package manager is ${facts.packageManager})`,
      remedy:
        'fitout installs Docker where apt is, so far; install it by your distribution’s own means, the other recipes still work',
    })
  }
  if (facts.docker.snap) {
    throw new FitoutError({
      doing,
      cause: 'Docker is installed here as a snap, and a second engine beside it would hide its containers',
      remedy: 'save its data, then `snap remove docker` (that deletes its volumes), and run fitout again',
    })
  }
  const hasDocker = present(facts, 'docker-ce')
  const hasDistro = present(facts, 'docker.io')
  if (options.source === 'docker' || (options.source === 'auto' && (hasDocker || !hasDistro))) {
    const decided = fromDocker(facts, options, probed, hasDocker)
    if (decided) return decided.decision
  }
  return fromDistro(facts, options, probed, hasDistro)
}

/** `undefined` when `auto` has to go on to the distribution's packages. */
function fromDocker(
  facts: Facts,
  options: EngineOptions,
  probed: readonly ProbeResult[],
  installed: boolean,
): { decision: Decision } | undefined {
  const platform = dockerPlatform(facts.os, facts.arch)
  const optional = options.source === 'auto' && !installed
  if ('unsupported' in platform) {
    if (optional) return undefined
    throw new FitoutError({ doing, cause: platform.unsupported.cause, remedy: platform.unsupported.remedy })
  }
  if (!platform.published && options.mirror === undefined && !installed) {
    if (optional) return undefined
    throw new FitoutError({
      doing,
      cause: `Docker publishes no packages for ${platform.suite} on ${facts.arch.package}`,
      remedy: 'leave docker-engine.source at auto or set it to distro, which takes the distribution’s packages',
    })
  }
  const repository: EngineRepository = {
    uri: options.mirror?.replace(/\/+$/, '') ?? `${dockerBaseUrl}/${platform.family}`,
    suite: platform.suite,
    component: options.channel,
    arch: facts.arch.package,
    key: options.mirrorKey?.text ?? dockerKey,
    fingerprint: options.mirrorKey?.fingerprint ?? dockerFingerprint,
  }
  const notes = platform.assumed ? [platform.assumed] : []
  const from = options.mirror === undefined ? 'Docker’s own repository' : `the mirror ${repository.uri}`
  const base = { source: 'docker' as const, repository, from, missingPlugins: [] as string[] }
  const remove = conflictingPackages('docker', facts.packages)
  const names = dockerPackages(options.plugins === 'auto' || options.plugins === 'packages')
  const now = facts.packages['docker-ce']
  const versionIsRight =
    now?.state === 'installed' &&
    options.version !== 'latest' &&
    (options.version === undefined || satisfiesRange(options.version, now.version))
  const absent = names.filter((name) => facts.packages[name]?.state !== 'installed')
  if (versionIsRight && absent.length === 0 && remove.length === 0) {
    notes.unshift(`Docker Engine ${upstreamVersion(now.version)} from Docker’s packages is installed and stays`)
    return {
      decision: {
        choice: { ...base, notes, needsRepository: false, install: names.map((name) => ({ name })), remove: [] },
      },
    }
  }

  const ask = (simulate: string[]): { decision: Decision } => ({
    decision: { probe: { repository, sameRepository: sameRepository(options.mirror), versionsOf: names, simulate } },
  })
  const companions = installed ? [] : absentCompanions(facts, names)
  const gone = remove.map(({ name }) => `${name}-`)
  const ours = probed.filter(({ asked }) => asked.uri === repository.uri)
  const first = ours[0]
  if (first === undefined) return ask([...names, ...companions, ...gone])
  if (!first.reachable) {
    if (optional) return undefined
    // What is installed works without the repository; only what was asked for beyond it cannot be had.
    if (versionIsRight && remove.length === 0 && options.source === 'auto' && options.mirror === undefined) {
      notes.push(
        `${absent.join(', ')} cannot be had now: ${repository.uri} does not answer (${first.said[0] ?? 'no reason given'})`,
      )
      return {
        decision: {
          choice: {
            ...base,
            notes,
            needsRepository: false,
            install: names.filter((name) => !absent.includes(name)).map((name) => ({ name })),
            remove: [],
            missingPlugins: absent,
          },
        },
      }
    }
    throw unreachable(repository, first)
  }
  if (first.assumed) {
    notes.unshift(`Docker Engine from ${from}: ${platform.why} (assumed reachable; versions are resolved on the host)`)
    const install = [...names.map((name) => ({ name })), ...companions.map(beside)]
    return { decision: { choice: { ...base, notes, needsRepository: true, install, remove } } }
  }

  const offered = first.versions['docker-ce'] ?? []
  const chosen = versionIsRight ? now.version : chooseVersion(options.version, offered)
  if (chosen === undefined) {
    if (optional && options.version === undefined) return undefined
    throw new FitoutError({
      doing,
      cause:
        offered.length === 0
          ? `${repository.uri} offers no docker-ce for ${platform.suite} on ${facts.arch.package}`
          : `no docker-ce in ${repository.uri} satisfies ${options.version}`,
      remedy:
        offered.length === 0
          ? 'set docker-engine.source to distro, or name a mirror that has it'
          : `it offers ${offered.map(upstreamVersion).join(', ')}: change docker-engine.version`,
    })
  }
  // The client goes with a daemon that changes; everything else is right in any version, and new in its newest.
  const client = (first.versions['docker-ce-cli'] ?? []).find(
    (version) => upstreamVersion(version) === upstreamVersion(chosen),
  )
  const newest = (name: string) => first.versions[name]?.[0]
  const missingPlugins = names.filter(
    (name) => newest(name) === undefined && facts.packages[name]?.state !== 'installed',
  )
  // Companions come from the host's own sources, and only apt's refusal says that these have none.
  const refused = ours.flatMap(({ transaction }) => (transaction && !transaction.ok ? transaction.said : []))
  const unknown = companions.filter((name) => refused.some((line) => isUnknown(name, line)))
  const install: EngineChoice['install'] = names
    .filter((name) => !missingPlugins.includes(name))
    .map((name) => {
      if (name === 'docker-ce') return { name, version: chosen }
      if (name === 'docker-ce-cli' && !(versionIsRight && facts.packages[name]?.state === 'installed'))
        return { name, version: client ?? chosen }
      return { name, ...(facts.packages[name]?.state === 'installed' ? {} : { version: newest(name) }) }
    })
    .concat(companions.filter((name) => !unknown.includes(name)).map(beside))
  const wanted = [...install.map(({ name, version }) => (version === undefined ? name : `${name}=${version}`)), ...gone]
  // What was simulated first is the newest of everything; anything else is simulated as it will be.
  const simulated = ours.find(
    ({ asked }) =>
      sameWords(asked.simulate, wanted) ||
      (asked === first.asked && isNewest(install, first) && missingPlugins.length === 0 && unknown.length === 0),
  )
  if (simulated === undefined) return ask(wanted)
  const transaction = simulated.transaction
  if (transaction && !transaction.ok && (facts.interrupted ?? []).length === 0) throw impossible(transaction.said)

  notes.unshift(
    `Docker Engine ${upstreamVersion(chosen)} from ${from}: ${optional ? `${platform.why}, and it answers` : options.source === 'docker' ? 'as asked' : 'the installed engine came from there'}`,
  )
  if (missingPlugins.length > 0)
    notes.push(`${missingPlugins.join(', ')}: the repository offers none for this host; a partial result`)
  if (unknown.length > 0)
    notes.push(`${unknown.join(', ')}: ${facts.os.prettyName}’s own package sources offer none here; a partial result`)
  return {
    decision: {
      choice: {
        ...base,
        notes,
        needsRepository: true,
        install,
        remove,
        missingPlugins,
        transaction: transaction?.ok ? transaction : undefined,
      },
    },
  }
}

function fromDistro(
  facts: Facts,
  options: EngineOptions,
  probed: readonly ProbeResult[],
  installed: boolean,
): Decision {
  const set = distroPackages(facts.os, options.plugins === 'auto' || options.plugins === 'packages')
  const notes: string[] = []
  const asked = probed.find((result) => result.asked.uri !== undefined && !result.reachable)
  if (options.source === 'auto' && !installed) {
    const platform = dockerPlatform(facts.os, facts.arch)
    notes.push(
      'unsupported' in platform
        ? `docker.io from ${facts.os.prettyName}: ${[platform.unsupported.cause, platform.unsupported.last].filter(Boolean).join('; ')}`
        : !platform.published
          ? `docker.io from ${facts.os.prettyName}: Docker publishes no packages for this release and architecture`
          : asked
            ? `docker.io from ${facts.os.prettyName}: Docker’s own repository does not answer here (${shortReason(asked.said)})`
            : `docker.io from ${facts.os.prettyName}: Docker’s own repository offers nothing for it`,
    )
  }
  const remove = conflictingPackages('distro', facts.packages)
  const now = facts.packages['docker.io']
  const versionIsRight =
    now?.state === 'installed' &&
    options.version !== 'latest' &&
    (options.version === undefined || satisfiesRange(options.version, now.version))
  const plugins = options.plugins === 'auto' || options.plugins === 'packages' ? set.plugins : []
  const companions = installed ? [] : absentCompanions(facts, set.engine)
  const mark = (name: string) => (companions.includes(name) ? { beside: true } : {})
  const names = [...set.engine, ...plugins, ...companions]
  const absent = names.filter((name) => facts.packages[name]?.state !== 'installed')
  const missingPlugins = options.plugins === 'none' || options.plugins === 'release' ? [] : [...set.missing]
  for (const missing of missingPlugins) {
    notes.push(
      `${missing}: ${facts.os.prettyName} has no package of it for docker.io; a partial result (docker-engine.plugins=release brings it)`,
    )
  }
  const base = { source: 'distro' as const, needsRepository: false, from: facts.os.prettyName, remove, missingPlugins }
  if (versionIsRight && absent.length === 0 && remove.length === 0) {
    notes.unshift(
      `Docker Engine ${upstreamVersion(now.version)} from the distribution’s docker.io is installed and stays`,
    )
    return { choice: { ...base, notes, install: names.map((name) => ({ name })) } }
  }
  const gone = remove.map(({ name }) => `${name}-`)
  const own = probed.filter((result) => result.asked.uri === undefined)
  const first = own[0]
  const ask = (simulate: string[]): Decision => ({ probe: { versionsOf: names, simulate } })
  if (first === undefined) return ask([...names, ...gone])
  if (first.assumed) {
    return { choice: { ...base, notes, install: names.map((name) => ({ name, ...mark(name) })) } }
  }
  const offered = first.versions['docker.io'] ?? []
  const chosen = versionIsRight ? now.version : chooseVersion(options.version, offered)
  if (chosen === undefined) {
    throw new FitoutError({
      doing,
      cause:
        offered.length === 0
          ? `neither Docker’s repository nor ${facts.os.prettyName}’s own package sources offer Docker here`
          : `no docker.io of ${facts.os.prettyName} satisfies ${options.version}`,
      remedy:
        offered.length === 0
          ? 'check the network and /etc/apt/sources.list (apt-get update says what fails), or name a mirror with docker-engine.mirror'
          : `it offers ${offered.map(upstreamVersion).join(', ')}: change docker-engine.version or docker-engine.source`,
      said: asked?.said.slice(0, 4) ?? [],
    })
  }
  const available = names.filter(
    (name) => first.versions[name]?.[0] !== undefined || facts.packages[name]?.state === 'installed',
  )
  const lacking = names.filter((name) => !available.includes(name))
  if (lacking.length > 0) {
    notes.push(`${lacking.join(', ')}: ${facts.os.prettyName}’s own package sources offer none here; a partial result`)
    missingPlugins.push(...lacking.filter((name) => plugins.includes(name)))
  }
  const install = available.map((name) => {
    if (name === 'docker.io') return { name, version: chosen }
    const version = facts.packages[name]?.state === 'installed' ? undefined : first.versions[name]?.[0]
    return { name, ...(version === undefined ? {} : { version }), ...mark(name) }
  })
  const wanted = [...install.map(({ name, version }) => (version === undefined ? name : `${name}=${version}`)), ...gone]
  const simulated = own.find(
    (result) =>
      sameWords(result.asked.simulate, wanted) ||
      (result === first && isNewest(install, first) && available.length === names.length),
  )
  if (simulated === undefined) return ask(wanted)
  const transaction = simulated.transaction
  if (transaction && !transaction.ok && (facts.interrupted ?? []).length === 0) throw impossible(transaction.said)
  return { choice: { ...base, notes, install, transaction: transaction?.ok ? transaction : undefined } }
}

/** What an engine that is installed anew needs beside it and the host lacks (docs/design.md, decision 9). */
function absentCompanions(facts: Facts, named: readonly string[]): string[] {
  return takenCompanions()
    .map(({ name }) => name)
    .filter((name) => !named.includes(name) && facts.packages[name]?.state !== 'installed')
}

const beside = (name: string) => ({ name, beside: true })

/** Whether apt says that it knows no such package, or none that it could install. */
function isUnknown(name: string, line: string): boolean {
  return line.endsWith(`Unable to locate package ${name}`) || line.includes(`Package '${name}' has no installation`)
}

export function sameWords(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((word) => b.includes(word))
}

/** Whether every version in a set is the first that the repository offers, which is what apt takes by itself. */
function isNewest(install: EngineChoice['install'], result: ProbeResult): boolean {
  return install.every(({ name, version }) => version === undefined || result.versions[name]?.[0] === version)
}

/** What apt said of a repository that does not answer, in one short line. */
export function shortReason(said: readonly string[]): string {
  const line = said.find((text) => /ould not|failure|refused|timed out|rror/.test(text)) ?? said[0] ?? 'no reason given'
  return line.length > 120 ? `${line.slice(0, 117)}…` : line
}

function unreachable(repository: EngineRepository, result: ProbeResult): FitoutError {
  const symptom = diagnose(result.said.join('\n'))
  return new FitoutError({
    doing: `asking ${repository.uri} what it offers`,
    cause: symptom?.cause ?? `it does not answer with an index for ${repository.suite} that its key signs`,
    remedy:
      symptom?.remedy ??
      'check the address, the network and apt’s proxy settings; docker-engine.source=distro does without it',
    said: result.said.slice(0, 6),
  })
}

/** The refusal of a transaction that apt cannot work out. */
export function impossible(said: readonly string[]): FitoutError {
  const symptom = diagnose(said.join('\n'))
  return new FitoutError({
    doing: 'simulating the package transaction',
    cause: symptom?.cause ?? 'apt cannot install these packages together on this host',
    remedy: symptom?.remedy ?? 'apt’s own words say which packages contradict each other; nothing was changed',
    said: said.slice(-8),
  })
}

/** Compares package versions as dpkg does. */
export const compareVersions = compareDebVersions
