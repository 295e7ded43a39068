import type { Facts } from '../../src/facts/facts.js'

/** The packages that are an engine: Docker's, Debian's and Ubuntu's, Fedora's, and Docker's of before 2017. */
export const enginePackages: readonly string[] = ['docker-ce', 'docker.io', 'moby-engine', 'docker-engine']

/** Those, and what a running daemon is made of. */
const daemonPackages: readonly string[] = [...enginePackages, 'containerd.io', 'containerd', 'runc']

/** Whether whoever changes a package stops or restarts the daemon. */
export const isOfDaemon = (name: string): boolean => daemonPackages.includes(name)

/** The package that is this host's engine; `undefined` where none is installed. Another engine may run there (see `ownEngine`). */
export function enginePackage({ packages }: Pick<Facts, 'packages'>): { name: string; version: string } | undefined {
  const name = enginePackages.find((one) => packages[one]?.state === 'installed')
  return name === undefined ? undefined : { name, version: packages[name]!.version }
}
