# Functions that start services and say why one does not, for the scripts of plans.
# shellcheck shell=sh disable=SC2034,SC2154

# note_service UNIT...: how a service is before this run first touches it, once each.
note_service() {
  for unit in "$@"; do
    if grep -qsF "service $unit " "$run/journal"; then continue; fi
    if [ -d /run/systemd/system ]; then
      enabled=$(systemctl is-enabled "$unit" 2>/dev/null) || :
      # It has a word for every unit, also for one that is not there, unless systemd does not answer.
      active=$(systemctl is-active "$unit") || :
      [ -n "$active" ] || fail "systemd does not say how $unit is, so undo could not restore it" 'see why systemd does not answer (systemctl status), then run fitout again'
      journal "service $unit ${enabled:-not-found} $active"
    else
      status=0
      unit_runs "$unit" || status=$?
      case $status in 0) active=active ;; 1) active=inactive ;; *) continue ;; esac
      journal "service $unit unknown $active"
    fi
  done
}

# service_as UNIT ENABLED ACTIVE: as it was once, in the words of systemd. What is not there any more stays so.
service_as() {
  note_service "$1"
  if [ ! -d /run/systemd/system ]; then
    case $3 in active | inactive) unit_by_hand "$1" "$3" ;; esac
    return 0
  fi
  enabled=$(systemctl is-enabled "$1" 2>/dev/null) || :
  case "$enabled $2" in
    'disabled enabled') systemctl enable --quiet "$1" ;;
    'enabled disabled' | 'enabled-runtime disabled') systemctl disable --quiet "$1" ;;
    ' '* | 'not-found '*) return 0 ;;
  esac
  case $3 in
    active) start_unit "$1" ;;
    inactive | failed) if systemctl is-active --quiet "$1"; then systemctl stop "$1"; fi ;;
  esac
}

# attempt_begins: what attempt_log shows was said from here on, never before.
attempt_begins() {
  cursor=
  [ -d /run/systemd/system ] || return 0
  cursor=$(journalctl --quiet -n 0 --show-cursor | sed -n 's/^-- cursor: //p')
}

# attempt_log UNIT: what systemd and the service itself said of it since attempt_begins. systemd's words come first, and the
# service's own, which name the reason, after them.
attempt_log() {
  if [ ! -d /run/systemd/system ]; then
    if [ -r "/var/log/${1%.service}.log" ]; then tail -n 12 "/var/log/${1%.service}.log" >&2 || :; fi
    return 0
  fi
  [ -n "${cursor-}" ] || return 0
  {
    journalctl --sync || :
    journalctl --quiet --after-cursor="$cursor" _PID=1 "UNIT=$1" -n 4 --no-pager -o cat || :
    # What it says while all is well would crowd out the reason, and the next attempt of systemd's has begun.
    journalctl --quiet --after-cursor="$cursor" "_SYSTEMD_UNIT=$1" -n 200 --no-pager -o cat | grep -Ev 'level=(debug|info)' | tail -n 8 || :
  } >&2
}

# enable_unit UNIT: it starts with the machine, now that this was asked of systemd.
enable_unit() {
  systemctl enable --quiet "$1" || return
  case $(systemctl is-enabled "$1") in
    disabled | masked*)
      printf 'systemctl ended without an error, but %s does not start with the machine\n' "$1" >&2
      return 1
      ;;
  esac
}

# start_unit UNIT [VERB]: now; VERB (`restart`, `reload-or-restart`) makes it read its configuration. If it does not start, systemd's words
# and its own of this attempt say why.
start_unit() {
  note_service "$1"
  if [ ! -d /run/systemd/system ]; then
    start_by_hand "$@"
    return
  fi
  attempt_begins
  if systemctl "${2:-start}" "$1" && systemctl is-active --quiet "$1"; then return 0; fi
  attempt_log "$1"
  fail "$1 does not start" "journalctl -u $1 has more"
}

# start_by_hand UNIT [VERB]: the same without systemd, by the functions of its recipe or by its init script.
start_by_hand() {
  status=0
  unit_runs "$1" || status=$?
  if [ "$status" != 2 ]; then
    if [ "$status" = 0 ] && [ -n "${2-}" ]; then unit_by_hand "$1" inactive; fi
    unit_by_hand "$1" active || fail "$1 does not start" "start it by hand and see what it says"
  elif [ -x "/etc/init.d/${1%.service}" ]; then
    set -- "$1" "${2:+restart}"
    "/etc/init.d/${1%.service}" "${2:-start}" || fail "$1 does not start" "see what /etc/init.d/${1%.service} says"
  else
    printf '%s note nothing here can start %s: it reads its configuration when it next starts\n' "$mark" "$1"
  fi
}
