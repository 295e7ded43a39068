#!/bin/sh
# Turn a fresh Debian root folder into a lab guest (called by mmdebstrap with the folder as $1).
# Environment: LAB_NAME, LAB_SUITE, LAB_ARCHIVE, LAB_SECURITY, LAB_PUBLIC_KEY, LAB_PROXY (may be empty).
set -eu
root=$1

echo "$LAB_NAME" > "$root/etc/hostname"
printf '127.0.0.1\tlocalhost\n127.0.1.1\t%s\n' "$LAB_NAME" > "$root/etc/hosts"
echo '/dev/vda / ext4 errors=remount-ro 0 1' > "$root/etc/fstab"

# The sources as Debian's own installer would leave them, at the archive that the lab's machine uses.
rm -f "$root"/etc/apt/sources.list "$root"/etc/apt/sources.list.d/*
cat > "$root/etc/apt/sources.list.d/debian.sources" <<EOF
Types: deb
URIs: $LAB_ARCHIVE
Suites: $LAB_SUITE $LAB_SUITE-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: $LAB_SECURITY
Suites: $LAB_SUITE-security
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
EOF
if [ -n "$LAB_PROXY" ]; then
  echo "Acquire::http::Proxy \"$LAB_PROXY\";" > "$root/etc/apt/apt.conf.d/80proxy"
fi

# QEMU's user network hands out addresses and names.
printf '[Match]\nName=e*\n\n[Network]\nDHCP=yes\n' > "$root/etc/systemd/network/10-lab.network"
chroot "$root" systemctl --quiet enable systemd-networkd systemd-resolved ssh
ln -sf ../run/systemd/resolve/stub-resolv.conf "$root/etc/resolv.conf"

# QEMU boots a kernel and initramfs from outside: making new ones inside, emulated, would cost a minute per install.
echo 'update_initramfs=no' > "$root/etc/initramfs-tools/update-initramfs.conf"

# A test that wants apt's locks held makes its own; the timers would hold them at times of their own.
chroot "$root" systemctl --quiet mask apt-daily.timer apt-daily-upgrade.timer

# root; dev: sudo with the password; ops: sudo without; guest: no sudo. All take the lab's key.
echo 'PasswordAuthentication yes' > "$root/etc/ssh/sshd_config.d/lab.conf"
chroot "$root" useradd --create-home --shell /bin/bash --groups sudo dev
chroot "$root" useradd --create-home --shell /bin/bash ops
chroot "$root" useradd --create-home --shell /bin/bash guest
printf 'dev:lab\nops:lab\nguest:lab\n' | chroot "$root" chpasswd
echo 'ops ALL=(ALL:ALL) NOPASSWD: ALL' > "$root/etc/sudoers.d/ops"
chmod 440 "$root/etc/sudoers.d/ops"
for user in root dev ops guest; do
  home=$(chroot "$root" sh -c "echo ~$user")
  mkdir -p "$root$home/.ssh"
  chmod 700 "$root$home/.ssh"
  echo "$LAB_PUBLIC_KEY" > "$root$home/.ssh/authorized_keys"
  chmod 600 "$root$home/.ssh/authorized_keys"
  chroot "$root" chown -R "$user:" "$home/.ssh"
done
