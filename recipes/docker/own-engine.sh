# Functions that put an engine aside that no package brought, for the scripts of plans.
# shellcheck shell=sh disable=SC2034,SC2154

# engine_is_there PATH SUM: the Docker Engine that the plan saw is still there. Where it is gone already, packages may be in its place.
engine_is_there() {
  now=$(sum_of "$1")
  [ "$now" != "$2" ] || return 0
  if [ "$now" != absent ] && ! dpkg-query -S "$1" >/dev/null 2>&1 && ! rpm -qf "$1" >/dev/null 2>&1; then
    fail "$1 is no longer what it was when the plan was made" 'make a new plan: run fitout again'
  fi
  return 1
}

# retire_unit PATH SUM: the unit in this file, which holds what SUM says, stops and starts no more, and the file goes. A copy of it stays.
retire_unit() {
  if [ "$(sum_of "$1")" = "$2" ]; then
    note_service docker.service docker.socket containerd.service "${1##*/}"
    if [ -d /run/systemd/system ]; then
      systemctl disable --now "${1##*/}"
      ! systemctl is-active --quiet "${1##*/}" || fail "${1##*/} was told to stop, and still runs" "see what starts it: systemctl status ${1##*/}"
    fi
  fi
  drop_file "$1" "$2"
}

# note_containers: those that run, for end_engine.
note_containers() {
  if docker_runs; then timeout 20 docker -H unix:///var/run/docker.sock ps -q --no-trunc >"$run/containers"; fi
}

# shims_of ID: the processes that watch over a container.
shims_of() {
  grep -ls "$1" /proc/[0-9]*/cmdline | while read -r file; do
    # The process may have ended meanwhile, as grep itself has.
    case $({ tr '\000' ' ' <"$file"; } 2>/dev/null) in *containerd-shim*" $1 "*)
      file=${file#/proc/}
      printf '%s\n' "${file%/cmdline}"
      ;;
    esac
  done
}

# end_engine: no Docker daemon runs any more, whatever started it. Nothing is left either of containers that it did not end in its time:
# another engine has another containerd, which does not know them.
end_engine() {
  if [ -d /run/systemd/system ]; then systemctl daemon-reload; else stop_docker; fi
  if docker_runs; then fail 'Docker was told to stop, and still runs' 'see what starts it (ps -ef | grep dockerd), stop it, then run fitout again'; fi
  [ -e "$run/containers" ] || return 0
  while read -r id; do
    for process in $(find /sys/fs/cgroup -path "*$id*" -name cgroup.procs -exec cat {} +) $(shims_of "$id"); do
      kill -KILL "$process" 2>/dev/null || :
    done
  done <"$run/containers"
}
