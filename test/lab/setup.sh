#!/bin/sh
# Install what the lab and the tests need from a Debian or Ubuntu machine's own packages. May be run again at any time.
# QEMU is not in it: where the machine has none of version 10, the lab fetches one into its cache.
set -eu

if [ "$(id -u)" -eq 0 ]; then sudo=; else sudo=sudo; fi

$sudo apt-get update -qq
$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
  apt busybox ca-certificates dash debian-archive-keyring dpkg dpkg-dev e2fsprogs fish gpg gpg-agent iproute2 \
  mmdebstrap openssh-client qemu-utils shellcheck sudo util-linux zstd
