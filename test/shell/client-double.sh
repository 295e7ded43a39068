#!/bin/sh
# Stands for Docker's client and two daemons in tests of the trial: it heeds DOCKER_HOST, DOCKER_CONTEXT, DOCKER_CONFIG, DOCKER_API_VERSION and
# config.json as docker/cli does, in its words. Nothing runs. The daemon of this host is `here`; another answers at tcp://there:2375.
config=${DOCKER_CONFIG:-$HOME/.docker}
if [ "$1" = --version ]; then
  echo 'Docker version 28.5.2, build ecc6942'
  exit 0
fi
context=${DOCKER_CONTEXT-}
if [ -f "$config/config.json" ] && ! text=$(cat "$config/config.json" 2>/dev/null); then
  echo "WARNING: Error loading config file: open $config/config.json: permission denied" >&2
elif [ -d "$config" ] && [ ! -x "$config" ]; then
  echo "WARNING: Error loading config file: open $config/config.json: permission denied" >&2
fi
from=''
if [ -z "$context" ] && [ -z "${DOCKER_HOST-}" ]; then
  context=$(printf '%s' "${text-}" | sed -n 's/.*"currentContext": *"\([^"]*\)".*/\1/p')
  from=config
fi
endpoint=${DOCKER_HOST:-unix:///var/run/docker.sock}
if [ -n "$context" ] && [ "$context" != default ]; then
  meta=$config/contexts/meta/$(printf '%s' "$context" | sha256sum | cut -d ' ' -f 1)/meta.json
  if [ ! -f "$meta" ]; then
    if [ -n "$from" ]; then
      echo "Current context \"$context\" is not found on the file system, please check your config file at $config/config.json" >&2
    else echo "context \"$context\": context not found: open $meta: no such file or directory" >&2; fi
    exit 1
  fi
  endpoint=$(sed -n 's/.*"Host": *"\([^"]*\)".*/\1/p' "$meta")
fi
case "$1 $2" in 'context inspect')
  echo "$endpoint"
  exit 0
  ;;
esac
case $endpoint in
unix:///var/run/docker.sock | unix:///run/docker.sock) daemon=here ;;
tcp://there:2375) daemon=there ;;
*)
  echo "Cannot connect to the Docker daemon at $endpoint. Is the docker daemon running?" >&2
  exit 1
  ;;
esac
case ${DOCKER_API_VERSION-} in 1.[0-3]*)
  echo "Error response from daemon: client version $DOCKER_API_VERSION is too old. Minimum supported API version is 1.44" >&2
  exit 1
  ;;
esac
echo "$daemon $*" >>"$DOUBLE_LOG"
# What the client does with these was seen with 28.5.2.
case "$1 ${DOCKER_CONTENT_TRUST-} ${DOCKER_DEFAULT_PLATFORM-}" in
'create 1 '* | 'pull 1 '*)
  echo 'error contacting notary server: lookup notary.docker.io: no such host' >&2
  exit 1
  ;;
'create  linux/riscv64')
  echo 'Unable to find image locally' >&2
  exit 1
  ;;
esac
case "$1 $2" in
'version --format') echo 28.5.2 ;;
'info --format') if [ "$daemon" = here ]; then echo 4f0a9c1e-here-here; else echo 77aa00bb-there-there; fi ;;
'image inspect')
  case $* in *--format*) echo 1 ;; *)
    echo "Error response from daemon: No such image: $3" >&2
    exit 1
    ;;
  esac
  ;;
'pull -q')
  if [ -n "${DOUBLE_PULL-}" ]; then
    echo "$DOUBLE_PULL" >&2
    exit 1
  fi
  ;;
'create --network') echo 0123456789abcdef ;;
'start -a') printf '%s\n' "${DOUBLE_OUT-Hello from Docker!}" ;;
'compose version' | 'buildx version')
  # As the client does, it takes a folder that it cannot read for a folder without plugins, and one that it cannot run for none.
  if [ -n "${DOUBLE_NO_PLUGINS-}" ] || { [ -d "$config" ] && [ ! -x "$config" ]; }; then
    echo "docker: '$1' is not a docker command." >&2
    exit 1
  fi
  if [ "$1" = compose ]; then echo 'Docker Compose version v2.40.3'; else echo 'github.com/docker/buildx v0.29.1 a32761a'; fi
  ;;
'build --network')
  case ${DOUBLE_BUILDER-}${DOCKER_BUILDKIT-} in
  old* | 0) printf 'Sending build context to Docker daemon  2.048kB\nStep 1/3 : FROM fitout-trial:hello\n' ;;
  *) mkdir -p "$config/buildx/refs" ;;
  esac
  ;;
'compose -f' | 'compose -p')
  if [ "$2" != -f ] && [ -n "${COMPOSE_FILE-}" ]; then echo "theirs: $COMPOSE_FILE"; else echo 'hello-1  | Hello from fitout: this container runs.'; fi
  ;;
esac
exit 0
