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
