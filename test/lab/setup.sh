#!/bin/sh
# Install what the lab and the tests need from a Debian or Ubuntu machine's own packages. May be run again at any time.
# QEMU is not in it: where the machine has none of version 10, the lab fetches one into its cache.
set -eu

if [ "$(id -u)" -eq 0 ]; then sudo=; else sudo=sudo; fi

$sudo apt-get update -qq
$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
  acl ansible-core apt arch-test bash busybox ca-certificates cpio dash debian-archive-keyring dpkg dpkg-dev e2fsprogs fdisk fish gpg gpg-agent gpgv groff \
  iproute2 kmod libxml2-utils mandoc mmdebstrap openssh-client perl procps qemu-utils shellcheck sudo tmux util-linux xz-utils zsh zstd

# For journalctl alone: a machine that runs systemd has it, and is not to be upgraded on the way.
if ! command -v journalctl >/dev/null 2>&1; then
  $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends systemd
fi

# The tests start an sshd of their own; the machine's own is not to be started by installing the package.
if [ ! -x /usr/sbin/sshd ]; then
  policy=
  if [ ! -e /usr/sbin/policy-rc.d ]; then
    policy=/usr/sbin/policy-rc.d
    printf '#!/bin/sh\nexit 101\n' | $sudo tee "$policy" >/dev/null
    $sudo chmod 755 "$policy"
  fi
  $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends openssh-server
  if [ -n "$policy" ]; then $sudo rm -f "$policy"; fi
fi
