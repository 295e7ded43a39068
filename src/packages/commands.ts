/** What a person types and reads where a package manager is; sentences put the commands in backquotes. */
export interface PackageCommands {
  install(...names: string[]): string
  reinstall(name: string): string
  remove(...names: string[]): string
  /** Lists held packages. */
  held: string
  unhold(...names: string[]): string
  /** Deletes downloaded packages. */
  clean: string
  removeOldKernels: string
  /** How a user with sudo finishes an installation that was cut off; a phrase. */
  finish: string
  rebuildInitramfs: string
  /** The package with the headers of a kernel. */
  kernelHeaders(release: string): string
  /** How evidence shows an installed package: behind the name of the database. */
  shown(name: string, version: string | undefined, state?: string): string
  /** The database that tells what is installed. */
  database: string
}

export const commands: Readonly<Record<'apt' | 'dnf', PackageCommands>> = {
  apt: {
    install: (...names) => ['apt-get install', ...names].join(' '),
    reinstall: (name) => `apt-get install --reinstall ${name}`,
    remove: (...names) => ['apt-get remove', ...names].join(' '),
    held: 'apt-mark showhold',
    unhold: (...names) => ['apt-mark unhold', ...names].join(' '),
    clean: 'apt-get clean',
    removeOldKernels: 'apt-get autoremove --purge',
    finish: '`sudo dpkg --configure -a && sudo apt-get -f install`',
    rebuildInitramfs: 'update-initramfs -u',
    kernelHeaders: (release) => `linux-headers-${release}`,
    shown: (name, version, state = 'installed') => `dpkg: ${name} ${version} ${state}`,
    database: 'dpkg',
  },
  dnf: {
    install: (...names) => ['dnf install', ...names].join(' '),
    reinstall: (name) => `dnf reinstall ${name}`,
    remove: (...names) => ['dnf remove', ...names].join(' '),
    held: 'dnf versionlock list',
    unhold: (...names) => ['dnf versionlock delete', ...names].join(' '),
    clean: 'dnf clean packages',
    removeOldKernels: 'dnf remove --oldinstallonly',
    finish:
      '`sudo dnf check --duplicates` lists both versions: `sudo rpm -e` the older one, then `sudo dnf reinstall` the package',
    rebuildInitramfs: 'dracut --force --regenerate-all',
    kernelHeaders: (release) => `kernel-devel-${release}`,
    shown: (name, version, state = 'installed') => `rpm: ${name} ${version} ${state}`,
    database: 'rpm',
  },
}
