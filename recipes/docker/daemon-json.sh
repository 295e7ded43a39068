# Functions that judge daemon.json and take it back, for the scripts of plans.
# shellcheck shell=sh disable=SC2034,SC2154

# put_back_config: daemon.json as it was before this run. Fails where this run did not write it, or cannot put it back.
put_back_config() {
  put_back /etc/docker/daemon.json || return
  # The service's flags belong to the file: what made room for its "hosts" goes with it, and containerd's folder goes with Docker's.
  put_back /etc/systemd/system/docker.service.d/fitout-hosts.conf || [ $? -eq 2 ] || return
  put_back /etc/systemd/system/containerd.service.d/fitout-root.conf || [ $? -eq 2 ]
}

# docker_flags: what Docker's service passes to dockerd, one word a line.
docker_flags() {
  [ -d /run/systemd/system ] || return 0
  systemctl show docker.service -p ExecStart | flags_of_exec
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

# json_members: the members of the JSON object on standard input, each on a line and without blanks.
json_members() {
  awk '{ text = text $0 "\n" }
    END {
      for (at = 1; at <= length(text); at++) {
        char = substr(text, at, 1)
        if (quoted) {
          if (char == "\\") char = char substr(text, ++at, 1)
          else if (char == "\"") quoted = 0
        } else {
          if (char ~ /[ \t\r\n]/) continue
          if (char == "\"") quoted = 1
          if (char ~ /[]}]/) depth--
          if (depth == 1 && char == "," || depth == 0 && char == "}") {
            if (member != "") print member
            member = ""
            continue
          }
          if (char ~ /[[{]/ && ++depth == 1) continue
        }
        if (depth > 0) member = member char
      }
    }'
}

# changed_keys OLD NEW: the keys of daemon.json whose values differ in two files, each on a line. OLD may be absent.
changed_keys() {
  {
    if [ -f "$1" ]; then json_members <"$1"; fi
    json_members <"$2"
  } | sort | uniq -u | sed -n 's/^"\([^"]*\)":.*/\1/p' | sort -u
}

# as_list: the lines of standard input as words of one sentence.
as_list() { awk '{ printf "%s“%s”", comma, $0; comma = ", " }'; }

# written_keys: sets `about` to which keys of daemon.json this run wrote, in brackets for a sentence about it.
written_keys() {
  about=
  file=$(readlink -f /etc/docker/daemon.json) || return 0
  if [ -f "$file" ]; then about=$(changed_keys "$run/kept$file" "$file" | as_list); fi
  about=${about:+ (this run wrote $about)}
}

# refused_keys OLD NEW [FLAG...]: sets `about` to why this dockerd refuses NEW, as far as it lets itself be asked: it accepts what is left without
# that key. Where no key alone is to blame, and dockerd accepts OLD, these are all that NEW changes.
refused_keys() {
  about=
  old=$1 new=$2
  shift 2
  keys=$(changed_keys "$old" "$new") || return 0
  for key in $keys; do
    json_members <"$new" | awk -v key="\"$key\":" 'BEGIN { printf "{" }
      index($0, key) != 1 { printf "%s%s", comma, $0; comma = "," }
      END { print "}" }' >"$run/daemon.rest.json"
    if dockerd --validate --config-file "$run/daemon.rest.json" "$@" >/dev/null 2>&1; then printf '%s\n' "$key"; fi
  done >"$run/daemon.keys"
  if [ -s "$run/daemon.keys" ]; then
    about=" because of $(as_list <"$run/daemon.keys")"
  elif [ ! -f "$old" ] || dockerd_validates "$old" "$@"; then
    about=$(printf '%s' "$keys" | as_list)
    about=${about:+ (this run wrote $about)}
  else
    about=', and the old one, too'
  fi
}

# refuse_bad_config MODE: a daemon.json that this run wrote before there was a dockerd is judged before Docker starts with it.
refuse_bad_config() {
  if [ "$1" != start ] || docker_runs || [ ! -e /etc/docker/daemon.json ]; then return 0; fi
  grep -qsF "file $(readlink -f /etc/docker/daemon.json) " "$run/journal" || return 0
  # shellcheck disable=SC2046
  (set -f && dockerd_validates /etc/docker/daemon.json $(docker_flags)) && return 0
  file=$(readlink -f /etc/docker/daemon.json)
  set -f
  # shellcheck disable=SC2046
  refused_keys "$run/kept$file" "$file" $(docker_flags)
  set +f
  put_back_config
  fail "this dockerd refuses the new /etc/docker/daemon.json$about; the old one was put back, and Docker was not started" \
    'correct docker-daemon.config'
}

# check_daemon_json FLAG...: lets this dockerd judge the text on standard input, together with the flags of its unit.
check_daemon_json() {
  cat >"$run/daemon.json"
  dockerd_validates "$run/daemon.json" "$@" && return 0
  refused_keys /etc/docker/daemon.json "$run/daemon.json" "$@"
  fail "this dockerd refuses the new daemon.json$about; nothing was changed" 'correct docker-daemon.config'
}
