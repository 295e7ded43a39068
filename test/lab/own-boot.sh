#!/bin/sh
# Turn a lab guest's root folder ($1, as guest.sh left it) into one that boots from its own disk: GRUB, the kernel and the
# initramfs are the guest's, and what is written inside (a blacklist, another kernel, a kernel command line) has its effect.
# Environment: LAB_ROOT_UUID, the UUID that the root file system will have.
set -eu
root=$1

echo "UUID=$LAB_ROOT_UUID / ext4 errors=remount-ro 0 1" > "$root/etc/fstab"
cat > "$root/etc/default/grub" <<EOT
GRUB_DEFAULT=0
GRUB_TIMEOUT=0
GRUB_DISTRIBUTOR=Debian
GRUB_CMDLINE_LINUX="console=ttyS0 net.ifnames=0 mitigations=off"
GRUB_TERMINAL=serial
GRUB_SERIAL_COMMAND="serial --unit=0 --speed=115200"
GRUB_DISABLE_OS_PROBER=true
EOT

# As grub-install lays it out, and as grub-bios-setup embeds it; neither can do so without the disk itself.
mkdir -p "$root/boot/grub/i386-pc"
cp "$root"/usr/lib/grub/i386-pc/*.mod "$root"/usr/lib/grub/i386-pc/*.lst "$root/boot/grub/i386-pc/"
chroot "$root" grub-mkimage -O i386-pc -p '(hd0,msdos1)/boot/grub' -o /boot/grub/i386-pc/core.img biosdisk part_msdos ext2

# A short list of modules instead of nearly all: rebuilt inside, emulated, an initramfs of the default size takes minutes.
echo 'update_initramfs=yes' > "$root/etc/initramfs-tools/update-initramfs.conf"
echo 'MODULES=list' > "$root/etc/initramfs-tools/conf.d/lab"
printf '%s\n' virtio_pci virtio_blk ext4 crc32c_generic >> "$root/etc/initramfs-tools/modules"
chroot "$root" update-initramfs -u -k all

# For the first boot only; then the guest's own update-grub writes the real one.
kernel=$(basename "$root"/boot/vmlinuz-*)
cat > "$root/boot/grub/grub.cfg" <<EOT
linux /boot/$kernel root=UUID=$LAB_ROOT_UUID ro console=ttyS0 net.ifnames=0 mitigations=off
initrd /boot/initrd.img-${kernel#vmlinuz-}
boot
EOT
