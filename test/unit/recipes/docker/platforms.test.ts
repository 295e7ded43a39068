import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type DockerPlatform, dockerPlatform } from '../../../../recipes/docker/platforms.js'
import type { Facts, OsRelease } from '../../../../src/facts/facts.js'
import { dockerFrom, factsFileOf, recordedHosts } from '../../../support/recorded-hosts.js'

const factsOf = (name: string): Facts => factsFileOf(name).facts

/** `family suite`, `!` behind it if the table does not list it, what serves it otherwise, or the refusal. */
function short(platform: DockerPlatform): string {
  if ('unsupported' in platform) return `no: ${platform.unsupported.cause}`
  const otherwise = platform.otherwise ? ` else ${platform.otherwise.suite}` : ''
  return `${platform.family} ${platform.suite}${platform.listed ? '' : ' !'}${otherwise}`
}

describe('hosts of test/facts', () => {
  const hosts = recordedHosts.filter((name) => factsOf(name).packageManager === 'apt')

  test.each(hosts)('%s takes what a plan for it takes', (name) => {
    const { os, arch } = factsOf(name)
    const platform = dockerPlatform(os, arch)
    expect('unsupported' in platform ? 'distro' : short(platform)).toBe(dockerFrom[name])
  })

  test('say what was assumed, and nothing where nothing was', () => {
    const assumed = (name: string) => {
      const platform = dockerPlatform(factsOf(name).os, factsOf(name).arch)
      return 'assumed' in platform ? platform.assumed : undefined
    }
    expect(assumed('debian-13')).toBeUndefined()
    expect(assumed('linux-mint-22.3')).toBeUndefined()
    expect(assumed('raspberry-pi-os-13-32bit')).toBeUndefined()
    expect(assumed('kali')).toMatch(/rolls on; its documentation says to take .* stable release, trixie$/)
    expect(assumed('raspberry-pi-os-12-32bit')).toMatch(/last packages get no security updates/)
  })

  test('say why', () => {
    const why = (name: string) => {
      const platform = dockerPlatform(factsOf(name).os, factsOf(name).arch)
      return 'why' in platform ? platform.why : undefined
    }
    expect(why('ubuntu-24.04')).toBe('Docker publishes for Ubuntu noble on amd64')
    expect(why('linux-mint-22.3')).toBe(
      'Linux Mint 22.3 is built on Ubuntu noble; Docker publishes for Ubuntu noble on amd64',
    )
    expect(why('raspberry-pi-os-13-32bit')).toMatch(
      /no packages for 32-bit Raspberry Pi OS trixie; .*Debian trixie on armhf$/,
    )
  })

  test('an ARMv6 machine is told what still works', () => {
    const { os, arch } = factsOf('raspberry-pi-os-13-32bit-zero')
    const platform = dockerPlatform(os, arch)
    expect(short(platform)).toMatch(/ARMv6 .* built for ARMv7: they end in “Illegal instruction”$/)
    expect('unsupported' in platform && platform.unsupported.remedy).toMatch(/source=distro.*docker-ce 28\.0\.1/)
  })
})

const amd64 = { package: 'amd64', kernel: 'x86_64' }
const os = (id: string, more: Partial<OsRelease> = {}): OsRelease => ({ id, idLike: [], prettyName: id, ...more })

describe('other hosts', () => {
  test.each<[string, OsRelease, Facts['arch'], string]>([
    [
      'an ended Ubuntu keeps its last packages',
      os('ubuntu', { versionId: '25.10', codename: 'questing' }),
      amd64,
      'ubuntu questing',
    ],
    ['an Ubuntu of tomorrow', os('ubuntu', { versionId: '26.10', codename: 'stonking' }), amd64, 'ubuntu stonking !'],
    ['an ended Debian', os('debian', { versionId: '10', codename: 'buster' }), amd64, 'debian buster'],
    ['Debian without a codename', os('debian', { versionId: '12' }), amd64, 'debian bookworm'],
    [
      'Debian testing',
      os('debian', { codename: 'forky', debianVersion: 'forky/sid' }),
      amd64,
      'debian forky ! else trixie',
    ],
    [
      'Debian testing later',
      os('debian', { codename: 'elena', debianVersion: 'elena/sid' }),
      amd64,
      'debian elena ! else trixie',
    ],
    ['Debian sid', os('debian', { codename: 'sid', debianVersion: 'sid' }), amd64, 'debian trixie'],
    [
      'Debian 14',
      os('debian', { versionId: '14', codename: 'forky', debianVersion: '14.0' }),
      amd64,
      'debian forky ! else trixie',
    ],
    ['Debian 16', os('debian', { versionId: '16', codename: 'elena', debianVersion: '16.0' }), amd64, 'debian elena !'],
    [
      'a relative of a Debian to come',
      os('mx', { idLike: ['debian'], codename: 'x', debianCodename: 'elena' }),
      amd64,
      'debian elena !',
    ],
    [
      'an architecture that is not built',
      os('debian', { codename: 'trixie' }),
      { package: 'riscv64', kernel: 'riscv64' },
      'debian trixie !',
    ],
    ['i386', os('debian', { codename: 'bookworm' }), { package: 'i386', kernel: 'x86_64' }, 'debian bookworm !'],
    [
      'armel',
      os('debian', { codename: 'bookworm' }),
      { package: 'armel', kernel: 'armv7l', armVersion: 7 },
      'debian bookworm !',
    ],
    [
      's390x of an ended release',
      os('ubuntu', { codename: 'focal' }),
      { package: 's390x', kernel: 's390x' },
      'ubuntu focal !',
    ],
    [
      'LMDE without DEBIAN_CODENAME',
      os('linuxmint', { idLike: ['debian'], codename: 'gigi', debianVersion: '13.1' }),
      amd64,
      'debian trixie',
    ],
    ['LMDE without anything else', os('linuxmint', { idLike: ['debian'], codename: 'faye' }), amd64, 'debian bookworm'],
    [
      'Devuan',
      os('devuan', { idLike: ['debian'], codename: 'excalibur', debianVersion: 'excalibur/ceres' }),
      amd64,
      'debian trixie',
    ],
    [
      'a derivative with a number',
      os('parrot', { idLike: ['debian'], debianVersion: '12.5' }),
      amd64,
      'debian bookworm',
    ],
    [
      'an Ubuntu relative without UBUNTU_CODENAME',
      os('neon', { idLike: ['ubuntu', 'debian'], codename: 'noble' }),
      amd64,
      'ubuntu noble',
    ],
    [
      '32-bit Raspberry Pi OS 11',
      os('raspbian', { idLike: ['debian'], codename: 'bullseye' }),
      { package: 'armhf', kernel: 'aarch64', armVersion: 8 },
      'raspbian bullseye',
    ],
    [
      'the package architecture decides',
      os('debian', { codename: 'bookworm' }),
      { package: 'armhf', kernel: 'aarch64', armVersion: 8 },
      'debian bookworm',
    ],
  ])('%s', (_name, release, arch, expected) => {
    expect(short(dockerPlatform(release, arch))).toBe(expected)
  })

  test.each<[OsRelease, RegExp]>([
    [os('fedora', { prettyName: 'Fedora Linux 43' }), /^Fedora Linux 43 is not served yet: .*dnf/],
    [os('rocky', { idLike: ['rhel', 'centos', 'fedora'] }), /not served yet: .*dnf/],
    [os('opensuse-leap', { idLike: ['suse', 'opensuse'] }), /zypper/],
    [os('arch'), /pacman/],
    [os('alpine'), /apk/],
    [os('nixos'), /not known to be a relative of Debian or Ubuntu/],
    [os('unknown'), /not known to be a relative/],
    [os('elementary', { idLike: ['ubuntu'], codename: 'odin' }), /does not say which Ubuntu release/],
    [
      os('deepin', { idLike: ['debian'], codename: 'crimson', debianVersion: '23' }),
      /does not say which Debian release/,
    ],
  ])('%o is refused', (release, cause) => {
    const platform = dockerPlatform(release, amd64)
    expect('unsupported' in platform && platform.unsupported.cause).toMatch(cause)
    expect('unsupported' in platform && platform.unsupported.remedy).toBeTruthy()
  })

  test('an unknown ARM version of a 32-bit Pi is said', () => {
    const platform = dockerPlatform(os('raspbian', { codename: 'trixie' }), { package: 'armhf', kernel: 'aarch64' })
    expect('assumed' in platform && platform.assumed).toMatch(/ARMv7 or newer is taken for granted/)
  })

  test('whatever a host says of itself, there is an answer with a suite or a reason', () => {
    const word = fc.constantFrom(
      'debian',
      'ubuntu',
      'raspbian',
      'kali',
      'linuxmint',
      'noble',
      'trixie',
      'sid',
      '12',
      '12.5',
      'forky/sid',
      '',
      'x',
    )
    const some = fc.option(word, { nil: undefined })
    const release = fc.record({
      id: word,
      idLike: fc.array(word, { maxLength: 2 }),
      prettyName: word,
      versionId: some,
      codename: some,
      ubuntuCodename: some,
      debianCodename: some,
      debianVersion: some,
    })
    const arch = fc.record({
      package: fc.constantFrom('amd64', 'armhf', 'armel', 'arm64', 'mips'),
      kernel: fc.constant('x'),
      armVersion: fc.option(fc.constantFrom(5, 6, 7, 8), { nil: undefined }),
    })
    fc.assert(
      fc.property(release, arch, (from, on) => {
        const platform = dockerPlatform(from, on)
        if ('unsupported' in platform) expect(platform.unsupported.cause && platform.unsupported.remedy).toBeTruthy()
        else expect(platform.suite).toMatch(/^[a-z]+$/)
      }),
    )
  })
})
