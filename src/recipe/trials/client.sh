# Docker's client as this user's login has it: what they type is what is tried. Where that does not reach this host's daemon, the reason is found
# by taking away, one at a time, what could stand in the way. Expects: work (a folder). Every line printed is `key value`.
# shellcheck shell=sh disable=SC2154,SC2030,SC2031
LC_ALL=C
export LC_ALL
typed_path=$PATH
# Only for the trial's own tools, where a start-up file has lost them.
if ! command -v grep >/dev/null 2>&1 || ! command -v timeout >/dev/null 2>&1; then PATH=$PATH:/usr/local/bin:/usr/bin:/bin; fi

lines() {
  key=$1
  shift
  cat "$@" 2>/dev/null | tail -n 20 | sed "s/^/$key /"
}

# daemon_id WORDS...: the id of the daemon that the client asks, with `env` and its words before it.
daemon_id() { "$@" timeout 20 docker info --format '{{.ID}}' 2>/dev/null | grep -x '[A-Za-z0-9:-]\{8,\}'; }

# plainly WORDS...: with nobody's settings, at the socket of this host's daemon.
plainly() {
  env -u DOCKER_CONTEXT -u DOCKER_TLS -u DOCKER_TLS_VERIFY -u DOCKER_CERT_PATH -u DOCKER_API_VERSION \
    DOCKER_HOST=unix:///var/run/docker.sock DOCKER_CONFIG="$work/plain" "$@"
}

# is_dockers FILE: whether it is Docker's own client, not another program of that name.
is_dockers() { timeout 20 "$1" --version 2>/dev/null | grep -q '^Docker version '; }

# need_client: a client that reaches this host's daemon; the trial ends here where there is none. Where what the user types leads elsewhere, the
# rest is tried without it.
need_client() {
  mkdir "$work/plain"
  folder=${DOCKER_CONFIG:-$HOME/.docker}
  client_config "$folder"
  # Meant for this one look.
  # shellcheck disable=SC2030
  if ! (PATH=$typed_path && command -v docker >/dev/null 2>&1); then
    echo 'failed no docker command in PATH'
    echo "path $typed_path"
    for one in /usr/bin/docker /usr/local/bin/docker /snap/bin/docker; do
      if [ -x "$one" ]; then echo "client-beside $one"; fi
    done
    where_set PATH
    exit 0
  fi
  echo "client $(command -v docker)"
  # Set by what runs this in the user's shell: what `docker` is there beside a program.
  if [ -s "${typed_words-}" ]; then aliased; fi
  variables=''
  for one in $docker_variables; do
    eval "value=\${$one-}"
    [ -n "$value" ] || continue
    echo "variable $one $value"
    variables="$variables $one"
  done
  foreign=''
  if ! is_dockers docker; then
    foreign=yes
    echo "not-dockers $(timeout 20 docker --version 2>/dev/null | head -n 1)"
    # Only this trial goes on with the real one.
    for one in /usr/bin/docker /usr/local/bin/docker; do
      if is_dockers "$one"; then
        # shellcheck disable=SC2031
        PATH=${one%/*}:$PATH
        break
      fi
    done
  fi
  typed=no
  if timeout 30 docker version --format '{{.Server.Version}}' >"$work/version" 2>"$work/error"; then typed=yes; fi
  grep '^WARNING: Error' "$work/error" | sed 's/^/warned /'
  if [ "$typed" = yes ] && [ -z "$variables" ] && [ -z "${context-}" ] && [ -z "$foreign" ]; then
    echo "server $(cat "$work/version")"
    return 0
  fi
  here=$(daemon_id plainly env) || here=''
  asked=$(daemon_id env) || asked=''
  endpoint=$(timeout 20 docker context inspect --format '{{.Endpoints.docker.Host}}' 2>/dev/null) || endpoint=''
  if [ -z "$here" ]; then
    case $typed,$endpoint in
    # This host's daemon may listen elsewhere than at its socket.
    yes,tcp://127.* | yes,tcp://localhost* | yes,tcp://\[::1\]* | yes,unix:///run/docker* | yes,unix:///var/run/docker*)
      echo "server $(cat "$work/version")"
      return 0
      ;;
    esac
    echo "plain no"
  else
    echo 'plain yes'
    if [ "$asked" = "$here" ] && [ -z "$foreign" ]; then
      echo "server $(cat "$work/version")"
      return 0
    fi
    find_culprit
  fi
  # shellcheck disable=SC2086
  where_set $variables
  if [ "$typed" = no ]; then
    echo 'failed the daemon does not answer this user'
    lines said "$work/error"
    exit 0
  fi
  echo "elsewhere ${endpoint:-unknown}"
  if [ -z "$here" ]; then
    echo 'failed the daemon does not answer this user'
    exit 0
  fi
  unset DOCKER_CONTEXT DOCKER_TLS DOCKER_TLS_VERIFY DOCKER_CERT_PATH DOCKER_API_VERSION
  DOCKER_HOST=unix:///var/run/docker.sock DOCKER_CONFIG=$work/plain
  export DOCKER_HOST DOCKER_CONFIG
  echo "server $(timeout 30 docker version --format '{{.Server.Version}}' 2>/dev/null)"
}

# find_culprit: without which of the variables, or of the configuration, the client asks this host's daemon.
find_culprit() {
  found=''
  for one in $variables; do
    if [ "$(daemon_id env -u "$one")" = "$here" ]; then
      found=yes
      echo "culprit $one"
    fi
  done
  [ -z "$found" ] || return 0
  if [ "$(daemon_id env "DOCKER_CONFIG=$work/plain")" = "$here" ]; then
    echo 'culprit config'
    return 0
  fi
  for one in $variables; do echo "culprit $one"; done
  without=''
  for one in $variables; do without="$without -u $one"; done
  # shellcheck disable=SC2086
  if [ "$(daemon_id env $without)" != "$here" ]; then echo 'culprit config'; fi
}

# plugin_works NAME COMMAND: whether `docker COMMAND` is there; else where its program is and what it says.
plugin_works() {
  if timeout 60 docker "$2" version >"$work/$2-version" 2>"$work/$2-error"; then return 0; fi
  lines "$2-said" "$work/$2-error"
  plugins_at "${DOCKER_CONFIG:-$HOME/.docker}" | grep "^place $1 " >"$work/places"
  cat "$work/places"
  while read -r _ _ _ file; do
    timeout 20 "$file" docker-cli-plugin-metadata 2>&1 >/dev/null </dev/null | head -n 2 | sed "s|^|$2-said $file: |"
  done <"$work/places"
  return 1
}
