import { compareRpmVersions } from '../../src/data/rpm-version.js'
import { chooseVersion, satisfiesRange, upstreamVersion } from '../../src/data/versions.js'
import { FitoutError } from '../../src/errors.js'
import type { Facts } from '../../src/facts/facts.js'
import { hostFailure } from '../../src/host-failure.js'
import type { PackageRepository } from '../../src/resource/package-repository.js'
import type { PackageProbe, ProbedTransaction, ProbeResult } from '../../src/resource/probe.js'
import type { PackageReason } from '../docker/packages.js'
import { impossible, orMirror, sameWords, shortReason } from '../docker-engine/decide.js'
import { toolkitBaseUrl, toolkitFingerprint, toolkitKey, toolkitSame } from '../nvidia/repositories.js'
import { toolkitPackages, toolkitPredecessors } from './packages.js'

export interface ToolkitOptions {
  version?: string | undefined
  mirror?: string | undefined
  /** The mirror's key, read by the option itself: armored text and the fingerprint it must have. */
  mirrorKey?: { text: string; fingerprint: string } | undefined
  hold?: boolean | undefined
}

/** NVIDIA's repository of the toolkit for one architecture; flat. */
export type ToolkitRepository = PackageRepository

/** What is to be done about the toolkit on one host: data from which the recipe names its resources. */
export interface ToolkitChoice {
  notes: string[]
  /** Absent on a Jetson, whose own sources serve. */
  repository?: ToolkitRepository | undefined
  /** Whether packages are wanted from the repository; otherwise its entries are only healed where they contradict each other. */
  needsRepository: boolean
  install: { name: string; version?: string | undefined }[]
  remove: PackageReason[]
  from: string
  transaction?: ProbedTransaction | undefined
}

/** Either the choice, or the question that has to be asked first. */
export type ToolkitDecision = { probe: PackageProbe } | { choice: ToolkitChoice }

const doing = 'deciding about the NVIDIA Container Toolkit'
const [main] = toolkitPackages as [string, ...string[]]

/** Extended regular expression for the URIs of NVIDIA's container repositories, at their publisher and at the mirror. */
export function sameToolkitRepository(mirror: string | undefined): string {
  return orMirror(toolkitSame, mirror)
}

/**
 * Decides which version of the toolkit, and what has to leave for it. Pure: called again with each answer to its probes.
 *
 * The rules: without a version any installed one is right as long as the four packages agree; a range changes only what lies
 * outside it; `latest` upgrades. Predecessors (nvidia-docker, nvidia-docker2 …) leave in the same transaction. A Jetson keeps
 * to the toolkit of its JetPack.
 *
 * @throws FitoutError when what was asked cannot be had on this host.
 */
export function decideToolkit(facts: Facts, options: ToolkitOptions, probed: readonly ProbeResult[]): ToolkitDecision {
  if (facts.packageManager !== 'apt' && facts.packageManager !== 'dnf') {
    throw new FitoutError({
      doing,
      cause: `the package manager of ${facts.os.prettyName} is ${facts.packageManager}, which fitout cannot drive`,
      remedy:
        'fitout installs the toolkit where apt or dnf is, so far; NVIDIA’s installation guide has the commands for others',
    })
  }
  const { arch } = facts
  if (arch.package !== 'amd64' && arch.package !== 'arm64') {
    throw new FitoutError({
      doing,
      cause: `NVIDIA publishes the toolkit for amd64 and arm64 only, and this host has ${arch.package}`,
      remedy: 'leave nvidia-container-toolkit and nvidia-default-runtime out (--skip)',
    })
  }
  const remove = toolkitPredecessors.filter(({ name }) => {
    const found = facts.packages[name]
    return found !== undefined && found.state !== 'config-files'
  })
  if (facts.packageManager === 'dnf' && remove.some(({ name }) => name === 'nvidia-docker2')) {
    throw new FitoutError({
      doing,
      cause:
        'nvidia-docker2 is installed, and rpm moves /etc/docker/daemon.json away with it, which is part of that package',
      remedy:
        '`cp -p /etc/docker/daemon.json /root/`, `dnf remove nvidia-docker2`, put the file back, then run fitout again: it merges into it',
    })
  }
  if (facts.nvidia.jetson !== undefined) return onJetson(facts, options, probed, remove)

  const repository = repositoryOf(facts, options)
  const from = options.mirror === undefined ? 'NVIDIA’s own repository' : `the mirror ${repository.uri}`
  const now = installedVersion(facts)
  const agree = toolkitPackages.every(
    (name) => facts.packages[name]?.state === 'installed' && facts.packages[name].version === now,
  )
  const versionIsRight =
    now !== undefined &&
    options.version !== 'latest' &&
    (options.version === undefined || satisfiesRange(options.version, now))
  const gone = remove.map(({ name }) => `${name}-`)
  const notes = leaving(remove)
  const base = { repository, from, remove }
  const stays = toolkitPackages.map((name) => ({ name }))

  if (versionIsRight && agree && remove.length === 0) {
    notes.unshift(`NVIDIA Container Toolkit ${upstreamVersion(now)} is installed and stays`)
    return { choice: { ...base, notes, needsRepository: false, install: stays } }
  }

  const ask = (simulate: string[]): ToolkitDecision => ({
    probe: questionOf(facts, {
      repository,
      sameRepository: sameToolkitRepository(options.mirror),
      versionsOf: [...toolkitPackages],
      simulate,
    }),
  })
  const ours = probed.filter(({ asked }) => asked.uri === repository.uri)
  const first = ours[0]
  if (first === undefined) return ask([...toolkitPackages, ...gone])
  if (!first.reachable) {
    // What is installed works without the repository.
    if (versionIsRight && remove.length === 0 && options.mirror === undefined) {
      notes.push(
        `NVIDIA Container Toolkit ${upstreamVersion(now)} is installed and stays, although its packages differ in version: ` +
          `${repository.uri} does not answer (${shortReason(first.said)})`,
      )
      const there = stays.filter(({ name }) => facts.packages[name]?.state === 'installed')
      return { choice: { ...base, notes, needsRepository: false, install: there } }
    }
    throw unreachable(repository, first)
  }
  if (first.assumed) {
    notes.unshift(`NVIDIA Container Toolkit from ${from} (assumed reachable; versions are resolved on the host)`)
    return { choice: { ...base, notes, needsRepository: true, install: stays } }
  }

  const offered = (first.versions[main] ?? []).filter((version) =>
    toolkitPackages.every((name) => first.versions[name]?.includes(version)),
  )
  const chosen =
    versionIsRight && (agree || offered.includes(now))
      ? now
      : chooseVersion(options.version, offered, facts.packageManager === 'dnf' ? compareRpmVersions : undefined)
  if (chosen === undefined) {
    throw new FitoutError({
      doing,
      cause:
        offered.length === 0
          ? `${repository.uri} offers no version of all four packages of the toolkit`
          : `no toolkit in ${repository.uri} satisfies ${options.version}`,
      remedy:
        offered.length === 0
          ? 'name a mirror that has them with nvidia-container-toolkit.mirror'
          : `it offers ${offered.map(upstreamVersion).join(', ')}: change nvidia-container-toolkit.version`,
    })
  }
  const install = toolkitPackages.map((name) => ({ name, version: chosen }))
  const wanted = [...install.map(({ name, version }) => `${name}=${version}`), ...gone]
  const newest = toolkitPackages.every((name) => first.versions[name]?.[0] === chosen)
  const simulated = ours.find((result) => sameWords(result.asked.simulate, wanted) || (newest && result === first))
  if (simulated === undefined) return ask(wanted)
  const transaction = wholeOrRefused(simulated, facts)
  notes.unshift(`NVIDIA Container Toolkit ${upstreamVersion(chosen)} from ${from}`)
  return { choice: { ...base, notes, needsRepository: true, install, transaction } }
}

/**
 * The same for apt and for dnf, of whose packages only the index is signed.
 * Source: stable/rpm/nvidia-container-toolkit.repo there, read 2026-11.
 */
function repositoryOf(facts: Facts, options: ToolkitOptions): ToolkitRepository {
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

function questionOf(
  facts: Facts,
  question: Pick<PackageProbe, 'versionsOf' | 'simulate'> & { repository: ToolkitRepository; sameRepository: string },
): PackageProbe {
  const { repository, ...rest } = question
  if (!('id' in repository)) return { ...rest, repository }
  const erasing = question.simulate.some((word) => word.endsWith('-'))
  return { manager: 'dnf', major: facts.dnf?.major ?? 4, arch: facts.arch.package, ...rest, repository, erasing }
}

/** A Jetson's toolkit belongs to its JetPack, and comes from there where it is not installed. */
function onJetson(
  facts: Facts,
  options: ToolkitOptions,
  probed: readonly ProbeResult[],
  remove: PackageReason[],
): ToolkitDecision {
  const now = installedVersion(facts)
  const base = { needsRepository: false, remove: [], from: 'JetPack’s package sources' }
  if (now !== undefined) {
    const asked = options.version === undefined ? '' : '; nvidia-container-toolkit.version does not count here'
    const notes = [`this is a Jetson: the toolkit ${upstreamVersion(now)} of its JetPack stays as it is${asked}`]
    if (remove.length > 0)
      notes.push(`${remove.map(({ name }) => name).join(', ')}: part of its JetPack as well, and stays`)
    return { choice: { ...base, notes, install: [{ name: main }] } }
  }
  const [first] = probed
  if (first === undefined) return { probe: { versionsOf: [main], simulate: [main] } }
  if (!first.assumed && first.versions[main] === undefined) {
    throw hostFailure({
      doing,
      cause: 'this is a Jetson, and its package sources offer no nvidia-container-toolkit',
      remedy:
        'see that JetPack’s repository (repo.download.nvidia.com/jetson) is among its sources: `apt-cache policy nvidia-container-toolkit`',
      said: first.said.slice(0, 4),
    })
  }
  const notes = ['this is a Jetson: the toolkit comes from JetPack’s package sources, in their version']
  return { choice: { ...base, notes, install: [{ name: main }], transaction: wholeOrRefused(first, facts) } }
}

function installedVersion(facts: Facts): string | undefined {
  const found = facts.packages[main]
  return found?.state === 'installed' ? found.version : undefined
}

/** @throws FitoutError where the package manager cannot do what was asked for, and no interrupted installation is the reason. */
function wholeOrRefused({ transaction }: ProbeResult, facts: Facts): ProbedTransaction | undefined {
  if (transaction === undefined || transaction.ok) return transaction
  if ((facts.interrupted ?? []).length === 0) throw impossible(transaction.said)
  return undefined
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

function unreachable(repository: ToolkitRepository, result: ProbeResult): FitoutError {
  return hostFailure({
    doing: `asking ${repository.uri} what it offers`,
    said: result.said.slice(0, 6),
    lines: result.said,
    unknown: {
      cause: 'it does not answer with an index that its key signs',
      remedy:
        'check the address, the network and the package manager’s proxy settings; nvidia-container-toolkit.mirror names another place',
    },
  })
}
