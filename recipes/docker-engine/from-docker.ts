import { chooseVersion, upstreamVersion } from '../../src/data/versions.js'
import { FitoutError } from '../../src/errors.js'
import type { Facts } from '../../src/facts/facts.js'
import { agreedTransaction, isNewest, unreachable } from '../../src/packages/answers.js'
import type { Decision } from '../../src/packages/decision.js'
import { isInstalled, isPresent, rightVersion } from '../../src/packages/installed.js'
import { type PackageQuestion, packageManagerOf } from '../../src/packages/package-manager.js'
import { type ProbeResult, refuseExcluded } from '../../src/packages/probe.js'
import type { Wanted } from '../../src/packages/wanted.js'
import { asOf } from '../../src/recipe/known-table.js'
import { dockerPackages } from '../docker/packages.js'
import { sameDockerRepository } from '../docker/repository.js'
import { dockerReleases } from '../docker/tables.js'
import type { PublishedPlatform } from './packaging.js'
import { doing, type EngineChoice, type EngineWork, wantsPluginPackages } from './types.js'

/** What is asked of Docker's repository, but for the transaction. */
type Question = Pick<PackageQuestion, 'repository' | 'sameRepository' | 'versionsOf' | 'remove'>

/** What a repository of Docker's answered. Nothing of it is taken. */
export interface Asked {
  platform: PublishedPlatform
  uri: string
  answer: ProbeResult
}

/**
 * Docker's own packages; if these are not for this host, and `auto` takes others, what the repository answered, if it was asked.
 *
 * @throws FitoutError if they are not available, unless nothing of them is installed and nobody asked for them by name.
 */
export function* fromDocker(work: EngineWork): Decision<EngineChoice | Asked | undefined> {
  const { platforms } = work.packaging
  if ('unsupported' in platforms) {
    if (isOptional(work)) return undefined
    throw new FitoutError({ doing, ...platforms.unsupported })
  }
  const [first, otherwise] = platforms
  const found = yield* fromPlatform(work, first, otherwise === undefined ? 'last' : 'first')
  if (otherwise === undefined || 'source' in found) return found
  const { reachable, said } = found.answer
  // Another release's packages are no answer to an outage.
  if (!reachable && !packageManagerOf(work.facts).saysAbsent(said)) return found
  const asked = found.answer.assumed
    ? `on the host Docker’s repository is asked for ${first.release} first`
    : nothingThere(found, work.facts)
  return yield* fromPlatform(work, { ...otherwise, assumed: `${otherwise.assumed}: ${asked}` }, 'last')
}

/** What is to be said of a repository that was asked and has nothing for the release. */
export const nothingThere = ({ uri, platform }: Asked, { arch }: Facts) =>
  `${uri} was asked, and has nothing for ${platform.release} on ${arch.package}`

/** The refusal if a repository that has to be there has nothing for the release. */
function absent(asked: Asked, facts: Facts): FitoutError {
  return new FitoutError({
    doing,
    cause: nothingThere(asked, facts),
    remedy:
      'name a mirror that has packages for this release with docker-engine.mirror, or take the distribution’s packages with docker-engine.source=distro',
  })
}

/** Whether Docker's own packages are taken only if they are available. */
function isOptional({ facts, options }: EngineWork): boolean {
  return options.source === 'auto' && !isPresent(facts, 'docker-ce')
}

/**
 * The packages of one release of Docker's; what was answered if it has none and they are optional, or another release's are the next to be asked for.
 */
function* fromPlatform(
  work: EngineWork,
  platform: PublishedPlatform,
  turn: 'first' | 'last',
): Decision<EngineChoice | Asked> {
  const { facts, options, packaging } = work
  const optional = isOptional(work)
  const repository = platform.repository(options)
  const from = options.mirror === undefined ? 'Docker’s own repository' : `the mirror ${repository.uri}`
  const names = dockerPackages(wantsPluginPackages(options))
  const lacking = names.filter((name) => !isInstalled(facts, name))
  const remove = packaging.conflicts('docker')
  const needed = packaging.needed(options)
  const right = rightVersion(facts, 'docker-ce', options.version)
  const notes = platform.assumed ? [platform.assumed] : []
  const base = { source: 'docker' as const, repository, needsRepository: true, remove, from }

  if (right !== undefined && lacking.length === 0 && remove.length === 0 && needed.length === 0) {
    notes.unshift(`Docker Engine ${upstreamVersion(right)} from Docker’s packages is installed and stays`)
    return { ...base, needsRepository: false, notes, install: names.map((name) => ({ name })) }
  }

  const companions: Wanted[] = [
    ...needed,
    ...(isInstalled(facts, 'docker-ce') ? [] : packaging.companions.map((name) => ({ name }))),
  ]
  const question = { repository, sameRepository: sameDockerRepository(options.mirror), versionsOf: names, remove }
  const everything = [...names.map((name) => ({ name })), ...companions]
  const manager = packageManagerOf(facts)
  const offer = yield manager.probe({ ...question, install: everything })
  const asked = { platform, uri: repository.uri, answer: offer }
  if (!offer.reachable) {
    const isAbsent = manager.saysAbsent(offer.said)
    if (optional || (turn === 'first' && isAbsent)) return asked
    // What is installed works without the repository; only what was asked for beyond it is not available.
    if (right === undefined || remove.length > 0 || options.source !== 'auto' || options.mirror !== undefined) {
      if (isAbsent) throw absent(asked, facts)
      throw unreachable(repository.uri, offer.said, {
        cause: `it does not answer with an index for ${platform.release} that its key signs`,
        remedy:
          'check the address, the network and the package manager’s proxy settings; docker-engine.source=distro does without it',
      })
    }
    notes.push(
      `${[...lacking, ...needed.map(({ name }) => name)].join(', ')} cannot be had now: ${repository.uri} does not answer (${offer.said[0] ?? 'no reason given'})`,
    )
    const install = names.filter((name) => !lacking.includes(name)).map((name) => ({ name }))
    return { ...base, needsRepository: false, notes, install }
  }
  if (offer.assumed) {
    if (!platform.listed && (turn === 'first' || (optional && packaging.distro(false) !== undefined))) return asked
    const when = platform.listed ? `${asOf(dockerReleases)}; not asked` : 'not asked'
    notes.unshift(`Docker Engine from ${from}: ${platform.why} (${when}: versions are resolved on the host)`)
    const install = [...names.map((name) => ({ name })), ...companions.map(beside)]
    return { ...base, notes, install }
  }

  const offered = offer.versions['docker-ce'] ?? []
  const version = right ?? chooseVersion(options.version, offered, manager.compareVersions)
  if (version === undefined) {
    if (turn === 'first' && offered.length === 0) return asked
    if (optional && options.version === undefined) return asked
    throw noVersion(work, platform.release, repository.uri, offer)
  }
  const missing = lacking.filter((name) => offer.versions[name]?.[0] === undefined)
  const parts = names.filter((name) => !missing.includes(name)).map((name) => partOf(work, name, version, offer))
  const { unknown, ...simulated } = yield* simulate(work, question, offer, parts, companions, missing.length > 0)
  const reason = optional
    ? `${platform.why}, ${platform.listed ? 'and it answers' : 'but it was asked and offers them'}`
    : options.source === 'docker'
      ? 'as asked'
      : 'the installed engine came from there'
  notes.unshift(`Docker Engine ${upstreamVersion(version)} from ${from}: ${reason}`)
  if (missing.length > 0)
    notes.push(`${missing.join(', ')}: the repository offers none for this host; a partial result`)
  if (unknown.length > 0)
    notes.push(`${unknown.join(', ')}: ${facts.os.prettyName}’s own package sources offer none here; a partial result`)
  return { ...base, notes, ...simulated }
}

/** One of Docker's packages as it is wanted. The client goes with a daemon that changes; all else is right in any version, and new in its newest. */
function partOf({ facts, options }: EngineWork, name: string, version: string, { versions }: ProbeResult): Wanted {
  if (name === 'docker-ce') return { name, version }
  const there = isInstalled(facts, name)
  const engineStays = rightVersion(facts, 'docker-ce', options.version) !== undefined
  if (name === 'docker-ce-cli' && !(engineStays && there)) {
    const same = versions[name]?.find((one) => upstreamVersion(one) === upstreamVersion(version))
    return { name, version: same ?? version }
  }
  return there ? { name } : { name, version: versions[name]?.[0] }
}

/**
 * The transaction with all that is to come. Companions come from the host's own sources, and only the package manager's refusal says that
 * these have none: then it is simulated once more, without them.
 *
 * @param without whether something is left out that was in the first simulation, which is the newest of everything.
 */
function* simulate(
  { facts }: EngineWork,
  question: Question,
  offer: ProbeResult,
  parts: readonly Wanted[],
  companions: readonly Wanted[],
  without: boolean,
): Decision<Pick<EngineChoice, 'install' | 'transaction'> & { unknown: string[] }> {
  const manager = packageManagerOf(facts)
  const answers = [offer]
  for (;;) {
    const refused = answers.flatMap(({ transaction }) => (transaction?.ok === false ? transaction.said : []))
    const unknown = companions
      .map(({ name }) => name)
      .filter((name) => refused.some((line) => manager.saysUnknown(name, line)))
    const install = [...parts, ...companions.filter(({ name }) => !unknown.includes(name)).map(beside)]
    const isOffer = !without && unknown.length === 0 && isNewest(install, offer)
    const answer = isOffer ? offer : yield manager.probe({ ...question, install })
    // The same question again: nothing more is unknown.
    if (answers.includes(answer)) return { install, unknown, transaction: agreedTransaction(answer, facts) }
    answers.push(answer)
  }
}

const beside = (one: Wanted) => ({ ...one, beside: true })

function noVersion({ facts, options }: EngineWork, release: string, uri: string, offer: ProbeResult): FitoutError {
  const offered = offer.versions['docker-ce'] ?? []
  if (offered.length === 0) refuseExcluded([offer], ['docker-ce'], doing)
  return new FitoutError({
    doing,
    cause:
      offered.length === 0
        ? `${uri} offers no docker-ce for ${release} on ${facts.arch.package}`
        : `no docker-ce in ${uri} satisfies ${options.version}`,
    remedy:
      offered.length === 0
        ? 'set docker-engine.source to distro, or name a mirror that has it'
        : `it offers ${offered.map(upstreamVersion).join(', ')}: change docker-engine.version`,
  })
}
