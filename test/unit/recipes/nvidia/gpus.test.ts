import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { branches, needsOf } from '../../../../recipes/nvidia/driver-branches.js'
import { firstListed, isUnlisted } from '../../../../recipes/nvidia/driver-lists.js'
import type { NvidiaDevice } from '../../../../recipes/nvidia/facts.js'
import { gpuTable } from '../../../../recipes/nvidia/gpu-names.make.js'
import {
  architectureOfId,
  gpuOf,
  hasGpuForContainers,
  hasNvidia,
  names,
  wholeGpus,
  whyNoDriver,
} from '../../../../recipes/nvidia/gpus.js'
import { bareDebian } from '../../../support/facts.js'

const gpu = (device: string, more: Partial<NvidiaDevice> = {}): NvidiaDevice => ({
  slot: '0000:01:00.0',
  device: `10de:${device}`,
  class: '0x030000',
  ...more,
})

describe('the table of names', () => {
  test('has a thousand GPUs, none of which is another function of its card', () => {
    expect(names().size).toBeGreaterThan(960)
    expect([...names().values()].filter(({ name }) => /audio|usb|bridge|switch/i.test(name ?? ''))).toEqual([])
    expect(names().has('1af1'), 'A100 NVSwitch').toBe(false)
    expect(names().has('22a3'), 'H100 NVSwitch').toBe(false)
  })

  test('agrees with the ranges about the architecture of every GPU', () => {
    const contradictions = [...names().keys()].filter((id) => architectureOfId(id) !== gpuOf(`10de:${id}`).architecture)
    expect(contradictions).toEqual([])
  })

  test('has a compute capability for every chip but those that no list of NVIDIA’s has', () => {
    const without = [...names()].filter(([id]) => !gpuOf(`10de:${id}`).computeCapability).map(([, { chip }]) => chip)
    expect([...new Set(without)].sort()).toEqual(['GB112', 'GB120'])
  })

  test('is made from a pci.ids', () => {
    const excerpt = [
      '#\tVersion: 2026.01.02',
      '10dd  Another vendor',
      '\t2330  GH100 [Not ours]',
      '10de  NVIDIA Corporation',
      '# a remark',
      '\t1b38  GP102GL [Tesla P40]',
      '\t\t10de 11d9  Tesla P40',
      '\t10f9  TU102 High Definition Audio Controller',
      '\t1ad6  TU102 USB 3.1 Host Controller',
      '\t22a3  GH100 [H100 NVSwitch]',
      '\t22ce  GB10 GEN5 X4 PCIe host bridge',
      '\t0fa5  GK11x',
      '\t2900  GB100 [Reserved Dev ID A]',
      '\t2b00  GB10B [Jetson AGX Thor]',
      '\t2c58  GB203M / GN22-X11 [GeForce RTX 5090 Max-Q / Mobile]',
      '10df  Emulex Corporation',
      '\t2331  GH100 [Not ours either]',
      '',
    ].join('\n')
    expect(gpuTable(excerpt).split('\n').slice(2)).toEqual([
      '1b38 GP102 Tesla P40',
      '2900 GB100',
      '2b00 GB10B Jetson AGX Thor',
      '2c58 GB203 GeForce RTX 5090 Max-Q / Mobile',
      '',
    ])
    expect(gpuTable(excerpt)).toContain('pci.ids 2026.01.02')
    expect(() => gpuTable('something else')).toThrow(/not a pci.ids/)
  })
})

test.each([
  ['13c2', 'GM204', 'GeForce GTX 970', 'Maxwell', '5.2'],
  ['102d', 'GK210', 'Tesla K80', 'Kepler', '3.7'],
  ['1db4', 'GV100', undefined, 'Volta', '7.0'],
  ['15f7', 'GP100', undefined, 'Pascal', '6.0'],
  ['1b38', 'GP102', 'Tesla P40', 'Pascal', '6.1'],
  ['1eb8', 'TU104', 'Tesla T4', 'Turing', '7.5'],
  ['20b2', 'GA100', undefined, 'Ampere', '8.0'],
  ['2204', 'GA102', 'GeForce RTX 3090', 'Ampere', '8.6'],
  ['2330', 'GH100', undefined, 'Hopper', '9.0'],
  ['2684', 'AD102', 'GeForce RTX 4090', 'Ada', '8.9'],
  ['2901', 'GB100', 'B200', 'Blackwell', '10.0'],
  ['3182', 'GB110', 'B300 SXM6 AC', 'Blackwell', '10.3'],
  ['2B85', 'GB202', 'GeForce RTX 5090', 'Blackwell', '12.0'],
  ['2e12', 'GB20B', 'GB10', 'Blackwell', '12.1'],
])('10de:%s is a %s', (id, chip, name, architecture, computeCapability) => {
  const found = gpuOf(`10de:${id}`)
  expect(found).toMatchObject({ id: `10de:${id.toLowerCase()}`, chip, architecture, computeCapability, known: true })
  if (name) expect(found.name).toBe(name)
  else expect(found.name).toBeTruthy()
})

test.each([
  ['2b8f', 'Blackwell'],
  ['1bff', 'Pascal'],
  ['0191', 'older'],
  ['0a65', 'older'],
  ['3900', 'unknown'],
])('10de:%s, which no table has, is %s by its range', (id, architecture) => {
  expect(gpuOf(`10de:${id}`)).toEqual({ id: `10de:${id}`, architecture, known: false })
})

test('what NVIDIA’s lists say is said of GPUs that have a name', () => {
  const unlisted = [...names().keys()].filter(isUnlisted)
  expect(unlisted.length).toBe(124)
  for (const id of Object.keys(firstListed)) expect([id, names().has(id), isUnlisted(id)]).toEqual([id, true, false])
})

test('the longest supported branch is the newest long-term one', () => {
  const ends = branches.flatMap(({ branch, endOfLife }) => (endOfLife ? [{ branch, endOfLife }] : []))
  const [last] = ends.sort((a, b) => b.endOfLife.localeCompare(a.endOfLife))
  expect(last).toEqual({ branch: 620, endOfLife: '2029-09' })
})

describe('needsOf', () => {
  const needs = (id: string) => {
    const { min, minVersion, max, kernelModules, newest } = needsOf(gpuOf(`10de:${id}`))
    return `${minVersion ?? min ?? ''}–${max ?? ''} ${kernelModules.join('|')}${newest ? ' newest' : ''}`
  }

  test.each([
    ['102d', '–470 proprietary'],
    ['13c2', '–580 proprietary'],
    ['1b38', '–580 proprietary'],
    ['1db4', '–580 proprietary'],
    ['1eb8', '410– open|proprietary'],
    ['20b2', '450– open|proprietary'],
    ['2684', '520– open|proprietary'],
    ['2330', '520– open|proprietary'],
    ['2342', '535– open'],
    ['2348', '535– open'],
    ['2b85', '570– open'],
    ['2c31', '570– open'],
    ['2c3a', '595– open'],
    ['3182', '580.82.07– open'],
    ['2e12', '580.94.13– open'],
    ['31c3', '580– open newest'],
    ['2b8f', '570– open newest'],
    ['1bff', '–580 proprietary'],
    ['2c09', '570– open newest'],
    ['2328', '520– open|proprietary newest'],
    ['2b8c', '580.76.05– open'],
    ['3021', '615– open'],
    ['3010', '615– open newest'],
    ['3900', '– open newest'],
    ['06c0', '–390 proprietary'],
    ['0191', '–340 proprietary'],
    ['11bf', '–340 proprietary'],
  ])('10de:%s: %s', (id, expected) => {
    expect(needs(id)).toBe(expected)
  })

  test('agrees with what Debian knows of each branch', () => {
    const file = readFileSync(new URL('fixtures/nvidia-detect.txt', import.meta.url), 'utf8')
    const lists = Object.fromEntries(
      file
        .split('\n')
        .filter((line) => line !== '' && !line.startsWith('#'))
        .map((line) => line.split(' '))
        .map(([branch = '', ...ids]) => [branch, new Set(ids)]),
    )
    const can = (id: string, branch: number) => {
      const { min = 0, max = Number.POSITIVE_INFINITY } = needsOf(gpuOf(`10de:${id}`))
      return min <= branch && branch <= max
    }
    const refused = [550, 470, 390].flatMap((branch) =>
      [...lists[branch]!].filter((id) => !can(id, branch)).map((id) => `${id} ${branch}`),
    )
    expect(refused, 'a GPU that Debian’s branch drives, and the table says it does not').toEqual([])
    // The other way round: what an older list has and a newer one lacks was dropped between them.
    const dropped = (older: string, newer: string, last: number) =>
      [...lists[older]!]
        .filter((id) => !lists[newer]!.has(id) && needsOf(gpuOf(`10de:${id}`)).max !== last)
        .map((id) => `${id} ${gpuOf(`10de:${id}`).architecture}`)
    // Single products that Debian's list for 550 lacks; others with the same chip are in it.
    const gaps = ['137d', '1bb3', '1df5', '1f09']
    expect(dropped('470', '550', 470).map((one) => one.split(' ')[0])).toEqual(gaps)
    const chips = new Set([...lists['550']!].map((id) => names().get(id)?.chip))
    expect(gaps.filter((id) => !chips.has(names().get(id)?.chip))).toEqual([])
    expect(dropped('390', '470', 390)).toEqual([])
    expect(dropped('340', '390', 340)).toEqual([])
    const strangers = [550, 470].flatMap((branch) => [...lists[branch]!].filter(isUnlisted))
    expect(strangers, 'a GPU that Debian’s branch drives, and the table says that no list has it').toEqual([])
    const closed = [...lists['550-open']!].filter((id) => !needsOf(gpuOf(`10de:${id}`)).kernelModules.includes('open'))
    expect(closed).toEqual([])
  })
})

describe('what a host has', () => {
  const host = (devices: NvidiaDevice[], more: object = {}) =>
    bareDebian({ nvidia: { ...bareDebian().nvidia, devices, ...more } })

  test('GPUs that it can drive itself', () => {
    const own = gpu('2330', { class: '0x030200', driver: 'nvidia' })
    const devices = [
      own,
      gpu('22a3', { class: '0x068000' }),
      gpu('2330', { driver: 'vfio-pci' }),
      gpu('2342', { driver: 'nvgrace_gpu_vfio_pci' }),
      gpu('2330', { virtual: true }),
    ]
    expect(wholeGpus(host(devices).nvidia)).toEqual([own])
  })

  test.each([
    ['a card', host([gpu('2684')]), true, undefined],
    ['nothing', host([]), false, /no NVIDIA GPU on the PCI bus/],
    ['a switch alone', host([gpu('22a3', { class: '0x068000' })]), false, /no NVIDIA GPU/],
    ['a Jetson', host([], { jetson: 'R36.4.3' }), true, /JetPack/],
    ['a Jetson with its GPU on PCI', host([gpu('2b00')], { jetson: 'R38.2.0' }), true, /JetPack/],
    ['WSL with a GPU', host([], { wsl: true }), true, /Windows drives the GPU/],
    ['a passed-through card', host([gpu('2684', { driver: 'vfio-pci' })]), true, /^the GPU is bound to vfio-pci/],
    [
      'two of them',
      host([gpu('2684', { driver: 'vfio-pci' }), gpu('2684', { driver: 'vfio-pci' })]),
      true,
      /^all GPUs are bound to vfio-pci.*them away/,
    ],
    ['one of two', host([gpu('2684', { driver: 'vfio-pci' }), gpu('2684')]), true, undefined],
    ['a slice', host([gpu('2230', { virtual: true })]), true, /vGPU/],
  ])('%s', (_, facts, has, cause) => {
    expect(hasNvidia(facts)).toBe(has)
    const why = whyNoDriver(facts)
    if (cause) {
      expect(why?.cause).toMatch(cause)
      expect(why?.remedy).toBeTruthy()
    } else expect(why).toBeUndefined()
  })

  test('GPUs that all belong to virtual machines are none that containers use', () => {
    const handedOn = gpu('2684', { driver: 'vfio-pci' })
    expect(hasGpuForContainers(host([handedOn]))).toBe(false)
    expect(hasGpuForContainers(host([handedOn, gpu('2684')]))).toBe(true)
    expect(hasGpuForContainers(host([gpu('2230', { virtual: true })]))).toBe(true)
    expect(hasGpuForContainers(host([]))).toBe(false)
  })

  test('a container and WSL without a GPU', () => {
    expect(whyNoDriver({ ...host([gpu('2684')]), container: 'lxc' })?.cause).toMatch(/itself a container \(lxc\)/)
    const wsl = { ...host([]), container: 'wsl' }
    expect(hasNvidia(wsl)).toBe(false)
    expect(whyNoDriver(wsl)?.cause).toMatch(/hands no GPU/)
  })
})
