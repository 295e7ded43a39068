# Runs a container as this user would, and says what came of it. Expects: image (the official one), embedded (base64 of a
# docker-archive), tag (its tag), expect (its one line), pull (yes or no), try_compose and try_build (yes or no).
# Every line printed is `key value`.
# shellcheck shell=sh disable=SC2154
# A relative one is another folder for each program that is called elsewhere.
case ${TMPDIR-} in /*) if [ ! -d "$TMPDIR" ] || [ ! -w "$TMPDIR" ]; then TMPDIR=/tmp; fi ;; *) TMPDIR=/tmp ;; esac
work=$(ask 0 mktemp -d "$TMPDIR/fitout-trial.XXXXXX") || exit 1
made=
# shellcheck disable=SC2329
leave() {
  about cleanup
  if [ -n "$made" ]; then ask 0 docker rm -f "$made" >/dev/null; fi
  if [ -n "$loaded" ]; then ask 0 docker image rm -f "$tag" >/dev/null; fi
  if [ -n "$pulled" ]; then ask 0 docker image rm "$image" >/dev/null; fi
  # Buildx keeps notes beside the client's configuration.
  if [ -n "$no_notes" ]; then ask 0 rm -rf "$folder/buildx"; fi
  # Somebody else may have put something into it meanwhile.
  if [ -n "$no_folder" ]; then rmdir "$folder" 2>/dev/null; fi
  rm -rf "$work"
}
loaded='' pulled='' no_notes='' no_folder=''
trap leave EXIT
trap 'exit 130' HUP INT TERM

need_client
if [ ! -e "$folder" ] && [ ! -L "$folder" ]; then no_folder=yes; fi
if [ ! -e "$folder/buildx" ] && [ ! -L "$folder/buildx" ]; then no_notes=yes; fi

# run_container IMAGE: create, start and remove, so that its id is known.
run_container() {
  if ! made=$(docker create --network none "$1" 2>"$work/error"); then
    made=
    return 1
  fi
  status=0
  timeout 120 docker start -a "$made" >"$work/output" 2>"$work/error" || status=$?
  [ "$status" -ne 124 ] || echo 'the container did not end within 120 seconds' >>"$work/error"
  [ "$status" -eq 0 ] || return 1
  echo "container $made"
  # If it stays, what the trial does last tries again, by force.
  docker rm "$made" >/dev/null 2>&1 && made=
  return 0
}

official=no
if image_here "$image"; then
  official=here
elif [ "$pull" = yes ]; then
  status=0
  timeout 120 docker pull -q "$image" >"$work/pull" 2>&1 || status=$?
  if [ "$status" -eq 0 ]; then
    official=pulled
    pulled=yes
  else
    [ "$status" -ne 124 ] || echo 'the image was not here within 120 seconds' >>"$work/pull"
    echo 'registry no'
    lines registry-said "$work/pull"
  fi
fi
if [ "$official" != no ]; then
  echo "registry $official"
  if run_container "$image"; then
    if grep -q '^Hello from Docker!' "$work/output"; then
      echo 'official ok'
      echo "output $(grep '^Hello from Docker!' "$work/output")"
    else
      echo 'failed the official image printed something else'
      lines said "$work/output"
      exit 0
    fi
  else
    echo 'failed the official image did not run'
    blame "$image"
    lines said "$work/error"
    exit 0
  fi
fi

if [ "$official" = no ] || [ "$try_compose" = yes ] || [ "$try_build" = yes ]; then
  load_embedded
  loaded=yes
fi
if [ "$official" = no ]; then
  if run_container "$tag" && [ "$(cat "$work/output")" = "$expect" ]; then
    echo 'embedded ok'
    echo "output $(cat "$work/output")"
  else
    echo 'failed the embedded image did not run'
    blame "$tag"
    lines said "$work/error" "$work/output"
    exit 0
  fi
fi

# Compose brings a service up and down; Buildx builds on the image: both offline, with the image that is here. What the person's variables
# say of projects and builders is theirs: it would bring up their services, or build elsewhere.
about variables
for one in $(ask 0 env | ask 0 sed -n 's/^\(COMPOSE_[A-Z_]*\)=.*/\1/p') BUILDX_BUILDER BUILDKIT_HOST; do unset "$one"; done
if [ "$try_compose" = yes ] && plugin_works docker-compose compose; then
  mkdir "$work/fitout-trial"
  printf 'services:\n  hello:\n    image: %s\n    pull_policy: never\n    network_mode: none\n' "$tag" >"$work/fitout-trial/compose.yaml"
  if (cd "$work/fitout-trial" && timeout 120 docker compose -f compose.yaml -p "fitout-trial-$$" up --no-color --exit-code-from hello) >"$work/compose" 2>&1 &&
    grep -qF "$expect" "$work/compose"; then
    echo "compose ok $(sed -n '1s/.*[ v]\([0-9][^ ]*\)$/\1/p' "$work/compose-version")"
  else
    echo 'compose failed'
    lines said "$work/compose"
  fi
  about cleanup
  (cd "$work/fitout-trial" && ask 0 timeout 60 docker compose -f compose.yaml -p "fitout-trial-$$" down >/dev/null)
elif [ "$try_compose" = yes ]; then
  echo 'compose missing'
fi
if [ "$try_build" = yes ] && plugin_works docker-buildx buildx; then
  mkdir "$work/build"
  printf 'FROM %s\nLABEL fitout.trial=1\nRUN ["/hello"]\n' "$tag" >"$work/build/Dockerfile"
  built=fitout-trial-built:$$
  status=0
  timeout 180 docker build --network none -t "$built" "$work/build" >"$work/built" 2>&1 || status=$?
  [ "$status" -ne 124 ] || echo 'the build did not end within 180 seconds' >>"$work/built"
  if [ "$status" -eq 0 ] && [ "$(docker image inspect --format '{{index .Config.Labels "fitout.trial"}}' "$built" 2>>"$work/built")" = 1 ]; then
    # It speaks of steps. Clients before 23.0 use it unless they are told otherwise.
    old=''
    case ${DOCKER_BUILDKIT-} in
      0 | f | F | false | FALSE | False) old=yes ;;
      *) if grep -q '^Step 1/' "$work/built" && ! docker --version | grep -qE ' version (1[0-9]|2[0-2])[.]'; then old=yes; fi ;;
    esac
    if [ -n "$old" ]; then
      echo "build old ${DOCKER_BUILDKIT-}"
      where_set DOCKER_BUILDKIT
    else
      echo "build ok $(cut -d ' ' -f 2 "$work/buildx-version")"
    fi
  else
    echo 'build failed'
    lines said "$work/built"
  fi
  about cleanup
  if [ "$status" -eq 0 ]; then ask 0 docker image rm -f "$built" >/dev/null; fi
elif [ "$try_build" = yes ]; then
  echo 'build missing'
fi
:
