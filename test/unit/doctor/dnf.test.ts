import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { type NvidiaFacts, noNvidia } from '../../../recipes/nvidia/facts.js'
import type { Finding } from '../../../src/doctor/check.js'
import type { Facts } from '../../../src/facts/facts.js'
import { checks, judged, packages, titles } from './judging.js'

/** A host of test/facts with Docker’s own packages, and a GPU (a T4 by default) with what is given of it. */
function host(name: string, nvidia?: Partial<NvidiaFacts> & { device?: string }, more: Facts['packages'] = {}): Facts {
  const { facts } = JSON.parse(readFileSync(new URL(`../../facts/${name}.json`, import.meta.url), 'utf8'))
  const { device = '1eb8', ...parts } = nvidia ?? {}
  const gpu = { slot: '0000:01:00.0', device: `10de:${device}`, class: '0x030200', driver: 'nvidia' }
  return {
    ...facts,
    packages: {
      ...facts.packages,
      ...packages('docker-ce=3:28.5.2-1.el9', 'docker-ce-cli=1:28.5.2-1.el9', 'containerd.io=1.7.28-1.el9'),
      ...more,
    },
    nvidia: { ...noNvidia(), ...(nvidia === undefined ? {} : { devices: [gpu], secureBoot: 'off', ...parts }) },
  }
}
const found = (name: string, facts: Facts): readonly Finding[] => {
  const findings = judged(name, facts, '')
  return findings === 'skipped' ? [] : findings
}
const locked = (facts: Facts, ...names: string[]): Facts => ({
  ...facts,
  packages: Object.fromEntries(
    Object.entries(facts.packages).map(([name, one]) => [name, { ...one, held: names.includes(name) }]),
  ),
})
const driver = (version: string) =>
  packages(
    `nvidia-driver-cuda=3:${version}-1.el9`,
    `kmod-nvidia-open-dkms=3:${version}-1.el9`,
    `nvidia-persistenced=3:${version}-1.el9`,
  )
const ours = (facts: Partial<NvidiaFacts> & { device?: string } = {}) =>
  host(
    'rocky9',
    {
      origins: ['cuda'],
      loaded: { version: '580.95.05', open: true },
      stream: '580-open',
      kernels: [
        { release: '5.14.0-162.6.1.el9_1.x86_64', headers: true, module: { version: '580.95.05', open: true } },
      ],
      ...facts,
    },
    driver('580.95.05'),
  )
/** Docker’s own file, of which all but the first section are off, and NVIDIA’s. */
const repositories = [
  'repo on docker-ce-stable https://download.docker.com/linux/centos/$releasever/$basearch/stable /etc/yum.repos.d/docker-ce.repo',
  'repo off docker-ce-test https://download.docker.com/linux/centos/8/$basearch/test /etc/yum.repos.d/docker-ce.repo',
  'repo on cuda-rhel9-x86_64 https://developer.download.nvidia.com/compute/cuda/repos/rhel9/x86_64 /etc/yum.repos.d/cuda-rhel9.repo',
].join('\n')

describe('a healthy host raises no alarm', () => {
  const names = ['half-installed', 'held-packages', 'dnf-repositories', 'podman-docker', 'docker-packages']
  const known = names.filter((name) => checks.some((one) => one.name === name))
  test.each(['rhel8', 'centos-stream-9', 'rocky9', 'alma10', 'oracle9', 'centos-stream-10'])('%s', (name) => {
    const version = /\d+/.exec(name)![0]
    const said = repositories.replaceAll('rhel9', `rhel${version}`)
    expect(known.length).toBeGreaterThan(3)
    for (const one of known) expect([one, titles(one, host(name), said)]).toEqual([one, []])
  })

  test('with a GPU, its driver of a branch’s own stream, and timers that only tell', () => {
    const said = 'automatic dnf-automatic.timer\nautomatic.conf apply_updates = no'
    expect(titles('driver-upgrades', ours(), said)).toEqual([])
    expect(titles('driver-origins', ours(), '')).toEqual([])
    expect(titles('gpu-branch', ours(), '')).toEqual([])
  })
})

test('half-installed: two versions of one package, as a cut-off upgrade leaves them', () => {
  expect(judged('half-installed', host('rocky9'), 'twice containerd.io 1.7.27-3.1.el9 1.7.28-1.el9')).toMatchObject([
    {
      severity: 'error',
      title: 'installed in two versions: containerd.io',
      evidence: ['rpm -qa: containerd.io 1.7.27-3.1.el9 1.7.28-1.el9'],
    },
  ])
})

test('held-packages: by dnf’s locks', () => {
  expect(judged('held-packages', locked(host('rocky9'), 'docker-ce'), '')).toMatchObject([
    {
      severity: 'warning',
      evidence: ['dnf versionlock list: docker-ce'],
      remedy: expect.stringMatching(/^`dnf versionlock delete docker-ce`/),
      mend: { set: ['docker-engine.hold=false'] },
    },
  ])
  expect(
    judged('held-packages', locked(host('rocky9'), 'docker-ce', 'docker-ce-cli', 'containerd.io'), ''),
  ).toMatchObject([{ severity: 'note' }])
})

describe('dnf-repositories', () => {
  const line = (url: string, state = 'on') => `repo ${state} x ${url} /etc/yum.repos.d/x.repo`
  test.each([
    ['rocky9', 'https://download.docker.com/linux/centos/8/x86_64/stable', 'warning'],
    ['rocky9', 'https://download.docker.com/linux/fedora/$releasever/$basearch/stable', 'warning'],
    ['fedora-44', 'https://download.docker.com/linux/rhel/9/$basearch/stable', 'warning'],
    ['fedora-44', 'https://developer.download.nvidia.com/compute/cuda/repos/fedora42/x86_64', 'note'],
    ['rhel10', 'https://developer.download.nvidia.com/compute/cuda/repos/rhel9/x86_64/', 'note'],
  ])('%s, %s', (name, url, severity) => {
    expect(judged('dnf-repositories', host(name), line(url))).toMatchObject([{ severity }])
    expect(titles('dnf-repositories', host(name), line(url, 'off'))).toEqual([])
  })

  test.each([
    ['rocky9', 'https://download.docker.com/linux/rhel/9.6/$basearch/stable'],
    ['alma10', 'https://download.docker.com/linux/centos/10/x86_64/stable'],
    ['fedora-44', 'https://download.docker.com/linux/fedora/44/$basearch/stable'],
    ['fedora-44', 'https://developer.download.nvidia.com/compute/cuda/repos/fedora$releasever/x86_64'],
    ['rocky9', 'https://mirror.internal/docker/8/x86_64'],
  ])('near miss: %s, %s', (name, url) => {
    expect(titles('dnf-repositories', host(name), line(url))).toEqual([])
  })

  test('not where apt is', () => {
    expect(titles('dnf-repositories', { ...host('rocky9'), packageManager: 'apt' }, '')).toBe('skipped')
  })
})

describe('driver-upgrades', () => {
  const on = 'automatic dnf-automatic.timer\nautomatic.conf apply_updates = yes'
  test('dnf-automatic that installs', () => {
    for (const said of [on, 'automatic dnf-automatic-install.timer'])
      expect(judged('driver-upgrades', ours(), said)).toMatchObject([
        { severity: 'warning', mend: { recipe: 'nvidia-driver', set: ['nvidia-driver.hold=true'] } },
      ])
  })

  test('near misses: locked, left out, no timer', () => {
    expect(titles('driver-upgrades', locked(ours(), 'nvidia-driver-cuda'), on)).toEqual([])
    expect(titles('driver-upgrades', ours(), `${on}\nautomatic.conf excludepkgs = kernel* *nvidia*`)).toEqual([])
    expect(titles('driver-upgrades', ours(), 'automatic.conf apply_updates = yes')).toEqual([])
  })

  const pascal = { device: '15f8', loaded: { version: '580.95.05', open: false } }
  test('a stream that follows the newest branch, with a GPU that will not go along', () => {
    expect(judged('driver-upgrades', ours({ ...pascal, stream: 'latest-dkms' }), '')).toMatchObject([
      {
        severity: 'warning',
        evidence: [expect.stringContaining('stream=latest-dkms'), expect.stringContaining('580.95.05')],
        remedy: expect.stringContaining('nvidia-driver:580-dkms'),
        mend: { recipe: 'nvidia-driver' },
      },
    ])
    expect(titles('driver-upgrades', ours({ ...pascal, stream: '580-dkms' }), '')).toEqual([])
    // A T4 goes along with every branch.
    expect(titles('driver-upgrades', ours({ stream: 'open-dkms' }), '')).toEqual([])
  })
})

test('driver-origins: RPM Fusion and NVIDIA', () => {
  const facts = host(
    'fedora-44',
    { origins: ['cuda', 'rpmfusion'] },
    {
      ...driver('580.95.05'),
      ...packages('akmod-nvidia=3:580.119.02-1.fc44'),
    },
  )
  const [finding] = found('driver-origins', facts)
  expect(finding?.evidence.join('\n')).toMatch(/akmod-nvidia 3:580\.119\.02/)
  expect(finding?.remedy).toMatch(/dnf remove/)
})

test('what is found where apt is, too, is told in dnf’s commands', () => {
  const [finding] = found('podman-docker', host('rocky9', undefined, packages('podman-docker=5.4.0')))
  expect(finding).toMatchObject({
    evidence: ['rpm: podman-docker 5.4.0 installed'],
    remedy: '`dnf remove podman-docker`; Podman itself may stay beside Docker',
  })
})

test('a check names commands of apt only where it is for apt alone', () => {
  const root = new URL('../../../', import.meta.url)
  const files = ['recipes', 'src/doctor'].flatMap((folder) =>
    readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' })
      .filter((name) => /checks.*\.ts$/.test(name))
      .map((name) => `${folder}/${name}`),
  )
  const named = files.sort().flatMap((path) =>
    readFileSync(new URL(path, root), 'utf8')
      .split('\n')
      .filter((line) => /apt-get|apt-mark|dpkg|update-initramfs|linux-headers/.test(line))
      .map((line) => `${path}: ${line.trim()}`),
  )
  expect(files.length).toBeGreaterThan(10)
  expect(named).toEqual([
    // apt's sources.
    expect.stringContaining('checks/apt-sources.ts: remedy: `correct or delete '),
    // What was installed half-way, as dpkg tells it; of dnf's other lines are told.
    expect.stringContaining("checks/packages.ts: return name === 'dpkg'"),
    expect.stringContaining('/var/lib/dpkg/updates'),
    expect.stringContaining('/var/lib/dpkg/status'),
    expect.stringContaining('dpkg --configure -a'),
    // unattended-upgrades.
    expect.stringContaining('not held, on no blacklist'),
  ])
})

describe('signatures', () => {
  const look = (repo: string) => judged('signatures', host('rocky9'), `repo ${repo} /etc/yum.repos.d/x.repo`)

  test('a repository whose packages are not checked', () => {
    const said = 'repo unsigned d https://download.docker.com/linux/rhel/9 /etc/yum.repos.d/x.repo gpgcheck = 0'
    expect(judged('signatures', host('rocky9'), said)).toMatchObject([
      {
        evidence: ['/etc/yum.repos.d/x.repo: [d] gpgcheck = 0'],
        remedy: 'take `gpgcheck = 0` out of /etc/yum.repos.d/x.repo',
      },
    ])
    expect(look('on d https://download.docker.com/linux/rhel/9')).toEqual([])
  })
})
