# Functions that judge daemon.json and take it back, for the scripts of plans.
# shellcheck shell=sh disable=SC2034,SC2154

# put_back_config: daemon.json as it was before this run. Fails where this run did not write it.
put_back_config() {
  put_back /etc/docker/daemon.json || return
  # The service's flags belong to the file: what made room for its "hosts" goes with it.
  put_back /etc/systemd/system/docker.service.d/fitout-hosts.conf || :
}

# docker_flags: what Docker's service passes to dockerd, one word a line, whatever starts it (`nice`, `env`). Variables of its environment
# are not known, nor what a shell makes of its words. Which file is judged is not the service's to say.
docker_flags() {
  [ -d /run/systemd/system ] || return 0
  systemctl show docker.service -p ExecStart | sed -n 's/^ExecStart=.*argv\[\]=\(.*\) ; ignore_errors=.*/\1/p' | tr ' ' '\n' |
    awk 'skip { skip = 0; next }
      flags && $0 == "--config-file" { skip = 1; next }
      flags && !/^(\$|--config-file=|$)/
      !flags && /(^|\/)(ba|da|k|z|a)?sh$/ { exit }
      /(^|\/)dockerd[^\/]*$/ { flags = 1 }'
}

# dockerd_validates FILE FLAG...: does the dockerd of this host accept it, together with the flags of its service? What it says
# against it is on standard error. 20.10 cannot judge; a daemon that does not come up is rolled back in any case.
dockerd_validates() {
  roots_program dockerd || return 0
  dockerd --help | grep -q -e --validate || return 0
  said=$(dockerd --validate --config-file "$@" 2>&1) && return 0
  # Its first lines say what; a page of usage may follow.
  printf '%s\n' "$said" | head -n 3 >&2
  return 1
}

# refuse_bad_config MODE: a daemon.json that this run wrote before there was a dockerd is judged before Docker starts with it.
refuse_bad_config() {
  if [ "$1" != start ] || docker_runs || [ ! -e /etc/docker/daemon.json ]; then return 0; fi
  grep -qsF "file $(readlink -f /etc/docker/daemon.json) " "$run/journal" || return 0
  # shellcheck disable=SC2046
  (set -f && dockerd_validates /etc/docker/daemon.json $(docker_flags)) && return 0
  put_back_config
  fail 'this dockerd refuses the new /etc/docker/daemon.json; the old one was put back, and Docker was not started' \
    'correct docker-daemon.config'
}

# check_daemon_json FLAG...: lets this dockerd judge the text on standard input, together with the flags of its unit.
check_daemon_json() {
  cat >"$run/daemon.json"
  dockerd_validates "$run/daemon.json" "$@" ||
    fail 'this dockerd refuses the new daemon.json; nothing was changed' 'correct docker-daemon.config'
}
