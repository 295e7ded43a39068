import { chooseVersion, upstreamVersion } from '../../src/data/versions.js'
import { FitoutError } from '../../src/errors.js'
import { hostFailure } from '../../src/host-failure.js'
import { agreedTransaction, isNewest, shortReason } from '../../src/packages/answers.js'
import type { Decision } from '../../src/packages/decision.js'
import { isInstalled, isPresent, rightVersion } from '../../src/packages/installed.js'
import { packageManagerOf } from '../../src/packages/package-manager.js'
import { type ProbeResult, refuseExcluded } from '../../src/packages/probe.js'
import { doing, type EngineChoice, type EngineWork, wantsPluginPackages } from './types.js'

/**
 * The distribution's own packages.
 *
 * @param dockers what Docker's repository answered, if it was asked first.
 * @throws FitoutError if the distribution has none, or not what was asked.
 */
export function* fromDistro(work: EngineWork, dockers?: ProbeResult): Decision<EngineChoice> {
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
function whyNotDockers({ facts, packaging }: EngineWork, dockers: ProbeResult | undefined): string {
  const { distroEngine, platform } = packaging
  const why =
    'unsupported' in platform
      ? [platform.unsupported.cause, platform.unsupported.last].filter(Boolean).join('; ')
      : !platform.published
        ? 'Docker publishes no packages for this release and architecture'
        : (noAnswer(dockers) ?? 'Docker’s own repository offers nothing for it')
  return `${distroEngine} from ${facts.os.prettyName}: ${why}`
}

function noAnswer(dockers: ProbeResult | undefined): string | undefined {
  if (dockers === undefined || dockers.reachable) return undefined
  return `Docker’s own repository does not answer here (${shortReason(dockers.said)})`
}

/** The refusal if Docker's own packages are not available and the distribution has none. */
function noneOfItsOwn({ facts, packaging: { platform } }: EngineWork, dockers: ProbeResult | undefined): FitoutError {
  if (dockers !== undefined) refuseExcluded([dockers], ['docker-ce'], doing)
  if ('unsupported' in platform) return new FitoutError({ doing, ...platform.unsupported })
  const why = platform.published ? (noAnswer(dockers) ?? 'Docker’s own repository offers nothing for it') : platform.why
  return hostFailure({
    doing,
    cause: `${facts.os.prettyName} has no Docker Engine of its own (podman-docker is podman under another name), and ${why}`,
    remedy:
      'see that the host reaches https://download.docker.com (dnf’s proxy is set in /etc/dnf/dnf.conf), or name a mirror with docker-engine.mirror',
    said: dockers?.reachable === false ? dockers.said.slice(-4) : [],
  })
}

/** The refusal if no version will do: what was asked, what answered, and what did not. An index that nobody could fetch offers nothing either. */
function noVersion(
  { facts, options, packaging: { distroEngine: engine } }: EngineWork,
  offer: ProbeResult,
  dockers: ProbeResult | undefined,
): FitoutError {
  const offered = offer.versions[engine] ?? []
  if (offered.length > 0)
    return new FitoutError({
      doing,
      cause: `no ${engine} of ${facts.os.prettyName} satisfies ${options.version}`,
      remedy: `it offers ${offered.map(upstreamVersion).join(', ')}: change docker-engine.version or docker-engine.source`,
    })
  refuseExcluded([...(dockers ? [dockers] : []), offer], ['docker-ce', engine], doing)
  const sources = `${facts.os.prettyName}’s own package sources`
  const docker = noAnswer(dockers)
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
    said: [...new Set([...offer.said.slice(0, 6), ...(dockers?.reachable === false ? dockers.said.slice(0, 4) : [])])],
  })
}
