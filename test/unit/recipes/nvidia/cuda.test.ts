import { describe, expect, test } from 'vitest'
import {
  branchesForCuda,
  compilesFor,
  cudaImages,
  driverForCuda,
  ownCudaOf,
  runsOn,
  toolkits,
} from '../../../../recipes/nvidia/cuda.js'
import { compareDebVersions } from '../../../../src/data/deb-version.js'
import { FitoutError } from '../../../../src/errors.js'

test('the table rises with every row', () => {
  expect(toolkits.length).toBeGreaterThan(40)
  for (const [index, row] of toolkits.slice(1).entries()) {
    expect(row.cuda).toMatch(/^\d+\.\d+\.\d+$/)
    expect(compareDebVersions(row.cuda, toolkits[index]!.cuda), row.cuda).toBeGreaterThan(0)
    // Some came with the driver of the one before.
    expect(compareDebVersions(row.driver, toolkits[index]!.driver), row.driver).toBeGreaterThanOrEqual(0)
  }
})

test.each([
  ['13.2.1', '580.65.06'],
  ['12.9', '525.60.13'],
  ['12.0.0', '525.60.13'],
  ['11.8', '450.80.02'],
  ['10.2', '440.33'],
  ['10.1', '418.39'],
])('containers of CUDA %s run from %s on', (cuda, driver) => {
  expect(driverForCuda(cuda)).toBe(driver)
  expect(runsOn(cuda, driver)).toBe(true)
})

test('nothing is said of a CUDA version that the table lacks', () => {
  expect(() => driverForCuda('14.0')).toThrow(FitoutError)
  expect(() => driverForCuda('9.2')).toThrow(/CUDA 10.0 to 13.5.0/)
  expect(() => driverForCuda('newest')).toThrow(/“newest” is none/)
})

test.each([
  ['535.183.01', '12.9.1', '12.2.2'],
  ['525.60.12', '11.8.0', '11.8.0'],
  ['470.256.02', '11.8.0', '11.4.3'],
  ['580.65.06', '13.5.0', '13.0.0'],
  ['595.71.05', '13.5.0', '13.2.2'],
  ['610.43.02', '13.5.0', '13.3.1'],
  ['615.71.09', '13.5.0', '13.4.2'],
  ['620.70.06', '13.5.0', '13.5.0'],
  ['579.99', '12.9.1', '12.9.1'],
  ['620.10', '13.5.0', '13.4.2'],
  ['390.157', undefined, undefined],
])('driver %s runs up to %s and has %s itself', (driver, newest, own) => {
  expect(toolkits.findLast(({ cuda }) => runsOn(cuda, driver))?.cuda).toBe(newest)
  expect(ownCudaOf(driver)).toBe(own)
})

test.each([
  ['>=12.4', '550 550.54.14'],
  ['>=12.4.1', '550 550.54.15'],
  ['>12.4', '555 555.42.02'],
  ['12.4', '550 550.54.14'],
  ['12.x', '525 525.60.13'],
  ['^12.8 || ^13', '570 570.26'],
  ['>=13.1', '590 590.44.01'],
  ['>=13.2.2', '595 595.71.05'],
  ['>=13.3.1', '610 610.43.02'],
  ['13.4.x', '615 615.71.09'],
  ['>=13.5', '620 620.70.06'],
  ['>=13.6', undefined],
  ['*', '410 410.48'],
  ['>=14', undefined],
  ['whatever', undefined],
])('who wants CUDA %s needs branch %s', (range, expected) => {
  const found = branchesForCuda(range)
  expect(found && `${found.min} ${found.driver}`).toBe(expected)
})

test.each([
  ['10.2', '3.0', true],
  ['11.0', '3.0', false],
  ['11.8', '3.7', true],
  ['12.0', '3.7', false],
  ['12.9', '6.1', true],
  ['13.0', '7.0', false],
  ['13.0', '7.5', true],
  ['12.6', '12.0', false],
  ['12.8', '12.0', true],
  ['12.8', '12.1', false],
  ['12.9', '14.0', false],
  ['13.2', '14.0', false],
  ['13.5', '14.0', true],
  ['13.3', '10.7', false],
  ['13.4', '10.7', true],
])('CUDA %s compiles for %s: %s', (cuda, computeCapability, expected) => {
  expect(compilesFor(cuda, computeCapability)).toBe(expected)
})

describe('cudaImages', () => {
  const images = (driver: string, computeCapabilities: string[], more: { arch?: string; registry?: string } = {}) =>
    cudaImages({ driver, computeCapabilities, arch: 'amd64', ...more })
  const all = (of: ReturnType<typeof cudaImages>) => [...of.base, ...of.devel, ...of.pytorch, ...of.tensorflow]

  test('nothing of CUDA 13 below compute capability 7.5', () => {
    for (const one of ['5.2', '6.1', '7.0']) {
      const found = images('580.95.05', [one])
      expect(found.devel[0]).toBe('nvidia/cuda:12.9.1-devel-ubuntu24.04')
      expect(all(found).filter((image) => /cuda:?13|25\.09/.test(image))).toEqual([])
      expect(found.pytorch[0]).toBe(
        one === '7.0'
          ? 'pytorch/pytorch:2.9.1-cuda12.8-cudnn9-runtime'
          : 'pytorch/pytorch:2.9.1-cuda12.6-cudnn9-runtime',
      )
    }
  })

  test('Blackwell from 12.8 on', () => {
    const found = images('570.133.07', ['12.0'])
    expect(found.devel).toEqual([
      'nvidia/cuda:12.8.1-devel-ubuntu24.04',
      'nvidia/cuda:12.9.1-devel-ubuntu24.04',
      'nvcr.io/nvidia/cuda:12.8.1-devel-ubuntu24.04',
      'nvcr.io/nvidia/cuda:12.9.1-devel-ubuntu24.04',
    ])
    expect(found.pytorch[0]).toBe('pytorch/pytorch:2.9.1-cuda12.8-cudnn9-runtime')
    expect(found.tensorflow).toEqual(['nvcr.io/nvidia/tensorflow:25.02-tf2-py3'])
    expect(images('610.43.02', ['12.0']).devel[0]).toBe('nvidia/cuda:13.2.1-devel-ubuntu24.04')
    expect(images('615.71.09', ['12.0']).devel[0]).toBe('nvidia/cuda:13.4.2-devel-ubuntu24.04')
  })

  test('Rubin from 13.4 on', () => {
    expect(images('615.71.09', ['10.7']).devel).toEqual([
      'nvidia/cuda:13.4.2-devel-ubuntu24.04',
      'nvidia/cuda:13.4.1-devel-ubuntu24.04',
      'nvcr.io/nvidia/cuda:13.4.2-devel-ubuntu24.04',
      'nvcr.io/nvidia/cuda:13.4.1-devel-ubuntu24.04',
    ])
  })

  test('Kepler', () => {
    expect(images('470.256.02', ['3.7'])).toMatchObject({
      devel: expect.arrayContaining(['nvidia/cuda:11.4.3-devel-ubuntu20.04', 'nvidia/cuda:11.8.0-devel-ubuntu22.04']),
      pytorch: ['pytorch/pytorch:1.12.1-cuda11.3-cudnn8-runtime'],
      tensorflow: ['tensorflow/tensorflow:2.10.1-gpu'],
    })
    const oldest = images('470.256.02', ['3.0'])
    expect(oldest).toMatchObject({ devel: [], pytorch: [], tensorflow: [] })
    expect(oldest.base[0], 'for what was brought along').toBe('nvidia/cuda:11.4.3-base-ubuntu20.04')
    const own = images('470.256.02', ['3.0'], { registry: 'registry.example' })
    expect(own.devel).toEqual(['registry.example/nvidia/cuda:10.2-devel-ubuntu18.04'])
  })

  test('what the driver has itself comes first, then what minor version compatibility lets run, the nearest first', () => {
    expect(images('550.54.14', ['9.0']).pytorch.slice(0, 2)).toEqual([
      'pytorch/pytorch:2.7.1-cuda11.8-cudnn9-runtime',
      'pytorch/pytorch:2.9.1-cuda12.6-cudnn9-runtime',
    ])
    expect(images('570.26', ['12.1']).devel[0]).toBe('nvidia/cuda:12.9.1-devel-ubuntu24.04')
  })

  test('every GPU of a mixed host counts', () => {
    const found = images('580.95.05', ['6.1', '8.6'])
    expect(found.devel[0]).toBe('nvidia/cuda:12.9.1-devel-ubuntu24.04')
    expect(images('580.95.05', ['6.1', '12.0']).pytorch, 'nothing has code for both').toEqual([])
  })

  test('arm64 takes NVIDIA’s frameworks, other architectures nothing', () => {
    const found = images('580.95.05', ['12.1'], { arch: 'arm64' })
    expect(found.pytorch).toEqual(['nvcr.io/nvidia/pytorch:25.09-py3'])
    expect(found.tensorflow).toEqual(['nvcr.io/nvidia/tensorflow:25.02-tf2-py3'])
    expect(found.devel[0]).toBe('nvidia/cuda:13.0.2-devel-ubuntu24.04')
    expect(all(images('580.95.05', ['8.0'], { arch: 'armhf' }))).toEqual([])
  })

  test('a registry takes the place of every other', () => {
    const found = images('580.95.05', ['9.0'], { registry: 'registry.example:5000/mirror/' })
    expect(found.base[0]).toBe('registry.example:5000/mirror/nvidia/cuda:13.0.2-base-ubuntu24.04')
    expect(found.tensorflow).toContain('registry.example:5000/mirror/nvidia/tensorflow:25.02-tf2-py3')
    expect(all(found).filter((image) => !image.startsWith('registry.example:5000/mirror/'))).toEqual([])
  })

  test('a driver too old for any image gets none', () => {
    expect(all(images('390.157', ['2.0']))).toEqual([])
  })

  test('nothing that cannot run on the driver', () => {
    for (const driver of ['440.33', '470.256.02', '525.60.13', '535.183.01', '580.95.05', '620.10']) {
      const tags = [...images(driver, []).base, ...images(driver, []).devel]
      expect(tags.length).toBeGreaterThan(driver === '440.33' ? -1 : 0)
      for (const tag of tags) expect(runsOn(/cuda:([\d.]+)/.exec(tag)![1]!, driver), `${tag} on ${driver}`).toBe(true)
    }
  })
})
