# What belongs to a Docker Engine that no package brought, and what packages in its place would not take over; changes nothing.
# Expects: own_path, own_unit (the file of its unit, or nothing), owner_of (packages/package-manager.ts). Runs behind docker/daemon-process.sh and docker/stores.sh. Prints
#   command WORDS     what it was started with, or what its unit starts
#   unit SUM PATH, file SUM PATH, link PATH   what is to be put aside; links are named instead
#   environment PATH  a unit that sets variables
#   images FOLDER     its images are in a containerd of its own
#   namespace NAME    whose containers the containerd beside it runs, too
#   no-client         no docker is where the script of a plan looks for one
#   live-restore ID   a container that it would leave running
# shellcheck shell=sh disable=SC2154
folder=${own_path%/*}
# aside KIND PATH
aside() {
  case $seen in *" $2 "*) return 0 ;; esac
  seen="$seen$2 "
  if { [ -e "$2" ] || [ -L "$2" ]; } && ! owner_of "$2" >/dev/null; then
    if [ -L "$2" ]; then
      printf 'link %s\n' "$2"
    elif [ -f "$2" ] && sum=$(ask 0 timeout 60 sha256sum "$2"); then
      printf '%s %s %s\n' "$1" "${sum%% *}" "$2"
      if [ "$1" = unit ] && grep -q '^Environment' "$2"; then printf 'environment %s\n' "$2"; fi
    fi
  fi
}
seen=' '

docker_daemon
if [ -n "$daemon_pid" ]; then
  printf 'command %s\n' "$(tr '\000' ' ' <"/proc/$daemon_pid/cmdline")"
  (PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin && roots_program docker) || echo no-client
  client=docker
  if roots_program "$folder/docker"; then client=$folder/docker; else ask 0 roots_program docker || exit 0; fi
  case $(ask 0 timeout 20 "$client" -H unix:///var/run/docker.sock info --format '{{.LiveRestoreEnabled}}') in
    true) ask 0 timeout 20 "$client" -H unix:///var/run/docker.sock ps -q | sed 's/^/live-restore /' ;;
  esac
elif [ -n "$own_unit" ] && [ -d /run/systemd/system ]; then
  ask 0 systemctl show "${own_unit##*/}" -p ExecStart | sed -n 's/^ExecStart=.*argv\[\]=\(.*\) ; ignore_errors=.*/command \1/p'
fi

# What starts it goes first: the socket, which would start it again, before the service.
for units in /etc/systemd/system /usr/local/lib/systemd/system /usr/lib/systemd/system; do aside unit "$units/docker.socket"; done
if [ -n "$own_unit" ]; then aside unit "$own_unit"; fi
plain=$(printf '%s' "$folder" | sed 's/[]*.^$+?(){}|\\[]/\\&/g')
starts="^[[:blank:]]*ExecStart[[:blank:]]*=[[:blank:]\"'@:+!|-]*$plain/(dockerd|containerd)([[:blank:]\"']|\$)"
set --
for file in /etc/systemd/system/*.service /usr/local/lib/systemd/system/*.service /usr/lib/systemd/system/*.service /etc/systemd/system/*.service.d/*.conf; do
  if [ -f "$file" ]; then set -- "$@" "$file"; fi
done
if [ $# -gt 0 ]; then ask 0,1 timeout 20 grep -lsE "$starts" "$@"; fi | while read -r file; do
  case $file in *.conf) aside file "$file" ;; *) aside unit "$file" ;; esac
done
# Old ones, found first in PATH, would work for the packages' daemons. The daemon itself goes last: as long as it is there, so is the engine.
for name in docker docker-init docker-proxy containerd containerd-shim containerd-shim-runc-v1 containerd-shim-runc-v2 ctr runc dockerd; do
  aside file "$folder/$name"
done

# Flags are refused elsewhere.
docker_root ''
if any "$docker_root"/containerd/daemon/io.containerd.content.v1.content/blobs/sha256/*; then printf 'images %s\n' "$docker_root/containerd"; fi
for task in /run/containerd/io.containerd.runtime.v2.task/*/*; do
  case $task in */moby/* | *'*') continue ;; esac
  task=${task%/*}
  printf 'namespace %s\n' "${task##*/}"
done
:
