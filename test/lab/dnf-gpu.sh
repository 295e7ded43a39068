# Has a double of a dnf host see an NVIDIA T4 that nouveau drives: files in the place of sysfs, and doubles of the commands that
# tell the kernel's release and a module's version. Expects: release. The kernel is told about, never loaded into: nouveau is in the way.
# shellcheck shell=sh disable=SC2154
set -eu
gpu=/sys/bus/pci/devices/0000:01:00.0
mkdir -p /usr/local/bin "/lib/modules/$release" /boot "$gpu" /sys/bus/pci/drivers/nouveau/0000:01:00.0 /sys/module/nouveau
echo 0x10de >"$gpu/vendor"
echo 0x1eb8 >"$gpu/device"
echo 0x030200 >"$gpu/class"
ln -sfn ../../drivers/nouveau "$gpu/driver"
: >"/lib/modules/$release/modules.dep"
: >"/boot/vmlinuz-$release"
cat >/usr/local/bin/uname <<END
#!/bin/sh
# A double: the kernel that this host says it runs.
case \$* in -r) echo $release ;; *) exec /bin/uname "\$@" ;; esac
END
echo "$release" >/run/osrelease
mount --bind /run/osrelease /proc/sys/kernel/osrelease
cat >/usr/local/bin/modinfo <<'END'
#!/bin/sh
# A double: a stand-in module says of itself what modinfo would.
for file; do
  printf 'filename:       %s\n' "$(readlink -f "$file")"
  cat "$file"
done
END
chmod 0755 /usr/local/bin/uname /usr/local/bin/modinfo
