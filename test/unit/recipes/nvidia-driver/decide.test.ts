import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { NvidiaFacts } from '../../../../recipes/nvidia/facts.js'
import { cudaRepository } from '../../../../recipes/nvidia/repositories.js'
import { decideDriver } from '../../../../recipes/nvidia-driver/decide.js'
import type { DriverPart } from '../../../../recipes/nvidia-driver/packages.js'
import type { DriverChoice, DriverOptions } from '../../../../recipes/nvidia-driver/types.js'
import { FitoutError } from '../../../../src/errors.js'
import type { Facts } from '../../../../src/facts/facts.js'
import type { AptProbe } from '../../../../src/packages/apt-probe.js'
import type { Decision } from '../../../../src/packages/decision.js'
import type { KeyProbe } from '../../../../src/packages/key-probe.js'
import type { FetchedKey } from '../../../../src/packages/pinned-key.js'
import type { ProbeResult } from '../../../../src/packages/probe.js'
import { decided, type Reply } from '../../../support/decide.js'
import { bareDebian, installed } from '../../../support/facts.js'

type Versions = Record<string, string[]>
/** What the archives really offer; see `about` in the file. */
const archives: Record<'jammy' | 'noble' | 'resolute' | 'bookworm' | 'trixie', Versions> = JSON.parse(
  readFileSync(new URL('archive-offers.json', import.meta.url), 'utf8'),
)

const gpus = {
  V100: '1db1',
  P100: '15f8',
  T4: '1eb8',
  A100: '20b2',
  H100: '2330',
  'RTX 4090': '2684',
  'RTX 5090': '2b85',
  'GTX 970': '13c2',
  K80: '102d',
  P40: '1b38',
  GF110: '1080',
} as const
type GpuName = keyof typeof gpus

const device = (name: GpuName, slot = 1) => ({
  slot: `0000:0${slot}:00.0`,
  device: `10de:${gpus[name]}`,
  class: '0x030200',
})
const nvSwitch = { slot: '0000:c0:00.0', device: '10de:1af1', class: '0x068000' }
const cards = (...names: GpuName[]) => ({ devices: names.map((name, index) => device(name, index + 1)) })

const clock = Date.parse('2026-11-21') / 1000
const kernel = '6.8.0-149-generic'

/** Ubuntu 24.04 with the kernel that its archive has modules for. */
function noble(nvidia: Partial<NvidiaFacts>, given: Parameters<typeof bareDebian>[0] = {}): Facts {
  return bareDebian({
    clock,
    os: {
      id: 'ubuntu',
      idLike: ['debian'],
      prettyName: 'Ubuntu 24.04.3 LTS',
      versionId: '24.04',
      codename: 'noble',
      ubuntuCodename: 'noble',
      debianVersion: 'trixie/sid',
    },
    kernel: { release: kernel },
    ...given,
    nvidia: { kernels: [{ release: kernel, headers: false }], nextKernel: kernel, ...nvidia },
  })
}

/** Debian 13 with its newest kernel and that one's headers. */
function trixie(nvidia: Partial<NvidiaFacts>, given: Parameters<typeof bareDebian>[0] = {}): Facts {
  const release = '6.12.117+deb13-amd64'
  return bareDebian({
    clock,
    kernel: { release },
    ...given,
    nvidia: { kernels: [{ release, headers: true }], nextKernel: release, ...nvidia },
  })
}

const sourcesOfDebian = (components: string) => [
  {
    path: '/etc/apt/sources.list.d/debian.sources',
    text: `Types: deb\nURIs: http://ftp.debian.org/debian\nSuites: trixie trixie-updates\nComponents: ${components}\n`,
  },
]

interface Host {
  /** Of the host's own sources, with all components. */
  own: Versions
  /** Components that are configured, on Debian. */
  components?: string
  cuda?: Versions | 'unreachable' | 'no key'
  /** What apt says of a transaction; by default it can. */
  simulate?(words: string[]): ProbeResult['transaction']
}

const plainly: NonNullable<Host['simulate']> = (words) => ({
  ok: true,
  install: words
    .filter((word) => !word.endsWith('-'))
    .map((word) => ({ name: word.split('=')[0]!, version: word.split('=')[1] ?? '1' })),
  remove: [],
  diskKiB: 1,
})

/** Answers a question as a host would. */
function answer(probe: AptProbe, host: Host): Reply {
  const foreign = probe.repository !== undefined
  if (foreign && host.cuda === 'unreachable') return { reachable: false, said: ['E: Could not connect'] }
  const lacks = (name: string) => !foreign && host.components === 'main' && !probe.sources && !name.startsWith('linux-')
  const offered = foreign ? (host.cuda as Versions) : host.own
  const known = probe.versionsOf.filter((name) => offered?.[name] && !lacks(name))
  return {
    versions: Object.fromEntries(known.map((name) => [name, offered[name]!])),
    ...(probe.wantSources
      ? {
          sources: host.components === undefined ? [] : sourcesOfDebian(host.components),
          origins: { 'http://ftp.debian.org/debian/': 'Debian' },
        }
      : {}),
    ...(probe.simulate.length > 0 ? { transaction: (host.simulate ?? plainly)(probe.simulate) } : {}),
  }
}

const auto: DriverOptions = { branch: 'auto', kernelModules: 'auto', source: 'auto' }

/** What is decided as a host answers, with what it was asked and which keys it fetched. */
function decide(facts: Facts, host: Host, options: Partial<DriverOptions> = {}) {
  const { choice, questions } = decided(
    () => decideDriver(facts, { ...auto, ...options }),
    (question: AptProbe | KeyProbe): Reply => {
      if (!('fetch' in question)) return answer(question, host)
      const said = `the signing key cannot be fetched from ${question.fetch.url}`
      return host.cuda === 'no key' ? { reachable: false, said: [said] } : { key: 'the fetched key' }
    },
  )
  return {
    decision: choice,
    probes: questions.flatMap((one) => ('fetch' in one ? [] : [one])),
    fetched: questions.flatMap((one) => ('fetch' in one ? [one.fetch] : [])),
  }
}

function chosen(
  facts: Facts,
  host: Host,
  options: Partial<DriverOptions> = {},
): DriverChoice & { probes: AptProbe[]; fetched: FetchedKey[] } {
  const { decision, ...asked } = decide(facts, host, options)
  if ('none' in decision) throw new Error('no driver was chosen')
  return { ...decision, ...asked }
}

function refused(facts: Facts, host: Host = { own: {} }, options: Partial<DriverOptions> = {}): FitoutError {
  try {
    decide(facts, host, options)
  } catch (error) {
    if (error instanceof FitoutError) return error
    throw error
  }
  throw new Error('it was not refused')
}

const words = (choice: DriverChoice) =>
  choice.install.map(({ name, version }) => (version === undefined ? name : `${name}=${version}`))
const names = (parts: readonly (DriverPart | { name: string })[]) => parts.map(({ name }) => name)
const ubuntu: Host = { own: archives.noble }
const debian: Host = { own: archives.trixie, components: 'main' }

/** As NVIDIA's repository for Debian names and numbers its packages. */
const cudaOf = (...versions: string[]): Versions =>
  Object.fromEntries(
    [
      'nvidia-driver-cuda',
      'nvidia-persistenced',
      'nvidia-kernel-open-dkms',
      'nvidia-kernel-dkms',
      'nvidia-driver',
      'nvidia-fabricmanager',
    ].map((name) => [name, versions]),
  )

describe('Ubuntu', () => {
  it('gives an H100 the branch that NVIDIA cares for the longest, with open modules that are built and signed', () => {
    const choice = chosen(noble(cards('H100')), ubuntu)
    expect(words(choice)).toEqual([
      'nvidia-headless-no-dkms-580-server-open=580.178.04-0ubuntu0.24.04.1',
      'nvidia-utils-580-server=580.178.04-0ubuntu0.24.04.1',
      'linux-modules-nvidia-580-server-open-6.8.0-149-generic=6.8.0-149.149',
      'linux-modules-nvidia-580-server-open-generic=6.8.0-149.149',
    ])
    expect(choice).toMatchObject({
      version: '580.178.04',
      kernelModules: 'open',
      source: 'distro',
      remove: [],
      kept: false,
    })
    expect(choice.notes).toEqual([
      'NVIDIA driver 580.178.04 from Ubuntu’s archive, for H100 SXM5 80GB',
      'branch 580: which NVIDIA cares for until 2028-06, the longest of those that will do (Hopper works with branch 520 and newer)',
      'open kernel modules: NVIDIA’s choice for this branch; built and signed by Ubuntu for this kernel',
      'no reboot is expected: the driver is loaded when it is installed',
    ])
    expect(choice.probes).toHaveLength(2)
    expect(choice.preferences).toEqual({})
  })

  it.each([
    ['V100', '580.178.04', 'proprietary'],
    ['P100', '580.178.04', 'proprietary'],
    ['GTX 970', '580.178.04', 'proprietary'],
    ['T4', '580.178.04', 'open'],
    ['RTX 4090', '580.178.04', 'open'],
    ['RTX 5090', '580.178.04', 'open'],
  ] as const)('gives a %s driver %s with %s modules', (name, version, kernelModules) => {
    const choice = chosen(noble(cards(name)), ubuntu)
    expect(choice).toMatchObject({ version, kernelModules })
    expect(words(choice).some((word) => word.startsWith('linux-modules-nvidia-'))).toBe(true)
    expect(words(choice).filter((word) => word.includes('dkms-') && !word.includes('no-dkms'))).toEqual([])
  })

  it('gives an A100 behind NVSwitches the fabric manager of the very version', () => {
    const choice = chosen(noble({ devices: [device('A100'), nvSwitch] }), ubuntu)
    expect(words(choice)).toContain('nvidia-fabricmanager-580=580.178.04-0ubuntu0.24.04.1')
    expect(choice.fabricManager).toBe(true)
  })

  it('takes no driver whose fabric manager is of another version', () => {
    const own = { ...archives.noble, 'nvidia-fabricmanager-580': ['580.1.1-1'] }
    const choice = chosen(noble({ devices: [device('A100'), nvSwitch] }), { own })
    expect(choice.version).toBe('595.91.07')
    expect(words(choice)).toContain('nvidia-fabricmanager-595=595.91.07-0ubuntu0.24.04.1')
  })

  it('gives what was asked for, and says so', () => {
    const choice = chosen(noble(cards('H100')), ubuntu, { branch: '>=590 <600', profile: 'desktop' })
    expect(choice.install[0]).toEqual({
      name: 'nvidia-driver-595-open',
      version: archives.noble['nvidia-driver-595-open']![0],
    })
    expect(choice.notes[1]).toContain('branch 595: as asked (>=590 <600)')
    const proprietary = chosen(noble(cards('T4')), ubuntu, { branch: '595', kernelModules: 'proprietary' })
    expect(proprietary.install[0]!.name).toBe('nvidia-headless-no-dkms-595-server')
    expect(proprietary.notes[2]).toContain('proprietary kernel modules: as asked')
  })

  it('builds 470 for a K80: its prebuilt modules are those of a kernel of long ago', () => {
    expect(archives.noble['linux-modules-nvidia-470-server-generic']).toEqual(['6.8.0-31.31'])
    expect(words(chosen(noble(cards('K80')), ubuntu))).toEqual([
      'nvidia-headless-no-dkms-470-server=470.256.02-0ubuntu0.24.04.6',
      'nvidia-utils-470-server=470.256.02-0ubuntu0.24.04.6',
      'nvidia-dkms-470-server=470.256.02-0ubuntu0.24.04.6',
      'linux-headers-6.8.0-149-generic=6.8.0-149.149',
      'linux-headers-generic=6.8.0-149.149',
    ])
    expect(refused(noble({ ...cards('K80'), secureBoot: 'on' }), ubuntu).remedy).toContain('mokutil --import')
  })

  it('takes the meta package of a kernel for newer hardware', () => {
    const release = '7.0.0-43-generic'
    const facts = noble({ ...cards('H100'), nextKernel: release, kernels: [] }, { kernel: { release } })
    expect(words(chosen(facts, ubuntu)).slice(2)).toEqual([
      'linux-modules-nvidia-580-server-open-7.0.0-43-generic=7.0.0-43.43~24.04.1',
      'linux-modules-nvidia-580-server-open-generic-hwe-24.04=7.0.0-43.43~24.04.1',
    ])
  })

  it('takes the newest kernel along where the modules of the present one are of an older driver', () => {
    const release = '6.8.0-139-generic'
    const facts = noble({ ...cards('H100'), nextKernel: release, kernels: [] }, { kernel: { release } })
    const exact = `linux-modules-nvidia-580-server-open-${release}`
    const host: Host = {
      own: archives.noble,
      simulate: (asked) =>
        asked.some((word) => word.startsWith(exact))
          ? { ok: false, said: [` ${exact} : Depends: nvidia-kernel-common`] }
          : plainly(asked),
    }
    const choice = chosen(facts, host)
    expect(names(choice.install)).toEqual([
      'nvidia-headless-no-dkms-580-server-open',
      'nvidia-utils-580-server',
      'linux-modules-nvidia-580-server-open-generic',
      'linux-image-generic',
    ])
    expect(choice.notes).toContain(
      'the archive has no modules of this driver for the kernel 6.8.0-139-generic: 6.8.0-149-generic comes with it and boots next',
    )
    expect(choice.notes.at(-1)).toContain('a reboot will be due')
  })

  it('goes on to the kernel that the host follows, where those of the present series are of an older driver', () => {
    const release = '6.17.0-42-generic'
    const facts = noble(
      { ...cards('H100'), nextKernel: release, kernels: [] },
      { kernel: { release }, packages: installed({ 'linux-image-generic-hwe-24.04': '6.17.0-42.42' }) },
    )
    const host: Host = {
      own: archives.noble,
      simulate: (asked) =>
        asked.some((word) => word.includes('6.17')) ? { ok: false, said: ['E: no'] } : plainly(asked),
    }
    expect(names(chosen(facts, host).install).slice(2)).toEqual([
      'linux-modules-nvidia-580-server-open-generic-hwe-24.04',
      'linux-image-generic-hwe-24.04',
    ])
  })

  describe('with a kernel that has no prebuilt modules', () => {
    const release = '6.8.0-5-custom'
    const facts = (more: Partial<NvidiaFacts>) =>
      noble(
        { ...cards('T4'), nextKernel: release, kernels: [{ release, headers: true }], ...more },
        { kernel: { release } },
      )

    it('builds the module', () => {
      expect(names(chosen(facts({}), ubuntu).install)).toEqual([
        'nvidia-headless-no-dkms-580-server-open',
        'nvidia-utils-580-server',
        'nvidia-dkms-580-server-open',
      ])
    })

    it('refuses to where Secure Boot would not let it in, with the steps that change that', () => {
      const error = refused(facts({ secureBoot: 'on' }), ubuntu)
      expect(error.why).toContain(
        'Secure Boot is on, no module that is signed already is offered for the kernel 6.8.0-5-custom',
      )
      expect(error.remedy).toContain('`mokutil --import /var/lib/shim-signed/mok/MOK.der`')
      expect(error.remedy).toContain('Enroll MOK')
    })

    it('builds it where the firmware trusts this host’s own key', () => {
      const trusted = facts({ secureBoot: 'on', machineOwnerKey: { path: '/k', enrolled: true } })
      expect(names(chosen(trusted, ubuntu).install)).toContain('nvidia-dkms-580-server-open')
      expect(refused(facts({ secureBoot: 'on', machineOwnerKey: { path: '/k' } }), ubuntu).remedy).toContain(
        '--import /k',
      )
    })

    it('refuses where there are no headers for it', () => {
      const error = refused(facts({ kernels: [] }), { own: archives.noble, cuda: 'unreachable' })
      expect(error.said.join('\n')).toContain('headers of the kernel 6.8.0-5-custom are neither installed nor offered')
    })
  })

  it('takes signed modules with Secure Boot on', () => {
    expect(chosen(noble({ ...cards('H100'), secureBoot: 'on' }), ubuntu).version).toBe('580.178.04')
  })

  it('does not take transitional packages that pull another branch', () => {
    // As apt does it with 535 of November 2026.
    const transitional: Host = {
      own: archives.noble,
      cuda: {},
      simulate: (asked) => ({
        ...plainly(asked)!,
        ok: true,
        install: [{ name: 'libnvidia-compute-580-server', version: '580.178.04-0ubuntu0.24.04.1' }],
        remove: [],
        diskKiB: 1,
      }),
    }
    expect(refused(noble(cards('T4')), transitional, { branch: '535' }).said[0]).toBe(
      'Ubuntu’s archive: 535.309.01 with proprietary kernel modules: apt cannot install it here: another branch would come in its place',
    )
    const host: Host = {
      own: archives.noble,
      simulate: (asked) =>
        asked.some((word) => word.startsWith('nvidia-headless-no-dkms-580-server'))
          ? { ok: true, install: [{ name: 'libnvidia-compute-595', version: '595.1' }], remove: [], diskKiB: 1 }
          : plainly(asked),
    }
    expect(chosen(noble(cards('H100')), host).install[0]!.name).toBe('nvidia-headless-no-dkms-580-open')
  })
})

describe('Debian', () => {
  it('gives a T4 its own driver, once contrib and non-free are configured', () => {
    const choice = chosen(trixie(cards('T4')), debian)
    expect(words(choice)).toEqual([
      'nvidia-smi=550.163.01-2',
      'libcuda1=550.163.01-2',
      'libnvidia-cfg1=550.163.01-2',
      'nvidia-kernel-dkms=550.163.01-2',
      'libnvidia-nvvm4=550.163.01-2',
      'nvidia-persistenced=550.163.01-1',
      expect.stringMatching(/^linux-headers-amd64=6\.12\./),
    ])
    expect(choice.components).toMatchObject({
      vendor: 'Debian',
      components: ['contrib', 'non-free', 'non-free-firmware'],
    })
    const [first, second, third] = choice.probes
    expect(first).toMatchObject({ wantSources: true, simulate: [] })
    expect(second!.sources![0]!.text).toContain('Components: main contrib non-free non-free-firmware\n')
    expect(third!.sources).toEqual(second!.sources)
    expect(choice.probes).toHaveLength(3)
  })

  it('asks once less where they are', () => {
    const choice = chosen(trixie(cards('H100')), { ...debian, components: 'main contrib non-free non-free-firmware' })
    expect(choice.components).toBeUndefined()
    expect(choice.probes).toHaveLength(2)
  })

  it('refuses modules that are known not to build for its kernel, where others could', () => {
    const asked = { ...debian, cuda: 'unreachable' } as const
    expect(() => chosen(trixie(cards('T4')), asked, { kernelModules: 'open' })).toThrow()
    const error = refused(trixie(cards('T4')), asked, { kernelModules: 'open' })
    expect([error.why, ...error.said].join('\n')).toContain(
      'nvidia-open-kernel-dkms 550.163.01 does not build for the kernel 6.12.117+deb13-amd64',
    )
    const release = '6.12.94+deb13-amd64'
    const earlier = trixie(
      { ...cards('T4'), kernels: [{ release, headers: true }], nextKernel: release },
      { kernel: { release } },
    )
    expect(names(chosen(earlier, debian, { kernelModules: 'open' }).install)).toContain('nvidia-open-kernel-dkms')
  })

  it('brings headers for the kernel that boots next and the running one', () => {
    const [running, next] = ['6.12.107+deb13-amd64', '6.12.117+deb13-amd64']
    const kernels = [running, next].map((release) => ({ release, headers: false }))
    const facts = trixie({ ...cards('T4'), kernels, nextKernel: next }, { kernel: { release: running } })
    const choice = chosen(facts, debian)
    expect(names(choice.install).filter((name) => name.startsWith('linux-'))).toEqual([
      `linux-headers-${next}`,
      `linux-headers-${running}`,
      'linux-headers-amd64',
    ])
    expect(choice.notes.at(-1)).toBe(`a reboot will be due: the kernel ${next} boots next, and ${running} runs`)
  })

  it('takes the newest kernel where headers of the present one are offered no more', () => {
    const release = '6.12.48+deb13-cloud-amd64'
    const facts = trixie(
      { ...cards('T4'), kernels: [{ release, headers: false }], nextKernel: release },
      { kernel: { release } },
    )
    expect(names(chosen(facts, debian).install).filter((name) => name.startsWith('linux-'))).toEqual([
      'linux-image-cloud-amd64',
      'linux-headers-cloud-amd64',
    ])
  })

  it('keeps the parts of a driver together where security updates have only some of them', () => {
    // Bookworm's security archive has 535.309.01 without open kernel modules.
    const facts = bareDebian({
      clock,
      os: {
        codename: 'bookworm',
        versionId: '12',
        prettyName: 'Debian GNU/Linux 12 (bookworm)',
        debianVersion: '12.13',
      },
      kernel: { release: '6.1.0-56-amd64' },
      nvidia: { ...cards('H100'), kernels: [{ release: '6.1.0-56-amd64', headers: true }] },
    })
    const host = { own: archives.bookworm, components: 'main contrib non-free non-free-firmware' }
    const open = chosen(facts, host, { kernelModules: 'open' })
    expect(words(open).slice(0, 4)).toEqual([
      'nvidia-smi=535.261.03-1',
      'libcuda1=535.261.03-1',
      'libnvidia-cfg1=535.261.03-1',
      'nvidia-open-kernel-dkms=535.261.03-1',
    ])
    expect(open.preferences!.text).toContain('Pin: version 535.261.03-*\nPin-Priority: 1001\n')
    expect(open.probes.at(-1)!.preferences).toEqual({ name: 'fitout-nvidia', ...open.preferences })
    const whole = chosen(facts, host)
    expect(words(whole)[0]).toBe('nvidia-smi=535.309.01-0+deb12u1')
    expect(whole.preferences!.text).toBeUndefined()
    const kepler = { ...facts, nvidia: { ...facts.nvidia, ...cards('K80') } }
    expect(words(chosen(kepler, host))).toContain('nvidia-tesla-470-kernel-dkms=470.256.02-1~deb12u1')
  })

  it('refuses with Secure Boot on and no key that is trusted, without asking anybody', () => {
    const error = refused(trixie({ ...cards('T4'), secureBoot: 'on' }), debian)
    expect(error.remedy).toContain(
      '`apt-get install dkms mokutil && dkms generate_mok`, `mokutil --import /var/lib/dkms/mok.pub`',
    )
    const asksNobody = () => decideDriver(trixie({ ...cards('T4'), secureBoot: 'on' }), auto).next()
    expect(asksNobody).toThrow('Secure Boot is on')
  })

  it('turns to NVIDIA’s repository for a Blackwell, whose key the host fetches', () => {
    const facts = trixie(cards('RTX 5090'))
    const choice = chosen(facts, { ...debian, cuda: cudaOf('615.71.09-1', '580.126.20-1', '580.95.05-1') })
    expect(words(choice)).toEqual([
      'nvidia-driver-cuda=580.126.20-1',
      'nvidia-persistenced=580.126.20-1',
      'nvidia-kernel-open-dkms=580.126.20-1',
      expect.stringMatching(/^linux-headers-amd64=/),
    ])
    const { uri, fingerprint, keyUrl } = cudaRepository(facts.os, facts.arch)!
    expect(choice.repository).toMatchObject({ name: 'cuda', uri, fingerprint, key: 'the fetched key' })
    expect(choice.components!.components).toEqual(['contrib'])
    expect(choice.fetched).toEqual([{ url: keyUrl, fingerprint }])
    // What was fetched is judged before the repository is asked anything with it.
    expect(choice.probes.at(-2)!.repository).toMatchObject({ key: 'the fetched key', fingerprint })
    expect(choice.probes.at(-1)!.sources![0]!.text).toContain('Components: main contrib\n')
    expect(choice.preferences!.text).toContain('Pin: version 580.*\nPin-Priority: 1001')
    expect(choice.preferences!.text).toContain('Pin: origin "developer.download.nvidia.com"')
    expect(choice.notes).toContain('the CUDA repository, because Debian’s archive offers no driver that will do')
  })

  it('asks a mirror where one is named, with its key or NVIDIA’s', () => {
    const mirror = 'http://m.lan/cuda/debian13'
    const host = { ...debian, cuda: cudaOf('580.126.20-1') }
    const given = chosen(trixie(cards('RTX 5090')), host, { mirror, mirrorKey: { text: 'k', fingerprint: 'F' } })
    expect(given.repository).toMatchObject({ uri: `${mirror}/`, key: 'k', fingerprint: 'F' })
    expect(given.repository!.same).toContain('http://m\\.lan/cuda/debian13')
    const copied = chosen(trixie(cards('RTX 5090')), host, { mirror })
    expect(given.fetched).toEqual([])
    expect(copied.fetched).toMatchObject([{ url: `${mirror}/8793F200.pub` }])
  })

  it('asks a repository nothing whose key cannot be fetched', () => {
    const error = refused(trixie(cards('RTX 5090')), { ...debian, cuda: 'no key' })
    expect(error.said.at(-1)).toBe(
      'NVIDIA’s CUDA repository: it does not answer (the signing key cannot be fetched from https://developer.download.nvidia.com/compute/cuda/repos/debian13/x86_64/8793F200.pub)',
    )
  })

  it('says what each source lacks where none will do', () => {
    const error = refused(trixie(cards('RTX 5090')), { ...debian, cuda: 'unreachable' })
    expect(error.message).toContain(
      'neither Debian’s archive nor NVIDIA’s CUDA repository has a driver that will do for GeForce RTX 5090',
    )
    expect(error.said).toEqual([
      'Debian’s archive: its driver with open kernel modules is offered as 550.163.01, which will not do',
      'Debian’s archive: its driver with proprietary kernel modules is offered as 550.163.01, which will not do',
      'NVIDIA’s CUDA repository: it does not answer (E: Could not connect)',
    ])
  })

  it('has no fabric manager: NVSwitches mean NVIDIA’s repository', () => {
    const choice = chosen(trixie({ devices: [device('A100'), nvSwitch] }), { ...debian, cuda: cudaOf('580.126.20-1') })
    expect(words(choice)).toContain('nvidia-fabricmanager=580.126.20-1')
  })
})

describe('a driver that is installed', () => {
  const userland = installed({
    'nvidia-headless-no-dkms-535-server': '535.309.01-0ubuntu0.24.04.2',
    'nvidia-utils-535-server': '535.309.01-0ubuntu0.24.04.2',
    'libnvidia-compute-535-server': '535.309.01-0ubuntu0.24.04.2',
  })
  const module = { version: '535.309.01', open: false, signer: 'Canonical Ltd. Kernel Module Signing' }
  const with535 = (name: GpuName, more: Partial<NvidiaFacts> = {}, packages = userland) =>
    noble(
      { ...cards(name), origins: ['ubuntu'], kernels: [{ release: kernel, headers: false, module }], ...more },
      { packages },
    )

  it('stays where it does for all that is wanted, and nobody is asked', () => {
    const choice = chosen(with535('T4'), { own: {} })
    expect(choice.probes).toEqual([])
    expect(choice).toMatchObject({
      kept: true,
      version: '535.309.01',
      kernelModules: 'proprietary',
      from: 'Ubuntu’s archive',
    })
    expect(choice.notes).toEqual([
      'NVIDIA driver 535.309.01 (proprietary kernel modules) from Ubuntu’s archive does for Tesla T4 and stays',
    ])
    expect(choice.preferences).toBeUndefined()
  })

  it('gets nvidia-smi where that is missing, of its own version', () => {
    const { 'nvidia-utils-535-server': _, ...packages } = userland
    const choice = chosen(with535('T4', {}, packages), ubuntu)
    expect(words(choice)).toContain('nvidia-utils-535-server=535.309.01-0ubuntu0.24.04.2')
    expect(words(choice)).toContain('nvidia-headless-no-dkms-535-server=535.309.01-0ubuntu0.24.04.2')
  })

  it('gets the module of the kernel that boots next', () => {
    const version = '580.178.04-0ubuntu0.24.04.1'
    const packages = installed({
      'nvidia-headless-no-dkms-580-server': version,
      'nvidia-utils-580-server': version,
      'libnvidia-compute-580-server': version,
    })
    const facts = noble(
      { ...cards('T4'), origins: ['ubuntu'], loaded: { version: '580.178.04', open: false } },
      { packages },
    )
    expect(words(chosen(facts, ubuntu))).toContain('linux-modules-nvidia-580-server-6.8.0-149-generic=6.8.0-149.149')
  })

  it('of Debian’s is completed with the kind of modules that it has', () => {
    const version = '550.163.01-2'
    const [running, next] = ['6.12.117+deb13-amd64', '6.12.120+deb13-amd64']
    const facts = trixie(
      {
        ...cards('T4'),
        origins: ['debian'],
        kernels: [
          { release: running, headers: true, module: { version: '550.163.01', open: false } },
          { release: next, headers: true },
        ],
        nextKernel: next,
      },
      {
        packages: installed({
          'nvidia-kernel-dkms': version,
          'nvidia-smi': version,
          libcuda1: version,
          'libnvidia-cfg1': version,
        }),
      },
    )
    const install = words(chosen(facts, { own: archives.trixie }))
    expect(install).toContain(`nvidia-kernel-dkms=${version}`)
    expect(install).not.toContain(`nvidia-open-kernel-dkms=${version}`)
  })

  it('is refused by name where what is missing of it cannot be had', () => {
    const { 'nvidia-utils-535-server': _, ...packages } = userland
    const error = refused(with535('T4', { kernels: [{ release: kernel, headers: true }] }, packages), { own: {} })
    expect(error.why).toBe(
      'driver 535.309.01 from Ubuntu’s archive does for the GPUs here, but what is missing of it cannot be had: nvidia-utils-535-server and a module for the kernel 6.8.0-149-generic, which boots next',
    )
  })

  it('470 gives way where CUDA 12 is asked for, and what is left of it goes', () => {
    const packages = installed({
      'nvidia-headless-no-dkms-470-server': '470.256.02-0ubuntu0.24.04.6',
      'nvidia-utils-470-server': '470.256.02-0ubuntu0.24.04.6',
      'libnvidia-compute-470-server': '470.256.02-0ubuntu0.24.04.6',
      'linux-modules-nvidia-470-server-generic': '6.8.0-149.149',
      'nvidia-container-toolkit': '1.20.0-1',
    })
    const old = { version: '470.256.02', open: false }
    const facts = noble(
      { ...cards('T4'), origins: ['ubuntu'], loaded: old, kernels: [{ release: kernel, headers: false, module: old }] },
      { packages },
    )
    expect(chosen(facts, ubuntu).kept).toBe(true)
    const host: Host = {
      own: archives.noble,
      simulate: (asked) => ({ ...plainly(asked), remove: ['nvidia-utils-470-server'] }) as ProbeResult['transaction'],
    }
    const choice = chosen(facts, host, { cuda: '>=12' })
    expect(choice.version).toBe('580.178.04')
    expect(choice.remove).toEqual([
      { name: 'nvidia-headless-no-dkms-470-server', why: 'of branch 470' },
      { name: 'libnvidia-compute-470-server', why: 'of branch 470' },
      { name: 'linux-modules-nvidia-470-server-generic', why: 'of branch 470' },
    ])
    expect(choice.notes.at(-1)).toBe(
      'driver 470.256.02 is loaded: it is unloaded for the new one where nothing uses it, else a reboot is due',
    )
  })

  it('ties the host to its source, until another is named', () => {
    const facts = trixie(
      { ...cards('RTX 5090'), origins: ['debian'], kernels: [] },
      {
        packages: installed({
          'nvidia-smi': '550.163.01-2',
          libcuda1: '550.163.01-2',
          'nvidia-kernel-dkms': '550.163.01-2',
        }),
      },
    )
    const host = { ...debian, cuda: cudaOf('580.126.20-1') }
    const error = refused(facts, host)
    expect(error.why).toContain('the driver 550.163.01 that is installed came from there')
    expect(error.remedy).toContain('nvidia-driver.source=cuda')
    const named: Host = { ...host, simulate: (asked) => plainly([...asked, 'libcuda1=580.126.20-1']) }
    const choice = chosen(
      { ...facts, nvidia: { ...facts.nvidia, kernels: [{ release: facts.kernel.release, headers: true }] } },
      named,
      { source: 'cuda' },
    )
    expect(choice.version).toBe('580.126.20')
    // libcuda1 takes part in the new driver; the rest is nobody's any more.
    expect(names(choice.remove)).toEqual(['nvidia-smi', 'nvidia-kernel-dkms'])
  })

  it('stays when what another source left cannot go', () => {
    const facts = trixie(
      { ...cards('T4'), origins: ['cuda', 'debian'] },
      { packages: installed({ 'nvidia-modprobe': '590.48.01-1', libcuda1: '590.48.01-1' }) },
    )
    const host: Host = {
      ...debian,
      simulate: (asked) => (asked.includes('nvidia-modprobe-') ? { ok: false, said: ['E: no'] } : plainly(asked)),
    }
    expect(chosen(facts, host, { source: 'distro' }).remove).toEqual([])
  })

  it('of mixed origins is refused with their names, until one is named', () => {
    const packages = { ...userland, ...installed({ 'nvidia-driver-cuda': '580.95.05-1' }) }
    const error = refused(with535('T4', { origins: ['cuda', 'ubuntu'] }, packages))
    expect(error.why).toContain(
      'packages of several origins are mixed here: NVIDIA’s CUDA repository, Ubuntu’s archive',
    )
    expect(error.said).toContain('nvidia-driver-cuda 580.95.05-1')
    expect(error.remedy).toContain('nvidia-driver.source')
    const choice = chosen(with535('T4', { origins: ['cuda', 'ubuntu'] }, packages), ubuntu, {
      source: 'distro',
      branch: '535',
    })
    expect(choice.kept).toBe(false)
    expect(names(choice.remove)).toContain('nvidia-driver-cuda')
  })

  it('of NVIDIA’s .run installer stays or is refused, but is never replaced', () => {
    const old = { version: '535.104.05', open: false }
    const facts = noble({
      ...cards('T4'),
      origins: ['runfile'],
      loaded: old,
      kernels: [{ release: kernel, headers: true, module: old }],
    })
    expect(chosen(facts, { own: {} })).toMatchObject({ kept: true, install: [], version: '535.104.05' })
    for (const options of [{ branch: '580' }, { source: 'distro' }] as const) {
      expect(refused(facts, ubuntu, options).remedy).toBe(
        'remove it with `nvidia-uninstall`, as root, then run fitout again',
      )
    }
  })

  it('whose module the firmware would not let in is refused', () => {
    const facts = with535('T4', {
      secureBoot: 'on',
      kernels: [
        {
          release: kernel,
          headers: true,
          module: { version: '535.309.01', open: false, signer: 'DKMS module signing key' },
        },
      ],
    })
    expect(refused(facts).said).toEqual([
      'the installed module is signed by DKMS module signing key, which the firmware does not trust: “Key was rejected by service”',
    ])
    expect(chosen(with535('T4', { secureBoot: 'on' }), { own: {} }).kept).toBe(true)
  })

  it('brings its desktop parts along where it has some', () => {
    const packages = installed({
      'xserver-xorg-video-nvidia-470': '470.256.02-0ubuntu0.24.04.6',
      'nvidia-driver-470': '470.256.02-0ubuntu0.24.04.6',
    })
    const facts = noble({ ...cards('RTX 5090'), origins: ['ubuntu'] }, { packages })
    expect(chosen(facts, ubuntu).install[0]!.name).toBe('nvidia-driver-580-open')
    expect(chosen(facts, ubuntu, { profile: 'compute' }).install[0]!.name).toBe(
      'nvidia-headless-no-dkms-580-server-open',
    )
  })

  it('announces the reboot that nouveau makes necessary', () => {
    const choice = chosen(noble({ ...cards('H100'), nouveau: { loaded: true, blacklisted: false } }), ubuntu)
    expect(choice.notes.at(-1)).toContain('a reboot will be due: nouveau drives the GPU now')
  })
})

describe('refused before anything is touched', () => {
  it('a P40 beside an RTX 5090, with the table that shows why', () => {
    const error = refused(noble(cards('P40', 'RTX 5090')))
    expect(error.why).toBe(
      'no one driver can drive all of these GPUs: 580 is the last branch for Pascal, and open kernel modules do not drive it; Blackwell needs open kernel modules and branch 570 or newer',
    )
    expect(error.said).toEqual([
      '                  architecture  branches       kernel modules',
      'Tesla P40         Pascal        up to 580      proprietary',
      'GeForce RTX 5090  Blackwell     570 and newer  open',
    ])
    expect(error.remedy).toContain('vfio-pci')
  })

  it('what was asked and no GPU here can use', () => {
    const error = refused(noble(cards('V100', 'V100')), ubuntu, { branch: '>=590' })
    expect(error.why).toContain('no driver is both what the GPUs can use and what was asked')
    expect(error.said).toEqual([
      '                          architecture  branches   kernel modules',
      expect.stringMatching(/^2 × Tesla V100.* Volta {9}up to 580 {2}proprietary$/),
      expect.stringMatching(/^asked: branch .*>=590$/),
    ])
    expect(error.remedy).toContain('470, 535, 570, 580')
    expect(refused(noble(cards('RTX 5090')), ubuntu, { kernelModules: 'proprietary' }).remedy).toContain(
      'kernelModules',
    )
  })

  it('a CUDA version that makes no programs for the GPU', () => {
    const error = refused(noble(cards('P100')), ubuntu, { cuda: '>=13' })
    expect(error.why).toContain('CUDA 12 is the last that makes programs for Tesla P100')
    expect(refused(noble(cards('K80')), ubuntu, { cuda: '>=12.4' }).remedy).toContain('nvidia-driver.cuda')
    expect(chosen(noble(cards('P100')), ubuntu, { cuda: '>=12.4' }).version).toBe('580.178.04')
  })

  it('a Fermi', () => {
    const error = refused(noble(cards('GF110')))
    expect(error.why).toContain('390 was the last branch for Fermi, and it has ended')
    expect(error.remedy).toContain('--skip nvidia-driver')
  })

  it('a version that is not there', () => {
    const error = refused(noble(cards('H100')), { own: archives.noble, cuda: {} }, { branch: '580.1.1' })
    expect(error.said[0]).toContain('branch 580 with open kernel modules is offered as 580.178.04')
  })

  it('where apt cannot do it, with its words', () => {
    const error = refused(
      noble(cards('H100')),
      {
        own: archives.noble,
        cuda: {},
        simulate: () => ({ ok: false, said: [' a : Depends: b but it is not going to be installed'] }),
      },
      { branch: '580' },
    )
    expect(error.said[0]).toContain('apt cannot install it here: a : Depends: b')
  })

  it('where there is no apt', () => {
    expect(refused(noble(cards('H100'), { packageManager: 'zypper' })).remedy).toContain('the other recipes still work')
  })
})

describe('no driver', () => {
  it.each<[string, Partial<NvidiaFacts>, string]>([
    ['a Jetson', { jetson: 'R36.4.3' }, 'JetPack'],
    ['WSL', { wsl: true }, 'Windows'],
    ['a Raspberry Pi', {}, 'no NVIDIA GPU'],
    ['GPUs of virtual machines', { devices: [{ ...device('H100'), driver: 'vfio-pci' }] }, 'vfio-pci'],
    ['a slice of a GPU', { devices: [{ ...device('H100'), virtual: true }] }, 'vGPU'],
  ])('on %s, with what to do instead', (_, nvidia, words) => {
    const { decision, probes } = decide(noble(nvidia), { own: {} })
    expect(probes).toEqual([])
    expect(decision).toMatchObject({ none: { cause: expect.stringContaining(words), remedy: expect.any(String) } })
  })

  it('for a GPU that is given away, but one for the other', () => {
    const devices = [{ ...device('P40'), driver: 'vfio-pci' }, device('RTX 5090', 2)]
    expect(chosen(noble({ devices }), ubuntu)).toMatchObject({ kernelModules: 'open' })
  })
})

describe('where nobody can be asked', () => {
  const assumed = (facts: Facts) =>
    decided(
      () => decideDriver(facts, auto) as Decision<DriverChoice>,
      () => ({ assumed: true }),
    ).choice

  it('the tables say what Ubuntu has', () => {
    expect(names(assumed(noble(cards('H100'))).install)).toEqual([
      'nvidia-headless-no-dkms-580-server-open',
      'nvidia-utils-580-server',
      'linux-modules-nvidia-580-server-open-6.8.0-149-generic',
      'linux-modules-nvidia-580-server-open-generic',
    ])
  })

  it('and Debian, or that NVIDIA’s repository is needed', () => {
    expect(assumed(trixie(cards('T4')))).toMatchObject({
      source: 'distro',
      kernelModules: 'proprietary',
      components: {},
    })
    const choice = assumed(trixie(cards('RTX 5090')))
    expect(choice).toMatchObject({ source: 'cuda', repository: { name: 'cuda' } })
    expect(choice.repository!.key).toBeUndefined()
  })
})
