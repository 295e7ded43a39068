#!/bin/sh
# A host in namespaces of its own, with Debian's apt, sshd and no systemd: `apt-host.sh NUMBER FOLDER LOWERS [systemd]`; with that word it
# has systemd, in a tree of control groups without controllers. FOLDER has what the host
# wrote, and keeps it when the host is killed; LOWERS are the root folders beneath, the upper ones first, with colons between. Its
# address is 10.78.NUMBER.2, and this machine's is 10.78.0.1 for all of them. Each line of standard input that names a file, which holds the
# id of a boot, starts the host once the one before has ended. With the end of standard input all is taken down.
set -eu
number=$1 folder=$2 lowers=$3 init=${4-}
name=fitout-kills-$number

# shellcheck disable=SC2016 # it is expanded there, not here
host='
  number=$1 folder=$2 lowers=$3 boot=$4 init=$5
  mount -t overlay overlay -o "lowerdir=$lowers,upperdir=$folder/upper,workdir=$folder/work" "$folder/root"
  hostname killed
  cd "$folder/root"
  mount -t proc proc proc
  mount --bind "$boot" proc/sys/kernel/random/boot_id
  mount -t tmpfs -o mode=755 tmpfs run
  mkdir run/sshd run/lock
  mount --rbind /dev dev
  if [ "$init" = systemd ]; then
    mount -t sysfs sysfs sys
    mount -t cgroup2 cgroup2 sys/fs/cgroup
  else
    mount --rbind /sys sys
  fi
  pivot_root . mnt
  umount -l /mnt
  if [ "$init" = systemd ]; then exec env container=lxc /lib/systemd/systemd; fi
  exec /usr/bin/tini -- /usr/sbin/sshd -D -e
'

down() {
  for pid in $(ip netns pids "$name" 2>/dev/null); do kill -9 "$pid" 2>/dev/null || true; done
  ip link delete "lab78.$number" 2>/dev/null || true
  ip netns delete "$name" 2>/dev/null || true
}

down
trap down EXIT
mkdir -p "$folder/upper" "$folder/work" "$folder/root"
ip netns add "$name"
ip link add "lab78.$number" type veth peer name eth0 netns "$name"
ip address add 10.78.0.1 peer "10.78.$number.2" dev "lab78.$number"
ip link set "lab78.$number" up
ip -n "$name" link set lo up
ip -n "$name" address add "10.78.$number.2" peer 10.78.0.1 dev eth0
ip -n "$name" link set eth0 up
while read -r boot; do
  wait
  nsenter --net="/run/netns/$name" unshare --mount --uts --ipc --pid ${init:+--cgroup} --fork --propagation private \
    sh -ec "$host" sh "$number" "$folder" "$lowers" "$boot" "$init" </dev/null &
done
