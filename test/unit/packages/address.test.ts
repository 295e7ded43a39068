import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sameDockerRepository } from '../../../recipes/docker/repository.js'
import { cudaSame, toolkitSame } from '../../../recipes/nvidia/repositories.js'
import { addressBelow, isSame, plainAddress } from '../../../src/packages/address.js'
import plainInShell from '../../../src/packages/address.sh'
import { runIn, shells } from '../../support/shells.js'

const docker = 'https://download.docker.com/linux/debian'

/** Spellings of one address. */
const spellings = [
  docker,
  `${docker}/`,
  'https://download.docker.com:443/linux/debian',
  'http://download.docker.com:80/linux/debian',
  'http://download.docker.com:0080/linux/debian',
  'https://download.docker.com:/linux/debian',
  'https://Download.Docker.COM/linux/debian',
  'HTTPS://download.docker.com/linux/debian',
  'https://x@download.docker.com/linux/debian',
  'https://x:y@z@download.docker.com/linux/debian',
  'https://download.docker.com./linux/debian',
  'https://x@Download.docker.com.:443//linux///debian//',
  'https://download.docker.com//linux/debian',
  'https:///download.docker.com/linux/debian',
  'https:download.docker.com/linux/debian',
  'https://download.docker.com/./linux/./debian/.',
  'https://download.docker.com/x/../linux/debian',
  'https://download.docker.com/../linux/x/y/../../debian',
  'https://download.docker.com/%6cinux/d%65bian',
  'https://download%2Edocker.com/linux/debian',
  '"https://download.docker.com/linux/debian"',
  'mirror+https://download.docker.com/linux/debian',
  'tor+https://download.docker.com/linux/debian',
  'tor+mirror+https://download.docker.com/linux/debian',
]
const others = [
  'https://download.docker.com:8443/linux/debian',
  'https://download.docker.com.example/linux/debian',
  'https://download-docker.com/linux/debian',
  'https://example.org/download.docker.com/linux/debian',
  'https://download.docker.com@example.org/linux/debian',
  'https://download.docker.com/win/static',
  'https://download.docker.com/linux%2fdebian',
  'file:/download.docker.com/linux/debian',
  'nothing',
  '',
]

/** What awk makes of addresses, one a line. */
const inShell = (shell: readonly string[], script: string, addresses: readonly string[], same = '') =>
  runIn(shell, `${plainInShell}\nawk "$plain_address"'${script}' <<'E'\n${addresses.join('\n')}\nE\n`, {
    env: { same },
  })
    .stdout.split('\n')
    .slice(0, -1)

describe('an address', () => {
  it.each(spellings)('is the same in every spelling: %s', (spelling) => {
    expect(isSame(spelling, sameDockerRepository(undefined))).toBe(true)
    expect(
      plainAddress(spelling)
        .replace(/^http:/, 'https:')
        .replace(/\/$/, ''),
    ).toBe(docker)
    // As a mirror it may be written in any way, too.
    expect(isSame(spelling.replace(/http:/i, 'https:'), sameDockerRepository(undefined))).toBe(true)
  })

  it.each(others)('is another than %s', (other) => {
    expect(isSame(other, sameDockerRepository(undefined))).toBe(false)
  })

  it('of a mirror is that mirror and what is below it, in any spelling', () => {
    const same = sameDockerRepository('http://Mirror.lan:80//Docker/')
    expect(['http://mirror.lan/Docker', 'http://u@mirror.lan./Docker/debian'].map((one) => isSame(one, same))).toEqual([
      true,
      true,
    ])
    expect(['http://mirror.lan/docker', 'http://mirror.lan/Docker-other/'].map((one) => isSame(one, same))).toEqual([
      false,
      false,
    ])
    expect(new RegExp(addressBelow('file:///run/It')).test(plainAddress('file:/run/It/x'))).toBe(true)
  })

  it('of NVIDIA’s repositories is known in every spelling', () => {
    for (const same of [toolkitSame, `${cudaSame}|${toolkitSame}`])
      expect(isSame('tor+https://x@NVIDIA.github.io.:443//libnvidia-container/stable/deb', same)).toBe(true)
    expect(isSame('http://Developer.Download.nvidia.com:80/compute//cuda/repos/rhel9/x86_64', cudaSame)).toBe(true)
  })
})

describe.each(shells)('compared by awk, under $name', ({ command }) => {
  it('is the same as here', () => {
    const all = [...spellings, ...others.filter(Boolean)]
    expect(inShell(command, '{ print plain($0) }', all)).toEqual(all.map(plainAddress))
    const same = sameDockerRepository('http://Mirror.lan:80//Docker/')
    const judged = all.map((one) => (isSame(one, same) ? '1' : '0'))
    expect(inShell(command, '{ print is_same($0) ? 1 : 0 }', all, same)).toEqual(judged)
    expect(inShell(command, '{ print is_same($0) ? 1 : 0 }', [docker])).toEqual(['0'])
  })

  it('is so, whatever it is', () => {
    const piece = fc.constantFrom(
      'http',
      's',
      ':',
      '/',
      '//',
      '.',
      '..',
      '@',
      '+',
      '%6c',
      '%2F',
      '%2',
      '80',
      '443',
      'Ab',
      'c',
      '"',
      '?',
      '#',
      '$x',
      '-',
    )
    const address = fc.array(piece, { minLength: 1, maxLength: 14 }).map((pieces) => `h${pieces.join('')}`)
    const all = fc.sample(address, { numRuns: 3_000, seed: 20261130 })
    expect(inShell(command, '{ print plain($0) }', all)).toEqual(all.map(plainAddress))
  })
})
