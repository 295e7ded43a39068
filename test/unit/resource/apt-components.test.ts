import { describe, expect, it } from 'vitest'
import { aptComponents, withComponents } from '../../../src/resource/apt-components.js'
import { type SeenFile, sumOf } from '../../../src/resource/content.js'
import { bareDebian } from '../../support/facts.js'
import { runIn, shells } from '../../support/shells.js'

const wanted = { vendor: 'Debian', arch: 'amd64', components: ['contrib', 'non-free'] } as const
const list = (text: string, origins = {}) => withComponents({ path: '/etc/apt/sources.list', text }, wanted, origins)
const sources = (text: string, origins = {}) =>
  withComponents({ path: '/etc/apt/sources.list.d/debian.sources', text }, wanted, origins)

describe('one-line entries', () => {
  it.each([
    [
      'the archive',
      'deb http://ftp.debian.org/debian trixie main',
      'deb http://ftp.debian.org/debian trixie main contrib non-free',
    ],
    [
      'its updates and security updates',
      'deb http://ftp.debian.org/debian trixie-updates main\ndeb http://security.debian.org/debian-security trixie-security main\n',
      'deb http://ftp.debian.org/debian trixie-updates main contrib non-free\ndeb http://security.debian.org/debian-security trixie-security main contrib non-free\n',
    ],
    [
      'with options, tabs and a remark behind',
      'deb\t[arch=amd64 signed-by=/k]  http://ftp.de.debian.org/debian/\ttrixie\tmain non-free-firmware   # ours\r\n',
      'deb\t[arch=amd64 signed-by=/k]  http://ftp.de.debian.org/debian/\ttrixie\tmain non-free-firmware contrib non-free   # ours\r\n',
    ],
    [
      'only what is missing',
      'deb http://ftp.debian.org/debian trixie contrib main',
      'deb http://ftp.debian.org/debian trixie contrib main non-free',
    ],
  ])('%s get them', (_, before, after) => {
    expect(list(before)).toBe(after)
    expect(list(after)).toBe(after)
  })

  it.each([
    ['comments', '# deb http://ftp.debian.org/debian trixie main\n'],
    ['sources of programs', 'deb-src http://ftp.debian.org/debian trixie main\n'],
    ['entries without main', 'deb http://ftp.debian.org/debian trixie contrib\n'],
    ['backports', 'deb http://ftp.debian.org/debian trixie-backports main\n'],
    [
      'a third party',
      'deb [signed-by=/usr/share/keyrings/tailscale.gpg] https://pkgs.tailscale.com/stable/debian trixie main\n',
    ],
    ['a third party whose address looks alike', 'deb https://debian.org.example.com/debian trixie main\n'],
    ['nothing', ''],
  ])('%s stay', (_, text) => {
    expect(list(text)).toBe(text)
  })

  it('are judged by what their index says, where that is known', () => {
    const mirror = 'deb http://mirror.lan/debian trixie main\n'
    expect(list(mirror)).toBe(mirror)
    expect(list(mirror, { 'http://mirror.lan/debian/': 'Debian' })).toContain('main contrib non-free')
    expect(list(mirror, { 'http://mirror.lan/debian/': 'Raspberry Pi Foundation' })).toBe(mirror)
  })
})

describe('deb822 stanzas', () => {
  const official = `# comment
Types: deb deb-src
URIs: http://ftp.debian.org/debian
Suites: trixie trixie-updates trixie-backports
# why
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg


Types: deb
URIs: https://download.docker.com/linux/debian
Suites: trixie
Components: stable
`
  it('get them, and every other byte stays', () => {
    const after = official.replace('Components: main\n', 'Components: main contrib non-free\n')
    expect(sources(official)).toBe(after)
    expect(sources(after)).toBe(after)
  })

  it('get them behind the last of several lines', () => {
    const text =
      'Types: deb\nURIs: http://ftp.debian.org/debian\nSuites: trixie\nComponents:\n main\n non-free-firmware\nSigned-By: /k'
    expect(sources(text)).toBe(text.replace('non-free-firmware', 'non-free-firmware contrib non-free'))
  })

  it('with the lists of mirrors that cloud images have, as apt itself writes their addresses', () => {
    const text = 'Types: deb\nURIs: mirror+file:///etc/apt/mirrors/debian.list\nSuites: trixie\nComponents: main\n'
    expect(sources(text)).toContain('main contrib non-free')
    expect(sources(text, { 'mirror+file:/etc/apt/mirrors/debian.list/': 'Debian' })).toContain('main contrib non-free')
    expect(sources(text, { 'mirror+file:/etc/apt/mirrors/debian.list/': 'Kali' })).toBe(text)
  })

  it.each([
    ['turned off', 'Enabled: no\nTypes: deb\nURIs: http://ftp.debian.org/debian\nSuites: trixie\nComponents: main\n'],
    ['of programs alone', 'Types: deb-src\nURIs: http://ftp.debian.org/debian\nSuites: trixie\nComponents: main\n'],
    [
      'of backports alone',
      'Types: deb\nURIs: http://ftp.debian.org/debian\nSuites: trixie-backports\nComponents: main\n',
    ],
    [
      'of the archive and another at once',
      'Types: deb\nURIs: http://ftp.debian.org/debian http://x.lan\nSuites: trixie\nComponents: main\n',
    ],
    ['that are flat', 'Types: deb\nURIs: http://ftp.debian.org/debian\nSuites: ./\n'],
  ])('%s stay', (_, text) => {
    expect(sources(text)).toBe(text)
  })
})

it('Ubuntu’s extended maintenance is not its archive', () => {
  const text =
    'deb https://esm.ubuntu.com/infra/ubuntu noble-infra-security main\ndeb http://ports.ubuntu.com/ubuntu-ports noble main\n'
  const asked = { vendor: 'Ubuntu', arch: 'amd64', components: ['restricted'] } as const
  expect(withComponents({ path: '/etc/apt/sources.list', text }, asked, {})).toBe(
    text.replace('noble main', 'noble main restricted'),
  )
})

describe('aptComponents', () => {
  const resource = aptComponents({ ...wanted, why: 'the driver is in them' })
  const seen = (...files: [string, string][]) => ({
    files: files.map(([path, text]): SeenFile => ({ path, text, sum: sumOf(text) })),
    origins: {},
  })

  it('changes every file that has the archive, and fetches just those anew', () => {
    const change = resource.plan(
      seen(
        ['/etc/apt/sources.list', 'deb http://ftp.debian.org/debian trixie main\n'],
        ['/etc/apt/sources.list.d/other.list', 'deb http://x.lan y main\n'],
        ['/etc/apt/sources.list.d/s.list', 'deb http://security.debian.org/debian-security trixie-security main\n'],
      ),
    )!
    expect(change).toMatchObject({ stage: 'prepare', title: 'Add contrib, non-free to Debian’s archive' })
    expect(change.diff).toContain('+deb http://ftp.debian.org/debian trixie main contrib non-free')
    expect(change.diff).not.toContain('x.lan')
    expect(change.script.split('\n').at(-1)).toBe('refresh_index /etc/apt/sources.list /etc/apt/sources.list.d/s.list')
  })

  it('has nothing to do where they are', () => {
    const text = 'deb http://ftp.debian.org/debian trixie main contrib non-free\n'
    expect(resource.plan(seen(['/etc/apt/sources.list', text]))).toBeUndefined()
  })

  it('refuses where the archive is configured nowhere', () => {
    expect(() => resource.plan(seen(['/etc/apt/sources.list', 'deb http://x.lan y main\n']))).toThrow(
      'no entry below /etc/apt is Debian’s own archive',
    )
  })

  it('is planned where only facts are known', () => {
    expect(resource.plan(resource.assume(bareDebian()))).toMatchObject({
      title: 'Add contrib, non-free to Debian’s archive',
    })
  })

  it.each(shells)('looks in $name', ({ command }) => {
    const { stdout } = runIn(
      command,
      `ask() { case $2 in apt-get) echo '@origin http://a.lan/debian/ Debian' ;; *) shift && "$@" ;; esac; }\n(${resource.inspect})`,
    )
    expect(resource.read({ text: stdout, code: 0 })).toMatchObject({ origins: { 'http://a.lan/debian/': 'Debian' } })
  })
})
