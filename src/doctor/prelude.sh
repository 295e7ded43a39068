# What every look may use; `person`, `home` and `uid` are set: whose Docker this is.
# shellcheck disable=SC2034,SC2154
PATH=$PATH:/usr/sbin:/sbin
export LC_ALL=C
unset DOCKER_HOST DOCKER_CONTEXT DOCKER_API_VERSION DOCKER_TLS_VERIFY
say() { [ -z "$2" ] || printf '%s %s\n' "$1" "$2"; }
# Sets `line` to the first line of a file, without a process.
first_line() {
  line=
  if [ -r "$1" ]; then IFS= read -r line <"$1" || :; fi
}
# Every line of standard input behind a key, cut where it is longer than any person reads.
each() { cut -c 1-4000 | sed "s|^|$1 |"; }
# At most so many seconds; what takes longer is ended.
limited() {
  seconds=$1
  shift
  if command -v timeout >/dev/null 2>&1; then timeout -k 2 "$seconds" "$@"; else "$@"; fi
}
# Runs a short command as the person, without their shell: what root reads in a person's home may lead anywhere, and root may see it
# less than they do (NFS).
as_person() {
  if [ "$(id -u)" = "$uid" ]; then limited 5 "$@"; return; fi
  set -- "$(id -g -- "$person" 2>/dev/null)" "$@"
  if [ -z "$uid" ] || [ -z "$1" ]; then return 1; fi
  if setpriv --reuid="$uid" --regid="$1" --init-groups true 2>/dev/null; then
    group_id=$1
    shift
    limited 5 setpriv --reuid="$uid" --regid="$group_id" --init-groups "$@"
  elif runuser -u "$person" -- true 2>/dev/null; then
    shift
    limited 5 runuser -u "$person" -- "$@"
  else
    shift
    # Its words go behind those of `sh -c`, whatever shell the person has.
    # shellcheck disable=SC2016
    limited 5 su -s /bin/sh "$person" -c '"$0" "$@"' -- "$@"
  fi
}
# Lines of files in the person's home as FILE:NUMBER:LINE: of regular files, the first 256 KiB of each, in five seconds in all.
persons_lines() {
  # shellcheck disable=SC2016
  as_person sh -c 'for file; do
    if [ -f "$file" ] && [ -r "$file" ]; then
      head -c 262144 -- "$file" | awk "BEGIN { name = ARGV[1]; ARGV[1] = \"-\" } { print name \":\" FNR \":\" \$0 }" "$file"
    fi
  done' sh "$@" </dev/null 2>/dev/null
}
# Whether Docker's daemon runs. Only the init and the kernel are asked: a client would wake a stopped one by its socket.
docker_runs=no
if [ -d /run/systemd/system ]; then
  if systemctl is-active --quiet docker.service 2>/dev/null; then docker_runs=yes; fi
  # Another unit may run it, or nobody's. A pid file that was left behind names some other process.
  if [ "$docker_runs" = no ]; then
    first_line /var/run/docker.pid
    case $(cat "/proc/${line:-none}/comm" 2>/dev/null) in dockerd) docker_runs=yes ;; esac
  fi
elif [ -S /var/run/docker.sock ] && [ -r /var/run/docker.pid ]; then
  first_line /var/run/docker.pid
  if [ -n "$line" ] && kill -0 "$line" 2>/dev/null; then docker_runs=yes; fi
fi
# Docker's own client, asked at the socket of the system's daemon, by nobody's configuration.
ask_docker() { limited 15 env DOCKER_CONFIG=/nonexistent docker -H unix:///var/run/docker.sock "$@" 2>/dev/null; }
