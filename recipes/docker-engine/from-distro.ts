import { chooseVersion, upstreamVersion } from '../../src/data/versions.js'
import { FitoutError } from '../../src/errors.js'
import { hostFailure } from '../../src/host-failure.js'
import { agreedTransaction, isNewest, shortReason } from '../../src/packages/answers.js'
import type { Decision } from '../../src/packages/decision.js'
import { isInstalled, isPresent, rightVersion } from '../../src/packages/installed.js'
import { packageManagerOf } from '../../src/packages/package-manager.js'
import { type ProbeResult, refuseExcluded } from '../../src/packages/probe.js'
import { type Asked, nothingThere } from './from-docker.js'
import { doing, type EngineChoice, type EngineWork, wantsPluginPackages } from './types.js'

/**
 * The distribution's own packages.
 *
 * @param dockers what Docker's repository answered, if there is one for this release: it is asked first.
 * @throws FitoutError if the distribution has none, or not what was asked.
 */
export function* fromDistro(work: EngineWork, dockers?: Asked): Decision<EngineChoice> {
  const { facts, options, packaging } = work
  const { distroEngine: engine } = packaging
  const manager = packageManagerOf(facts)
  const set = packaging.distro(wantsPluginPackages(options))
  if (set === undefined) throw noneOfItsOwn(work, dockers)
  const notes = options.source === 'auto' && !isPresent(facts, engine) ? [whyNotDockers(work, dockers)] : []
  const remove = packaging.conflicts('distro')
  const right = rightVersion(facts, engine, options.version)
  const companions = [
    ...packaging.needed(options).map(({ name }) => name),
    ...(isInstalled(facts, engine) ? [] : packaging.companions.filter((name) => !set.engine.includes(name))),
  ]
  const names = [...set.engine, ...set.plugins, ...companions]
  const mark = (name: string) => (companions.includes(name) ? { beside: true } : {})
  const partial = 'a partial result (docker-engine.plugins=release brings it)'
  notes.push(
    ...set.missing.map((one) => `${one}: ${facts.os.prettyName} has no package of it for ${engine}; ${partial}`),
  )
  const base = { source: 'distro' as const, needsRepository: false, from: facts.os.prettyName, remove }

  if (right !== undefined && remove.length === 0 && names.every((name) => isInstalled(facts, name))) {
    notes.unshift(`Docker Engine ${upstreamVersion(right)} from the distribution’s ${engine} is installed and stays`)
    return { ...base, notes, install: names.map((name) => ({ name })) }
  }

  const everything = names.map((name) => ({ name }))
  const offer = yield manager.probe({ versionsOf: names, install: everything, remove })
  if (offer.assumed) return { ...base, notes, install: names.map((name) => ({ name, ...mark(name) })) }

  const offered = offer.versions[engine] ?? []
  const version = right ?? chooseVersion(options.version, offered, manager.compareVersions)
  if (version === undefined) throw noVersion(work, offer, dockers)
  const available = names.filter((name) => offer.versions[name]?.[0] !== undefined || isInstalled(facts, name))
  const lacking = names.filter((name) => !available.includes(name))
  if (lacking.length > 0)
    notes.push(`${lacking.join(', ')}: ${facts.os.prettyName}’s own package sources offer none here; a partial result`)
  const install = available.map((name) => {
    if (name === engine) return { name, version }
    return { name, ...(isInstalled(facts, name) ? {} : { version: offer.versions[name]?.[0] }), ...mark(name) }
  })
  const isOffer = lacking.length === 0 && isNewest(install, offer)
  const simulated = isOffer ? offer : yield manager.probe({ versionsOf: names, install, remove })
  return { ...base, notes, install, transaction: agreedTransaction(simulated, facts) }
}

/** Why `auto` takes these. */
function whyNotDockers(work: EngineWork, dockers: Asked | undefined): string {
  const { distroEngine, platforms } = work.packaging
  const why =
    'unsupported' in platforms
      ? [platforms.unsupported.cause, platforms.unsupported.last].filter(Boolean).join('; ')
      : saidOfDockers(work, dockers)
  return `${distroEngine} from ${work.facts.os.prettyName}: ${why}`
}

/** Why there are no packages of Docker's; nobody is quoted who was not asked. */
function saidOfDockers({ facts }: EngineWork, dockers: Asked | undefined): string | undefined {
  if (dockers === undefined) return undefined
  const { answer, platform } = dockers
  if (answer.assumed) return `${platform.why}, and Docker’s own repository was not asked: on the host it is asked first`
  if (answer.reachable || packageManagerOf(facts).saysAbsent(answer.said)) return nothingThere(dockers, facts)
  return `Docker’s own repository does not answer here (${shortReason(answer.said)})`
}

/** The refusal if Docker's own packages are not available and the distribution has none. */
function noneOfItsOwn(work: EngineWork, dockers: Asked | undefined): FitoutError {
  const {
    facts,
    packaging: { platforms },
  } = work
  if (dockers !== undefined) refuseExcluded([dockers.answer], ['docker-ce'], doing)
  if ('unsupported' in platforms) return new FitoutError({ doing, ...platforms.unsupported })
  const none = `${facts.os.prettyName} has no Docker Engine of its own (podman-docker is podman under another name), and `
  const cause = `${none}${saidOfDockers(work, dockers)}`
  const remedy = 'name a mirror that has packages for this release with docker-engine.mirror'
  if (dockers === undefined || dockers.answer.reachable || packageManagerOf(facts).saysAbsent(dockers.answer.said))
    return new FitoutError({ doing, cause, remedy })
  return hostFailure({
    doing,
    cause,
    remedy:
      'see that the host reaches https://download.docker.com (dnf’s proxy is set in /etc/dnf/dnf.conf), or name a mirror with docker-engine.mirror',
    said: dockers.answer.said.slice(-4),
  })
}

/** The refusal if no version will do: what was asked, what answered, and what did not. An index that nobody could fetch offers nothing either. */
function noVersion(work: EngineWork, offer: ProbeResult, dockers: Asked | undefined): FitoutError {
  const {
    facts,
    options,
    packaging: { distroEngine: engine },
  } = work
  const offered = offer.versions[engine] ?? []
  if (offered.length > 0)
    return new FitoutError({
      doing,
      cause: `no ${engine} of ${facts.os.prettyName} satisfies ${options.version}`,
      remedy: `it offers ${offered.map(upstreamVersion).join(', ')}: change docker-engine.version or docker-engine.source`,
    })
  refuseExcluded([...(dockers ? [dockers.answer] : []), offer], ['docker-ce', engine], doing)
  const sources = `${facts.os.prettyName}’s own package sources`
  const docker = dockers?.answer.reachable === false ? saidOfDockers(work, dockers) : undefined
  // A server that answered that it has nothing says nothing about why the host's own sources offer none.
  const { said: answered = [] } = dockers?.answer ?? {}
  const silent = packageManagerOf(facts).saysAbsent(answered) ? [] : answered
  return hostFailure({
    doing,
    cause: `${
      offer.said.length > 0
        ? `the index of ${sources} could not be fetched (${shortReason(offer.said)})`
        : `${sources} offer no ${engine}`
    }${docker === undefined ? '' : `, and ${docker}`}`,
    unknown: {
      remedy: `check the network and ${packageManagerOf(facts).ownSources}, or name a mirror with docker-engine.mirror`,
    },
    said: [...new Set([...offer.said.slice(0, 6), ...silent.slice(0, 4)])],
  })
}
