// What tables are compared with: a machine-readable source each, and what it says in the table's own words.

import { dockerSuites } from '../../recipes/docker/platforms.js'
import { dockerRpmReleases } from '../../recipes/docker/rpm-platforms.js'
import { dockerReleases } from '../../recipes/docker/tables.js'
import { toolkits } from '../../recipes/nvidia/cuda.js'
import { needsOf } from '../../recipes/nvidia/driver-branches.js'
import { gpuTable as gpusOf } from '../../recipes/nvidia/gpu-names.make.js'
import gpuNames from '../../recipes/nvidia/gpu-names.txt'
import { gpuOf } from '../../recipes/nvidia/gpus.js'
import { cudaToolkits, driverBranches, gpuTable } from '../../recipes/nvidia/tables.js'
import type { KnownTable } from '../../src/recipe/known-table.js'

/** Rows of a table and of its source, in one wording. */
export interface Rows {
  ours: readonly string[]
  theirs: readonly string[]
}

export interface Source {
  table: KnownTable
  /** Its name in a folder of sources; several files, if a name begins so and ends so. */
  file: string | { begins: string; ends: string }
  /** Where it can be fetched. */
  url: string
  /** @throws Error if a text is not such a source. */
  rows(texts: readonly string[]): Rows
}

/** `debian trixie amd64` */
function dockerRows(text: string): Rows {
  const builds = Object.entries(JSON.parse(text) as Record<string, { arches: string[] }>)
  const arch = (name: string) => (name === 'aarch64' ? 'arm64' : name)
  const isBuilt = ({ ended }: { ended?: string | undefined }) => ended === undefined
  return {
    ours: [
      ...dockerSuites
        .filter(isBuilt)
        .flatMap(({ family, suite, built }) => built.map((one) => `${family} ${suite} ${one}`)),
      ...dockerRpmReleases
        .filter(isBuilt)
        .flatMap(({ folder, major, built }) => built.map((one) => `${folder} ${major} ${one}`)),
    ],
    theirs: builds.flatMap(([name, { arches }]) => arches.map((one) => `${name.replace('-', ' ')} ${arch(one)}`)),
  }
}

/** `13.0.2 580.95.05`: a toolkit and its driver. Later manifests name no driver: these say that the toolkit exists. */
function toolkitRows(texts: readonly string[]): Rows {
  const manifests = texts.map(
    (text) => JSON.parse(text) as { release_label: string; nvidia_driver?: { version: string } },
  )
  const known = manifests.map(({ release_label: cuda, nvidia_driver: driver }) => ({ cuda, driver: driver?.version }))
  const drivers = new Map(known.map(({ cuda, driver }) => [cuda, driver]))
  const row = (cuda: string, driver: string | undefined) => (driver === undefined ? cuda : `${cuda} ${driver}`)
  return {
    // What nobody published a manifest of is not compared.
    ours: toolkits
      .filter(({ cuda }) => drivers.has(cuda))
      .map(({ cuda, driver }) => row(cuda, drivers.get(cuda) && driver)),
    theirs: known.map(({ cuda, driver }) => row(cuda, driver)),
  }
}

/** `2330: open modules of 595`: what the README of a release of NVIDIA's open kernel modules says that they drive. */
function openModuleRows(readme: string): Rows {
  const branch = Number(/\b(\d{3})\.\d+(?:\.\d+)?\b/.exec(readme)?.[1])
  const ids = [...new Set([...readme.matchAll(/^\| .*\| ([0-9A-F]{4}) /gm)].map(([, id]) => id!.toLowerCase()))]
  if (!branch || ids.length === 0) throw new Error('this is not a README of open-gpu-kernel-modules')
  const drives = (id: string) => {
    const { min = 0, max = 999, kernelModules } = needsOf(gpuOf(`10de:${id}`))
    return kernelModules.includes('open') && min <= branch && branch <= max
  }
  const row = (id: string) => `${id}: open modules of ${branch}`
  return { ours: ids.filter(drives).map(row), theirs: ids.map(row) }
}

const rowsOf = (text: string) => text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))

export const sources: readonly Source[] = [
  {
    table: dockerReleases,
    file: 'distros.json',
    url: 'https://raw.githubusercontent.com/docker/docker-ce-packaging/HEAD/distros.json',
    rows: ([text = '']) => dockerRows(text),
  },
  {
    table: gpuTable,
    file: 'pci.ids',
    url: 'https://pci-ids.ucw.cz/v2.2/pci.ids',
    rows: ([text = '']) => ({ ours: rowsOf(gpuNames), theirs: rowsOf(gpusOf(text)) }),
  },
  {
    table: driverBranches,
    file: 'open-gpu-kernel-modules-README.md',
    url: 'https://raw.githubusercontent.com/NVIDIA/open-gpu-kernel-modules/HEAD/README.md',
    rows: ([text = '']) => openModuleRows(text),
  },
  {
    table: cudaToolkits,
    file: { begins: 'redistrib_', ends: '.json' },
    url: 'https://developer.download.nvidia.com/compute/cuda/redist/',
    rows: toolkitRows,
  },
]
