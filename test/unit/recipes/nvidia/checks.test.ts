import { describe, expect, test } from 'vitest'
import type { NvidiaFacts } from '../../../../recipes/nvidia/facts.js'
import { each, factsOf, judged, packages, titles } from '../../doctor/judging.js'

const t4 = { slot: '0000:01:00.0', device: '10de:1eb8', class: '0x030200', driver: 'nvidia' }
const loaded = { version: '580.95.05', open: true }
const kernel = {
  release: '6.12.0-amd64',
  headers: true,
  module: { version: '580.95.05', open: true, signer: 'DKMS module signing key' },
}
const driver = packages('nvidia-driver-580=580.95.05-0ubuntu1', 'libnvidia-compute-580=580.95.05-0ubuntu1')

/** A healthy host with a T4 and its driver, changed by some parts. */
const gpu = (nvidia: Partial<NvidiaFacts> = {}, more: Parameters<typeof factsOf>[0] = {}) =>
  factsOf({
    kernel: { release: kernel.release },
    packages: { ...packages('docker-ce'), ...driver },
    ...more,
    nvidia: {
      devices: [t4],
      loaded,
      kernels: [kernel],
      origins: ['ubuntu'],
      nouveau: { loaded: false, blacklisted: true },
      ...nvidia,
    },
  })

const all = [
  'gpu-driver',
  'driver-mismatch',
  'secure-boot',
  'fabric-manager',
  'gpu-branch',
  'driver-origins',
  'next-kernel',
  'driver-upgrades',
  'container-toolkit',
  'cdi',
]

test.each(all)('%s: not on a host without NVIDIA', (name) => expect(titles(name, factsOf(), '')).toBe('skipped'))

test.each(all.filter((name) => name !== 'container-toolkit'))('%s: nothing on a healthy one', (name) => {
  expect(titles(name, gpu(), 'library /usr/lib/x86_64-linux-gnu/libnvidia-ml.so.580.95.05')).toSatisfy(
    (found) => found === 'skipped' || found.length === 0,
  )
})

describe('gpu-driver', () => {
  const device = (name: string | undefined) => ({ devices: [{ ...t4, driver: name }], loaded: undefined })

  test('nouveau: an error where a driver is installed, else a warning', () => {
    expect(judged('gpu-driver', gpu(device('nouveau')), '')).toMatchObject([
      {
        severity: 'error',
        evidence: expect.arrayContaining(['/sys/bus/pci/devices/0000:01:00.0/driver: nouveau']),
        mend: { recipe: 'nvidia-driver' },
      },
    ])
    const bare = gpu({ ...device('nouveau'), origins: [], kernels: [] }, { packages: {} })
    expect(judged('gpu-driver', bare, '')).toMatchObject([
      { severity: 'warning', title: expect.stringMatching(/nouveau holds the GPU: .*T4/) },
    ])
  })

  test('none installed is a note; installed and not loaded an error with the kernel’s words', () => {
    expect(
      judged('gpu-driver', gpu({ ...device(undefined), origins: [], kernels: [] }, { packages: {} }), ''),
    ).toMatchObject([{ severity: 'note' }])
    expect(judged('gpu-driver', gpu(device(undefined)), 'kernel.said [3.1] NVRM: No NVIDIA GPU found.')).toMatchObject([
      { severity: 'error', evidence: expect.arrayContaining(['dmesg: [3.1] NVRM: No NVIDIA GPU found.']) },
    ])
  })

  test('a GPU of a guest’s, a Jetson, WSL: no business of the driver’s', () => {
    expect(titles('gpu-driver', gpu(device('vfio-pci')), '')).toBe('skipped')
    expect(titles('gpu-driver', gpu({ jetson: 'R36.4.3', devices: [], loaded: undefined }), '')).toBe('skipped')
    expect(titles('gpu-driver', gpu({ wsl: true, devices: [], loaded: undefined }), '')).toBe('skipped')
  })
})

describe('driver-mismatch', () => {
  const library = (version: string) => `library /usr/lib/x86_64-linux-gnu/libnvidia-ml.so.${version}`

  test('libraries of another version; a newer module on the disk', () => {
    expect(judged('driver-mismatch', gpu(), library('580.105.08'))).toMatchObject([
      { severity: 'error', evidence: [expect.stringContaining('580.95.05'), expect.stringContaining('580.105.08')] },
    ])
    const upgraded = gpu({ kernels: [{ ...kernel, module: { ...kernel.module, version: '580.105.08' } }] })
    expect(judged('driver-mismatch', upgraded, library('580.105.08'))).toMatchObject([
      { mend: { recipe: 'nvidia-driver' } },
    ])
    expect(judged('driver-mismatch', upgraded, library('580.95.05'))).toMatchObject([{ severity: 'warning' }])
  })

  test('a left-over library beside the right one, or none at all: nothing', () => {
    expect(titles('driver-mismatch', gpu(), `${library('550.54.14')}\n${library('580.95.05')}`)).toEqual([])
    expect(titles('driver-mismatch', gpu(), '')).toEqual([])
    expect(titles('driver-mismatch', gpu(), library('1'))).toEqual([])
  })
})

describe('secure-boot', () => {
  const on = { secureBoot: 'on' as const, loaded: undefined }
  const key = (enrolled: boolean) => ({ machineOwnerKey: { path: '/var/lib/dkms/mok.pub', enrolled } })
  const unsigned = { kernels: [{ ...kernel, module: { ...kernel.module, signer: undefined } }] }

  test('a module that nobody signed, or with a key that is not enrolled', () => {
    expect(judged('secure-boot', gpu({ ...on, ...unsigned }), '')).toMatchObject([
      { severity: 'error', cause: 'its module is not signed' },
    ])
    expect(judged('secure-boot', gpu({ ...on, ...key(false) }), '')).toMatchObject([
      { remedy: expect.stringContaining('mokutil --import /var/lib/dkms/mok.pub') },
    ])
    expect(
      titles('secure-boot', gpu(on), 'kernel.said [4] Loading of module with unavailable key is rejected'),
    ).toHaveLength(1)
  })

  test('enrolled, signed by Canonical, loaded anyway, or Secure Boot off: nothing', () => {
    expect(titles('secure-boot', gpu({ ...on, ...key(true) }), '')).toEqual([])
    const canonical = {
      kernels: [{ ...kernel, module: { ...kernel.module, signer: 'Canonical Ltd. Kernel Module Signing' } }],
    }
    expect(titles('secure-boot', gpu({ ...on, ...key(false), ...canonical }), '')).toEqual([])
    expect(titles('secure-boot', gpu({ ...on, ...key(false), loaded }), '')).toEqual([])
    expect(titles('secure-boot', gpu({ ...unsigned, secureBoot: 'off', loaded: undefined }), '')).toBe('skipped')
  })
})

describe('fabric-manager', () => {
  const nvswitch = { slot: '0000:05:00.0', device: '10de:22a3', class: '0x068000' }
  const switched = (names: Record<string, unknown>) =>
    gpu({ devices: [t4, nvswitch] }, { packages: { ...driver, ...names } as never })
  const unit = (state: string, result = 'success') =>
    each(
      'unit',
      `Id=nvidia-fabricmanager.service\nLoadState=loaded\nActiveState=${state}\nResult=${result}\nUnitFileState=enabled`,
    )
  const right = packages('nvidia-fabricmanager-580=580.95.05-1')

  test('missing, of another version, not running', () => {
    expect(judged('fabric-manager', switched({}), '')).toMatchObject([
      { severity: 'error', mend: { recipe: 'nvidia-driver' } },
    ])
    expect(
      judged('fabric-manager', switched(packages('nvidia-fabricmanager-580=580.82.07-1')), unit('failed', 'exit-code')),
    ).toMatchObject([{ title: expect.stringContaining('another version') }])
    expect(judged('fabric-manager', switched(right), unit('inactive'))).toMatchObject([
      { mend: { recipe: 'nvidia-driver' } },
    ])
    expect(judged('fabric-manager', switched(right), unit('failed', 'exit-code'))).not.toHaveProperty('0.mend')
  })

  test('running; without NVSwitches; before a driver is there', () => {
    expect(titles('fabric-manager', switched(right), unit('active'))).toEqual([])
    expect(titles('fabric-manager', gpu(), '')).toBe('skipped')
    expect(titles('fabric-manager', gpu({ devices: [t4, nvswitch], loaded: undefined }), '')).toBe('skipped')
  })
})

describe('gpu-branch', () => {
  const of = (device: string, version: string, open: boolean) =>
    gpu({ devices: [{ ...t4, device }], loaded: { version, open } })

  test.each([
    ['Pascal on 595', of('10de:1b06', '595.71.05', false), /580 is the last branch for Pascal/],
    ['Kepler on 550', of('10de:102d', '550.54.14', false), /470 is the last branch for Kepler/],
    ['Blackwell on 550', of('10de:2b85', '550.163.01', true), /570/],
    ['Blackwell with proprietary modules', of('10de:2b85', '580.95.05', false), /open kernel modules/],
    ['Volta with open modules', of('10de:1db6', '580.95.05', true), /580 is the last branch for Volta/],
  ])('%s', (_what, facts, cause) =>
    expect(judged('gpu-branch', facts, '')).toMatchObject([{ severity: 'error', cause: expect.stringMatching(cause) }]),
  )

  test.each([
    ['Pascal on 580', of('10de:1b06', '580.95.05', false)],
    ['Turing on 595', of('10de:1eb8', '595.71.05', true)],
    ['a GPU that lists have from 580 on, on the 570 that drives it', of('10de:230e', '570.195.03', true)],
    ['an id that is newer than the table, with open modules', of('10de:3fff', '620.10.01', true)],
  ])('%s: nothing', (_what, facts) => expect(titles('gpu-branch', facts, '')).toEqual([]))
})

test('driver-origins: mixed', () => {
  expect(titles('driver-origins', gpu({ origins: ['cuda', 'ubuntu'] }), '')).toEqual([
    'NVIDIA’s driver is mixed: NVIDIA’s CUDA repository and Ubuntu’s archive',
  ])
})

test('next-kernel: without a module, where the running one has one', () => {
  const next = { release: '6.12.9-amd64', headers: false }
  expect(judged('next-kernel', gpu({ nextKernel: next.release, kernels: [kernel, next] }), '')).toMatchObject([
    { severity: 'warning', cause: expect.stringContaining('headers') },
  ])
  expect(
    titles('next-kernel', gpu({ nextKernel: next.release, kernels: [kernel, { ...next, module: kernel.module }] }), ''),
  ).toEqual([])
  expect(titles('next-kernel', gpu({ nextKernel: kernel.release }), '')).toEqual([])
  expect(titles('next-kernel', gpu({ kernels: [kernel, next] }), '')).toEqual([])
})

describe('driver-upgrades', () => {
  const on = 'unattended installed\napt.config APT::Periodic::Unattended-Upgrade "1";'
  const find = (said: string, facts = gpu()) => judged('driver-upgrades', facts, said)

  test('on, and nothing keeps the driver out of it', () => {
    expect(find(on)).toMatchObject([{ severity: 'warning', mend: { recipe: 'nvidia-driver' } }])
    expect(find(`${on}\napt.config Unattended-Upgrade::Package-Blacklist:: "linux-";`)).toHaveLength(1)
    expect(
      find(`${on}\napt.config Unattended-Upgrade::Allowed-Origins:: "*:*";`, gpu({ origins: ['cuda'] })),
    ).toHaveLength(1)
  })

  test.each([
    ['not installed', 'apt.config APT::Periodic::Unattended-Upgrade "1";'],
    ['turned off', 'unattended installed\napt.config APT::Periodic::Unattended-Upgrade "0";'],
    ['all of apt’s timers are', `${on}\napt.config APT::Periodic::Enable "0";`],
    [
      'on the blacklist',
      `${on}\napt.config Unattended-Upgrade::Package-Blacklist:: "^nvidia-(?!container|docker)";\napt.config Unattended-Upgrade::Package-Blacklist:: "^libnvidia-(?!container)";`,
    ],
  ])('%s: nothing', (_what, said) => expect(find(said)).toEqual([]))

  test('held packages, and sources that it does not take from: nothing', () => {
    const held = Object.fromEntries(Object.entries(driver).map(([name, one]) => [name, { ...one, held: true }]))
    expect(find(on, gpu({}, { packages: held }))).toEqual([])
    expect(
      find(
        `${on}\napt.config Unattended-Upgrade::Allowed-Origins:: "\${distro_id}:\${distro_codename}-security";`,
        gpu({ origins: ['cuda'] }),
      ),
    ).toEqual([])
  })
})

describe('the toolkit', () => {
  const names = [
    'nvidia-container-toolkit',
    'nvidia-container-toolkit-base',
    'libnvidia-container-tools',
    'libnvidia-container1',
  ]
  const having = (...some: string[]) => gpu({}, { packages: { ...packages('docker-ce'), ...packages(...some) } })
  const whole = having(...names.map((name) => `${name}=1.18.0-1`))

  test('container-toolkit: missing, mixed, what came before it', () => {
    expect(judged('container-toolkit', gpu(), '')).toMatchObject([
      { severity: 'note', mend: { recipe: 'nvidia-container-toolkit' } },
    ])
    const mixed = having(...names.map((name, index) => `${name}=1.1${index ? 8 : 7}.0-1`))
    expect(judged('container-toolkit', mixed, '')).toMatchObject([
      { severity: 'warning', title: expect.stringContaining('different versions') },
    ])
    expect(judged('container-toolkit', having('nvidia-docker2=2.13.0-1'), '')).toMatchObject([
      { evidence: ['dpkg: nvidia-docker2 2.13.0-1 installed'] },
    ])
    expect(titles('container-toolkit', whole, '')).toEqual([])
    expect(titles('container-toolkit', gpu({}, { packages: {} }), '')).toBe('skipped')
  })

  test('toolkit-seen: the daemon is older than the toolkit', () => {
    const times = (hook: number) => `now 2000\nhertz 100\nboot 1000\nticks S ${'0 '.repeat(18)}10000\nhook ${hook}`
    expect(judged('toolkit-seen', whole, times(1500))).toMatchObject([
      { severity: 'warning', mend: { recipe: 'nvidia-container-toolkit' } },
    ])
    expect(titles('toolkit-seen', whole, times(1050))).toEqual([])
    expect(titles('toolkit-seen', whole, '')).toEqual([])
    expect(titles('toolkit-seen', gpu(), times(1500))).toBe('skipped')
  })

  test('cdi: of another version, naming what is gone, two of them', () => {
    const spec = '/var/run/cdi/nvidia.yaml'
    expect(judged('cdi', gpu(), `cdi.spec ${spec}\ncdi.version ${spec} 580.82.07`)).toMatchObject([
      {
        severity: 'error',
        evidence: [`${spec}: libraries of driver 580.82.07`, '/proc/driver/nvidia/version: 580.95.05'],
      },
    ])
    expect(titles('cdi', gpu(), `cdi.spec ${spec}\ncdi.missing ${spec} /dev/nvidia3`)).toHaveLength(1)
    expect(judged('cdi', gpu(), `cdi.spec /etc/cdi/nvidia.yaml\ncdi.spec ${spec}`)).toMatchObject([
      { severity: 'note' },
    ])
    expect(titles('cdi', gpu(), `cdi.spec ${spec}\ncdi.version ${spec} 580.95.05`)).toEqual([])
    expect(titles('cdi', gpu(), '')).toEqual([])
  })
})
