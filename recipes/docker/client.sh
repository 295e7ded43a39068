# Docker's client as this user's login has it: what they type is what is tried. Where that does not reach this host's daemon, the reason is found
# by taking away, one at a time, what could stand in the way. Expects: work (a folder). Every line printed is `key value`.
# What a program says goes into a file that is told where it failed, or the program is run by `ask`, and whoever runs the trial hears of it.
# shellcheck shell=sh disable=SC2154,SC2030,SC2031
typed_path=$PATH
# Only for the trial's own tools, where a start-up file has lost them.
if ! command -v grep >/dev/null 2>&1 || ! command -v timeout >/dev/null 2>&1; then PATH=$PATH:/usr/local/bin:/usr/bin:/bin; fi

# lines KEY FILES...: what these say, of those that there are.
lines() {
  key=$1
  shift
  for said in "$@"; do
    if [ -e "$said" ]; then cat "$said"; fi
  done | tail -n 20 | sed "s/^/$key /"
}

# daemon_id WORDS...: the id of the daemon that the client asks, with `env` and its words before it. What it says else is in $work/id-error.
daemon_id() { "$@" timeout 20 docker info --format '{{.ID}}' 2>"$work/id-error" | grep -x '[A-Za-z0-9:-]\{8,\}'; }

# plainly WORDS...: with nobody's settings, at the socket of this host's daemon.
plainly() {
  env -u DOCKER_CONTEXT -u DOCKER_TLS -u DOCKER_TLS_VERIFY -u DOCKER_CERT_PATH -u DOCKER_API_VERSION \
    DOCKER_HOST=unix:///var/run/docker.sock DOCKER_CONFIG="$work/plain" "$@"
}

# is_dockers FILE: whether it is Docker's own client, not another program of that name. What it says is in $work/what.
is_dockers() {
  ended=0
  timeout 20 "$1" --version >"$work/what" 2>&1 || ended=$?
  grep -q '^Docker version ' "$work/what"
}

# real_client FILE: FILE is a script. Sets `real` to another client that reaches this host's daemon, and `here` to the id of that daemon: a program, else what
# comes last in PATH and in the script, because scripts wrap what comes after them.
real_client() {
  real='' here=''
  about client
  typed_file=$(ask 0 readlink -f "$1")
  bins=$typed_path:/usr/bin:/usr/local/bin:/snap/bin:$(if [ -r "$1" ]; then ask 0 head -c 65536 "$1"; fi | ask 0,1 grep -aoE '/[A-Za-z0-9._/-]+/docker' | ask 0 sed 's|/docker$||' | ask 0 tr '\n' ':')
  saved_ifs=$IFS
  IFS=:
  for bin in $bins; do
    IFS=$saved_ifs
    one=$bin/docker
    if [ ! -f "$one" ] || [ ! -x "$one" ] || [ "$(ask 0 readlink -f "$one")" = "$typed_file" ] || ! is_dockers "$one"; then continue; fi
    id=$(PATH=$bin:$PATH && daemon_id plainly env) || continue
    real=$one here=$id
    if [ -n "$(machine_of "$one")" ]; then break; fi
  done
  IFS=$saved_ifs
  about ''
}

# image_here NAME: whether this image is here. The trial ends if Docker does not say.
image_here() {
  if timeout 60 docker image inspect "$1" >/dev/null 2>"$work/inspect"; then return 0; fi
  if grep -qi 'no such image' "$work/inspect"; then return 1; fi
  echo 'failed Docker does not say whether an image is here'
  lines said "$work/inspect"
  exit 0
}

# load_embedded: loads the image that the trial carries (embedded: base64 of a docker-archive). The trial ends if that fails.
load_embedded() {
  if printf '%s\n' "$embedded" | base64 -d >"$work/embedded" 2>"$work/load" && docker load <"$work/embedded" >"$work/load" 2>&1; then return 0; fi
  echo 'failed the embedded image could not be loaded'
  lines said "$work/load"
  exit 0
}

# typed_client: what the user's `docker` is, and by which variables it is told something: sets `variables`, `foreign` (it is not Docker's) and `real`. The
# trial ends if there is none.
typed_client() {
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
  variables='' unset_variables=''
  for one in $docker_variables; do
    eval "value=\${$one-}"
    if [ -z "$value" ]; then
      unset_variables="$unset_variables $one"
      continue
    fi
    echo "variable $one $value"
    variables="$variables $one"
  done
  # shellcheck disable=SC2086
  at_terminal $unset_variables
  foreign=''
  if ! is_dockers docker; then
    foreign=yes
    if [ "$ended" -eq 0 ]; then key=not-dockers; else key=broken-client; fi
    echo "$key $(head -n 1 "$work/what")"
    # Only this trial goes on with the real one.
    for one in /usr/bin/docker /usr/local/bin/docker; do
      if is_dockers "$one"; then
        # shellcheck disable=SC2031
        PATH=${one%/*}:$PATH
        break
      fi
    done
  fi
  real=''
  if [ -z "$foreign" ] && [ -z "$(machine_of "$(command -v docker)")" ]; then real_client "$(command -v docker)"; fi
}

# need_client: a client that reaches this host's daemon; the trial ends here where there is none. Where what the user types leads elsewhere, the
# rest is tried without it.
need_client() {
  mkdir "$work/plain"
  typed_client
  typed=no
  if timeout 30 docker version --format '{{.Server.Version}}' >"$work/version" 2>"$work/error"; then typed=yes; fi
  grep '^WARNING: Error' "$work/error" | sed 's/^/warned /'
  if [ "$typed" = yes ] && [ -z "$variables" ] && [ -z "${context-}" ] && [ -z "$foreign$real" ]; then
    echo "server $(cat "$work/version")"
    return 0
  fi
  if [ -z "$real" ]; then here=$(daemon_id plainly env) || here=''; fi
  mv "$work/id-error" "$work/here-error"
  asked=$(daemon_id env) || asked=''
  # A client of before 19.03 has no contexts; why one cannot be used is in $work/error.
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
      # It reaches this host's daemon, whatever kept the first question from being answered: that is heard if it happens again.
      if [ "$typed" = no ]; then ask 0 timeout 30 docker version --format '{{.Server.Version}}' >"$work/version"; fi
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
    # What this host's own daemon says, unless that is the same.
    if [ -z "$here" ] && [ "$(cat "$work/here-error")" != "$(cat "$work/error")" ]; then lines said "$work/here-error"; fi
    exit 0
  fi
  echo "elsewhere ${endpoint:-unknown}"
  if [ -z "$here" ]; then
    echo 'failed the daemon does not answer this user'
    lines said "$work/here-error"
    exit 0
  fi
  unset DOCKER_CONTEXT DOCKER_TLS DOCKER_TLS_VERIFY DOCKER_CERT_PATH DOCKER_API_VERSION
  DOCKER_HOST=unix:///var/run/docker.sock DOCKER_CONFIG=$work/plain
  export DOCKER_HOST DOCKER_CONFIG
  echo "server $(ask 0 timeout 30 docker version --format '{{.Server.Version}}')"
}

# find_culprit: without which of the variables, or of the configuration, the client asks this host's daemon.
find_culprit() {
  found=''
  if [ -n "$real" ]; then
    alone=$(daemon_id plainly env)
    PATH=${real%/*}:$PATH
    if [ "$(daemon_id env)" = "$here" ]; then
      echo 'culprit wrapper'
      return 0
    fi
    if [ "$alone" != "$here" ]; then echo 'culprit wrapper'; fi
  fi
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

# blame IMAGE: with which of the variables alone no container of it can be made, though one can without them all.
blame() {
  without='' given=''
  for one in $image_variables; do
    eval "value=\${$one-}"
    if [ -n "$value" ]; then without="$without -u $one" given="$given $one"; fi
  done
  [ -n "$given" ] || return 0
  # shellcheck disable=SC2086
  can_make "$1" $without || return 0
  for one in $given; do
    rest=''
    for other in $given; do if [ "$other" != "$one" ]; then rest="$rest -u $other"; fi; done
    # shellcheck disable=SC2086
    if ! can_make "$1" $rest; then
      eval "value=\$$one"
      # shellcheck disable=SC2154
      printf 'variable %s %s\nculprit %s\n' "$one" "$value" "$one"
      where_set "$one"
    fi
  done
}
# can_make IMAGE WORDS...: whether a container of it is made, with `env` and its words before the client, for this processor; it is removed again.
can_make() {
  image_of=$1
  shift
  one_made=$(env "$@" docker create --pull never --network none "$image_of" 2>"$work/blame") || return 1
  ask 0 docker rm -f "$one_made" >/dev/null
}

# plugin_works NAME COMMAND: whether `docker COMMAND` is there; else where its program is and what it says.
plugin_works() {
  status=0
  timeout 60 docker "$2" version >"$work/$2-version" 2>"$work/$2-error" || status=$?
  [ "$status" -ne 0 ] || return 0
  [ "$status" -ne 124 ] || echo "docker $2 version did not end within 60 seconds" >>"$work/$2-error"
  lines "$2-said" "$work/$2-error"
  if command -v "$1" >/dev/null 2>&1; then printf 'program-of-its-own %s %s\n' "$1" "$(command -v "$1")"; fi
  plugins_at "${DOCKER_CONFIG:-$HOME/.docker}" | ask 0,1 grep "^plugin-file $1 " >"$work/plugin-files"
  cat "$work/plugin-files"
  while read -r _ _ _ file; do
    timeout 20 "$file" docker-cli-plugin-metadata 2>&1 >/dev/null </dev/null | head -n 2 | sed "s|^|$2-said $file: |"
  done <"$work/plugin-files"
  return 1
}
