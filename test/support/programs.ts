import { spawnSync } from 'node:child_process'

/** Whether this machine has a program. Tests that need one it has not are skipped; `.ci/run` sees to it that none is. */
export const has = (program: string): boolean =>
  spawnSync('sh', ['-c', 'command -v -- "$1"', 'sh', program], { stdio: 'ignore' }).status === 0

/** What tests run on, by the Debian package that has it. test/lab/setup.sh installs all of them. */
export const programs: readonly (readonly [program: string, debianPackage: string])[] = [
  ['apt-get', 'apt'],
  ['bash', 'bash'],
  ['busybox', 'busybox'],
  ['dash', 'dash'],
  ['dpkg', 'dpkg'],
  ['fish', 'fish'],
  ['gpg', 'gpg'],
  ['gpgv', 'gpgv'],
  ['groff', 'groff'],
  ['ip', 'iproute2'],
  ['journalctl', 'systemd'],
  ['mandoc', 'mandoc'],
  ['ps', 'procps'],
  ['shellcheck', 'shellcheck'],
  ['ssh', 'openssh-client'],
  ['sudo', 'sudo'],
  ['tmux', 'tmux'],
  ['unshare', 'util-linux'],
  ['xmllint', 'libxml2-utils'],
  ['zsh', 'zsh'],
]
