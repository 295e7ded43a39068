import { describe, expect, it } from 'vitest'
import { commands } from '../../../src/packages/commands.js'
import { packageManagerOf } from '../../../src/packages/package-manager.js'
import type { PackageRepository } from '../../../src/resource/package-repository.js'
import { bareDebian } from '../../support/facts.js'

const apt = packageManagerOf(bareDebian())
const dnf = packageManagerOf(bareDebian({ packageManager: 'dnf', dnf: { major: 5, versionlock: true } }))

it('is that of the host; one that fitout does not drive is taken for apt', () => {
  expect([apt.name, dnf.name, packageManagerOf(bareDebian({ packageManager: 'zypper' })).name]).toEqual([
    'apt',
    'dnf',
    'apt',
  ])
})

it('orders versions as it does itself', () => {
  expect(apt.compareVersions('5:28.5.2-1~debian.13~trixie', '29.0.0')).toBeGreaterThan(0)
  expect(apt.compareVersions('1.0~rc1', '1.0')).toBeLessThan(0)
  expect(dnf.compareVersions('3:28.5.2-1.el9', '3:28.5.10-1.el9')).toBeLessThan(0)
  expect(dnf.compareVersions('1.0^git1', '1.0')).toBeGreaterThan(0)
})

describe('a question', () => {
  const repository = { uri: 'https://m.example' } as PackageRepository
  const question = {
    repository,
    sameRepository: 'm\\.example',
    versionsOf: ['docker-ce'],
    install: [{ name: 'docker-ce', version: '28.5.2' }, { name: 'ca-certificates' }],
    remove: [{ name: 'podman-docker' }, { name: 'runc', byItself: true }],
  }

  it('tells apt all that has to go', () => {
    expect(apt.probe(question)).toEqual({
      repository,
      sameRepository: 'm\\.example',
      versionsOf: ['docker-ce'],
      simulate: ['docker-ce=28.5.2', 'ca-certificates', 'podman-docker-', 'runc-'],
    })
  })

  it('tells dnf what does not go by itself, and that packages may go', () => {
    expect(dnf.probe(question)).toEqual({
      manager: 'dnf',
      major: 5,
      arch: 'amd64',
      repository,
      sameRepository: 'm\\.example',
      versionsOf: ['docker-ce'],
      simulate: ['docker-ce=28.5.2', 'ca-certificates', 'podman-docker-'],
      erasing: true,
    })
    expect(dnf.probe({ versionsOf: [] })).toMatchObject({ simulate: [], erasing: false })
  })
})

it.each([
  ['apt', 'E: Unable to locate package apparmor', true],
  ['apt', "E: Package 'apparmor' has no installation candidate", true],
  ['apt', 'E: Unable to locate package apparmor-utils', false],
  ['dnf', 'No match for argument: apparmor', true],
  ['dnf', 'Error: Unable to find a match: apparmor', false],
  ['dnf', 'Unable to find a match: apparmor other', true],
  ['dnf', 'No match for argument: apparmor-utils', false],
  ['dnf', 'No match for argument: apparmor-4.1.0-1', true],
])('%s says that it knows no apparmor: %s: %s', (manager, line, expected) => {
  expect((manager === 'apt' ? apt : dnf).saysUnknown('apparmor', line)).toBe(expected)
})

it.each([
  ['apt', '404  Not Found [IP: 192.0.2.7 443]', true],
  ['apt', '410  Gone [IP: 192.0.2.7 443]', true],
  ['apt', 'File not found - /srv/mirror/dists/elena/Release (2: No such file or directory)', true],
  ['apt', "E: The repository 'https://a.example elena Release' does not have a Release file.", false],
  ['apt', 'Could not connect to a.example:443 (192.0.2.7). - connect (111: Connection refused)', false],
  ['apt', '503  Service Unavailable [IP: 192.0.2.7 443]', false],
  ['apt', 'Could not resolve ‘a404.example’', false],
  ['dnf', '  - Status code: 404 for https://a.example/46/repodata/repomd.xml (IP: 192.0.2.7)', true],
  [
    'dnf',
    ' >>> Status code: 404 for https://a.example/46/repodata/repomd.xml (IP: 192.0.2.7) - https://a.example',
    true,
  ],
  ['dnf', '  - Curl error (37): Could not read a file:// file for file:///srv/46/repodata/repomd.xml', true],
  ['dnf', '  - Status code: 503 for https://a.example/46/repodata/repomd.xml (IP: 192.0.2.7)', false],
  ['dnf', '  - Curl error (6): Could not resolve hostname for https://a404.example/repodata/repomd.xml', false],
])('%s says that there is nothing at an address: %s: %s', (manager, line, expected) => {
  expect((manager === 'apt' ? apt : dnf).saysAbsent(['Err:1 https://a.example elena', line])).toBe(expected)
})

it('speaks of its own commands alone', () => {
  const spoken = ({ install, reinstall, remove, unhold, shown, ...plain }: typeof commands.apt) =>
    [
      ...Object.values(plain),
      install('a', 'b'),
      reinstall('a'),
      remove('a', 'b'),
      unhold('a', 'b'),
      shown('a', '1'),
    ].join('\n')
  expect(spoken(commands.dnf)).not.toMatch(/apt|dpkg|initramfs|linux-/)
  expect(spoken(commands.apt)).not.toMatch(/dnf|rpm|dracut|devel/)
})
