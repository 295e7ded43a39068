import { describe, expect, it } from 'vitest'
import { type RpmPlatform, rpmPlatform } from '../../../../recipes/docker/rpm-platforms.js'
import type { OsRelease } from '../../../../src/facts/facts.js'
import { dockerFrom, factsFileOf, recordedHosts } from '../../../support/recorded-hosts.js'

/** `folder major`, `!` behind it if the table does not list it, or the refusal. */
function short(platform: RpmPlatform): string {
  if ('unsupported' in platform) return `no: ${platform.unsupported.cause}`
  return `${platform.folder} ${platform.major}${platform.listed ? '' : ' !'}`
}

const amd64 = { package: 'amd64', kernel: 'x86_64' }
const os = (given: Partial<OsRelease>): OsRelease => ({ id: 'x', idLike: [], prettyName: 'X Linux', ...given })

describe('hosts of test/facts that have dnf', () => {
  const hosts = recordedHosts.filter((name) => factsFileOf(name).facts.packageManager === 'dnf')

  it.each(hosts)('%s takes what a plan for it takes', (name) => {
    const { facts } = factsFileOf(name)
    expect(short(rpmPlatform(facts.os, facts.arch))).toBe(dockerFrom[name])
  })
})

describe('other releases', () => {
  it.each<[string, Partial<OsRelease>, string]>([
    ['a minor $releasever counts for nothing', { id: 'rocky', versionId: '9.4', platformId: 'platform:el9' }, 'rhel 9'],
    ['CentOS 7, of before PLATFORM_ID', { id: 'centos', versionId: '7' }, 'centos 7'],
    ['CentOS Stream 8, ended', { id: 'centos', versionId: '8', platformId: 'platform:el8' }, 'centos 8'],
    ['a Fedora that the table does not know yet', { id: 'fedora', platformId: 'platform:f46' }, 'fedora 46 !'],
    [
      'a derivative of Fedora',
      { id: 'nobara', idLike: ['rhel', 'centos', 'fedora'], platformId: 'platform:f43' },
      'fedora 43',
    ],
    ['a rebuild that nobody listed', { id: 'eurolinux', idLike: ['rhel'], platformId: 'platform:el9' }, 'rhel 9'],
  ])('%s', (_, given, wanted) => {
    expect(short(rpmPlatform(os(given), amd64))).toBe(wanted)
  })

  it('says that a rebuild nobody listed is taken for one, and of an ended one that it ended', () => {
    const unlisted = rpmPlatform(os({ id: 'eurolinux', platformId: 'platform:el9' }), amd64)
    expect(unlisted).toMatchObject({ assumed: 'X Linux is taken for a rebuild of RHEL 9' })
    const ended = rpmPlatform(os({ id: 'centos', platformId: 'platform:el8' }), amd64)
    expect(ended).toMatchObject({ listed: true, assumed: expect.stringMatching(/stopped publishing/) })
    expect(rpmPlatform(os({ id: 'rocky', platformId: 'platform:el9' }), amd64)).not.toHaveProperty('assumed')
  })

  it('does not list other architectures', () => {
    const arch = { package: 's390x', kernel: 's390x' }
    expect(short(rpmPlatform(os({ id: 'rhel', platformId: 'platform:el9' }), arch))).toBe('rhel 9 !')
  })

  it.each<[string, Partial<OsRelease>, RegExp]>([
    ['Amazon Linux', { id: 'amzn', idLike: ['fedora'], platformId: 'platform:al2023' }, /not served yet/],
    ['an image that rpm-ostree put there', { id: 'fedora', platformId: 'platform:f43', ostree: true }, /rpm-ostree/],
    ['one that says nothing of itself', { id: 'openEuler' }, /PLATFORM_ID/],
  ])('refuses %s, with what helps', (_, given, cause) => {
    const platform = rpmPlatform(os(given), amd64)
    if (!('unsupported' in platform)) throw new Error('it was not refused')
    expect(platform.unsupported.cause).toMatch(cause)
    expect(platform.unsupported.remedy).not.toBe('')
  })
})
