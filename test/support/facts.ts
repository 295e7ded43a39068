import { noNvidia } from '../../recipes/nvidia/facts.js'
import type { Facts, InstalledPackage } from '../../src/facts/facts.js'

type Partially<T> = { [Key in keyof T]?: T[Key] extends object ? Partial<T[Key]> : T[Key] }

/** A bare Debian 13 on amd64 with systemd, except for what is given. */
export function bareDebian(given: Partially<Omit<Facts, 'packages'>> & { packages?: Facts['packages'] } = {}): Facts {
  return {
    bootId: '31658340-ea61-409c-86bb-d3d8e314ef92',
    init: 'systemd',
    cgroup: 2,
    memoryMiB: 2048,
    clock: 1_790_000_000,
    packageManager: 'apt',
    interrupted: [],
    ...(given as Partial<Facts>),
    os: {
      id: 'debian',
      idLike: [],
      prettyName: 'Debian GNU/Linux 13 (trixie)',
      versionId: '13',
      codename: 'trixie',
      debianVersion: '13.1',
      ...given.os,
    },
    arch: { package: 'amd64', kernel: 'x86_64', ...given.arch },
    kernel: { release: '6.12.48+deb13-amd64', ...given.kernel },
    packages: given.packages ?? {},
    login: { user: 'dev', uid: 1000, home: '/home/dev', ...given.login },
    docker: { snap: false, shadowingPlugins: [], ...given.docker },
    nvidia: { ...noNvidia(), ...given.nvidia },
  }
}

/** Installed packages from `name: version`; a state other than `installed` stands behind a space. */
export function installed(versions: Record<string, string>): Record<string, InstalledPackage> {
  return Object.fromEntries(
    Object.entries(versions).map(([name, text]) => {
      const [version = '', state = 'installed'] = text.split(' ')
      return [name, { version, state, held: false }]
    }),
  )
}
