#!/bin/sh
# Hosts in namespaces. `fleet.sh run FOLDER BASE COUNT` makes them, says `up`, and takes them down when its standard input ends: with
# the process that asked for them, however that one ends. `fleet.sh sweep` takes down what is left where `run` itself was
# killed, and says how much that is. FOLDER takes what the hosts write and is removed with them, BASE is the root folder that
# all of them overlay. Host N is 10.77.(N / 200).(N % 200 + 2) on the bridge `fitout-lab`.
set -eu

bridge=fitout-lab
namespace=fitout-lab-
# Of all links, so that they go at once.
group=7710

# What a host's first process does: its root, its network, then sshd under an init of its own.
# shellcheck disable=SC2016 # it is expanded there, not here
host='
  number=$1 folder=$2 base=$3
  mount -t tmpfs -o mode=755,size=64m tmpfs "$folder"
  mkdir "$folder/upper" "$folder/work" "$folder/root"
  mount -t overlay overlay -o "lowerdir=$base,upperdir=$folder/upper,workdir=$folder/work" "$folder/root"
  ip link set lo up
  ip address add "10.77.$((number / 200)).$((number % 200 + 2))/16" dev eth0
  ip link set eth0 up
  ip route add default via 10.77.255.254
  hostname "h$number"
  cd "$folder/root"
  mount -t proc proc proc
  mount -t tmpfs -o mode=755,size=4m tmpfs run
  mkdir run/sshd
  mount --rbind /dev dev
  pivot_root . mnt
  umount -l /mnt
  exec /usr/bin/tini -- /usr/sbin/sshd -D -e
'

run() {
  folder=$1
  if owner=$(running); then
    echo "a fleet runs already, that of process $owner" >&2
    exit 1
  fi
  down
  trap 'down; rm -rf "${folder:?}"' EXIT
  up "$@"
  echo up
  cat > /dev/null
}

# The process of the fleet that runs, as its bridge names it.
running() {
  read -r owner 2> /dev/null < "/sys/class/net/$bridge/ifalias" &&
    tr '\0' ' ' 2> /dev/null < "/proc/$owner/cmdline" | grep -q 'fleet\.sh run ' && echo "$owner"
}

up() {
  folder=$1 base=$2 count=$3
  ip link add "$bridge" group "$group" type bridge
  ip link set "$bridge" alias "$$" up
  ip address add 10.77.255.254/16 dev "$bridge"
  seq "$count" | sed "s/.*/netns add $namespace&/" | ip -batch -
  seq "$count" |
    sed "s/.*/link add lab& group $group type veth peer name eth0 netns $namespace&\nlink set lab& master $bridge up/" |
    ip -batch -
  for number in $(seq "$count"); do
    mkdir "$folder/$number"
    ip netns exec "$namespace$number" unshare --mount --uts --ipc --pid --fork --propagation private \
      sh -ec "$host" sh "$number" "$folder/$number" "$base" < /dev/null > "$folder/$number.log" 2>&1 &
  done
  for _ in $(seq 300); do
    listening=$(cat "$folder"/*.log | grep -c 'listening on 0.0.0.0' || true)
    [ "$listening" -ge "$count" ] && return
    sleep 0.1
  done
  echo "only $listening of $count hosts listen" >&2
  cat "$folder"/*.log >&2
  exit 1
}

hosts() {
  ip netns list | awk -v prefix="$namespace" 'index($1, prefix) == 1 { print $1 }'
}

down() {
  # With its namespace a link would go later, when the kernel has the time; the next fleet wants the same names.
  [ -z "$(ip link show group "$group")" ] || ip link delete group "$group"
  for name in $(hosts); do
    # Each host's first process takes the others with it; its parent, outside, ends then.
    for pid in $(ip netns pids "$name"); do kill -9 "$pid" 2> /dev/null || true; done
    echo "netns delete $name"
  done | ip -force -batch -
}

sweep() {
  ! running > /dev/null || return 0
  left=$(hosts | wc -l)
  [ "$left" -eq 0 ] && [ -z "$(ip link show group "$group")" ] && return
  down
  echo "$left hosts of a fleet"
}

"$@"
