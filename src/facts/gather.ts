import '../../recipes/index.js'
import { type Connection, lostText } from '../host/connection/connection.js'
import { timeouts } from '../host/connection/patience.js'
import { hostFailure, refuseFailed } from '../host-failure.js'
import { packageName } from '../packages/installed.js'
import { managerCalled } from '../packages/package-manager.js'
import locksScript from '../packages/rpm-locks.sh'
import { failedCommands, framed, newNonce, unframed } from '../shell/frame.js'
import { quote } from '../shell/quote.js'
import type { Facts, FactsParts } from './facts.js'
import factsScript from './facts.sh'
import packagesScript from './packages.sh'
import { allParts, type FactsPart, ofPart, type PresentPackage } from './part.js'

/**
 * The snippet that asks a host for its facts.
 *
 * @param root put before the paths by which hardware and its drivers are told, for tests.
 */
export function factsSnippet(root = '', parts: readonly FactsPart[] = allParts()): string {
  const watched = (manager: 'deb' | 'rpm') => parts.flatMap(({ packages }) => packages?.[manager] ?? []).join(' ')
  return [
    `root=${quote(root)}`,
    `packages='${watched('deb')}'`,
    `rpm_packages='${watched('rpm')}'`,
    factsScript,
    locksScript,
    ...parts.flatMap(({ before }) => before ?? []),
    packagesScript,
    ...parts.flatMap(({ script }) => script ?? []),
  ].join('\n')
}

/**
 * Asks a host what it is, in one exec.
 *
 * @param alone nothing else is asked of the host afterwards.
 * @throws FitoutError when the host does not answer whole, is not one that has a POSIX shell and /proc, or has a package database
 * that cannot be read.
 */
export async function gatherFacts(connection: Connection, { alone = false } = {}): Promise<Facts> {
  const nonce = newNonce()
  const outcome = await connection.exec(framed([{ id: 'facts', script: factsSnippet() }], nonce), {
    another: !alone,
    timeout: timeouts.facts,
    most: mostFacts,
  })
  const doing = 'asking the host what it is'
  const { answers, complete } = unframed(outcome.stdout, nonce)
  const facts = complete ? parseFacts(answers.get('facts')?.text ?? '') : undefined
  if (facts === undefined || !isHost(facts)) {
    throw hostFailure(
      {
        doing,
        cause: outcome.lost
          ? lostText(outcome.lost)
          : facts === undefined
            ? 'its shell did not run the question to the end'
            : 'what it answered does not say what it is',
        remedy: 'check that a plain `ssh HOST sh -c true` works and that the login shell is not restricted',
        said: outcome.stderr.trim().split('\n').filter(Boolean).slice(-6),
        verdict: outcome.lost ? 'retry' : 'fatal',
      },
      { cause: outcome.lost },
    )
  }
  refuseFailed(failedCommands(outcome.stderr, nonce), doing)
  return facts
}

/** What a host may say of itself, in bytes: twenty times what one with eight GPUs and a thousand packages says. */
const mostFacts = 2 * 1024 * 1024
/** A longer line, in characters, is no line of `facts.sh`. */
const longestLine = 8 * 1024
/** The longest of all values that a person is shown. */
const longestValue = 256

/** Whether it is there what every host with a shell and /proc says. */
function isHost({ arch, kernel, bootId, clock, login }: Facts): boolean {
  return arch.kernel !== 'unknown' && kernel.release !== '' && bootId !== '' && clock > 0 && login.uid >= 0
}

/** A whole number that a clock, a memory or a user id can be; else NaN. */
function numberOf(text: string | undefined): number {
  return text !== undefined && /^\d{1,12}$/.test(text) ? Number(text) : Number.NaN
}

function oneOf<Word extends string>(words: readonly Word[], text: string | undefined): Word | undefined {
  return words.find((word) => word === text)
}

/** Reads the lines that the facts' scripts print, whatever they are. */
export function parseFacts(text: string, parts: readonly FactsPart[] = allParts()): Facts {
  const values = new Map<string, string>()
  const lines: [string, string][] = []
  const present: PresentPackage[] = []
  const locks: string[] = []
  /** By name and architecture; of two versions, which rpm may have, one was to take the place of the other. */
  const versions = new Map<string, string>()
  const facts: Parameters<typeof whole>[0] = {
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
  }
  for (const line of text.split('\n')) {
    const space = line.indexOf(' ')
    if (space === -1 || line.length > longestLine) continue
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
      if (name && packageName.test(name) && version && state && state !== 'not-installed') {
        const manager = managerCalled(values.get('packageManager'))
        const plain = manager.plainVersion(version)
        if (!/^kernel/.test(name)) {
          const other = versions.get(`${name} ${arch}`)
          if (other !== undefined && other !== plain && !facts.interrupted?.includes(name))
            facts.interrupted?.push(name)
          if (other !== undefined && manager.compareVersions(other, plain) > 0) continue
          versions.set(`${name} ${arch}`, plain)
        }
        facts.packages[name] = { version: plain, state, held: want === 'hold' }
        if (state !== 'config-files') present.push({ name, version, maintainer: maintainer.join(' ') })
      }
    } else if (key === 'lock') locks.push(value)
    else if (key === 'interrupted') facts.interrupted?.push(value)
    else {
      lines.push([key, value])
      values.set(key, value)
    }
  }
  for (const name of locks) if (facts.packages[name]) facts.packages[name].held = true
  const get = (key: string) => values.get(key)
  const brief = (key: string) => values.get(key)?.slice(0, longestValue)
  facts.os = {
    id: brief('os.id') ?? 'unknown',
    idLike: get('os.idLike')?.split(/\s+/).filter(Boolean) ?? [],
    prettyName: brief('os.prettyName') ?? brief('os.id') ?? 'an unknown system',
    versionId: brief('os.versionId'),
    codename: brief('os.codename'),
    ubuntuCodename: brief('os.ubuntuCodename'),
    debianCodename: brief('os.debianCodename'),
    debianVersion: brief('os.debianVersion'),
    platformId: brief('os.platformId'),
    ...(get('os.ostree') === 'yes' ? { ostree: true } : {}),
  }
  const armVersion = Number.parseInt(get('arch.armVersion') ?? '', 10)
  facts.arch = {
    package: facts.arch.package || fitoutArch(brief('arch.rpm')) || 'unknown',
    kernel: brief('arch.kernel') ?? 'unknown',
    ...(armVersion > 0 ? { armVersion } : {}),
  }
  facts.kernel.release = brief('kernel.release') ?? ''
  const lacks = brief('kernel.lacks')
  if (lacks !== undefined) facts.kernel.lacks = [lacks]
  facts.bootId = brief('bootId') ?? ''
  facts.init = oneOf(['systemd', 'sysvinit', 'openrc'], get('init')) ?? 'none'
  facts.container = brief('container')
  facts.board = brief('board')
  facts.cgroup = get('cgroup') === '2' ? 2 : get('cgroup') === '1' ? 1 : 'none'
  facts.memoryMiB = Math.round((numberOf(get('memoryKiB')) || 0) / 1024)
  facts.clock = numberOf(get('clock')) || 0
  facts.packageManager = oneOf(['apt', 'dnf', 'zypper', 'pacman', 'apk'], get('packageManager')) ?? 'unknown'
  const uid = numberOf(get('login.uid'))
  const dnf = get('dnf')
  if (dnf === '4' || dnf === '5')
    facts.dnf = { major: Number(dnf), versionlock: dnf === '5' || get('dnf.versionlock') === 'yes' }
  facts.selinux = oneOf(['enforcing', 'permissive'], get('selinux'))
  const firewalld = get('firewalld')
  if (firewalld !== undefined) facts.firewalld = firewalld === 'active'
  facts.login = {
    user: brief('login.user') ?? '',
    uid: Number.isNaN(uid) ? -1 : uid,
    home: get('login.home') ?? '',
    sudoUser: brief('login.sudoUser'),
  }
  const own = (keys: readonly string[]) => lines.filter(([key]) => keys.includes(key.replace(/\..*/, '')))
  return whole(
    facts,
    parts.flatMap((part) => ofPart(part, () => part.read?.(own(part.keys ?? []), present)) ?? []),
  )
}

/** The facts of every host and what the parts say; each part answers for its own fields. */
function whole(facts: Omit<Facts, keyof FactsParts>, parts: readonly object[]): Facts {
  return Object.assign(facts, ...parts) as Facts
}

/** rpm's word for an architecture as the tables say it. */
function fitoutArch(arch: string | undefined): string | undefined {
  return arch === 'x86_64' ? 'amd64' : arch === 'aarch64' ? 'arm64' : arch
}
