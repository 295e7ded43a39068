# Where Docker keeps what it has. Since Docker 29 images are in containerd's store, unless a graph driver has data in Docker's own folder.
# Functions for questions (`ask`, `some_of`, `roots_program`: shell/frame.ts), behind docker-root.sh. COMMAND is what starts dockerd, with its flags; it may be empty.
# shellcheck shell=sh disable=SC2034,SC2154

# starts UNIT: what systemd runs for it; nothing without systemd.
starts() {
  [ -d /run/systemd/system ] || return 0
  ask 0 systemctl show "$1" -p ExecStart | ask 0 sed -n 's/^ExecStart=.*argv\[\]=\(.*\) ; ignore_errors=.*/\1/p'
}

# docker_command: what starts dockerd; without systemd, what its process was started with.
docker_command() {
  starts docker.service
  if [ -d /run/systemd/system ] || [ ! -f /var/run/docker.pid ]; then return 0; fi
  # It may have ended.
  tr '\000' ' ' 2>/dev/null <"/proc/$(head -c 20 /var/run/docker.pid)/cmdline" || :
}

# containerd_root COMMAND: sets `containerd_root` to the folder of the containerd that Docker uses, and `containerd_own` to whether dockerd starts that
# itself: then it is in Docker's folder. Behind docker_root. containerd says it, if anything is configured.
containerd_root() {
  containerd_own=yes
  case "$1 $daemon_json" in
    *'"embedded-containerd":true'* | *'"embedded-containerd": true'*) ;;
    *' --containerd='* | *' --containerd '* | *'"containerd"'*) containerd_own=no ;;
    *) if [ -S /run/containerd/containerd.sock ]; then containerd_own=no; fi ;;
  esac
  containerd_root=$docker_root/containerd/daemon
  if [ "$containerd_own" = yes ]; then return 0; fi
  containerd_root=/var/lib/containerd
  containerd=$(starts containerd.service)
  flag --config "$containerd"
  toml=${value:-/etc/containerd/config.toml}
  flag --root "$containerd"
  if [ -n "$value" ]; then containerd_root=$value && return 0; fi
  containerd=${containerd%% *}
  set -- /etc/containerd/conf.d/*.toml
  if [ -f "$toml" ] && ask 0,1 grep -qE '^[[:blank:]]*(root|imports)[[:blank:]]*=' "$toml"; then
    set -- --config "$toml"
  elif [ -e "$1" ]; then
    set --
  else
    return 0
  fi
  ask 0 roots_program "${containerd:=containerd}" || return 0
  value=$(ask 0 timeout 10 "$containerd" "$@" config dump | ask 0 sed -n "s/^root = ['\"]\(.*\)['\"]\$/\1/p")
  containerd_root=${value:-$containerd_root}
}

# any FILE...: whether one of them is there.
any() {
  for one in "$@"; do
    if [ -e "$one" ]; then return 0; fi
  done
  return 1
}

# docker_data KEY FOLDER: what is in a folder of Docker's data. A graph driver that has data there (vfs does not count) is the one that Docker goes on with.
docker_data() {
  for driver in overlay2 btrfs zfs fuse-overlayfs; do
    if any "$2/$driver"/*; then printf '%s.prior %s\n' "$1" "$driver"; fi
  done
  if any "$2"/containers/* "$2"/volumes/*/_data "$2"/image/*/imagedb/content/sha256/*; then printf '%s.data yes\n' "$1"; fi
}

# docker_stores COMMAND: all of that.
docker_stores() {
  about docker.root,docker.prior,docker.data
  docker_root "$1"
  printf 'docker.root %s\n' "$docker_root"
  docker_data docker "$docker_root"
  about containerd.root,containerd.own,containerd.there,containerd.images
  containerd_root "$1"
  printf 'containerd.root %s\n' "$containerd_root"
  if [ "$containerd_own" = yes ]; then echo 'containerd.own yes'; fi
  if [ -e "$containerd_root" ]; then echo 'containerd.there yes'; fi
  if any "$containerd_root"/io.containerd.content.v1.content/blobs/sha256/*; then echo 'containerd.images yes'; fi
}
