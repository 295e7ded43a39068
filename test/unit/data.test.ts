// The comparison of tables with their sources: npm run data.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { reloadableKeys } from '../../recipes/docker/daemon-keys.js'
import { dockerSuites } from '../../recipes/docker/platforms.js'
import { dockerRpmReleases } from '../../recipes/docker/rpm-platforms.js'
import { toolkits } from '../../recipes/nvidia/cuda.js'
import { differences, textsOf } from '../data/data.js'
import { sources } from '../data/sources.js'

const sourceOf = (name: string) => sources.find(({ table }) => table.name === name)!
const compared = (name: string, ...texts: string[]) => differences(sourceOf(name).rows(texts))

/** distros.json, as Docker's builders have it, of what our tables list as built. */
const distros = () =>
  Object.fromEntries(
    [
      ...dockerSuites.map(({ family, suite, ...row }) => ({ ...row, name: `${family}-${suite}` })),
      ...dockerRpmReleases.map(({ folder, major, ...row }) => ({ ...row, name: `${folder}-${major}` })),
    ]
      .filter(({ ended }) => ended === undefined)
      .map(({ name, built }) => [name, { arches: built.map((one) => (one === 'arm64' ? 'aarch64' : one)) }]),
  )

describe('Docker’s releases', () => {
  it('agree, and differ where a release or an architecture comes or goes', () => {
    const known = distros()
    expect(compared('docker-releases', JSON.stringify(known))).toEqual([])
    const { 'debian-bullseye': _, ...rest } = known
    const changed = { ...rest, 'ubuntu-stonking': { arches: ['amd64', 'riscv64'] } }
    expect(compared('docker-releases', JSON.stringify(changed))).toEqual([
      '+ ubuntu stonking amd64',
      '+ ubuntu stonking riscv64',
      '- debian bullseye amd64',
      '- debian bullseye arm64',
      '- debian bullseye armhf',
    ])
  })
})

describe('keys that dockerd takes over', () => {
  const lines = (keys: readonly string[]) =>
    keys.map((key, index) => (index % 2 ? `attributes["${key}"] = x` : `if conf.IsValueSet("${key}") {`))
  const known = [...reloadableKeys].filter((key) => key !== 'allow-nondistributable-artifacts')

  it('differ where dockerd takes one over that the table lacks, or one no more', () => {
    const [first, ...rest] = lines(known.filter((key) => key !== 'authorization-plugins'))
    expect(compared('docker-daemon-keys', first!, rest.join('\n'))).toEqual([])
    const code = [...lines(['debug', 'log-level'])].join('\n')
    expect(compared('docker-daemon-keys', code)).toEqual(
      expect.arrayContaining(['+ log-level', '- labels', '- registry-mirrors']),
    )
    expect(() => compared('docker-daemon-keys', '404: Not Found')).toThrow('not the reload code')
  })
})

describe('GPUs', () => {
  it('differ where pci.ids has another name or a new one', () => {
    const ids =
      '# Version: 2027.01.01\n10de  NVIDIA Corporation\n\t2330  GH100 [H100 SXM5 80GB]\n\t3999  GR300 [R300]\n'
    const differing = compared('nvidia-gpus', ids)
    expect(differing.filter((row) => row.startsWith('+'))).toEqual(['+ 3999 GR300 R300'])
    expect(differing).not.toContain('- 2330 GH100 H100 SXM5 80GB')
    expect(() => compared('nvidia-gpus', '<html>')).toThrow('not a pci.ids')
  })
})

describe('what drivers know', () => {
  const readme = (...ids: string[]) =>
    `driver release, 595.45.04\n${ids.map((id) => `| NVIDIA X | ${id} |`).join('\n')}\n`

  it('differs where open modules drive a card for which the table wants something else', () => {
    // Turing; Pascal, which open modules do not drive; a card again with a board of its own.
    expect(compared('nvidia-driver-branches', readme('1E04', '1E04 1028 129E'))).toEqual([])
    expect(compared('nvidia-driver-branches', readme('1B06'))).toEqual(['+ 1b06: open modules of 595'])
    expect(() => compared('nvidia-driver-branches', '404: Not Found')).toThrow('not a README')
  })
})

describe('CUDA toolkits', () => {
  const manifest = (cuda: string, driver?: string) =>
    JSON.stringify({ release_label: cuda, ...(driver ? { nvidia_driver: { version: driver } } : {}) })
  const [{ cuda, driver } = { cuda: '', driver: '' }] = toolkits.slice(-1)

  it('differ by driver where the manifest names one, and by version where it does not', () => {
    expect(compared('cuda-toolkits', manifest(cuda, driver))).toEqual([])
    expect(compared('cuda-toolkits', manifest(cuda))).toEqual([])
    expect(compared('cuda-toolkits', manifest(cuda, '1.2.3'))).toEqual([`+ ${cuda} 1.2.3`, `- ${cuda} ${driver}`])
    expect(compared('cuda-toolkits', manifest('99.0.0'))).toEqual(['+ 99.0.0'])
  })
})

describe('texts of a source', () => {
  const folder = mkdtempSync(join(tmpdir(), 'fitout-data-'))
  afterAll(() => rmSync(folder, { recursive: true }))

  it('come from a folder where they are there', async () => {
    for (const name of ['redistrib_13.0.0.json', 'redistrib_12.9.1.json', 'redistrib_13.0.0.json.sig'])
      writeFileSync(join(folder, name), name)
    expect(await textsOf(sourceOf('cuda-toolkits'), folder)).toEqual(['redistrib_12.9.1.json', 'redistrib_13.0.0.json'])
  })
})
