import { describe, expect, it } from 'vitest'
import type { AptProbe } from '../../../src/packages/apt-probe.js'
import { managerCalled } from '../../../src/packages/package-manager.js'
import { type ProbedTransaction, readProbe } from '../../../src/packages/probe.js'
import { diskFull } from '../../../src/resource/disk-space.js'

const probe: AptProbe = { versionsOf: [], simulate: ['a'] }
const simulated = `apt The following NEW packages will be installed:
apt    a (1.0)
apt 0 upgraded, 1 newly installed, 0 to remove and 0 not upgraded.
apt Need to get 10.24 MB of archives.
apt After this operation, 102.4 MB of additional disk space will be used.
apt Abort.`

function roomOf(text: string) {
  return (readProbe(probe, text).transaction as ProbedTransaction).room
}

describe('room for a transaction', () => {
  it('adds up what one file system has to hold, with what unpacking takes', () => {
    expect(roomOf(`free fetch 500000 /\nfree files 500000 /\n${simulated}`)).toEqual([
      { mount: '/', freeKiB: 500_000, needKiB: 10_000 + 100_000 + 32 * 1024 },
    ])
  })

  it('counts file systems apart', () => {
    expect(roomOf(`free fetch 20000 /var\nfree files 500000 /usr\n${simulated}`)).toEqual([
      { mount: '/var', freeKiB: 20_000, needKiB: 10_000 },
      { mount: '/usr', freeKiB: 500_000, needKiB: 100_000 + 32 * 1024 },
    ])
  })

  it('is not known where it was not asked', () => {
    expect(roomOf(simulated)).toBeUndefined()
  })
})

it('says where a question cannot even be worked out', () => {
  expect(readProbe(probe, 'free asking 4000 /mnt/a disk').full).toEqual({
    mount: '/mnt/a disk',
    freeKiB: 4000,
    needKiB: 128 * 1024,
  })
  expect(readProbe(probe, 'free asking 400000 /').full).toBeUndefined()
})

it('says the numbers', () => {
  const error = diskFull({ mount: '/', freeKiB: 4000, needKiB: 100_000 }, 'planning', 'it takes', managerCalled('apt'))
  expect(error.message).toBe('planning: no space left for it on /: 5 MB are free, and it takes 103 MB')
  expect(error.remedy).toContain('`apt-get clean`')
  expect(
    diskFull({ mount: '/', freeKiB: 0, needKiB: 1 }, 'planning', 'it takes', managerCalled('dnf')).remedy,
  ).toContain('`dnf clean packages`')
})
