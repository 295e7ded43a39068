// What needs hardware that no lab has: `apply`, planned from the facts of such a host, has the change that mends the finding.
import { expect, test } from 'vitest'
import { recipes } from '../../../recipes/index.js'
import type { Facts } from '../../../src/facts/facts.js'
import { choose } from '../../../src/recipe/choose.js'
import { planFromFacts } from '../../../src/run/look.js'
import { daemonJson, each, factsOf, judged, packages } from './judging.js'

const t4 = { slot: '0000:01:00.0', device: '10de:1eb8', class: '0x030200', driver: 'nvidia' }
const nvswitch = { slot: '0000:05:00.0', device: '10de:22a3', class: '0x068000' }
const os = {
  id: 'ubuntu',
  idLike: ['debian'],
  prettyName: 'Ubuntu 24.04 LTS',
  versionId: '24.04',
  codename: 'noble',
  ubuntuCodename: 'noble',
}
const release = '6.8.0-60-generic'
const module = { version: '580.95.05', open: true, signer: 'Canonical Ltd. Kernel Module Signing' }
const driver = packages(
  ...['nvidia-headless-no-dkms-580-server-open', 'nvidia-utils-580-server', 'libnvidia-compute-580-server'].map(
    (name) => `${name}=580.95.05-0ubuntu0.24.04.2`,
  ),
)
const fitted = (nvidia: Partial<Facts['nvidia']> = {}, more: Record<string, unknown> = {}) =>
  factsOf({
    os,
    kernel: { release },
    packages: { ...packages('docker-ce'), ...driver, ...more } as never,
    nvidia: {
      devices: [t4],
      loaded: { version: '580.95.05', open: true },
      kernels: [{ release, headers: true, module }],
      origins: ['ubuntu'],
      nouveau: { loaded: false, blacklisted: true },
      ...nvidia,
    },
  })
const bare = { loaded: undefined, kernels: [{ release, headers: true }], origins: [] as never[] }
const hook = `now 2000\nhertz 100\nboot 1000\nticks S ${'0 '.repeat(18)}10000\nhook 1500`
const toolkit = packages(
  ...[
    'nvidia-container-toolkit',
    'nvidia-container-toolkit-base',
    'libnvidia-container-tools',
    'libnvidia-container1',
  ].map((name) => `${name}=1.18.0-1`),
)
const inactive = each(
  'unit',
  'Id=nvidia-fabricmanager.service\nLoadState=loaded\nActiveState=inactive\nResult=success\nUnitFileState=disabled',
)

type Case = [what: string, check: string, facts: Facts, said: string, resource: RegExp, seen?: Record<string, unknown>]

test.each<Case>([
  [
    'nouveau, no driver',
    'gpu-driver',
    fitted({ ...bare, devices: [{ ...t4, driver: 'nouveau' }] }),
    '',
    /^module nvidia$/,
  ],
  [
    'no driver at all',
    'gpu-driver',
    { ...fitted({ ...bare, devices: [{ ...t4, driver: undefined }] }), packages: packages('docker-ce') },
    '',
    /^packages nvidia-driver$/,
  ],
  [
    'a newer module on the disk',
    'driver-mismatch',
    fitted({ loaded: { version: '580.82.07', open: true } }),
    '',
    /^module nvidia$/,
  ],
  ['no fabric manager', 'fabric-manager', fitted({ devices: [t4, nvswitch] }), '', /^packages nvidia-driver$/],
  [
    'a fabric manager that does not run',
    'fabric-manager',
    fitted({ devices: [t4, nvswitch] }, packages('nvidia-fabricmanager-580=580.95.05-0ubuntu0.24.04.2')),
    inactive,
    /^module nvidia$/,
    {
      'module nvidia': {
        loaded: { version: '580.95.05', open: true },
        onDisk: [module],
        elsewhere: false,
        nouveau: [],
        users: [],
        services: {
          'nvidia-fabricmanager': { active: false, enabled: 'disabled' },
          'nvidia-persistenced': { active: true, enabled: 'enabled' },
        },
      },
    },
  ],
  [
    'unattended upgrades',
    'driver-upgrades',
    fitted(),
    'unattended installed\napt.config APT::Periodic::Unattended-Upgrade "1";',
    /52fitout-nvidia$/,
  ],
  ['no toolkit', 'container-toolkit', fitted(), '', /^packages nvidia-container-toolkit$/],
  [
    'nvidia-docker2',
    'container-toolkit',
    fitted({}, packages('nvidia-docker2=2.13.0-1')),
    '',
    /^packages nvidia-container-toolkit$/,
  ],
  // One that is mixed takes what the repository answers: its case installed-disagrees.yaml.
  [
    'a toolkit that Docker has not seen',
    'toolkit-seen',
    fitted({}, toolkit),
    hook,
    /^docker-toolkit$/,
    { 'docker-toolkit': { now: 2000, started: 1100, since: 1500 } },
  ],
  [
    'GPUs by --gpus of Docker 28',
    'gpus-stay',
    fitted({}, toolkit),
    'info {"DefaultRuntime":"runc","ServerVersion":"28.5.2","CgroupDriver":"systemd"}',
    /daemon\.json$/,
  ],
  [
    'a runtime that is missing',
    'runtimes',
    fitted(),
    `${daemonJson('{"runtimes": {"nvidia": {"path": "nvidia-container-runtime"}}}')}\nprogram.missing nvidia-container-runtime`,
    /^packages nvidia-container-toolkit$/,
  ],
  [
    'an answer instead of a list',
    'apt-sources',
    fitted(),
    'source /etc/apt/sources.list.d/nvidia-docker.list # Unsupported distribution!',
    /^packages nvidia-container-toolkit$|^apt-repository nvidia-container-toolkit$/,
  ],
  [
    'the memory control group off on a Pi',
    'memory-cgroup',
    factsOf({
      board: 'Raspberry Pi 4 Model B Rev 1.5',
      memoryCgroup: false,
      bootCommandLine: {
        path: '/boot/firmware/cmdline.txt',
        line: 'console=tty1 root=/dev/sda2',
        running: 'console=tty1 root=/dev/sda2',
      },
    }),
    'cgroup.controllers cpu io pids',
    /^memory cgroup$/,
  ],
])('%s (%s)', (_what, name, facts, said, resource, seen = {}) => {
  const findings = judged(name, facts, said)
  const mend = findings === 'skipped' ? undefined : findings[0]?.mend
  expect(mend, JSON.stringify(findings)).toBeDefined()
  const { changes } = planFromFacts(
    { facts, seen },
    choose(recipes, { only: [mend!.recipe], set: [...(mend!.set ?? [])] }),
  )
  expect(changes.map((change) => change.resource).filter((id) => resource.test(id))).not.toEqual([])
})
