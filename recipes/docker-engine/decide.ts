import { FitoutError } from '../../src/errors.js'
import type { Facts } from '../../src/facts/facts.js'
import type { Decision } from '../../src/packages/decision.js'
import { isPresent } from '../../src/packages/installed.js'
import { enginePackages } from '../docker/engine-packages.js'
import { keptEngineNotes, olderEngineNotes, ownEngine, whyMoved } from '../docker/own-engine.js'
import { fromDistro } from './from-distro.js'
import { fromDocker } from './from-docker.js'
import { packagingOf } from './packaging.js'
import { doing, type EngineChoice, type EngineOptions, type EngineWork } from './types.js'

/**
 * Decides which engine, from where, in which version.
 *
 * The rules: an installed engine stays where it came from; one that no package brought stays unless packages are asked for. If there is none, `auto` takes Docker's own packages where
 * Docker publishes for this release and architecture and the repository answers, and the distribution's otherwise.
 * Without a version any installed one is right; a range changes only what lies outside it; `latest` upgrades.
 *
 * @throws FitoutError if what was asked is not available on this host.
 */
export function* decideEngine(facts: Facts, options: EngineOptions): Decision<EngineChoice> {
  const own = ownEngine(facts)
  if (own === undefined) {
    refuseBesideDesktop(facts, options)
    return yield* fromPackages(facts, options)
  }
  const why = whyMoved(own, options)
  if (why === undefined) {
    const nothing = { needsRepository: false, install: [], remove: [] }
    return { source: 'own', notes: keptEngineNotes(own, options), from: own.path, ...nothing }
  }
  const choice = yield* fromPackages(facts, { ...options, source: sourceToMoveTo(facts, options) })
  const notes = [...olderEngineNotes(own, why, options, choice.install), ...choice.notes]
  return { ...choice, notes, moves: { own, why } }
}

/** Docker's own packages first, if these are asked for, are installed, or nothing is. */
function* fromPackages(facts: Facts, options: EngineOptions): Decision<EngineChoice> {
  const packaging = packagingOf(facts)
  if (facts.docker.snap) {
    throw new FitoutError({
      doing,
      cause: 'Docker is installed here as a snap, and a second engine beside it would hide its containers',
      remedy: 'save its data, then `snap remove docker` (that deletes its volumes), and run fitout again',
    })
  }
  const work: EngineWork = { facts, options, packaging }
  const keepsDistro = isPresent(facts, packaging.distroEngine) && !isPresent(facts, 'docker-ce')
  if (options.source === 'distro' || (options.source === 'auto' && keepsDistro)) return yield* fromDistro(work)
  const found = yield* fromDocker(work)
  return found !== undefined && 'source' in found ? found : yield* fromDistro(work, found)
}

function refuseBesideDesktop(facts: Facts, { source }: EngineOptions): void {
  if (!facts.docker.desktop || source !== 'auto' || enginePackages.some((name) => isPresent(facts, name))) return
  throw new FitoutError({
    doing,
    cause:
      'Docker Desktop is installed here. Its engine runs in a virtual machine of its own, and a second engine would not have its images and containers',
    remedy:
      'to have Docker Engine as well, ask for it: `--set docker-engine.source=docker` (then `docker context use default` selects it, and `docker context use desktop-linux` Docker Desktop). To keep only Docker Desktop, skip the recipes for the engine: `--skip docker-engine,docker-group,docker-daemon`',
  })
}

/**
 * Where the packages come from that replace an engine. That a repository does not answer is an error then, and no reason to take others; one that
 * the table does not list is asked first whether it has anything.
 */
function sourceToMoveTo(facts: Facts, { source, mirror }: EngineOptions): EngineOptions['source'] {
  if (source !== 'auto') return source
  const { platforms } = packagingOf(facts)
  if ('unsupported' in platforms) return 'distro'
  return platforms[0].listed || mirror !== undefined ? 'docker' : 'auto'
}
