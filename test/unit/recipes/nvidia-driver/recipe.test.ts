import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { recipes } from '../../../../recipes/index.js'
import { FitoutError } from '../../../../src/errors.js'
import { choose } from '../../../../src/recipe/choose.js'
import { type FactsFile, planFromFacts } from '../../../../src/run/look.js'

const folder = new URL('../../../facts/', import.meta.url)
const names = readdirSync(folder).filter((name) => name.startsWith('gpu-'))
const file = (name: string): FactsFile => JSON.parse(readFileSync(new URL(`gpu-${name}.json`, folder), 'utf8'))
const planOf = (name: string, ...set: string[]) =>
  planFromFacts(file(name), choose(recipes, { only: ['nvidia-driver'], set }))
const installs = (name: string, ...set: string[]) =>
  planOf(name, ...set).changes.flatMap(({ transaction }) => transaction?.install.map((one) => one.name) ?? [])

function refusal(name: string, ...set: string[]): FitoutError {
  try {
    planOf(name, ...set)
  } catch (error) {
    if (error instanceof FitoutError) return error
    throw error
  }
  throw new Error(`${name} was not refused`)
}

/** What a fresh machine gets: the package with the branch and the kernel modules in its name, and what the plan says of it. */
const fresh: Record<string, [leader: string, note: string]> = {
  'a100-nvswitch': ['nvidia-headless-no-dkms-580-server-open', '8 × A100 SXM4 40GB'],
  'gtx-970': ['nvidia-smi', 'branch 550 from Debian’s archive, for GeForce GTX 970'],
  k80: ['nvidia-headless-no-dkms-470-server', '2 × Tesla K80'],
  p100: ['nvidia-smi', 'branch 535 from Debian’s archive, for 2 × Tesla P100 PCIe 16GB'],
  'rtx-4090': ['nvidia-headless-no-dkms-580-server-open', 'GeForce RTX 4090'],
  'rtx-5090': ['nvidia-driver-cuda', 'branch 620 from NVIDIA’s CUDA repository, for GeForce RTX 5090'],
  'secure-boot-signed': ['nvidia-headless-no-dkms-580-server-open', 'GeForce RTX 3090'],
  t4: ['nvidia-headless-no-dkms-580-server-open', 'Tesla T4'],
  v100: ['nvidia-headless-no-dkms-580-server', '4 × Tesla V100 SXM2 16GB'],
}
/** Drivers that stay. */
const kept: Record<string, string> = {
  'driver-470': '470.256.02 (proprietary kernel modules) from Ubuntu’s archive does for Tesla T4 and stays',
  h100: '580.95.05 (open kernel modules) from Ubuntu’s archive does for H100 PCIe and stays',
  'nvidia-docker2': '535.247.01 (proprietary kernel modules) from Debian’s archive does for A10 and stays',
  runfile: '570.195.03 (open kernel modules) from NVIDIA’s .run installer does for H100 PCIe and stays',
}
/** Where none is installed, and why. */
const none: Record<string, string> = {
  'jetson-orin': 'JetPack',
  vfio: 'vfio-pci',
  'vgpu-guest': 'vGPU',
  wsl2: 'Windows',
}
const refusals: Record<string, string> = {
  'p40-rtx-5090': 'no one driver can drive all of these GPUs',
  'mixed-origins': 'packages of several origins are mixed here: NVIDIA’s CUDA repository, Ubuntu’s archive',
  'secure-boot-dkms': 'Secure Boot is on, no module that is signed already is offered',
}

it('every recorded machine with a GPU is expected to be something', () => {
  const expected = [fresh, kept, none, refusals].flatMap((table) => Object.keys(table))
  expect(expected.map((name) => `gpu-${name}.json`).sort()).toEqual(names.sort())
})

it.each(Object.entries(fresh))('%s gets a driver', (name, [leader, note]) => {
  const plan = planOf(name)
  expect(installs(name)[0]).toBe(leader)
  expect(plan.notes.join('\n')).toContain(note)
  const titles = plan.changes.map(({ title }) => title)
  expect(titles).toContain('Write /etc/apt/apt.conf.d/52fitout-nvidia')
  expect(titles.at(-1)).toBe('Load the NVIDIA driver')
})

it.each(Object.entries(kept))('%s keeps its driver', (name, note) => {
  expect(planOf(name).notes[0]).toContain(note)
  expect(installs(name)).toEqual([])
})

it.each(Object.entries(none))('%s gets none, and the plan says what to do instead', (name, words) => {
  const { changes, script, notes } = planOf(name)
  expect({ changes, script }).toEqual({ changes: [], script: '' })
  expect(notes).toEqual([expect.stringMatching(/^no driver is installed: .*; .*/)])
  expect(notes[0]).toContain(words)
})

it.each(Object.entries(refusals))('%s is refused', (name, words) => {
  const error = refusal(name)
  expect(error.why).toContain(words)
  expect(error.remedy).toBeDefined()
  expect(error.said.length).toBeGreaterThan(0)
})

it('a recipe that suits no host leaves the other recipes their plan', () => {
  const plan = planFromFacts(file('jetson-orin'), choose(recipes, { only: ['nvidia-driver', 'docker-engine'] }))
  expect(plan.changes.map(({ title }) => title)).toContain('Configure Docker’s package repository')
})

describe('what is asked', () => {
  it('takes the place of a driver that is too old for it', () => {
    expect(installs('driver-470', 'nvidia-driver.cuda=>=12')[0]).toBe('nvidia-headless-no-dkms-580-server-open')
    expect(
      planOf('driver-470', 'nvidia-driver.cuda=>=12').changes.flatMap(({ transaction }) => transaction?.remove ?? []),
    ).not.toEqual([])
  })

  it.each(['580', '580.95.05', '550.163.01', '>=550 <590'])('may be the branch %s', (branch) => {
    expect(installs('rtx-4090', `nvidia-driver.branch=${branch}`).length).toBeGreaterThan(0)
  })

  it.each(['newest', '580.x.y.z', ''])('may not be the branch “%s”', (branch) => {
    expect(() => planOf('rtx-4090', `nvidia-driver.branch=${branch}`)).toThrow('is not a branch like 580')
  })

  it('a source that is named lets a mixture be put in order', () => {
    const plan = planOf('mixed-origins', 'nvidia-driver.source=distro')
    expect(plan.changes.flatMap(({ transaction }) => transaction?.remove.map(({ name }) => name) ?? [])).toContain(
      'nvidia-utils-550',
    )
  })
})

describe('the plan', () => {
  it('for an NVSwitch brings its fabric manager', () => {
    expect(installs('a100-nvswitch')).toContain('nvidia-fabricmanager-580')
    expect(planOf('a100-nvswitch').script).toMatch(/load_nvidia open '' nvidia-persistenced nvidia-fabricmanager/)
  })

  it('adds components, keeps nouveau away and rebuilds the initramfs', () => {
    const plan = planOf('p100')
    expect(plan.changes[0]).toMatchObject({ title: 'Add contrib, non-free, non-free-firmware to Debian’s archive' })
    const nouveau = plan.changes.find(({ title }) => title === 'Write /etc/modprobe.d/fitout-nouveau.conf')!
    expect(nouveau.diff).toContain('+blacklist nouveau')
    expect(nouveau.script).toContain('update-initramfs -u -k all')
    expect(installs('p100').filter((name) => name.startsWith('linux-headers-'))).not.toEqual([])
  })

  it('of a repository whose key nobody fetched cannot be run, and says so', () => {
    const { script } = planOf('rtx-5090')
    expect(script).toContain(
      'the key of https://developer.download.nvidia.com/compute/cuda/repos/debian13/x86_64/ was not fetched',
    )
  })

  it('tells unattended-upgrades what to leave alone: the driver, not the toolkit nor modules for new kernels', () => {
    const { diff } = planOf('t4').changes.find(({ title }) => title.endsWith('52fitout-nvidia'))!
    const patterns = [...diff!.matchAll(/^\+ {2}"(.*)";$/gm)].map(([, pattern]) => new RegExp(pattern!))
    const left = (name: string) => patterns.some((pattern) => pattern.test(name))
    for (const name of [
      'nvidia-utils-580-server',
      'libnvidia-compute-580',
      'libcuda1',
      'nvidia-driver-580',
      'firmware-nvidia-gsp',
    ])
      expect([name, left(name)]).toEqual([name, true])
    for (const name of [
      'nvidia-container-toolkit',
      'libnvidia-container1',
      'linux-modules-nvidia-580-generic',
      'libcudart12',
    ])
      expect([name, left(name)]).toEqual([name, false])
  })
})
