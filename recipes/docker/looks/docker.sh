# What stands before the looks that ask Docker's daemon, or whether it runs: `docker_runs`, `ask_docker` and `described`.
# shellcheck disable=SC2034
unset DOCKER_HOST DOCKER_CONTEXT DOCKER_API_VERSION DOCKER_TLS_VERIFY
# Whether Docker's daemon runs. Only the init and the kernel are asked: a client would wake a stopped one by its socket.
docker_runs=no
if [ -d /run/systemd/system ]; then
  about docker.runs,daemon.version,info,container,network,legacy,nft
  if ask 0,3,4 systemctl is-active --quiet docker.service; then docker_runs=yes; fi
  about ''
  # Another unit may run it, or nobody's. A pid file that was left behind names some other process.
  if [ "$docker_runs" = no ]; then
    first_line /var/run/docker.pid
    first_line "/proc/${line:-none}/comm"
    case $line in dockerd) docker_runs=yes ;; esac
  fi
elif [ -S /var/run/docker.sock ] && [ -r /var/run/docker.pid ]; then
  first_line /var/run/docker.pid
  # No such process is the answer.
  if [ -n "$line" ] && kill -0 "$line" 2>/dev/null; then docker_runs=yes; fi
fi
# Docker's own client, asked at the socket of the system's daemon, by nobody's configuration.
ask_docker() (
  DOCKER_CONFIG=/nonexistent DOCKER_HOST=unix:///var/run/docker.sock
  export DOCKER_CONFIG DOCKER_HOST
  ask 0 limited 15 docker "$@"
)
# described KIND FORMAT QUESTION...: `docker KIND inspect` of all that the question names. One of them may go away between the two, so that
# only what the second attempt says is heard.
described() {
  kind=$1 format=$2
  shift 2
  ids=$(ask_docker "$@" | first 200)
  [ -n "$ids" ] || return 0
  # shellcheck disable=SC2086
  if lines=$(DOCKER_HOST=unix:///var/run/docker.sock limited 15 docker "$kind" inspect --format "$format" $ids 2>/dev/null); then
    printf '%s\n' "$lines"
    return 0
  fi
  ids=$(ask_docker "$@" | first 200)
  # shellcheck disable=SC2086
  [ -z "$ids" ] || ask_docker "$kind" inspect --format "$format" $ids
}
