#!/bin/sh
# A host in namespaces, with systemd: `host.sh FOLDER BASE GROUP SLIRP`, as the first process of namespaces of its own for mounts and
# processes, so that all of it ends with this script, however that ends. BASE is the root folder that it is a copy of, in memory, with room for 3 GiB;
# GROUP is the name of its control group, which is left empty if this is killed; SLIRP is slirp4netns, the network to outside. With
# the end of standard input all is taken down. `BOOT SLIRP-PID` is said at each boot. When the host reboots it starts again; else
# once somebody writes to FOLDER/on.
set -eu
folder=$1 base=$2 group=$3 slirp=$4
disk=$folder/disk

# The host's first process: its control group, its root, and what of the machine it may see but not change.
# shellcheck disable=SC2016 # it is expanded there, not here
host='
  folder=$1 group=$2
  echo 0 >"$folder/cgroup/$group/cgroup.procs"
  exec unshare --cgroup sh -ec "$3" sh "$folder"
'
# shellcheck disable=SC2016 # it is expanded there, not here
root='
  folder=$1
  hostname "$(cat "$folder/disk/root/etc/hostname")"
  mount --bind "$folder/disk/root" "$folder/disk/root"
  cd "$folder/disk/root"
  mount -t proc proc proc
  mount --bind proc/sys proc/sys
  mount --bind proc/sys/net proc/sys/net
  mount --bind "$folder/boot_id" proc/sys/kernel/random/boot_id
  mount -o remount,bind,ro proc/sys
  if [ -e proc/sysrq-trigger ]; then mount --bind /dev/null proc/sysrq-trigger; fi
  mount -t sysfs -o ro sysfs sys
  if [ -d sys/bus/pci/devices ]; then mount -t tmpfs -o ro tmpfs sys/bus/pci/devices; fi
  mount -t cgroup2 cgroup2 sys/fs/cgroup
  mount -t tmpfs -o mode=755,nosuid tmpfs dev
  while read -r name major minor; do mknod -m 666 "dev/$name" c "$major" "$minor"; done <<NODES
null 1 3
zero 1 5
full 1 7
random 1 8
urandom 1 9
tty 5 0
NODES
  mkdir dev/pts dev/net
  mknod -m 666 dev/net/tun c 10 200
  mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts dev/pts
  ln -s pts/ptmx dev/ptmx
  ln -s /proc/self/fd dev/fd
  for name in stdin:0 stdout:1 stderr:2; do ln -s "/proc/self/fd/${name#*:}" "dev/${name%:*}"; done
  pivot_root . mnt
  umount -l /mnt
  exec env -i container=lxc PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd
'

# What is left of the control group of a boot that has ended.
ungroup() {
  echo 1 >"$folder/cgroup/$group/cgroup.kill"
  for _ in 1 2 3 4 5 6 7 8 9 10; do
    if find "$folder/cgroup/$group" -depth -type d -exec rmdir {} \; 2>/dev/null && [ ! -d "$folder/cgroup/$group" ]; then return; fi
    sleep 0.1
  done
}

# One boot, with a network of its own; ends as the host's first process does.
boot() {
  mkdir "$folder/cgroup/$group"
  # shellcheck disable=SC2016 # it is expanded there, not here
  unshare --net sh -c 'echo $$ >"$1"; exec sleep infinity' sh "$folder/net" &
  read -r net <"$folder/net"
  "$slirp" --configure --ready-fd=3 --api-socket "$folder/slirp-$boots" "$net" eth0 3>"$folder/ready" >>"$folder/log" 2>&1 &
  network=$!
  read -r _ <"$folder/ready" || :
  cat /proc/sys/kernel/random/uuid >"$folder/boot_id"
  echo "$boots $network"
  # The clock, the modules and the ports of the machine are not the host's.
  nsenter --net="/proc/$net/ns/net" unshare --mount --uts --ipc --pid --fork --kill-child --propagation private \
    setpriv --bounding-set -sys_time,-sys_module,-sys_rawio \
    sh -ec "$host" sh "$folder" "$group" "$root" </dev/null >>"$folder/log" 2>&1 &
  ended=0
  wait "$!" || ended=$?
  kill -CONT "$network" 2>/dev/null || :
  kill "$network" "$net" 2>/dev/null || :
  wait
  ungroup
  return "$ended"
}

# SIGHUP is how the kernel ends the first process of a namespace that asks for a reboot.
boots() {
  boots=0
  while :; do
    boots=$((boots + 1))
    ended=0
    boot || ended=$?
    [ "$ended" -eq 129 ] || read -r _ <"$folder/on"
  done
}

mkdir "$disk" "$folder/saved" "$folder/cgroup"
# One for each message: whoever wrote one may still have it open when the next is waited for.
mkfifo "$folder/net" "$folder/ready" "$folder/on"
mount -t tmpfs -o mode=755,size=3g tmpfs "$disk"
mount -t tmpfs -o mode=700 tmpfs "$folder/saved"
mkdir "$disk/root"
cp -a "$base/." "$disk/root"
mount -t cgroup2 cgroup2 "$folder/cgroup"
boots &
cat >/dev/null
kill "$!"
ungroup
umount -l "$disk" "$folder/saved" "$folder/cgroup"
rm -rf "${folder:?}"
