# Where Docker keeps its data. Functions for questions (`some_of`: shell/frame.ts).
# shellcheck shell=sh disable=SC2034,SC2154

# flag NAME COMMAND: sets `value` to what the flag says there; else to nothing.
flag() {
  value=''
  case "$2 " in *" $1="* | *" $1 "*)
    value="${2#* "$1"[= ]} "
    value=${value%% *}
    ;;
  esac
}

# docker_root COMMAND: sets `docker_root` to the folder of Docker's data, and `daemon_json` to its configuration. With userns-remap the data are in a folder in it.
docker_root() {
  daemon_json=$(some_of /etc/docker/daemon.json)
  flag --data-root "$1"
  case $daemon_json in *'"data-root"'*)
    value=${daemon_json#*'"data-root"'}
    value=${value#*'"'}
    value=${value%%'"'*}
    ;;
  esac
  docker_root=${value:-/var/lib/docker}
  case $daemon_json in *'"userns-remap"'*)
    for folder in "$docker_root"/[0-9]*.[0-9]*; do
      if [ -d "$folder" ]; then docker_root=$folder && break; fi
    done
    ;;
  esac
}
