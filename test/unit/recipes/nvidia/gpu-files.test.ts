import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { gpuOf, hasNvidia, isGpu, isNvSwitch, whyNoDriver } from '../../../../recipes/nvidia/gpus.js'
import { driverOrigins, isWatched } from '../../../../recipes/nvidia/packages.js'
import { parseFactsFile } from '../../../../src/cli/hosts/facts-file.js'
import { unpainted } from '../../../../src/text.js'
import { showFacts } from '../../../../src/ui/facts.js'

const folder = new URL('../../../facts/', import.meta.url)
const names = readdirSync(folder).filter((name) => name.startsWith('gpu-'))
const read = (name: string) => parseFactsFile(readFileSync(new URL(name, folder), 'utf8'), name)[0]!

it('there are machines with GPUs of every kind', () => {
  const architectures = names.flatMap((name) =>
    read(name)
      .facts.nvidia.devices.filter(isGpu)
      .map(({ device }) => gpuOf(device).architecture),
  )
  expect(new Set(architectures)).toEqual(
    new Set(['Kepler', 'Maxwell', 'Pascal', 'Volta', 'Turing', 'Ampere', 'Ada', 'Hopper', 'Blackwell']),
  )
})

describe.each(names)('%s', (name) => {
  const { about, facts } = read(name)
  const { nvidia } = facts

  it('says where it comes from', () => {
    expect(about?.source).toMatch(about?.recorded ? /^recorded/ : /^written, not recorded: /)
  })

  it('has what a gathering would find', () => {
    expect(hasNvidia(facts)).toBe(true)
    expect(nvidia.devices.filter((device) => !isGpu(device) && !isNvSwitch(device))).toEqual([])
    expect(nvidia.devices.filter((device) => isGpu(device) && !gpuOf(device.device).known)).toEqual([])
    expect(Object.keys(facts.packages).filter((one) => !isWatched(one, true))).toEqual([])
  })

  it('fits together', () => {
    const releases = nvidia.kernels.map(({ release }) => release)
    if (facts.container === undefined) expect(releases).toContain(facts.kernel.release)
    if (nvidia.nextKernel !== undefined) expect(releases).toContain(nvidia.nextKernel)
    const running = nvidia.kernels.find(({ release }) => release === facts.kernel.release)
    if (nvidia.loaded) expect(running?.module).toMatchObject(nvidia.loaded)
    expect(nvidia.nouveau.loaded && nvidia.loaded !== undefined).toBe(false)
    expect(nvidia.devices.some(({ driver }) => driver === 'nvidia')).toBe(nvidia.loaded !== undefined)
    for (const { release, headers } of nvidia.kernels) {
      if (`linux-image-${release}` in facts.packages)
        expect([release, `linux-headers-${release}` in facts.packages]).toEqual([release, headers])
    }
  })

  it('names the origins that its packages have', () => {
    const present = Object.entries(facts.packages).filter(([, { state }]) => state !== 'config-files')
    const packages = present.map(([one, { version }]) => ({ name: one, version, maintainer: '' }))
    expect(nvidia.origins.filter((origin) => origin !== 'runfile')).toEqual(driverOrigins(packages, false))
  })

  it('is shown without a word of ours that is none', () => {
    const lines = showFacts(name, facts, unpainted).join('\n')
    expect(lines).not.toMatch(/undefined|\[object|null|NaN/)
    expect(lines).toMatch(/NVIDIA (driver|GPU)|Jetson/)
  })
})

it.each([
  ['gpu-jetson-orin.json', /Jetson/],
  ['gpu-wsl2.json', /WSL/],
  ['gpu-vfio.json', /vfio-pci/],
  ['gpu-vgpu-guest.json', /slice/],
  ['gpu-t4.json', undefined],
  ['gpu-p40-rtx-5090.json', undefined],
])('%s: a driver is for others to install, or not', (name, cause) => {
  const found = whyNoDriver(read(name).facts)?.cause
  if (cause === undefined) expect(found).toBeUndefined()
  else expect(found).toMatch(cause)
})

it('fitout facts shows what there is of NVIDIA', () => {
  const shown = showFacts('rack7', read('gpu-h100.json').facts, unpainted).filter(
    (line) => !/^ {2}package|linux-|lib/.test(line),
  )
  expect(shown.slice(8, 17).map((line) => line.replace(/ {2,}/g, '  ').trim())).toEqual([
    'NVIDIA GPU  H100 PCIe, Hopper, compute capability 9.0 [10de:2331] at 0000:17:00.0, driver nvidia',
    'NVIDIA driver  580.95.05 runs (open kernel module)',
    'it is from  Ubuntu’s archive',
    'nouveau  does not run, kept from loading',
    'installed kernel  6.8.0-87-generic (runs, boots next), with headers, module 580.95.05 (open kernel module), signed by Canonical Ltd. Kernel Module Signing',
    'Secure Boot  off',
    'uses a GPU  nvidia-persiste (1104)',
    'python3 (48211) in container 3f1c2b7a9d5e',
    'CDI specification  /var/run/cdi/nvidia.yaml',
  ])
})
