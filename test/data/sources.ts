// What tables are compared with: a machine-readable source each, and what it says in the table's own words.

import { reloadableKeys } from '../../recipes/docker/daemon-keys.js'
import { dockerSuites } from '../../recipes/docker/platforms.js'
import { dockerRpmReleases } from '../../recipes/docker/rpm-platforms.js'
import { daemonKeys, dockerReleases } from '../../recipes/docker/tables.js'
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
  /** The names of its files in a folder of sources; or how they begin and end, if only a listing has all names. */
  files: readonly string[] | { begins: string; ends: string }
  /** The folder where they can be fetched, with a slash at its end. */
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

/** Keys that dockerd takes over at SIGHUP, by what Reload looks at and says that it did. */
function reloadedRows(texts: readonly string[]): Rows {
  const code = texts.join('\n')
  const keys = new Set([...code.matchAll(/\b(?:IsValueSet\(|attributes\[)"([a-z-]+)"/g)].map(([, key]) => key!))
  if (!keys.has('debug')) throw new Error('this is not the reload code of dockerd')
  // The first goes by the field's name there, and the second went with version 28.
  const others = ['authorization-plugins', 'allow-nondistributable-artifacts']
  return { ours: [...reloadableKeys].filter((key) => !others.includes(key)), theirs: [...keys] }
}

const rowsOf = (text: string) => text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))

export const sources: readonly Source[] = [
  {
    table: dockerReleases,
    files: ['distros.json'],
    url: 'https://raw.githubusercontent.com/docker/docker-ce-packaging/HEAD/',
    rows: ([text = '']) => dockerRows(text),
  },
  {
    table: daemonKeys,
    files: ['reload.go', 'reload_unix.go'],
    url: 'https://raw.githubusercontent.com/moby/moby/HEAD/daemon/',
    rows: reloadedRows,
  },
  {
    table: gpuTable,
    files: ['pci.ids'],
    url: 'https://pci-ids.ucw.cz/v2.2/',
    rows: ([text = '']) => ({ ours: rowsOf(gpuNames), theirs: rowsOf(gpusOf(text)) }),
  },
  {
    table: driverBranches,
    files: ['README.md'],
    url: 'https://raw.githubusercontent.com/NVIDIA/open-gpu-kernel-modules/HEAD/',
    rows: ([text = '']) => openModuleRows(text),
  },
  {
    table: cudaToolkits,
    files: { begins: 'redistrib_', ends: '.json' },
    url: 'https://developer.download.nvidia.com/compute/cuda/redist/',
    rows: toolkitRows,
  },
]
