import { chooseVersion, upstreamVersion } from '../../src/data/versions.js'
import { FitoutError } from '../../src/errors.js'
import type { Facts } from '../../src/facts/facts.js'
import { hostFailure } from '../../src/host-failure.js'
import { agreedTransaction, isNewest, shortReason, unreachable } from '../../src/packages/answers.js'
import type { Decision } from '../../src/packages/decision.js'
import { isInstalled, isPresent, rightVersion } from '../../src/packages/installed.js'
import { packageManagerOf } from '../../src/packages/package-manager.js'
import type { ProbedTransaction } from '../../src/packages/probe.js'
import type { Wanted } from '../../src/packages/wanted.js'
import { type PackageRepository, vendorOrMirror } from '../../src/resource/package-repository.js'
import type { PackageReason } from '../docker/packages.js'
import { toolkitBaseUrl, toolkitFingerprint, toolkitKey, toolkitSame } from '../nvidia/repositories.js'
import { noNvidiaOnPi } from '../raspberry-pi/board.js'
import { toolkitPackages, toolkitPredecessors } from './packages.js'
import { isByHook, lostAtReload, preventedBy } from './reload.js'

export interface ToolkitOptions {
  version?: string | undefined
  mirror?: string | undefined
  /** The mirror's key, read by the option itself: armored text and the fingerprint it must have. */
  mirrorKey?: { text: string; fingerprint: string } | undefined
  hold?: boolean | undefined
}

/** What is to be done about the toolkit on one host: data from which the recipe names its resources. */
export interface ToolkitChoice {
  notes: string[]
  /** Absent on a Jetson, whose own sources serve. */
  repository?: PackageRepository | undefined
  /** Whether packages are wanted from the repository; otherwise its entries are only healed where they contradict each other. */
  needsRepository: boolean
  install: Wanted[]
  remove: PackageReason[]
  from: string
  transaction?: ProbedTransaction | undefined
}

const doing = 'deciding about the NVIDIA Container Toolkit'
const [main] = toolkitPackages as [string, ...string[]]

/** Extended regular expression for the URIs of NVIDIA's container repositories, at their publisher and at the mirror. */
export function sameToolkitRepository(mirror: string | undefined): string {
  return vendorOrMirror(toolkitSame, mirror)
}

/**
 * Decides which version of the toolkit, and what has to leave for it.
 *
 * The rules: without a version any installed one is right as long as the four packages agree; a range changes only what lies
 * outside it; `latest` upgrades. Predecessors (nvidia-docker, nvidia-docker2 …) leave in the same transaction. A Jetson keeps
 * to the toolkit of its JetPack; a Raspberry Pi, which no driver of NVIDIA's runs on, gets none.
 *
 * @throws FitoutError if what was asked is not available on this host.
 */
export function* decideToolkit(
  facts: Facts,
  options: ToolkitOptions,
): Decision<ToolkitChoice | { none: { cause: string; remedy: string } }> {
  const none = noNvidiaOnPi(facts)
  if (none) return { none }
  refuseUnserved(facts)
  const remove = toolkitPredecessors.filter(({ name }) => isPresent(facts, name))
  refuseToLoseDaemonJson(facts, remove)
  if (facts.nvidia.jetson !== undefined) return yield* onJetson(facts, options, remove)

  const repository = repositoryOf(facts, options)
  const from = options.mirror === undefined ? 'NVIDIA’s own repository' : `the mirror ${repository.uri}`
  const now = facts.packages[main]?.version
  const right = rightVersion(facts, main, options.version)
  const agree = toolkitPackages.every((name) => isInstalled(facts, name) && facts.packages[name]?.version === now)
  const notes = leaving(remove)
  const base = { repository, from, remove, needsRepository: true }
  const all = toolkitPackages.map((name) => ({ name }))

  if (right !== undefined && agree && remove.length === 0) {
    notes.unshift(
      `NVIDIA Container Toolkit ${upstreamVersion(right)} is installed and stays`,
      ...(isByHook(right) ? [`with that version ${lostAtReload}; ${preventedBy}`] : []),
    )
    return { ...base, needsRepository: false, notes, install: all }
  }

  const manager = packageManagerOf(facts)
  const question = {
    repository,
    sameRepository: sameToolkitRepository(options.mirror),
    versionsOf: toolkitPackages,
    remove,
  }
  const offer = yield manager.probe({ ...question, install: all })
  if (!offer.reachable) {
    // What is installed works without the repository.
    if (right === undefined || remove.length > 0 || options.mirror !== undefined)
      throw unreachable(repository.uri, offer.said, {
        cause: 'it does not answer with an index that its key signs',
        remedy:
          'check the address, the network and the package manager’s proxy settings; nvidia-container-toolkit.mirror names another place',
      })
    notes.push(
      `NVIDIA Container Toolkit ${upstreamVersion(right)} is installed and stays, although its packages differ in version: ` +
        `${repository.uri} does not answer (${shortReason(offer.said)})`,
    )
    return { ...base, needsRepository: false, notes, install: all.filter(({ name }) => isInstalled(facts, name)) }
  }
  if (offer.assumed) {
    notes.unshift(`NVIDIA Container Toolkit from ${from} (not asked: versions are resolved on the host)`)
    return { ...base, notes, install: all }
  }

  const offered = (offer.versions[main] ?? []).filter((version) =>
    toolkitPackages.every((name) => offer.versions[name]?.includes(version)),
  )
  const staying = right !== undefined && (agree || offered.includes(right)) ? right : undefined
  const version = staying ?? chooseVersion(options.version, offered, manager.compareVersions)
  if (version === undefined) throw noVersion(repository.uri, options, offered)
  const install = toolkitPackages.map((name) => ({ name, version }))
  const simulated = isNewest(install, offer) ? offer : yield manager.probe({ ...question, install })
  notes.unshift(`NVIDIA Container Toolkit ${upstreamVersion(version)} from ${from}`)
  return { ...base, notes, install, transaction: agreedTransaction(simulated, facts) }
}

/** A Jetson's toolkit belongs to its JetPack, and comes from there if it is not installed. */
function* onJetson(facts: Facts, options: ToolkitOptions, remove: PackageReason[]): Decision<ToolkitChoice> {
  const base = { needsRepository: false, remove: [], from: 'JetPack’s package sources', install: [{ name: main }] }
  const now = rightVersion(facts, main, undefined)
  if (now !== undefined) {
    const asked = options.version === undefined ? '' : '; nvidia-container-toolkit.version does not count here'
    const notes = [`this is a Jetson: the toolkit ${upstreamVersion(now)} of its JetPack stays as it is${asked}`]
    if (remove.length > 0)
      notes.push(`${remove.map(({ name }) => name).join(', ')}: part of its JetPack as well, and stays`)
    return { ...base, notes }
  }
  const offer = yield packageManagerOf(facts).probe({ versionsOf: [main], install: [{ name: main }] })
  if (!offer.assumed && offer.versions[main] === undefined) {
    throw hostFailure({
      doing,
      cause: 'this is a Jetson, and its package sources offer no nvidia-container-toolkit',
      remedy:
        'see that JetPack’s repository (repo.download.nvidia.com/jetson) is among its sources: `apt-cache policy nvidia-container-toolkit`',
      said: offer.said.slice(0, 4),
    })
  }
  const notes = ['this is a Jetson: the toolkit comes from JetPack’s package sources, in their version']
  return { ...base, notes, transaction: agreedTransaction(offer, facts) }
}

/**
 * The same for apt, where it is flat, and for dnf, of whose packages only the index is signed.
 * Source: stable/rpm/nvidia-container-toolkit.repo there, read 2026-11.
 */
function repositoryOf(facts: Facts, options: ToolkitOptions): PackageRepository {
  const base = options.mirror?.replace(/\/+$/, '') ?? toolkitBaseUrl
  const key = {
    key: options.mirrorKey?.text ?? toolkitKey,
    fingerprint: options.mirrorKey?.fingerprint ?? toolkitFingerprint,
  }
  if (facts.packageManager === 'dnf') {
    const name = 'nvidia-container-toolkit'
    const uri = `${base}/stable/rpm/$basearch`
    return { file: name, id: name, label: name, uri, signedIndex: true, signedPackages: false, ...key }
  }
  const arch = facts.arch.package
  return { uri: `${base}/stable/deb/${arch}/`, suite: '/', arch, ...key }
}

/** @throws FitoutError on a host that NVIDIA has no toolkit for, or that fitout cannot drive. */
function refuseUnserved({ packageManager, arch, os }: Facts): void {
  if (packageManager !== 'apt' && packageManager !== 'dnf') {
    throw new FitoutError({
      doing,
      cause: `the package manager of ${os.prettyName} is ${packageManager}, which fitout cannot drive`,
      remedy:
        'fitout installs the toolkit where apt or dnf is, so far; NVIDIA’s installation guide has the commands for others',
    })
  }
  if (arch.package !== 'amd64' && arch.package !== 'arm64') {
    throw new FitoutError({
      doing,
      cause: `NVIDIA publishes the toolkit for amd64 and arm64 only, and this host has ${arch.package}`,
      remedy: 'leave nvidia-container-toolkit and nvidia-default-runtime out (--skip)',
    })
  }
}

/** @throws FitoutError if rpm would take daemon.json along. */
function refuseToLoseDaemonJson({ packageManager }: Facts, remove: readonly PackageReason[]): void {
  if (packageManager !== 'dnf' || !remove.some(({ name }) => name === 'nvidia-docker2')) return
  throw new FitoutError({
    doing,
    cause:
      'nvidia-docker2 is installed, and rpm moves /etc/docker/daemon.json away with it, which is part of that package',
    remedy:
      '`cp -p /etc/docker/daemon.json /root/`, `dnf remove nvidia-docker2`, put the file back, then run fitout again: it merges into it',
  })
}

function noVersion(uri: string, { version }: ToolkitOptions, offered: readonly string[]): FitoutError {
  return new FitoutError({
    doing,
    cause:
      offered.length === 0
        ? `${uri} offers no version of all four packages of the toolkit`
        : `no toolkit in ${uri} satisfies ${version}`,
    remedy:
      offered.length === 0
        ? 'name a mirror that has them with nvidia-container-toolkit.mirror'
        : `it offers ${offered.map(upstreamVersion).join(', ')}: change nvidia-container-toolkit.version`,
  })
}

function leaving(remove: readonly PackageReason[]): string[] {
  if (remove.length === 0) return []
  const names = remove.map(({ name }) => name)
  return [
    `${names.join(', ')}: the toolkit takes ${names.length === 1 ? 'its' : 'their'} place; daemon.json stays as it is` +
      (names.some((name) => name.startsWith('nvidia-docker'))
        ? ', and `docker run --gpus all` is what `nvidia-docker run` was'
        : ''),
  ]
}
