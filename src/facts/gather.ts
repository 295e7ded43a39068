import { packagesThatMatter } from '../data/docker-packages.js'
import { containerPatterns, type DriverPackage, hardwarePatterns } from '../data/nvidia-packages.js'
import { FitoutError } from '../errors.js'
import type { Connection } from '../host/connection.js'
import { framed, newNonce, unframed } from '../shell/frame.js'
import { quote } from '../shell/quote.js'
import type { Facts } from './facts.js'
import factsScript from './facts.sh'
import { noNvidia } from './nvidia.js'
import nvidiaScript from './nvidia.sh'
import { parseNvidia } from './parse-nvidia.js'
import raspberryPiScript from './raspberry-pi.sh'

/** The packages that decide anything while planning, some as patterns. One dpkg-query answers for all. */
export const watchedPackages: readonly string[] = [...packagesThatMatter(), ...containerPatterns]

/**
 * The snippet that asks a host for its facts.
 *
 * @param root put before the paths by which hardware and its drivers are told, for tests.
 */
export function factsSnippet(root = ''): string {
  return [
    `root=${quote(root)}`,
    `packages='${watchedPackages.join(' ')}'`,
    `gpu_packages='${hardwarePatterns.join(' ')}'`,
    factsScript,
    nvidiaScript,
    raspberryPiScript,
  ].join('\n')
}

/**
 * Asks a host what it is, in one exec.
 *
 * @throws FitoutError when the host does not answer whole, or is not one that has a POSIX shell and /proc.
 */
export async function gatherFacts(connection: Connection): Promise<Facts> {
  const nonce = newNonce()
  const outcome = await connection.exec(framed([{ id: 'facts', script: factsSnippet() }], nonce), {
    another: true,
  })
  const answer = unframed(outcome.stdout, nonce).answers.get('facts')
  if (answer === undefined) {
    throw new FitoutError({
      doing: 'asking the host what it is',
      cause: outcome.lost
        ? `the connection was lost (${outcome.lost.message})`
        : 'its shell did not run the question to the end',
      remedy: 'check that a plain `ssh HOST sh -c true` works and that the login shell is not restricted',
      said: outcome.stderr.trim().split('\n').filter(Boolean).slice(-6),
      verdict: outcome.lost ? 'retry' : 'fatal',
    })
  }
  return parseFacts(answer.text)
}

/** Reads the lines that `facts.sh` and the parts behind it print. */
export function parseFacts(text: string): Facts {
  const values = new Map<string, string>()
  const nvidia: [string, string][] = []
  const present: DriverPackage[] = []
  const facts: Facts = {
    os: { id: '', idLike: [], prettyName: '' },
    arch: { package: '', kernel: '' },
    kernel: { release: '' },
    bootId: '',
    init: 'none',
    cgroup: 'none',
    memoryMiB: 0,
    clock: 0,
    packageManager: 'unknown',
    packages: {},
    interrupted: [],
    login: { user: '', uid: -1, home: '' },
    docker: { snap: false, shadowingPlugins: [] },
    nvidia: noNvidia(),
  }
  for (const line of text.split('\n')) {
    const space = line.indexOf(' ')
    if (space === -1) continue
    const key = line.slice(0, space)
    const value = line.slice(space + 1)
    if (key === 'package') {
      const [name, version, state, want, arch, ...maintainer] = value.split(' ')
      // dpkg's own architecture is the host's.
      if (name === 'dpkg') {
        if (arch) facts.arch.package = arch
        continue
      }
      // A package that dpkg merely remembers has no version and says `not-installed`.
      if (name && version && state && state !== 'not-installed') {
        facts.packages[name] = { version, state, held: want === 'hold' }
        if (state !== 'config-files') present.push({ name, version, maintainer: maintainer.join(' ') })
      }
    } else if (key === 'interrupted') facts.interrupted?.push(value)
    else if (key === 'plugin') facts.docker.shadowingPlugins.push(value)
    else if (/^nvidia(\.|$)/.test(key)) nvidia.push([key, value])
    else values.set(key, value)
  }
  if (nvidia.length > 0) facts.nvidia = parseNvidia(nvidia, present)
  const get = (key: string) => values.get(key)
  facts.os = {
    id: get('os.id') ?? 'unknown',
    idLike: get('os.idLike')?.split(/\s+/).filter(Boolean) ?? [],
    prettyName: get('os.prettyName') ?? get('os.id') ?? 'an unknown system',
    versionId: get('os.versionId'),
    codename: get('os.codename'),
    ubuntuCodename: get('os.ubuntuCodename'),
    debianCodename: get('os.debianCodename'),
    debianVersion: get('os.debianVersion'),
  }
  const armVersion = get('arch.armVersion')
  facts.arch = {
    package: facts.arch.package || 'unknown',
    kernel: get('arch.kernel') ?? 'unknown',
    ...(armVersion ? { armVersion: Number.parseInt(armVersion, 10) } : {}),
  }
  facts.kernel.release = get('kernel.release') ?? ''
  facts.bootId = get('bootId') ?? ''
  facts.init = (get('init') ?? 'none') as Facts['init']
  facts.container = get('container')
  facts.board = get('board')
  facts.cgroup = get('cgroup') === '2' ? 2 : get('cgroup') === '1' ? 1 : 'none'
  const memory = get('memoryCgroup')
  if (memory !== undefined) facts.memoryCgroup = memory === 'yes'
  const running = get('boot.running')
  if (running !== undefined) {
    facts.bootCommandLine = { path: get('boot.file'), line: get('boot.line'), running }
  }
  facts.memoryMiB = Math.round(Number(get('memoryKiB') ?? 0) / 1024)
  facts.clock = Number(get('clock') ?? 0)
  facts.packageManager = (get('packageManager') ?? 'unknown') as Facts['packageManager']
  facts.login = {
    user: get('login.user') ?? '',
    uid: Number(get('login.uid') ?? -1),
    home: get('login.home') ?? '',
    sudoUser: get('login.sudoUser'),
  }
  facts.docker.client = get('docker.client')
  facts.docker.snap = get('docker.snap') === 'yes'
  if (get('docker.rootless') === 'yes') facts.docker.rootless = true
  return facts
}
