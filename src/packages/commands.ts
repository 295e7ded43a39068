/** A command, and the words that it is given. */
const command =
  (start: string) =>
  (...words: string[]) =>
    [start, ...words].join(' ')

/** How evidence shows an installed package: behind the name of the database. */
const shownBy =
  (database: string) =>
  (name: string, version: string | undefined, state = 'installed') =>
    `${database}: ${name} ${version} ${state}`

const apt = {
  install: command('apt-get install'),
  reinstall: command('apt-get install --reinstall'),
  remove: command('apt-get remove'),
  /** Lists held packages. */
  held: 'apt-mark showhold',
  unhold: command('apt-mark unhold'),
  /** Deletes downloaded packages. */
  clean: 'apt-get clean',
  removeOldKernels: 'apt-get autoremove --purge',
  /** How a user with sudo finishes an installation that was cut off; a phrase. */
  finish: '`sudo dpkg --configure -a && sudo apt-get -f install`',
  rebuildInitramfs: 'update-initramfs -u',
  shown: shownBy('dpkg'),
  /** The database that tells what is installed. */
  database: 'dpkg',
}

/** What a person types and reads where a package manager is; sentences put the commands in backquotes. */
export type PackageCommands = typeof apt

export const commands: Readonly<Record<'apt' | 'dnf', PackageCommands>> = {
  apt,
  dnf: {
    install: command('dnf install'),
    reinstall: command('dnf reinstall'),
    remove: command('dnf remove'),
    held: 'dnf versionlock list',
    unhold: command('dnf versionlock delete'),
    clean: 'dnf clean packages',
    removeOldKernels: 'dnf remove --oldinstallonly',
    finish:
      '`sudo dnf check --duplicates` lists both versions: `sudo rpm -e` the older one, then `sudo dnf reinstall` the package',
    rebuildInitramfs: 'dracut --force --regenerate-all',
    shown: shownBy('rpm'),
    database: 'rpm',
  },
}
