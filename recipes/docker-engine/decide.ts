import { chooseVersion, satisfiesRange, upstreamVersion } from '../../src/data/versions.js'
import { FitoutError } from '../../src/errors.js'
import type { Facts } from '../../src/facts/facts.js'
import { hostFailure } from '../../src/host-failure.js'
import {
  type PackageProbe,
  type ProbedTransaction,
  type ProbeResult,
  refuseExcluded,
} from '../../src/resource/probe.js'
import { enginePackages } from '../docker/engine-packages.js'
import type { OwnEngine } from '../docker/facts.js'
import { keptEngineNotes, olderEngineNotes, ownEngine, whyMoved } from '../docker/own-engine.js'
import { dockerPackages } from '../docker/packages.js'
import { type EngineRepository, type EngineWays, type Leaving, waysOf } from './ways.js'

export type { EngineRepository } from './ways.js'

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

/** What is to be done about Docker Engine on one host: data from which the recipe names its resources. */
export interface EngineChoice {
  source: 'docker' | 'distro' | 'own'
  /** One sentence each, shown in the plan. */
  notes: string[]
  /** The repository to configure; `undefined` where the host's own sources serve. */
  repository?: EngineRepository | undefined
  /** Whether packages are wanted from the repository; otherwise its entries are only healed where they contradict each other. */
  needsRepository: boolean
  install: { name: string; version?: string | undefined; beside?: boolean | undefined }[]
  remove: Leaving[]
  from: string
  transaction?: ProbedTransaction | undefined
  missingPlugins: string[]
  /** An engine that no package brought, and that these packages replace; with the reason. */
  moves?: { own: OwnEngine; why: string } | undefined
}

/** Either the choice, or the question that has to be asked first. */
export type Decision = { probe: PackageProbe } | { choice: EngineChoice }

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

/** Is the package there, and not cut off on its way, so that what was to come with it may be missing? */
function isWhole(facts: Facts, name: string): boolean {
  return facts.packages[name]?.state === 'installed'
}

/**
 * Decides which engine, from where, in which version. Pure: called again with each answer to its probes.
 *
 * The rules: an installed engine stays where it came from; one that no package brought stays unless packages are asked for. Where there is none, `auto` takes Docker's own packages where
 * Docker publishes for this release and architecture and the repository answers, and the distribution's otherwise.
 * Without a version any installed one is right; a range changes only what lies outside it; `latest` upgrades.
 *
 * @throws FitoutError when what was asked cannot be had on this host.
 */
export function decideEngine(facts: Facts, options: EngineOptions, probed: readonly ProbeResult[]): Decision {
  const own = ownEngine(facts)
  if (own !== undefined) {
    const why = whyMoved(own, options)
    if (why === undefined) {
      const nothing = { needsRepository: false, install: [], remove: [], missingPlugins: [] }
      return { choice: { source: 'own', notes: keptEngineNotes(own, options), from: own.path, ...nothing } }
    }
    const decision = decidePackages(facts, { ...options, source: sourceToMoveTo(facts, options) }, probed)
    if ('probe' in decision) return decision
    const { choice } = decision
    choice.notes.unshift(...olderEngineNotes(own, why, options, choice.install))
    return { choice: { ...choice, moves: { own, why } } }
  }
  const isAbsent = !enginePackages.some((name) => present(facts, name))
  if (facts.docker.desktop && options.source === 'auto' && isAbsent) {
    throw new FitoutError({
      doing,
      cause:
        'Docker Desktop is installed here. Its engine runs in a virtual machine of its own, and a second engine would not have its images and containers',
      remedy:
        'to have Docker Engine as well, ask for it: `--set docker-engine.source=docker` (then `docker context use default` selects it, and `docker context use desktop-linux` Docker Desktop). To keep only Docker Desktop, skip the recipes for the engine: `--skip docker-engine,docker-group,docker-daemon`',
    })
  }
  return decidePackages(facts, options, probed)
}

/** Where the packages come from that replace an engine. That a repository does not answer is an error then, and no reason to take others. */
function sourceToMoveTo(facts: Facts, { source, mirror }: EngineOptions): EngineOptions['source'] {
  if (source !== 'auto') return source
  const platform = waysOf(facts).platform()
  return !('unsupported' in platform) && (platform.published || mirror !== undefined) ? 'docker' : 'distro'
}

function decidePackages(facts: Facts, options: EngineOptions, probed: readonly ProbeResult[]): Decision {
  const ways = waysOf(facts)
  if (facts.docker.snap) {
    throw new FitoutError({
      doing,
      cause: 'Docker is installed here as a snap, and a second engine beside it would hide its containers',
      remedy: 'save its data, then `snap remove docker` (that deletes its volumes), and run fitout again',
    })
  }
  const hasDocker = present(facts, 'docker-ce')
  const hasDistro = present(facts, ways.distroEngine)
  if (options.source === 'docker' || (options.source === 'auto' && (hasDocker || !hasDistro))) {
    const decided = fromDocker(ways, facts, options, probed, hasDocker)
    if (decided) return decided.decision
  }
  return fromDistro(ways, facts, options, probed, hasDistro)
}

/** `undefined` when `auto` has to go on to the distribution's packages. */
function fromDocker(
  ways: EngineWays,
  facts: Facts,
  options: EngineOptions,
  probed: readonly ProbeResult[],
  installed: boolean,
): { decision: Decision } | undefined {
  const platform = ways.platform()
  const optional = options.source === 'auto' && !installed
  if ('unsupported' in platform) {
    if (optional) return undefined
    throw new FitoutError({ doing, cause: platform.unsupported.cause, remedy: platform.unsupported.remedy })
  }
  if (!platform.published && options.mirror === undefined && !installed) {
    if (optional) return undefined
    throw new FitoutError({
      doing,
      cause: `Docker publishes no packages for ${platform.place} on ${facts.arch.package}`,
      remedy: 'leave docker-engine.source at auto or set it to distro, which takes the distribution’s packages',
    })
  }
  const repository = ways.repository(options)
  const notes = platform.assumed ? [platform.assumed] : []
  const from = options.mirror === undefined ? 'Docker’s own repository' : `the mirror ${repository.uri}`
  const base = { source: 'docker' as const, repository, from, missingPlugins: [] as string[] }
  const remove = ways.conflicts('docker')
  const names = dockerPackages(options.plugins === 'auto' || options.plugins === 'packages')
  const now = facts.packages['docker-ce']
  const versionIsRight =
    now?.state === 'installed' &&
    options.version !== 'latest' &&
    (options.version === undefined || satisfiesRange(options.version, now.version))
  const absent = names.filter((name) => facts.packages[name]?.state !== 'installed')
  const needed = ways.needed(options)
  if (versionIsRight && absent.length === 0 && remove.length === 0 && needed.length === 0) {
    notes.unshift(`Docker Engine ${upstreamVersion(now.version)} from Docker’s packages is installed and stays`)
    return {
      decision: {
        choice: { ...base, notes, needsRepository: false, install: names.map((name) => ({ name })), remove: [] },
      },
    }
  }

  const ask = (simulate: string[]) => ({
    decision: {
      probe: ways.probe({
        repository,
        sameRepository: sameRepository(options.mirror),
        versionsOf: names,
        simulate,
        leaving: remove,
      }),
    },
  })
  const companions = [...needed, ...(isWhole(facts, 'docker-ce') ? [] : absentCompanions(ways, names))]
  const ours = probed.filter(({ asked }) => asked.uri === repository.uri)
  const first = ours[0]
  if (first === undefined) return ask([...names, ...companions.map(word)])
  if (!first.reachable) {
    if (optional) return undefined
    // What is installed works without the repository; only what was asked for beyond it cannot be had.
    if (versionIsRight && remove.length === 0 && options.source === 'auto' && options.mirror === undefined) {
      notes.push(
        `${[...absent, ...needed.map(({ name }) => name)].join(', ')} cannot be had now: ${repository.uri} does not answer (${first.said[0] ?? 'no reason given'})`,
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
    throw unreachable(repository.uri, platform.place, first)
  }
  if (first.assumed) {
    notes.unshift(`Docker Engine from ${from}: ${platform.why} (assumed reachable; versions are resolved on the host)`)
    const install = [...names.map((name) => ({ name })), ...companions.map(beside)]
    return { decision: { choice: { ...base, notes, needsRepository: true, install, remove } } }
  }

  const offered = first.versions['docker-ce'] ?? []
  const chosen = versionIsRight ? now.version : chooseVersion(options.version, offered, ways.compare)
  if (chosen === undefined) {
    if (optional && options.version === undefined) return undefined
    if (offered.length === 0) refuseExcluded(ours, ['docker-ce'], doing)
    throw new FitoutError({
      doing,
      cause:
        offered.length === 0
          ? `${repository.uri} offers no docker-ce for ${platform.place} on ${facts.arch.package}`
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
  const unknown = companions
    .map(({ name }) => name)
    .filter((name) => refused.some((line) => ways.isUnknown(name, line)))
  const install: EngineChoice['install'] = names
    .filter((name) => !missingPlugins.includes(name))
    .map((name) => {
      if (name === 'docker-ce') return { name, version: chosen }
      if (name === 'docker-ce-cli' && !(versionIsRight && facts.packages[name]?.state === 'installed'))
        return { name, version: client ?? chosen }
      return { name, ...(facts.packages[name]?.state === 'installed' ? {} : { version: newest(name) }) }
    })
    .concat(companions.filter(({ name }) => !unknown.includes(name)).map(beside))
  const wanted = install.map(word)
  const asked = ask(wanted)
  // What was simulated first is the newest of everything; anything else is simulated as it will be.
  const simulated = ours.find(
    (result) =>
      sameWords(result.asked.simulate, asked.decision.probe.simulate) ||
      (result === first && isNewest(install, first) && missingPlugins.length === 0 && unknown.length === 0),
  )
  if (simulated === undefined) return asked
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
  ways: EngineWays,
  facts: Facts,
  options: EngineOptions,
  probed: readonly ProbeResult[],
  installed: boolean,
): Decision {
  const set = ways.distro(options.plugins === 'auto' || options.plugins === 'packages')
  const notes: string[] = []
  const asked = probed.find((result) => result.asked.uri !== undefined && !result.reachable)
  const engine = ways.distroEngine
  if (set === undefined) {
    refuseExcluded(probed, ['docker-ce'], doing)
    throw noneOfItsOwn(ways, facts, asked)
  }
  if (options.source === 'auto' && !installed) {
    const platform = ways.platform()
    notes.push(
      'unsupported' in platform
        ? `${engine} from ${facts.os.prettyName}: ${[platform.unsupported.cause, platform.unsupported.last].filter(Boolean).join('; ')}`
        : !platform.published
          ? `${engine} from ${facts.os.prettyName}: Docker publishes no packages for this release and architecture`
          : asked
            ? `${engine} from ${facts.os.prettyName}: Docker’s own repository does not answer here (${shortReason(asked.said)})`
            : `${engine} from ${facts.os.prettyName}: Docker’s own repository offers nothing for it`,
    )
  }
  const remove = ways.conflicts('distro')
  const now = facts.packages[engine]
  const versionIsRight =
    now?.state === 'installed' &&
    options.version !== 'latest' &&
    (options.version === undefined || satisfiesRange(options.version, now.version))
  const plugins = options.plugins === 'auto' || options.plugins === 'packages' ? set.plugins : []
  const companions = [...ways.needed(options), ...(isWhole(facts, engine) ? [] : absentCompanions(ways, set.engine))]
  const mark = (name: string) => (companions.some((one) => one.name === name) ? { beside: true } : {})
  const names = [...set.engine, ...plugins, ...companions.map(({ name }) => name)]
  const absent = names.filter((name) => facts.packages[name]?.state !== 'installed')
  const missingPlugins = options.plugins === 'none' || options.plugins === 'release' ? [] : [...set.missing]
  for (const missing of missingPlugins) {
    notes.push(
      `${missing}: ${facts.os.prettyName} has no package of it for ${engine}; a partial result (docker-engine.plugins=release brings it)`,
    )
  }
  const base = { source: 'distro' as const, needsRepository: false, from: facts.os.prettyName, remove, missingPlugins }
  if (versionIsRight && absent.length === 0 && remove.length === 0) {
    notes.unshift(
      `Docker Engine ${upstreamVersion(now.version)} from the distribution’s ${engine} is installed and stays`,
    )
    return { choice: { ...base, notes, install: names.map((name) => ({ name })) } }
  }
  const own = probed.filter((result) => result.asked.uri === undefined)
  const first = own[0]
  const ask = (simulate: string[]) => ({ probe: ways.probe({ versionsOf: names, simulate, leaving: remove }) })
  if (first === undefined) return ask(names)
  if (first.assumed) {
    return { choice: { ...base, notes, install: names.map((name) => ({ name, ...mark(name) })) } }
  }
  const offered = first.versions[engine] ?? []
  const chosen = versionIsRight ? now.version : chooseVersion(options.version, offered, ways.compare)
  if (chosen === undefined && offered.length === 0) refuseExcluded(probed, ['docker-ce', engine], doing)
  if (chosen === undefined && offered.length === 0) throw notOffered(ways, facts, first, asked)
  if (chosen === undefined) {
    throw new FitoutError({
      doing,
      cause: `no ${engine} of ${facts.os.prettyName} satisfies ${options.version}`,
      remedy: `it offers ${offered.map(upstreamVersion).join(', ')}: change docker-engine.version or docker-engine.source`,
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
    if (name === engine) return { name, version: chosen }
    const version = facts.packages[name]?.state === 'installed' ? undefined : first.versions[name]?.[0]
    return { name, ...(version === undefined ? {} : { version }), ...mark(name) }
  })
  const again = ask(install.map(word))
  const simulated = own.find(
    (result) =>
      sameWords(result.asked.simulate, again.probe.simulate) ||
      (result === first && isNewest(install, first) && available.length === names.length),
  )
  if (simulated === undefined) return again
  const transaction = simulated.transaction
  if (transaction && !transaction.ok && (facts.interrupted ?? []).length === 0) throw impossible(transaction.said)
  return { choice: { ...base, notes, install, transaction: transaction?.ok ? transaction : undefined } }
}

/** What an engine that is installed anew needs beside it and the host lacks (docs/design.md, decision 9). */
function absentCompanions(ways: EngineWays, named: readonly string[]): { name: string; version?: undefined }[] {
  return ways
    .companions()
    .filter((name) => !named.includes(name))
    .map((name) => ({ name }))
}

interface Named {
  name: string
  version?: string | undefined
}

const beside = (one: Named) => ({ ...one, beside: true })

const word = ({ name, version }: Named) => (version === undefined ? name : `${name}=${version}`)

/**
 * The refusal where the host's own sources name no engine: what was asked, what answered, and what did not. An index that could not
 * be fetched offers nothing because nobody has read it.
 */
function notOffered(ways: EngineWays, facts: Facts, own: ProbeResult, asked: ProbeResult | undefined): FitoutError {
  const sources = `${facts.os.prettyName}’s own package sources`
  const unread = own.said.length > 0
  const docker = asked ? `, and Docker’s own repository does not answer here (${shortReason(asked.said)})` : ''
  return hostFailure({
    doing,
    cause: unread
      ? `the index of ${sources} could not be fetched (${shortReason(own.said)})${docker}`
      : `${sources} offer no ${ways.distroEngine}${docker}`,
    unknown: { remedy: `check the network and ${ways.ownSources}, or name a mirror with docker-engine.mirror` },
    said: [...new Set([...own.said.slice(0, 6), ...(asked?.said.slice(0, 4) ?? [])])],
  })
}

/** The refusal where Docker's own packages are not to be had and the distribution has none. */
function noneOfItsOwn(ways: EngineWays, facts: Facts, asked: ProbeResult | undefined): FitoutError {
  const platform = ways.platform()
  if ('unsupported' in platform) return new FitoutError({ doing, ...platform.unsupported })
  const why = !platform.published
    ? platform.why
    : asked
      ? `Docker’s own repository does not answer here (${shortReason(asked.said)})`
      : 'Docker’s own repository offers nothing for it'
  return hostFailure({
    doing,
    cause: `${facts.os.prettyName} has no Docker Engine of its own (podman-docker is podman under another name), and ${why}`,
    remedy:
      'see that the host reaches https://download.docker.com (dnf’s proxy is set in /etc/dnf/dnf.conf), or name a mirror with docker-engine.mirror',
    said: asked?.said.slice(-4) ?? [],
  })
}

export function sameWords(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((word) => b.includes(word))
}

/**
 * Whether every version in a set is the first that the repository offers, which is what the package manager takes by itself; it does not where a lock or
 * a pin says otherwise.
 */
function isNewest(install: EngineChoice['install'], { versions, transaction }: ProbeResult): boolean {
  const comes = (name: string) =>
    transaction?.ok ? transaction.install.find((one) => one.name === name)?.version : undefined
  return install.every(
    ({ name, version }) =>
      version === undefined || (versions[name]?.[0] === version && (comes(name) ?? version) === version),
  )
}

/** What apt said of a repository that does not answer, in one short line. */
export function shortReason(said: readonly string[]): string {
  const line = said.find((text) => /ould not|failure|refused|timed out|rror/.test(text)) ?? said[0] ?? 'no reason given'
  return line.length > 120 ? `${line.slice(0, 117)}…` : line
}

function unreachable(uri: string, place: string, result: ProbeResult): FitoutError {
  return hostFailure({
    doing: `asking ${uri} what it offers`,
    said: result.said.slice(0, 6),
    lines: result.said,
    unknown: {
      cause: `it does not answer with an index for ${place} that its key signs`,
      remedy:
        'check the address, the network and the package manager’s proxy settings; docker-engine.source=distro does without it',
    },
  })
}

/** The refusal of a transaction that apt cannot work out. */
export function impossible(said: readonly string[]): FitoutError {
  return hostFailure({
    doing: 'simulating the package transaction',
    said: said.length > 12 ? [...said.slice(0, 4), ...said.slice(-8)] : [...said],
    lines: said,
    unknown: {
      cause: 'the package manager cannot install these packages together on this host',
      remedy: 'its own words say which packages contradict each other; nothing was changed',
    },
  })
}
