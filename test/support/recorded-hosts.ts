import { readdirSync, readFileSync } from 'node:fs'
import type { FactsFile } from '../../src/run/look.js'

const folder = new URL('../facts/', import.meta.url)

/** The hosts of test/facts. Machines with GPUs or another Docker are not among them: the tests of what is done about those plan them. */
export const recordedHosts = readdirSync(folder)
  .filter((name) => name.endsWith('.json') && !/^(gpu|engine)-/.test(name))
  .map((name) => name.replace(/\.json$/, ''))

/** The facts file of one of them. */
export function factsFileOf(name: string): FactsFile {
  return JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8'))
}

/**
 * The folder and suite (of rpm: the major release) of Docker's repository for a fresh machine of each kind; `distro` stands
 * for the distribution's own packages.
 */
export const dockerFrom: Record<string, string> = {
  alma10: 'rhel 10',
  alma8: 'rhel 8',
  alma9: 'rhel 9',
  'centos-stream-10': 'centos 10',
  'centos-stream-9': 'centos 9',
  'fedora-43': 'fedora 43',
  'fedora-44': 'fedora 44',
  oracle10: 'rhel 10',
  oracle8: 'rhel 8',
  oracle9: 'rhel 9',
  rhel10: 'rhel 10',
  rhel8: 'rhel 8',
  rhel9: 'rhel 9',
  rocky10: 'rhel 10',
  rocky8: 'rhel 8',
  rocky9: 'rhel 9',
  'debian-11': 'debian bullseye',
  'debian-12': 'debian bookworm',
  'debian-13': 'debian trixie',
  kali: 'debian trixie',
  'linux-mint-22.3': 'ubuntu noble',
  'lmde-6': 'debian bookworm',
  'pop-os-22.04': 'ubuntu jammy',
  'pop-os-24.04': 'ubuntu noble',
  'raspberry-pi-os-11-32bit': 'raspbian bullseye',
  'raspberry-pi-os-12-32bit': 'raspbian bookworm',
  'raspberry-pi-os-12-32bit-zero-2': 'raspbian bookworm',
  'raspberry-pi-os-12-64bit': 'debian bookworm',
  'raspberry-pi-os-13-32bit': 'debian trixie',
  'raspberry-pi-os-13-32bit-zero': 'distro',
  'raspberry-pi-os-13-64bit': 'debian trixie',
  'ubuntu-22.04': 'ubuntu jammy',
  'ubuntu-24.04': 'ubuntu noble',
  'ubuntu-26.04': 'ubuntu resolute',
}
