import { spawnSync } from 'node:child_process'

/** Whether this machine has a program. Tests that need one it has not are skipped; `.ci/run` sees to it that none is. */
export const has = (program: string): boolean =>
  spawnSync('sh', ['-c', 'command -v -- "$1"', 'sh', program], { stdio: 'ignore' }).status === 0

/**
 * What tests run on, by the Debian package that has it. test/lab/setup.sh installs all of them. `apt-key` and `sqv`, one of which each
 * apt has, are not in it: test/shell/keyrings.test.ts names the other.
 */
export const programs: readonly (readonly [program: string, debianPackage: string])[] = [
  ['ansible-inventory', 'ansible-core'],
  ['apt-get', 'apt'],
  ['bash', 'bash'],
  ['busybox', 'busybox'],
  ['dash', 'dash'],
  ['dpkg', 'dpkg'],
  ['dpkg-deb', 'dpkg'],
  ['fish', 'fish'],
  ['getfacl', 'acl'],
  ['gpg', 'gpg'],
  ['gpg-agent', 'gpg-agent'],
  ['gpgv', 'gpgv'],
  ['groff', 'groff'],
  ['ip', 'iproute2'],
  ['journalctl', 'systemd'],
  ['mandoc', 'mandoc'],
  ['perl', 'perl'],
  ['ps', 'procps'],
  ['setpriv', 'util-linux'],
  ['shellcheck', 'shellcheck'],
  ['ssh', 'openssh-client'],
  ['ssh-keygen', 'openssh-client'],
  ['sshd', 'openssh-server'],
  ['sudo', 'sudo'],
  ['tmux', 'tmux'],
  ['unshare', 'util-linux'],
  ['xmllint', 'libxml2-utils'],
  ['zsh', 'zsh'],
]
