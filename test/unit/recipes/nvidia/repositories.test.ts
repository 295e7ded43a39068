import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import {
  cudaRepository,
  cudaSame,
  driversPpa,
  retiredCudaFingerprint,
  toolkitFingerprint,
  toolkitKey,
  toolkitSame,
} from '../../../../recipes/nvidia/repositories.js'
import { signingKey } from '../../../../src/data/openpgp/certificate.js'
import type { Facts } from '../../../../src/facts/facts.js'

const factsOf = (name: string): Facts =>
  JSON.parse(readFileSync(new URL(`../../../facts/${name}.json`, import.meta.url), 'utf8')).facts

describe('the toolkit’s key', () => {
  const release = fileURLToPath(new URL('fixtures/nvidia-container-toolkit.InRelease', import.meta.url))

  test('is the pinned one', () => {
    expect(signingKey(toolkitKey, { fingerprint: toolkitFingerprint }).text).toBe(toolkitKey)
  })

  test('is the one that the vendor’s signature names', () => {
    const signature = readFileSync(release, 'utf8').split('-----BEGIN PGP SIGNATURE-----')[1]!
    const bytes = Buffer.from(signature.split('\n\n')[1]!.replace(/\n=[\s\S]*/, ''), 'base64')
    // Subpackets 33 (issuer’s fingerprint, version 4) or 16 (its last 64 bits).
    const long = Buffer.from(toolkitFingerprint, 'hex')
    expect(
      bytes.includes(Buffer.concat([Buffer.from([33, 4]), long])) ||
        bytes.includes(Buffer.concat([Buffer.from([16]), long.subarray(-8)])),
    ).toBe(true)
  })

  test('has signed a release file of the vendor’s', (context) => {
    const folder = mkdtempSync(join(tmpdir(), 'fitout-key-'))
    try {
      const keyring = join(folder, 'key.gpg')
      const body = toolkitKey
        .split('\n\n')
        .slice(1)
        .join('\n\n')
        .replace(/\n=[\s\S]*/, '')
      writeFileSync(keyring, Buffer.from(body, 'base64'))
      const checked = (file: string) => spawnSync('gpgv', ['--keyring', keyring, file], { encoding: 'utf8' })
      const good = checked(release)
      // The test above stands for this one where gpgv is missing; every Debian with apt below 2.9 has it.
      if (good.error) return context.skip('no gpgv here')
      expect(good.stderr).toMatch(/Good signature from "NVIDIA CORPORATION/)
      expect(good.status).toBe(0)
      const forged = join(folder, 'InRelease')
      writeFileSync(forged, readFileSync(release, 'utf8').replace('Codename: stable', 'Codename: stables'))
      expect(checked(forged).status).not.toBe(0)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

test.each([
  ['https://nvidia.github.io/libnvidia-container/stable/deb/amd64/', true],
  ['https://nvidia.github.io/libnvidia-container/stable/deb/$(ARCH)', true],
  ['https://nvidia.github.io/libnvidia-container/experimental/deb/amd64/', true],
  ['https://nvidia.github.io/libnvidia-container/stable/ubuntu18.04/amd64', true],
  ['https://nvidia.github.io/nvidia-container-runtime/stable/ubuntu18.04/amd64', true],
  ['https://nvidia.github.io/nvidia-docker/ubuntu18.04/amd64', true],
  ['https://nvidia.github.io/nvidia-docker-other/', false],
  ['https://nvidia.github.io/', false],
  ['https://mirror.example/nvidia.github.io/libnvidia-container', false],
])('the toolkit’s repository: %s: %s', (uri, expected) => {
  expect(new RegExp(toolkitSame).test(uri)).toBe(expected)
})

describe('cudaRepository', () => {
  const old = 'EB693B3035CD5710E231E123A4B469963BF863CC'
  const ofHost = (name: string) => {
    const { os, arch } = factsOf(name)
    const found = cudaRepository(os, arch)
    const keys = found?.keys.map(({ file, pin }) => `${file} ${pin?.fingerprint.slice(-8)}`)
    return found && `${found.uri.split('/repos/')[1]} ${keys?.join(', ')}${found.unlisted ? ' unlisted' : ''}`
  }

  test.each([
    ['ubuntu-22.04', 'ubuntu2204/x86_64 3bf863cc.pub 3BF863CC'],
    ['ubuntu-24.04', 'ubuntu2404/x86_64 3bf863cc.pub 3BF863CC'],
    ['ubuntu-26.04', 'ubuntu2604/x86_64 60DF8A40.pub 60DF8A40'],
    ['linux-mint-22.3', 'ubuntu2404/x86_64 3bf863cc.pub 3BF863CC'],
    ['pop-os-22.04', 'ubuntu2204/x86_64 3bf863cc.pub 3BF863CC'],
    ['debian-12', 'debian12/x86_64 3bf863cc.pub 3BF863CC'],
    ['lmde-6', 'debian12/x86_64 3bf863cc.pub 3BF863CC'],
    ['debian-13', 'debian13/x86_64 8793F200.pub 8793F200'],
    ['debian-11', 'debian11/x86_64 60DF8A40.pub 60DF8A40, 8793F200.pub 8793F200, 3bf863cc.pub 3BF863CC unlisted'],
    ['kali', undefined],
    ['raspberry-pi-os-12-64bit', 'debian12/sbsa 3bf863cc.pub 3BF863CC'],
    ['raspberry-pi-os-13-64bit', 'debian13/sbsa 8793F200.pub 8793F200'],
    ['raspberry-pi-os-12-32bit', undefined],
  ])('%s: %s', (name, expected) => {
    expect(ofHost(name)).toBe(expected)
  })

  test('what is built on trixie never gets the key that trixie’s apt refuses, nor another release’s repository', () => {
    const { os } = factsOf('debian-13')
    const derivative = { ...os, id: 'linuxmint', idLike: ['debian'], codename: 'gigi', debianCodename: 'trixie' }
    for (const one of [os, derivative]) {
      for (const arch of [
        { package: 'amd64', kernel: 'x86_64' },
        { package: 'arm64', kernel: 'aarch64' },
      ]) {
        const found = cudaRepository(one, arch)
        expect(found?.keys.map(({ pin }) => pin?.fingerprint)).not.toContain(old)
        expect(found?.uri).toContain('/debian13/')
      }
    }
  })

  test('no repository has the retired key', () => {
    for (const name of ['ubuntu-22.04', 'ubuntu-24.04', 'debian-12', 'debian-13']) {
      const { os, arch } = factsOf(name)
      expect(cudaRepository(os, arch)!.keys.map(({ pin }) => pin?.fingerprint)).not.toContain(retiredCudaFingerprint)
    }
  })

  test('is recognised wherever it stands', () => {
    const { os, arch } = factsOf('ubuntu-24.04')
    expect(cudaRepository(os, arch)!.uri).toMatch(new RegExp(cudaSame))
    expect('https://developer.download.nvidia.com/compute/machine-learning/repos/ubuntu1804/x86_64').toMatch(
      new RegExp(cudaSame),
    )
    expect('https://developer.download.nvidia.com/hpc-sdk/ubuntu/amd64').not.toMatch(new RegExp(cudaSame))
  })
})

test.each([
  ['ubuntu-24.04', 'noble'],
  ['linux-mint-22.3', 'noble'],
  ['pop-os-22.04', 'jammy'],
  ['debian-13', undefined],
  ['kali', undefined],
])('the PPA for %s: %s', (name, suite) => {
  expect(driversPpa(factsOf(name).os)?.suite).toBe(suite)
})
