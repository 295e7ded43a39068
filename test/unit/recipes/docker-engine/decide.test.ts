import { describe, expect, it } from 'vitest'
import { sameDockerRepository } from '../../../../recipes/docker/repository.js'
import { decideEngine } from '../../../../recipes/docker-engine/decide.js'
import type { EngineChoice, EngineOptions } from '../../../../recipes/docker-engine/types.js'
import { FitoutError } from '../../../../src/errors.js'
import type { Facts } from '../../../../src/facts/facts.js'
import type { AptProbe } from '../../../../src/packages/apt-probe.js'
import type { ProbedTransaction, ProbeResult } from '../../../../src/packages/probe.js'
import { decided } from '../../../support/decide.js'
import { bareDebian, installed } from '../../../support/facts.js'

const defaults: EngineOptions = { source: 'auto', channel: 'stable', plugins: 'auto' }
const all = ['docker-ce', 'docker-ce-cli', 'containerd.io', 'docker-buildx-plugin', 'docker-compose-plugin']

/** What Docker's repository offers; newest first, as apt says it. */
const ce = ['5:28.5.2-1~debian.13~trixie', '5:28.4.0-1~debian.13~trixie', '5:27.5.1-1~debian.13~trixie']
const offered: Record<string, string[]> = {
  'docker-ce': ce,
  'docker-ce-cli': ce,
  'containerd.io': ['1.7.28-1', '1.7.27-1'],
  'docker-buildx-plugin': ['0.29.1-1', '0.28.0-1'],
  'docker-compose-plugin': ['2.40.3-1', '2.39.4-1'],
}
const newest = Object.fromEntries(Object.entries(offered).map(([name, versions]) => [name, versions[0]!]))
const distroOffer: Record<string, string[]> = {
  'docker.io': ['26.1.5+dfsg1-9+b9'],
  'docker-cli': ['26.1.5+dfsg1-9+b9'],
  'docker-buildx': ['0.13.1+ds1-3'],
  'docker-compose': ['2.26.1-4'],
}
const companions = ['apparmor', 'ca-certificates']
const companionOffer: Record<string, string[]> = { apparmor: ['4.1.0-1'], 'ca-certificates': ['20250419'] }
/** A bare Debian 13 that has what an engine wants beside it, for what is about something else. */
const host = (given: Parameters<typeof bareDebian>[0] = {}) =>
  bareDebian({
    ...given,
    packages: { ...installed({ apparmor: '4.1.0-1', 'ca-certificates': '20250419' }), ...given.packages },
  })
const fits: ProbedTransaction = { ok: true, install: [], remove: [], diskKiB: 400_000 }

interface World {
  /** What Docker's repository (or the mirror) answers. */
  repository?: Record<string, string[]> | { silent: string[] }
  /** What the host's own sources answer. */
  own?: Record<string, string[]>
  /** What apt complains about while it fetches their index. */
  ownSaid?: string[]
  /** Whether apt can do what is simulated. */
  simulated?: (words: readonly string[]) => ProbeResult['transaction']
}

/** What is decided as the world answers. */
function decide(facts: Facts, given: Partial<EngineOptions> = {}, world: World = {}) {
  const { choice, questions } = decided<EngineChoice, AptProbe>(
    () => decideEngine(facts, { ...defaults, ...given }),
    ({ repository, simulate }) => {
      const answer = repository ? (world.repository ?? offered) : (world.own ?? distroOffer)
      if ('silent' in answer) return { reachable: false, said: answer.silent as string[] }
      return {
        said: (repository ? undefined : world.ownSaid) ?? [],
        versions: answer as Record<string, string[]>,
        transaction: (world.simulated ?? (() => fits))(simulate),
      }
    },
  )
  return { choice, probes: questions }
}

/** What is decided where there is nobody to ask. */
const assumed = (facts: Facts, given: Partial<EngineOptions> = {}) =>
  decided(
    () => decideEngine(facts, { ...defaults, ...given }),
    () => ({ assumed: true }),
  ).choice

function refusal(facts: Facts, given: Partial<EngineOptions> = {}, world: World = {}): FitoutError {
  try {
    decide(facts, given, world)
  } catch (error) {
    if (error instanceof FitoutError) return error
    throw error
  }
  throw new Error('it was not refused')
}

const wanted = (choice: EngineChoice) =>
  choice.install.map(({ name, version }) => (version === undefined ? name : `${name}=${version}`))
const versionOf = (choice: EngineChoice, name: string) => choice.install.find((one) => one.name === name)?.version

const dockerInstalled = installed(newest)
const olderDocker = installed({ ...newest, 'docker-ce': ce[1]!, 'docker-ce-cli': ce[1]! })
const distroInstalled = installed({
  'docker.io': '26.1.5+dfsg1-9+b9',
  'docker-cli': '26.1.5+dfsg1-9+b9',
  'docker-buildx': '0.13.1+ds1-3',
  'docker-compose': '2.26.1-4',
  containerd: '1.7.24~ds1-6+b4',
  runc: '1.1.15+ds1-2+b4',
})
const silent = { silent: ['E: Failed to fetch https://download.docker.com/ Could not connect'] }

describe('what is installed stays where it came from', () => {
  it('Docker’s packages of a release that Docker publishes nothing for', () => {
    const facts = host({ packages: dockerInstalled, arch: { package: 'riscv64', kernel: 'riscv64' } })
    expect(decide(facts).choice).toMatchObject({ source: 'docker', needsRepository: false })
  })

  it('but an outage is an error where something was asked for by name', () => {
    const { 'docker-compose-plugin': _, ...without } = dockerInstalled
    expect(refusal(host({ packages: without }), { source: 'docker' }, { repository: silent }).said).toEqual(
      silent.silent,
    )
    expect(refusal(host({ packages: dockerInstalled }), { version: '^27' }, { repository: silent }).doing).toMatch(
      /asking/,
    )
  })

  it('a package that was removed and left its configuration is not installed', () => {
    const { choice } = decide(host({ packages: installed({ 'docker.io': '26.1.5 config-files' }) }))
    expect(choice).toMatchObject({ source: 'docker', remove: [] })
  })
})

describe('a fresh host', () => {
  it('says that an index could not be fetched, not that it offers nothing', () => {
    const unread = ['W: Failed to fetch http://mirror.example/debian/ Could not connect to proxy:3128 (refused)']
    const error = refusal(host(), {}, { repository: silent, own: {}, ownSaid: unread })
    expect(error.why).toMatch(
      /^the index of Debian.*’s own package sources could not be fetched \(W: Failed to fetch .*\), and Docker’s own repository does not answer here \(/,
    )
    expect(error.said).toEqual([...unread, ...silent.silent])
  })

  it('with nobody to ask, takes the tables’ word and leaves versions open', () => {
    expect(assumed(host())).toMatchObject({
      source: 'docker',
      needsRepository: true,
      install: all.map((name) => ({ name })),
    })
  })
})

describe('what an engine takes with it', () => {
  const names = (choice: EngineChoice) => choice.install.map(({ name }) => name)
  const bookworm = {
    prettyName: 'Debian GNU/Linux 12 (bookworm)',
    versionId: '12',
    codename: 'bookworm',
    debianVersion: '12.12',
  }
  const old = { 'docker.io': ['20.10.24+dfsg1-1+b3'], apparmor: ['3.0.8-3'], 'ca-certificates': ['20230311'] }

  it('is what the host lacks, beside Docker’s own in whatever version the host’s sources have, with one question', () => {
    const { choice, probes } = decide(bareDebian())
    expect(probes).toHaveLength(1)
    expect(probes[0]).toMatchObject({ versionsOf: all, simulate: [...all, ...companions] })
    expect(choice.install).toEqual([
      ...Object.entries(newest).map(([name, version]) => ({ name, version })),
      ...companions.map((name) => ({ name, beside: true })),
    ])
    expect(choice).toMatchObject({ transaction: fits })
  })

  it('is only what the host lacks', () => {
    const { choice, probes } = decide(bareDebian({ packages: installed({ 'ca-certificates': '20250419' }) }))
    expect(probes.map(({ simulate }) => simulate)).toEqual([[...all, 'apparmor']])
    expect(names(choice)).toEqual([...all, 'apparmor'])
  })

  it('is simulated with the versions that are asked for', () => {
    const { choice, probes } = decide(bareDebian(), { version: '28.4.x' })
    expect(probes.at(-1)!.simulate).toEqual(wanted(choice))
    expect(wanted(choice).slice(-2)).toEqual(companions)
  })

  it.each(['config-files', 'half-configured'])('counts what is %s as lacking', (state) => {
    const packages = installed({ apparmor: `4.1.0-1 ${state}`, 'ca-certificates': '20250419' })
    expect(names(decide(bareDebian({ packages })).choice)).toEqual([...all, 'apparmor'])
  })

  it.each(['half-installed', 'unpacked', 'half-configured'])('comes with an engine that was cut off, %s', (state) => {
    const packages = installed({ 'docker-ce': `5:28.5.2-1~debian.13~trixie ${state}` })
    expect(names(decide(bareDebian({ packages })).choice)).toEqual([...all, ...companions])
  })

  it('comes beside the distribution’s, in the version that it offers, with one question', () => {
    const own = { ...distroOffer, ...companionOffer }
    const { choice, probes } = decide(bareDebian(), { source: 'distro' }, { own })
    const distro = ['docker.io', 'docker-cli', 'docker-buildx', 'docker-compose']
    expect(probes).toEqual([{ versionsOf: [...distro, ...companions], simulate: [...distro, ...companions] }])
    expect(choice.install).toEqual([
      ...distro.map((name) => ({ name, version: distroOffer[name]![0] })),
      ...companions.map((name) => ({ name, version: companionOffer[name]![0], beside: true })),
    ])
    expect(choice).toMatchObject({ transaction: fits })
  })

  it('comes with Docker’s that takes the place of docker.io', () => {
    const { 'docker-cli': _, ...packages } = distroInstalled
    expect(names(decide(bareDebian({ packages }), { source: 'docker' }).choice)).toEqual([...all, ...companions])
  })

  it('is named without a version where there is nobody to ask', () => {
    expect(assumed(bareDebian())).toMatchObject({
      install: [...all.map((name) => ({ name })), ...companions.map((name) => ({ name, beside: true }))],
    })
    expect(wanted(assumed(bareDebian(), { source: 'distro' }))).toEqual([
      ...['docker.io', 'docker-cli', 'docker-buildx', 'docker-compose'],
      ...companions,
    ])
  })

  it.each<[string, Facts['packages'], Partial<EngineOptions>, string[]]>([
    ['Docker’s, as it is', dockerInstalled, {}, all],
    ['Docker’s, upgraded', olderDocker, { version: 'latest' }, all],
    ['Docker’s, by a plugin more', installed({ ...newest, 'docker-compose-plugin': '2 config-files' }), {}, all],
    ['docker.io, as it is', distroInstalled, {}, ['docker.io', 'docker-cli', 'docker-buildx', 'docker-compose']],
    [
      'docker.io, upgraded',
      { ...distroInstalled, ...installed({ 'docker.io': '26.1.4+dfsg1-1' }) },
      { version: 'latest' },
      ['docker.io', 'docker-cli', 'docker-buildx', 'docker-compose'],
    ],
  ])('is nothing where an engine is installed: %s', (_, packages, given, expected) => {
    const { choice, probes } = decide(bareDebian({ packages }), given)
    expect(names(choice)).toEqual(expected)
    expect(probes.flatMap(({ simulate }) => simulate).join()).not.toMatch(/apparmor|ca-certificates/)
  })

  it('is named once where the distribution’s set names it: Debian 12', () => {
    const { choice, probes } = decide(bareDebian({ os: bookworm }), { source: 'distro' }, { own: old })
    expect(probes.map(({ simulate }) => simulate)).toEqual([['docker.io', 'apparmor', 'ca-certificates']])
    expect(choice.install).toEqual([
      { name: 'docker.io', version: old['docker.io'][0] },
      { name: 'apparmor', version: old.apparmor[0] },
      { name: 'ca-certificates', version: old['ca-certificates'][0], beside: true },
    ])
  })

  it('is left out where the host’s own sources have none, and that is said: the distribution’s', () => {
    const { choice, probes } = decide(bareDebian(), { source: 'distro' })
    expect(names(choice)).toEqual(['docker.io', 'docker-cli', 'docker-buildx', 'docker-compose'])
    expect(probes.at(-1)!.simulate).toEqual(wanted(choice))
    expect(choice.notes.join()).toMatch(/apparmor, ca-certificates: Debian.* offer none here; a partial result/)
  })

  it('does not hide another refusal of apt’s', () => {
    const said = ['E: Unable to locate package apparmor-utils', 'E: Unmet dependencies']
    expect(refusal(bareDebian(), {}, { simulated: () => ({ ok: false, said }) }).said).toEqual(said)
  })
})

describe('what is asked for', () => {
  it.each([
    ['^28', ce[0]],
    ['28.4.x', ce[1]],
    ['>=27 <28', ce[2]],
    ['latest', ce[0]],
  ])('version %s of a fresh host is %s, with the client of the same version', (version, expected) => {
    const { choice, probes } = decide(host(), { version })
    expect(versionOf(choice, 'docker-ce')).toBe(expected)
    expect(versionOf(choice, 'docker-ce-cli')).toBe(expected)
    expect(versionOf(choice, 'containerd.io')).toBe(newest['containerd.io'])
    // Anything but the newest is simulated as it will be.
    expect(probes.at(-1)!.simulate).toEqual(expected === ce[0] ? all : wanted(choice))
  })

  it('a version that lies in the range already stays, although a newer one does too', () => {
    const { choice, probes } = decide(host({ packages: olderDocker }), { version: '^28' })
    expect(probes).toEqual([])
    expect(wanted(choice)).toEqual(all)
  })

  it('latest where the newest is installed is the installed version', () => {
    const { choice } = decide(host({ packages: dockerInstalled }), { version: 'latest' })
    expect(versionOf(choice, 'docker-ce')).toBe(ce[0])
  })

  it('a version of the distribution’s is its own', () => {
    const facts = host({ packages: distroInstalled })
    expect(wanted(decide(facts, { version: '^26' }).choice)).toContain('docker.io')
    expect(versionOf(decide(host(), { source: 'distro', version: '26.x' }).choice, 'docker.io')).toBe(
      '26.1.5+dfsg1-9+b9',
    )
    const error = refusal(facts, { version: '^28' })
    expect(error.why).toMatch(/no docker\.io of Debian.* satisfies \^28/)
    expect(error.remedy).toMatch(/^it offers 26\.1\.5: change docker-engine\.version or docker-engine\.source/)
  })

  it('a mirror comes with its key and is the repository from then on', () => {
    const mirror = 'http://mirror.lan/docker/debian/'
    const mirrorKey = { text: 'a key', fingerprint: 'A'.repeat(40) }
    const { choice, probes } = decide(host(), { mirror, mirrorKey, channel: 'test' })
    expect(probes[0]!.repository).toEqual({
      uri: 'http://mirror.lan/docker/debian',
      suite: 'trixie',
      component: 'test',
      arch: 'amd64',
      key: 'a key',
      fingerprint: 'A'.repeat(40),
    })
    expect(choice.from).toBe('the mirror http://mirror.lan/docker/debian')
    expect(probes[0]!.sameRepository).toBe(sameDockerRepository(mirror))
  })

  it('a mirror may have what Docker does not publish', () => {
    const facts = host({ arch: { package: 'riscv64', kernel: 'riscv64' } })
    const { choice } = decide(facts, { source: 'docker', mirror: 'http://mirror.lan/debian' })
    expect(choice).toMatchObject({ source: 'docker', needsRepository: true })
  })
})

describe('plugins', () => {
  it('that are missing leave a client of another version alone', () => {
    const { 'docker-compose-plugin': _, ...without } = olderDocker
    const facts = host({ packages: { ...without, ...installed({ 'docker-ce-cli': ce[0]! }) } })
    expect(versionOf(decide(facts).choice, 'docker-ce-cli')).toBeUndefined()
  })

  it.each(['none', 'release'] as const)('%s asks for no packages of them', (plugins) => {
    expect(decide(host(), { plugins }).choice.install.map(({ name }) => name)).toEqual(all.slice(0, 3))
    const distro = decide(host(), { plugins, source: 'distro' }).choice
    expect(distro.install.map(({ name }) => name)).toEqual(['docker.io', 'docker-cli'])
    expect(distro.notes.join()).not.toMatch(/partial result/)
  })

  it('that the distribution’s own sources do not offer are left out of the transaction', () => {
    const { 'docker-compose': _, ...own } = distroOffer
    const { choice, probes } = decide(host(), { source: 'distro' }, { own })
    expect(wanted(choice).join()).not.toMatch(/compose/)
    expect(probes.at(-1)!.simulate).toEqual(wanted(choice))
    expect(choice.notes.join()).toMatch(/docker-compose: .*offer none here; a partial result/)
  })
})

describe('packages in the way', () => {
  it('do not include Compose 1, which shares no file with Docker’s', () => {
    const facts = host({ packages: { ...dockerInstalled, ...installed({ 'docker-compose': '1.29.2-3' }) } })
    expect(decide(facts).choice.remove).toEqual([])
  })
})

describe('hosts that are refused', () => {
  it.each([
    [
      'zypper',
      { id: 'opensuse-leap', idLike: ['suse', 'opensuse'] },
      /would have to drive zypper/,
      /zypper install docker/,
    ],
    ['pacman', { id: 'arch' }, /would have to drive pacman/, /pacman -S docker/],
    ['apk', { id: 'alpine' }, /would have to drive apk/, /apk add docker/],
    ['unknown', { id: 'rocky', idLike: ['rhel'] }, /has no dnf here/, /microdnf install dnf/],
    ['pacman', { id: 'debian' }, /is pacman, which fitout cannot drive/, /other recipes/],
  ] as const)('for whose package manager, %s, more would be needed', (packageManager, os, cause, remedy) => {
    const error = refusal(
      host({ packageManager, os: { prettyName: 'Some Linux', ...os, idLike: [...('idLike' in os ? os.idLike : [])] } }),
    )
    expect(error.why).toMatch(cause)
    expect(error.remedy).toMatch(remedy)
  })

  it('with Docker as a snap', () => {
    const error = refusal(host({ docker: { snap: true, shadowingPlugins: [] } }))
    expect(error.why).toMatch(/snap/)
    expect(error.remedy).toMatch(/snap remove docker/)
  })

  it('that Docker does not support, when asked for Docker’s own', () => {
    const facts = host({
      os: { id: 'raspbian', idLike: ['debian'] },
      arch: { package: 'armhf', kernel: 'armv6l', armVersion: 6 },
    })
    expect(refusal(facts, { source: 'docker' }).why).toMatch(/ARMv6/)
    expect(decide(facts).choice.source).toBe('distro')
  })
})

describe('the same repository', () => {
  const matches = (mirror: string | undefined, uri: string) => new RegExp(sameDockerRepository(mirror)).test(uri)
  it('knows Docker’s addresses and the mirror’s, and nothing else', () => {
    expect(matches(undefined, 'https://download.docker.com/linux/ubuntu')).toBe(true)
    expect(matches(undefined, 'http://download.docker.com/linux/debian')).toBe(true)
    expect(matches(undefined, 'https://downloadXdocker.com/linux/debian')).toBe(false)
    expect(matches('http://m.lan/a+b/debian/', 'http://m.lan/a+b/debian')).toBe(true)
    expect(matches('http://m.lan/a+b/debian/', 'http://mXlan/a+b/debian')).toBe(false)
  })
})

it('decides the same from the same', () => {
  expect(decide(host())).toEqual(decide(host()))
})
