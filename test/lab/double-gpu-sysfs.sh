#!/bin/sh
# Put the double of a GPU into a lab guest (runs there as root): from the next boot on sysfs shows an NVIDIA T4, and a driver
# is loaded for it as udev would, early from the initramfs and again from the root file system. There is no hardware
# behind it: a driver that looks for its device finds none.
set -eu

mkdir -p /usr/local/lib/double-gpu
cat >/usr/local/lib/double-gpu/sysfs <<'EOT'
#!/bin/sh
# The real devices and one made-up one, over /sys/bus/pci/devices.
set -eu
slot=0000:01:00.0
mkdir -p /run/double-gpu
mount -t tmpfs -o mode=755 double-gpu /run/double-gpu
cp -a /sys/bus/pci/devices/. /run/double-gpu/
mkdir /run/double-gpu/$slot
cd /run/double-gpu/$slot
echo 0x10de >vendor
echo 0x1eb8 >device
echo 0x030200 >class
echo 0x10de >subsystem_vendor
echo 0x12a2 >subsystem_device
echo 0xa1 >revision
echo 0 >irq
cat /usr/local/lib/double-gpu/modalias >modalias
: >resource
# Its configuration space, for lspci.
printf '\336\020\270\036\000\000\020\000\241\000\002\003' >config
head -c 244 /dev/zero >>config
mount --bind /run/double-gpu /sys/bus/pci/devices
EOT
cat >/usr/local/lib/double-gpu/load <<'EOT'
#!/bin/sh
# What udev does for a device: load by its alias, with blacklists applied. Whether a module takes the device is its affair.
modprobe -b -- "$(cat /usr/local/lib/double-gpu/modalias)" || echo "double-gpu: modprobe ended with $?"
EOT
cat >/usr/local/lib/double-gpu/bind <<'EOT'
#!/bin/sh
# A nouveau that is loaded takes the device, as the real one does with a T4. NVIDIA's own driver is left to say for itself.
set -eu
driver=/sys/bus/pci/drivers/nouveau
[ -d $driver ] || exit 0
mkdir -p /run/double-gpu-nouveau
mount -t tmpfs -o mode=755 double-gpu /run/double-gpu-nouveau
ln -s /sys/bus/pci/devices/0000:01:00.0 /run/double-gpu-nouveau/0000:01:00.0
mount --bind /run/double-gpu-nouveau $driver
ln -s $driver /run/double-gpu/0000:01:00.0/driver
EOT
echo pci:v000010DEd00001EB8sv000010DEsd000012A2bc03sc02i00 >/usr/local/lib/double-gpu/modalias
chmod 755 /usr/local/lib/double-gpu/sysfs /usr/local/lib/double-gpu/load /usr/local/lib/double-gpu/bind

cat >/etc/systemd/system/double-gpu-sysfs.service <<'EOT'
[Unit]
Description=Double of a GPU in sysfs (no hardware behind it)
DefaultDependencies=no
Before=systemd-udev-trigger.service sysinit.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/local/lib/double-gpu/sysfs
ExecStart=/usr/local/lib/double-gpu/load
ExecStart=/usr/local/lib/double-gpu/bind

[Install]
WantedBy=sysinit.target
EOT

# Early graphics: nouveau in the initramfs, as on machines with a splash screen. A blacklist that is not in there as well
# comes too late.
cat >/etc/initramfs-tools/hooks/double-gpu <<'EOT'
#!/bin/sh
[ "${1-}" = prereqs ] && exit 0
. /usr/share/initramfs-tools/hook-functions
manual_add_modules nouveau
mkdir -p "$DESTDIR/usr/local/lib/double-gpu"
cp /usr/local/lib/double-gpu/modalias /usr/local/lib/double-gpu/load "$DESTDIR/usr/local/lib/double-gpu/"
EOT
cat >/etc/initramfs-tools/scripts/init-premount/double-gpu <<'EOT'
#!/bin/sh
[ "${1-}" = prereqs ] && exit 0
echo "double-gpu: loading a driver by its alias" >/dev/kmsg
sh /usr/local/lib/double-gpu/load >/dev/kmsg 2>&1
EOT
chmod 755 /etc/initramfs-tools/hooks/double-gpu /etc/initramfs-tools/scripts/init-premount/double-gpu

systemctl --quiet enable double-gpu-sysfs.service
update-initramfs -u 2>/dev/null # nouveau's firmware is nowhere here, and said to be missing
