import '../../recipes/index.js'
import { type Connection, lostText } from '../host/connection/connection.js'
import { timeouts } from '../host/connection/timeouts.js'
import { hostFailure, refuseFailed } from '../host-failure.js'
import { packageName } from '../packages/installed.js'
import { managerCalled, type PackageManager } from '../packages/package-manager.js'
import rpmLocks from '../packages/rpm-locks.sh'
import { failedCommands, framed, unframed } from '../shell/frame.js'
import { newNonce } from '../shell/nonce.js'
import { quote, withoutComments } from '../shell/quote.js'
import type { Facts, FactsParts } from './facts.js'
import factsScript from './facts.sh'
import kernelScript from './kernel.sh'
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
    `kernel_wants=${quote([...new Set(parts.flatMap(({ kernel }) => kernel ?? []))].join(' '))}`,
    factsScript,
    kernelScript,
    rpmLocks,
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
  const script = withoutComments(factsSnippet())
  const outcome = await connection.exec(framed([{ id: 'facts', script }], nonce), {
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

/** What a package manager says of packages, line by line. */
class Packages {
  readonly seen: Facts['packages'] = {}
  readonly present: PresentPackage[] = []
  readonly interrupted: string[] = []
  /** dpkg's own architecture is the host's. */
  arch = ''
  /** By name and architecture; of two versions, which rpm may have, one was to take the place of the other. */
  readonly #versions = new Map<string, string>()

  add(words: string, manager: PackageManager): void {
    const [name, version, state, want, arch, ...maintainer] = words.split(' ')
    if (name === 'dpkg') {
      if (arch) this.arch = arch
      return
    }
    // A package that dpkg merely remembers has no version and says `not-installed`.
    if (!name || !packageName.test(name) || !version || !state || state === 'not-installed') return
    const plain = manager.plainVersion(version)
    if (!/^kernel/.test(name)) {
      const other = this.#versions.get(`${name} ${arch}`)
      if (other !== undefined && other !== plain && !this.interrupted.includes(name)) this.interrupted.push(name)
      if (other !== undefined && manager.compareVersions(other, plain) > 0) return
      this.#versions.set(`${name} ${arch}`, plain)
    }
    this.seen[name] = { version: plain, state, held: want === 'hold' }
    if (state !== 'config-files') this.present.push({ name, version, maintainer: maintainer.join(' ') })
  }
}

/** Reads the lines that the facts' scripts print, whatever they are. */
export function parseFacts(text: string, parts: readonly FactsPart[] = allParts()): Facts {
  const values = new Map<string, string>()
  const lines: [string, string][] = []
  const packages = new Packages()
  const locks: string[] = []
  for (const line of text.split('\n')) {
    const space = line.indexOf(' ')
    if (space === -1 || line.length > longestLine) continue
    const key = line.slice(0, space)
    const value = line.slice(space + 1)
    if (key === 'package') packages.add(value, managerCalled(values.get('packageManager')))
    else if (key === 'lock') locks.push(value)
    else if (key === 'interrupted') packages.interrupted.push(value)
    else {
      lines.push([key, value])
      values.set(key, value)
    }
  }
  for (const name of locks) if (packages.seen[name]) packages.seen[name].held = true
  const get = (key: string) => values.get(key)
  const brief = (key: string) => values.get(key)?.slice(0, longestValue)
  const armVersion = Number.parseInt(get('arch.armVersion') ?? '', 10)
  const uid = numberOf(get('login.uid'))
  const dnf = get('dnf')
  const firewalld = get('firewalld')
  const facts: Omit<Facts, keyof FactsParts> = {
    os: {
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
    },
    arch: {
      package: packages.arch || fitoutArch(brief('arch.rpm')) || 'unknown',
      kernel: brief('arch.kernel') ?? 'unknown',
      ...(armVersion > 0 ? { armVersion } : {}),
    },
    kernel: {
      release: brief('kernel.release') ?? '',
      ...abilities('has', get('kernel.has')),
      ...abilities('lacks', get('kernel.lacks')),
      ...(get('kernel.modulesGone') === 'yes' ? { modulesGone: true } : {}),
    },
    bootId: brief('bootId') ?? '',
    init: oneOf(['systemd', 'sysvinit', 'openrc'], get('init')) ?? 'none',
    cgroup: get('cgroup') === '2' ? 2 : get('cgroup') === '1' ? 1 : 'none',
    memoryMiB: Math.round((numberOf(get('memoryKiB')) || 0) / 1024),
    clock: numberOf(get('clock')) || 0,
    packageManager: oneOf(['apt', 'dnf', 'zypper', 'pacman', 'apk'], get('packageManager')) ?? 'unknown',
    packages: packages.seen,
    interrupted: packages.interrupted,
    login: {
      user: brief('login.user') ?? '',
      uid: Number.isNaN(uid) ? -1 : uid,
      home: get('login.home') ?? '',
      sudoUser: brief('login.sudoUser'),
    },
    container: brief('container'),
    board: brief('board'),
    ...(dnf === '4' || dnf === '5'
      ? { dnf: { major: Number(dnf), versionlock: dnf === '5' || get('dnf.versionlock') === 'yes' } }
      : {}),
    selinux: oneOf(['enforcing', 'permissive'], get('selinux')),
    ...(firewalld === undefined ? {} : { firewalld: firewalld === 'active' }),
  }
  const own = (keys: readonly string[]) => lines.filter(([key]) => keys.includes(key.replace(/\..*/, '')))
  // Each part answers for its own fields.
  return Object.assign(
    facts,
    ...parts.flatMap((part) => ofPart(part, () => part.read?.(own(part.keys ?? []), packages.present)) ?? []),
  ) as Facts
}

/** Names of modules and options. */
function abilities(field: 'has' | 'lacks', text: string | undefined) {
  const names = text?.split(' ').filter((name) => /^\w{1,64}$/.test(name)) ?? []
  return names.length > 0 ? { [field]: names } : {}
}

/** rpm's word for an architecture as the tables say it. */
function fitoutArch(arch: string | undefined): string | undefined {
  return arch === 'x86_64' ? 'amd64' : arch === 'aarch64' ? 'arm64' : arch
}
