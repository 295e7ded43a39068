# What every look may use; `person`, `home` and `uid` are set: whose Docker this is.
# shellcheck disable=SC2034
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
# Whether Docker's daemon runs. Only the init and the kernel are asked: a client would wake a stopped one by its socket.
docker_runs=no
if [ -d /run/systemd/system ]; then
  if systemctl is-active --quiet docker.service 2>/dev/null; then docker_runs=yes; fi
elif [ -S /var/run/docker.sock ] && [ -r /var/run/docker.pid ]; then
  first_line /var/run/docker.pid
  if [ -n "$line" ] && kill -0 "$line" 2>/dev/null; then docker_runs=yes; fi
fi
# Docker's own client, asked at the socket of the system's daemon, by nobody's configuration.
ask_docker() { limited 15 env DOCKER_CONFIG=/nonexistent docker -H unix:///var/run/docker.sock "$@" 2>/dev/null; }
