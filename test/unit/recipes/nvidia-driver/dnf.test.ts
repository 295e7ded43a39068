import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { dockerKey } from '../../../../recipes/docker/repository.js'
import { noNvidia } from '../../../../recipes/nvidia/facts.js'
import { decideDriver } from '../../../../recipes/nvidia-driver/decide.js'
import { nvidiaDriver } from '../../../../recipes/nvidia-driver/recipe.js'
import { streamOf } from '../../../../recipes/nvidia-driver/rpms.js'
import type { DriverOptions } from '../../../../recipes/nvidia-driver/types.js'
import { FitoutError } from '../../../../src/errors.js'
import type { Facts } from '../../../../src/facts/facts.js'
import type { DnfProbe } from '../../../../src/packages/dnf-probe.js'
import type { KeyProbe } from '../../../../src/packages/key-probe.js'
import { planFromFacts } from '../../../../src/run/look.js'
import { decided, type Reply } from '../../../support/decide.js'
import { installed } from '../../../support/facts.js'

const auto: DriverOptions = { branch: 'auto', kernelModules: 'auto', source: 'auto' }
// A T4, a P100, an RTX 5090.
const [turing, pascal, blackwell] = ['1eb8', '15f8', '2b85']

/** A host of test/facts with a GPU (written, as those of test/facts/gpu-*.json). */
function withGpu(name: string, device = turing, nvidia: Partial<Facts['nvidia']> = {}, packages: string[] = []): Facts {
  const { facts } = JSON.parse(readFileSync(new URL(`../../../facts/${name}.json`, import.meta.url), 'utf8'))
  const gpu = { slot: '0000:01:00.0', device: `10de:${device}`, class: '0x030200' }
  const more = installed(Object.fromEntries(packages.map((word) => word.split('=') as [string, string])))
  return {
    ...facts,
    packages: { ...facts.packages, ...more },
    nvidia: { ...noNvidia(), secureBoot: 'off', devices: [gpu], ...nvidia },
  }
}

// Any key does: what was fetched has been compared with its pin where it was read.
const key = dockerKey
const versions = ['535.288.01', '580.95.05', '580.178.04', '595.91.07', '615.71.09']

interface Repositories {
  /** What the host's own offer. */
  own?: Record<string, string[]>
  /** Versions of NVIDIA's packages. */
  offered?: string[]
  streams?: string[]
  /** What dnf says to a transaction that it refuses. */
  refuses?: (simulate: string[]) => string | undefined
  reachable?: boolean
}

/** Answers each question as dnf would, of a repository with the drivers of the table above in it. */
function decide(facts: Facts, options: Partial<DriverOptions> = {}, repositories: Repositories = {}) {
  const { own, offered = versions, refuses = () => undefined, reachable = true } = repositories
  const release = facts.kernel.release.replace(/\.(x86_64|aarch64)$/, '')
  const devel = /uek/.test(release) ? 'kernel-uek-devel' : 'kernel-devel'
  const streams =
    repositories.streams ??
    offered.flatMap((version) =>
      ['open', 'proprietary'].map((kind) => streamOf(Number(version.slice(0, 3)), kind as 'open')),
    )
  const dist = facts.os.id === 'fedora' ? `.fc${facts.os.versionId}` : `.el${facts.os.versionId?.split('.')[0]}`
  const answer = (probe: DnfProbe): Reply => {
    const isOwn = probe.repository === undefined
    const theirs = Object.fromEntries(
      probe.versionsOf
        .filter((name) => /nvidia/.test(name) && name !== 'nvidia-fabric-manager')
        .map((name) => [
          name,
          offered
            .filter((version) => !(name === 'kmod-nvidia-latest-dkms' && Number(version.slice(0, 3)) > 615))
            .map((version) => `3:${version}-1${dist}`)
            .reverse(),
        ]),
    )
    const refusal = refuses(probe.simulate)
    return {
      reachable: isOwn || reachable,
      said: reachable ? [] : ['Curl error (6): Could not resolve host'],
      versions: isOwn ? (own ?? { dkms: ['3.0.13-1'], [devel]: [release] }) : theirs,
      ...(probe.streamsOf ? { streams: { 'nvidia-driver': streams } } : {}),
      ...(probe.simulate.length === 0
        ? {}
        : {
            transaction:
              refusal === undefined
                ? { ok: true as const, install: [], remove: [], diskKiB: 1024 }
                : { ok: false as const, said: [refusal] },
          }),
    }
  }
  const { choice: decision, questions } = decided(
    () => decideDriver(facts, { ...auto, ...options }),
    (probe: DnfProbe | KeyProbe) => ('fetch' in probe ? { key } : answer(probe)),
  )
  const probes = questions.flatMap((one) => ('fetch' in one ? [] : [one]))
  for (const probe of probes) expect(probe.manager).toBe('dnf')
  const fetched = questions.flatMap((one) => ('fetch' in one ? [one.fetch] : []))
  return { decision, probes, fetched, choice: 'none' in decision ? undefined : decision }
}

function refusal(...question: Parameters<typeof decide>): FitoutError {
  try {
    decide(...question)
  } catch (error) {
    if (error instanceof FitoutError) return error
    throw error
  }
  throw new Error('it was not refused')
}

const names = ({ install }: { install: { name: string }[] }) => install.map(({ name }) => name)

describe('the driver by dnf: where it comes from', () => {
  it.each([
    ['rhel8', 'cuda-rhel8', 'rhel8/x86_64', 'D42D0685', 'cuda-rhel8-x86_64'],
    ['rocky9', 'cuda-rhel9', 'rhel9/x86_64', 'D42D0685', 'cuda-rhel9-x86_64'],
    ['alma9', 'cuda-rhel9', 'rhel9/sbsa', 'D42D0685', 'cuda-rhel9-sbsa'],
    ['oracle9', 'cuda-rhel9', 'rhel9/x86_64', 'D42D0685', 'cuda-rhel9-x86_64'],
    ['centos-stream-10', 'cuda-rhel10', 'rhel10/x86_64', 'CDF6BA43', 'cuda-rhel10-x86_64'],
    ['fedora-44', 'cuda-fedora44', 'fedora44/x86_64', '73CD9B30', 'cuda-fedora44-x86_64'],
  ])('%s: %s', (name, file, folder, pin, id) => {
    const { choice, probes, fetched } = decide(withGpu(name))
    const uri = `https://developer.download.nvidia.com/compute/cuda/repos/${folder}`
    expect(choice?.rpm?.repository).toMatchObject({ file, id, uri, keyUrl: `${uri}/${pin}.pub` })
    expect(fetched).toEqual([
      { url: `${uri}/${pin}.pub`, fingerprint: expect.stringMatching(`${pin}$`), sum: fetched[0]?.sum },
    ])
    // Nothing less than 160 bits of a key, or a sum of 256, is taken for it.
    expect((fetched[0]?.sum ?? fetched[0]?.fingerprint ?? '').length).toBeGreaterThanOrEqual(40)
    // What was fetched is what the repository is asked with, by its whole fingerprint.
    expect(probes[1]?.repository).toMatchObject({ key, fingerprint: expect.stringMatching(/^[0-9A-F]{40}$/) })
  })

  it('a mirror, with its key', () => {
    const mirrorKey = { text: 'K', fingerprint: 'F'.repeat(40) }
    const { choice, probes } = decide(withGpu('rocky9'), { mirror: 'http://mirror.internal/cuda/rhel9/', mirrorKey })
    expect(choice?.rpm?.repository).toMatchObject({
      uri: 'http://mirror.internal/cuda/rhel9',
      key: 'K',
      fingerprint: 'F'.repeat(40),
    })
    expect(new RegExp(probes[0]?.sameRepository ?? '').test('http://mirror.internal/cuda/rhel9/')).toBe(true)
    expect(choice?.from).toBe('the mirror http://mirror.internal/cuda/rhel9')
  })

  it('Fedora 43, whose key is not known: the person names it, and it counts without a mirror', () => {
    const error = refusal(withGpu('fedora-43'))
    expect(error.remedy).toMatch(/1940C73E\.pub, compare its fingerprint .*nvidia-driver\.mirrorKey/)
    const { choice } = decide(withGpu('fedora-43'), { mirrorKey: { text: 'K', fingerprint: 'F'.repeat(40) } })
    expect(choice?.rpm?.repository.uri).toBe('https://developer.download.nvidia.com/compute/cuda/repos/fedora43/x86_64')
  })

  it('arm64 Fedora, for which NVIDIA has no driver', () => {
    const facts = withGpu('fedora-44')
    facts.arch = { package: 'arm64', kernel: 'aarch64' }
    expect(refusal(facts).why).toMatch(/NVIDIA has no CUDA repository for Fedora .* on arm64/)
  })

  it('no other source than that', () => {
    expect(refusal(withGpu('rocky9'), { source: 'distro' })).toMatchObject({ exitCode: 64 })
    expect(refusal(withGpu('rocky9'), { source: 'ppa' }).remedy).toMatch(/auto or cuda/)
  })

  it('an outage ends it, with the reason', () => {
    const error = refusal(withGpu('rocky9'), {}, { reachable: false })
    expect(error.message).toMatch(/asking .*rhel9\/x86_64 what it offers/)
    expect(error.said.length).toBeGreaterThan(0)
  })

  it('no GPU: none', () => {
    const facts = withGpu('rocky9')
    facts.nvidia.devices = []
    expect(decide(facts).decision).toHaveProperty('none')
  })
})

describe('the driver by dnf: which', () => {
  it.each(['rhel8', 'rocky9', 'alma8', 'oracle9'])('%s: the stream of the branch, open', (name) => {
    const { choice, probes } = decide(withGpu(name))
    expect(choice?.rpm?.stream).toBe('580-open')
    expect(choice?.rpm?.repository.exclude).toBeUndefined()
    expect(choice?.version).toBe('580.178.04')
    const driver = choice?.install.filter(({ beside }) => !beside)
    expect(driver?.map((part) => part.name)).toEqual([
      'nvidia-driver-cuda',
      'kmod-nvidia-open-dkms',
      'nvidia-persistenced',
    ])
    expect(driver?.every(({ version }) => version?.startsWith('3:580.178.04-1.el'))).toBe(true)
    // All streams are looked at first; then it is tried with the one that will be enabled.
    expect(probes.map(({ streamsOf, streams }) => [streamsOf, streams])).toEqual([
      [undefined, undefined],
      [['nvidia-driver'], undefined],
      [undefined, { 'nvidia-driver': '580-open' }],
    ])
  })

  it('Pascal: proprietary modules of 580, and no newer', () => {
    const { choice } = decide(withGpu('rocky9', pascal))
    expect(choice).toMatchObject({ kernelModules: 'proprietary', version: '580.178.04' })
    expect(choice?.rpm?.stream).toBe('580-dkms')
    expect(names(choice!)).toContain('kmod-nvidia-latest-dkms')
    expect(refusal(withGpu('rocky9', pascal), {}, { offered: ['595.91.07'] }).said.join('\n')).toMatch(
      /branch 580 with proprietary kernel modules is not offered/,
    )
  })

  it('Blackwell: open modules alone', () => {
    expect(decide(withGpu('rocky9', blackwell)).choice?.kernelModules).toBe('open')
    expect(refusal(withGpu('rocky9', blackwell), { kernelModules: 'proprietary' }).why).toMatch(/Blackwell needs open/)
  })

  it.each(['rhel10', 'rocky10', 'oracle10', 'fedora-44'])('%s: plain packages, other branches left out', (name) => {
    const { choice, probes } = decide(withGpu(name))
    expect(choice?.rpm?.stream).toBeUndefined()
    expect(probes.every(({ streams, streamsOf }) => streams === undefined && streamsOf === undefined)).toBe(true)
    const exclude = choice?.rpm?.repository.exclude ?? []
    expect(probes.at(-1)?.repository?.exclude).toEqual(exclude)
    const left = (version: string) =>
      exclude.some((pattern) => {
        const [, glob = ''] = /^\*nvidia\*-(.*)\.\*-\*\.\*$/.exec(pattern) ?? []
        return glob !== '' && new RegExp(`^${glob}\\.`).test(version)
      })
    for (const version of ['570.1', '581.1', '590.48.01', '615.71.09', '470.256.02']) expect(left(version)).toBe(true)
    // The container toolkit and others are in the same repository.
    for (const version of ['580.178.04', '580.95.05', '1.20.1', '13.0.88', '2.9.1']) expect(left(version)).toBe(false)
  })

  it('a branch, a version, the desktop’s parts, a fabric manager', () => {
    expect(decide(withGpu('rocky9'), { branch: '595' }).choice?.rpm?.stream).toBe('595-open')
    const exact = decide(withGpu('rocky9'), { branch: '580.95.05' }).choice
    expect(exact?.version).toBe('580.95.05')
    expect(exact?.notes.join('\n')).toMatch(/hold=true keeps the driver at 580\.95\.05/)
    expect(names(decide(withGpu('rocky9'), { profile: 'desktop' }).choice!)).toContain('nvidia-driver')
    const facts = withGpu('rocky9', '20b2')
    facts.nvidia.devices.push({ slot: '0000:02:00.0', device: '10de:1af1', class: '0x068000' })
    const { choice } = decide(facts)
    expect(choice).toMatchObject({ fabricManager: true })
    expect(names(choice!)).toContain('nvidia-fabricmanager')
  })

  it('the next that will do, where dnf refuses the first or its stream is missing', () => {
    const newest = (simulate: string[]) =>
      simulate.some((word) => word.includes('=3:580.'))
        ? 'nothing provides ocl-icd needed by nvidia-driver-cuda'
        : undefined
    expect(decide(withGpu('rocky9'), {}, { refuses: newest }).choice?.rpm?.stream).toBe('595-open')
    expect(decide(withGpu('rocky9'), {}, { streams: ['595-open', '595-dkms'] }).choice?.rpm?.stream).toBe('595-open')
    const error = refusal(withGpu('rocky9', pascal), {}, { refuses: () => 'nothing provides ocl-icd' })
    expect(error.said).toContain('580.178.04: dnf cannot install it here: nothing provides ocl-icd')
  })

  it('says why, and that upgrades stay within the branch', () => {
    const notes = decide(withGpu('rocky9')).choice?.notes.join('\n')
    expect(notes).toMatch(/NVIDIA driver 580\.178\.04 from NVIDIA’s CUDA repository, for T4|Tesla T4/)
    expect(notes).toMatch(/stays within 580, by the module stream 580-open/)
    expect(decide(withGpu('rocky10')).choice?.notes.join('\n')).toMatch(/left out of the repository/)
  })
})

describe('the driver by dnf: what the module is built with', () => {
  it('the headers of this very kernel', () => {
    expect(decide(withGpu('rocky9')).choice?.install).toContainEqual({
      name: 'kernel-devel',
      version: '5.14.0-162.6.1.el9_1',
      beside: true,
    })
    const facts = withGpu('rocky9')
    facts.nvidia.kernels = [{ release: facts.kernel.release, headers: true }]
    expect(names(decide(facts).choice!)).not.toContain('kernel-devel')
  })

  it('of Oracle’s kernel, and of one with large pages', () => {
    const uek = withGpu('oracle9')
    uek.kernel = { release: '5.15.0-200.131.27.el9uek.x86_64' }
    expect(decide(uek).choice?.install).toContainEqual({
      name: 'kernel-uek-devel',
      version: '5.15.0-200.131.27.el9uek',
      beside: true,
    })
    const large = withGpu('alma9')
    large.kernel = { release: '5.14.0-503.11.1.el9_5.aarch64+64k' }
    const own = { dkms: ['3'], 'kernel-64k-devel': ['5.14.0-503.11.1.el9_5'] }
    expect(names(decide(large, {}, { own }).choice!)).toContain('kernel-64k-devel')
  })

  it('is said where they are offered no more', () => {
    const error = refusal(withGpu('rocky9'), {}, { own: { dkms: ['3'], 'kernel-devel': ['5.14.0-503.el9'] } })
    expect(error.why).toMatch(/^kernel-devel-5\.14\.0-162\.6\.1\.el9_1\.x86_64 is neither installed nor offered/)
    expect(error.remedy).toMatch(/dnf upgrade kernel/)
  })

  it.each([
    [
      'rhel9',
      [
        'subscription-manager repos --enable codeready-builder-for-rhel-9-x86_64-rpms',
        /epel-release-latest-9\.noarch\.rpm$/,
      ],
    ],
    ['rocky8', ['dnf config-manager --set-enabled powertools', 'dnf install epel-release']],
    ['rocky9', ['dnf config-manager --set-enabled crb', 'dnf install epel-release']],
    ['oracle10', ['dnf config-manager --enable ol10_codeready_builder', 'dnf install oracle-epel-release-el10']],
  ])('EPEL is not enabled on %s: the commands', (name, commands) => {
    const facts = withGpu(name)
    const version = facts.kernel.release.replace(/\.(x86_64|aarch64)$/, '')
    const error = refusal(facts, {}, { own: { 'kernel-devel': [version], 'kernel-uek-devel': [version] } })
    expect(error.why).toMatch(/DKMS.* is in EPEL/)
    expect(error.said).toHaveLength(2)
    for (const [index, command] of commands.entries()) expect(error.said[index]).toMatch(command)
  })

  it('needs no EPEL where DKMS is there', () => {
    const own = { 'kernel-devel': ['5.14.0-162.6.1.el9_1'] }
    expect(decide(withGpu('rocky9', turing, {}, ['dkms=3.0.13-1']), {}, { own }).choice?.kept).toBe(false)
  })

  it('Secure Boot: only with a key of the host’s own that the firmware trusts', () => {
    const error = refusal(withGpu('rocky9', turing, { secureBoot: 'on' }))
    expect(error.why).toMatch(/Secure Boot is on/)
    expect(error.remedy).toMatch(/dnf install dkms mokutil && dkms generate_mok/)
    expect(error.remedy).not.toMatch(/apt-get/)
    const machineOwnerKey = { path: '/var/lib/dkms/mok.pub', enrolled: true }
    expect(decide(withGpu('rocky9', turing, { secureBoot: 'on', machineOwnerKey })).choice?.kept).toBe(false)
    expect(
      refusal(withGpu('rocky9', turing, { secureBoot: 'on', machineOwnerKey: { ...machineOwnerKey, enrolled: false } }))
        .remedy,
    ).toMatch(/mokutil --import \/var\/lib\/dkms\/mok\.pub/)
  })

  it('nouveau: a reboot will be due', () => {
    const { choice } = decide(withGpu('rocky9', turing, { nouveau: { loaded: true, blacklisted: false } }))
    expect(choice?.notes.join('\n')).toMatch(/a reboot will be due: nouveau drives the GPU now/)
  })
})

describe('the driver by dnf: what is there', () => {
  const release = '5.14.0-162.6.1.el9_1.x86_64'
  const ours = (version: string, open: boolean): Parameters<typeof withGpu> => [
    'rocky9',
    turing,
    {
      origins: ['cuda'],
      stream: `${version.slice(0, 3)}-${open ? 'open' : 'dkms'}`,
      loaded: { version, open },
      kernels: [{ release, headers: true, module: { version, open } }],
    },
    [
      `nvidia-driver-cuda=3:${version}-1.el9`,
      `nvidia-driver-cuda-libs=3:${version}-1.el9`,
      `nvidia-kmod-common=3:${version}-1.el9`,
      `nvidia-persistenced=3:${version}-1.el9`,
      `kmod-nvidia-${open ? 'open' : 'latest'}-dkms=3:${version}-1.el9`,
      'dkms=3.0.13-1.el9',
    ],
  ]

  it('stays where it does, and nobody is asked', () => {
    const { choice, probes } = decide(withGpu(...ours('580.95.05', true)))
    expect(probes).toEqual([])
    expect(choice).toMatchObject({ kept: true, version: '580.95.05', persistenced: true, remove: [] })
    expect(names(choice!)).toEqual(['nvidia-driver-cuda', 'nvidia-persistenced', 'kmod-nvidia-open-dkms'])
  })

  it('stays where it runs and no package has it', () => {
    const { choice } = decide(withGpu('rocky9', turing, { loaded: { version: '580.95.05', open: true } }))
    expect(choice).toMatchObject({ kept: true, version: '580.95.05', kernelModules: 'open', install: [] })
  })

  it('goes over to another branch, with all its parts, and the other stream', () => {
    const { choice, probes } = decide(withGpu(...ours('535.288.01', true)), { branch: '595' })
    expect(choice?.rpm?.stream).toBe('595-open')
    expect(choice?.install).toContainEqual({ name: 'nvidia-driver-cuda-libs', version: '3:595.91.07-1.el9' })
    expect(choice?.install).toContainEqual({ name: 'nvidia-kmod-common', version: '3:595.91.07-1.el9' })
    expect(choice?.remove).toEqual([])
    expect(probes.at(-1)?.streams).toEqual({ 'nvidia-driver': '595-open' })
  })

  it('goes over to the other kind of modules, whose package leaves', () => {
    const { choice } = decide(withGpu(...ours('580.178.04', false)), { kernelModules: 'open' })
    expect(choice?.remove).toEqual([{ name: 'kmod-nvidia-latest-dkms', why: 'has the other kind of kernel modules' }])
    expect(names(choice!)).toContain('kmod-nvidia-open-dkms')
    expect(choice?.rpm?.stream).toBe('580-open')
  })

  it('leaves a stream that follows the newest branch, where a GPU will not go along', () => {
    const [name, , nvidia, packages] = ours('580.178.04', false)
    const following = { ...nvidia, stream: 'latest-dkms' }
    const { choice } = decide(withGpu(name, pascal, following, packages))
    expect(choice).toMatchObject({ kept: false, version: '580.178.04', remove: [] })
    expect(choice?.rpm?.stream).toBe('580-dkms')
    // Where the repository does not answer nothing breaks.
    const offline = decide(withGpu(name, pascal, following, packages), {}, { reachable: false }).choice
    expect(offline).toMatchObject({ kept: true, version: '580.178.04' })
    expect(offline?.notes.at(-1)).toMatch(
      /latest-dkms, which follows the newest branch, and 580 is the last branch for Pascal/,
    )
    // One with modules that NVIDIA built is no such stream.
    expect(decide(withGpu(name, pascal, { ...nvidia, stream: '580' }, packages)).choice?.kept).toBe(true)
    // A T4 goes along with every branch, and what its owner chose stays.
    expect(decide(withGpu(name, turing, following, packages)).choice?.kept).toBe(true)
  })

  it('is completed where the next kernel has no module, at its version', () => {
    const [name, device, nvidia, packages] = ours('580.95.05', true)
    const kernels = [{ release, headers: true }]
    const { choice } = decide(withGpu(name, device, { ...nvidia, kernels }, packages))
    expect(choice).toMatchObject({ kept: false, version: '580.95.05' })
  })

  const fusion: Parameters<typeof withGpu> = [
    'fedora-44',
    turing,
    { origins: ['rpmfusion'], loaded: { version: '580.119.02', open: true } },
    ['akmod-nvidia=3:580.119.02-1.fc44', 'xorg-x11-drv-nvidia=3:580.119.02-1.fc44'],
  ]

  it('RPM Fusion’s stays where it does', () => {
    const { choice, probes } = decide(withGpu(...fusion))
    expect(choice).toMatchObject({ kept: true, from: 'RPM Fusion', install: [] })
    expect(probes).toEqual([])
  })

  it.each([{ branch: '595' }, { source: 'cuda' as const }, { kernelModules: 'proprietary' as const }])(
    'RPM Fusion’s is never mixed with NVIDIA’s: %o',
    (options) => {
      const error = refusal(withGpu(...fusion), options)
      expect(error.why).toMatch(/is from RPM Fusion, and will not do/)
      expect(error.remedy).toMatch(/dnf remove akmod-nvidia xorg-x11-drv-nvidia/)
    },
  )

  it('mixed ones, and NVIDIA’s installer, are not touched', () => {
    const [name, device, nvidia, packages] = fusion
    expect(refusal(withGpu(name, device, { ...nvidia, origins: ['cuda', 'rpmfusion'] }, packages)).why).toMatch(
      /mixed here/,
    )
    const runfile = { origins: ['runfile' as const], loaded: { version: '470.256.02', open: false } }
    expect(refusal(withGpu('rocky9', turing, runfile), { branch: '580' }).remedy).toMatch(/nvidia-uninstall/)
  })
})

describe('the plan by dnf', () => {
  const host = (stream?: string) => withGpu('rocky9', turing, stream === undefined ? {} : { stream })
  /** Without any host: names without versions. */
  const planned = (facts: Facts, options: Record<string, unknown> = {}) =>
    planFromFacts({ facts }, { recipes: [{ recipe: nvidiaDriver, options: { ...auto, ...options } }] })

  it('enables the stream before the packages, and nothing of apt’s', () => {
    const plan = planned(host())
    expect(plan.changes.map(({ resource }) => resource)).toEqual([
      'dnf-repository cuda-rhel9-x86_64',
      'dnf-stream nvidia-driver',
      'packages nvidia-driver',
      'dkms nvidia',
      'file /etc/modprobe.d/fitout-nouveau.conf',
      'module nvidia',
    ])
    expect(plan.changes[1]?.title).toBe('Enable the stream 580-open of dnf’s module nvidia-driver')
    expect(plan.script).toMatch(/dnf_stream nvidia-driver 580-open cuda-rhel9-x86_64/)
    expect(plan.script).not.toMatch(/apt_get install|\/etc\/apt\/apt\.conf/)
  })

  it('says that it switches from another stream, and leaves one that is right', () => {
    const change = planned(host('550-open')).changes.find(({ resource }) => resource.startsWith('dnf-stream'))
    expect(change?.title).toBe('Switch dnf’s module nvidia-driver from the stream 550-open to 580-open')
    expect(change?.details?.[0]).toBe('dnf module reset nvidia-driver')
    expect(planned(host('580-open')).changes.some(({ resource }) => resource.startsWith('dnf-stream'))).toBe(false)
    expect(planned(host('disabled')).changes.find(({ resource }) => resource.startsWith('dnf-stream'))?.why).toBe(
      'the module is disabled',
    )
  })
})
