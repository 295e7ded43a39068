# Functions that start, stop and restart Docker, for the scripts of plans; beside those of src/resource/service.sh.
# shellcheck shell=sh disable=SC2034,SC2154

# Is a dockerd running, whoever started it? Asks nothing of a socket that systemd would wake.
docker_runs() {
  if [ -d /run/systemd/system ]; then
    if systemctl is-active --quiet docker.service; then return 0; fi
    # Another unit may run it, or nobody's.
    docker_daemon
    [ -n "$daemon_pid" ]
  else
    [ -S /var/run/docker.sock ] && [ -f /var/run/docker.pid ] && process_runs "$(cat /var/run/docker.pid)"
  fi
}

# What the client says where it does not answer is left in `said`.
docker_answers() { said=$({ roots_program docker && timeout 10 docker -H unix:///var/run/docker.sock version; } 2>&1 >/dev/null); }

# Waits until the daemon answers; 60 seconds at most.
await_docker() {
  tries=0
  said=
  until docker_runs && docker_answers; do
    tries=$((tries + 1))
    if [ -d /run/systemd/system ] && systemctl is-failed --quiet docker.service; then return 1; fi
    if [ "$tries" -ge 60 ]; then
      printf '%s\n' "${said:-dockerd does not run after a minute}" >&2
      return 1
    fi
    sleep 1
  done
}

# Starts Docker by whatever starts services here.
start_docker() {
  note_service docker.service docker.socket containerd.service
  if [ -d /run/systemd/system ]; then
    # Where nothing failed before, systemd calls that an error.
    systemctl reset-failed docker.service docker.socket 2>/dev/null || :
    systemctl start docker.service || return
    await_docker || return
    if systemctl cat containerd.service >/dev/null 2>&1; then enable_unit containerd.service || return; fi
    enable_unit docker.service
    return
  fi
  if [ -x /etc/init.d/docker ] && command -v service >/dev/null 2>&1 && service docker start; then
    await_docker && return 0
  fi
  # No init that can: by hand, in a session of its own, so that it outlives this run.
  if ! command -v dockerd >/dev/null 2>&1; then
    echo 'dockerd: not found' >&2
    return 1
  fi
  roots_program dockerd || return
  printf '%s note no init could start Docker here: dockerd was started by hand and will not come back after a reboot\n' "$mark"
  setsid dockerd >>/var/log/docker.log 2>&1 </dev/null &
  journal 'daemon started-by-hand'
  await_docker
}

stop_docker() {
  note_service docker.service docker.socket
  if [ -d /run/systemd/system ]; then
    systemctl stop docker.service docker.socket || return
    if systemctl is-active --quiet docker.service; then
      echo 'docker.service was told to stop, and still runs' >&2
      return 1
    fi
  elif docker_runs; then
    kill "$(cat /var/run/docker.pid)" || return
    tries=0
    while docker_runs; do
      tries=$((tries + 1))
      if [ "$tries" -ge 60 ]; then
        echo 'dockerd was told to end, and still runs after a minute' >&2
        return 1
      fi
      sleep 1
    done
  fi
}

restart_docker() {
  note_service docker.service docker.socket containerd.service
  if [ -d /run/systemd/system ]; then
    systemctl reset-failed docker.service docker.socket 2>/dev/null || :
    # Its store may be in another folder from now on (docker-daemon.move-data).
    containerd=$(systemctl show containerd.service -p NeedDaemonReload) || return
    systemctl daemon-reload || return
    if [ "$containerd" = NeedDaemonReload=yes ]; then systemctl restart containerd.service || return; fi
    systemctl restart docker.service || return
    await_docker
  else
    stop_docker || return
    start_docker
  fi
}

# Tells the running daemon to read its configuration again, without stopping a container. dockerd does so some time after it was told. That
# it did is an event; what it refuses is in its log alone. It looks for an authorization plugin for 15 seconds, and ends without it.
reload_docker() {
  docker_runs || return 0
  began=$(timeout 20 docker -H unix:///var/run/docker.sock info --format '{{.SystemTime}}') || return
  if [ -d /run/systemd/system ]; then systemctl reload docker.service || return; else kill -HUP "$(cat /var/run/docker.pid)" || return; fi
  tries=0
  # The client goes on listening until it is ended.
  until [ -n "$(timeout 1 docker -H unix:///var/run/docker.sock events --since "$began" \
    --filter type=daemon --filter event=reload --format '{{.Action}}')" ]; do
    tries=$((tries + 1))
    if [ "$tries" -ge 20 ] || ! docker_runs; then
      echo 'dockerd was told to read its configuration again, and did not take it over' >&2
      return 1
    fi
  done
}

# docker_log: without systemd, the file that the running dockerd writes its log to; nothing if that is no file.
docker_log() {
  if [ -d /run/systemd/system ] || ! docker_runs; then return 0; fi
  read -r pid _ </var/run/docker.pid || return 0
  file=$(readlink "/proc/$pid/fd/2") || return 0
  if [ -f "$file" ]; then printf '%s\n' "$file"; fi
}

# docker_finds PROGRAM: in the PATH of the daemon, where one runs.
docker_finds() {
  case $1 in /*) [ -x "$1" ] && return 0 || return 1 ;; esac
  where=
  if docker_runs && [ -r /var/run/docker.pid ]; then
    where=$(tr '\000' '\n' <"/proc/$(cat /var/run/docker.pid)/environ" 2>/dev/null | sed -n 's/^PATH=//p') || :
  fi
  (PATH=${where:-$PATH} && command -v "$1" >/dev/null)
}

# docker_has_runtime NAME [default]: as the running daemon says, as its default one where that is asked.
docker_has_runtime() {
  # shellcheck disable=SC2016 # a template
  known=$(timeout 20 docker -H unix:///var/run/docker.sock info \
    --format '{{range $name, $_ := .Runtimes}} {{$name}} {{end}}default={{.DefaultRuntime}}') || return 1
  case $known in *" $1 "*) ;; *) return 1 ;; esac
  [ -z "${2-}" ] || [ "${known##*default=}" = "$1" ]
}

# Would a restart of the daemon stop no container?
nothing_stops() {
  [ "$(timeout 20 docker -H unix:///var/run/docker.sock info --format '{{.LiveRestoreEnabled}}')" = true ] ||
    [ -z "$(timeout 20 docker -H unix:///var/run/docker.sock ps -q || echo unknown)" ]
}

# confirm_runtime MODE NAME [default]: what the daemon's configuration says has arrived in the daemon.
confirm_runtime() {
  docker_runs || return 0
  tries=0
  until docker_has_runtime "$2" "${3-}"; do
    tries=$((tries + 1))
    if [ "$tries" -ge 5 ]; then
      # A reload is not always enough (NVIDIA/ansible-role-nvidia-docker, issue 12).
      if [ "$1" = reload ] && nothing_stops; then
        printf '%s note Docker did not take the runtime %s over by a reload: restarting it, which stops no container\n' "$mark" "$2"
        if restart_docker && docker_has_runtime "$2" "${3-}"; then return 0; fi
      fi
      fail "Docker runs, but has not taken over the runtime $2 of /etc/docker/daemon.json" \
        'restart it when its containers may stop: systemctl restart docker'
    fi
    sleep 1
  done
}

# bring_up_docker start|restart|reload|check [RUNTIME PROGRAM [default]]: until the daemon answers, and has the runtime. When
# it does not come up with a daemon.json that this run wrote, or does not take it over, or would not find the runtime's program, the old file
# goes back and Docker is started, or told to read it, again.
bring_up_docker() {
  if [ -n "${3-}" ] && ! docker_finds "$3"; then
    put_back /etc/docker/daemon.json ||
      fail "Docker does not find $3, its runtime $2: containers with it do not start" "install what has $3, or see where Docker looks for it (PATH of docker.service)"
    # A daemon that has read it already has to forget it.
    attempt_begins docker.service
    if docker_runs && docker_has_runtime "$2"; then restart_docker || attempt_log docker.service; fi
    fail "Docker does not find $3, the runtime $2 of the new /etc/docker/daemon.json: no container would start with it; the old file was put back" \
      "install what has $3, or see where Docker looks for it (PATH of docker.service)"
  fi
  log=
  case $1 in
    start) up=start_docker ;;
    restart) up=restart_docker ;;
    reload) up=reload_docker log=$(docker_log) ;;
    check) up=: ;;
  esac
  attempt_begins docker.service "$log"
  refuse_bad_config "$1"
  if "$up"; then
    refuse_loss
    if [ -n "${2-}" ]; then confirm_runtime "$1" "$2" "${4-}"; fi
    return 0
  fi
  attempt_log docker.service
  # Nobody agreed that containers stop where a reload was to do: a daemon that still runs only reads the old file again.
  if [ "$1" = reload ] && docker_runs; then
    did='did not take over' does='does not take over /etc/docker/daemon.json'
  else
    up=restart_docker did='did not come up with' does='does not come up'
  fi
  written_keys
  put_back_config || fail "Docker $does" "$more"
  attempt_begins docker.service "$log"
  if "$up"; then
    fail "Docker $did the new /etc/docker/daemon.json$about; the old one was put back and Docker runs with it" \
      'correct docker-daemon.config'
  fi
  attempt_log docker.service
  fail "Docker $did the new /etc/docker/daemon.json, nor the old one, which was put back" "$more"
}

# refuse_if_stopping ID...: stops before a container is stopped that nobody agreed to stop. Named are those that may be. Where
# the daemon keeps containers alive over its own restart none is stopped.
refuse_if_stopping() {
  docker_runs || return 0
  [ "$(timeout 20 docker -H unix:///var/run/docker.sock info --format '{{.LiveRestoreEnabled}}')" != true ] || return 0
  ids=$(timeout 20 docker -H unix:///var/run/docker.sock ps -q --no-trunc) ||
    fail 'Docker runs and does not say which containers do, so none of them may be stopped' 'see why it does not answer, or stop it yourself (systemctl stop docker), then run fitout again'
  for id in $ids; do
    case " $* " in
      *" $id "*) ;;
      *) fail "container $id runs now and would be stopped" 'stop it yourself, or run fitout again and agree to stop it (--allow-stop)' ;;
    esac
  done
}
