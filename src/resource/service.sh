# Functions that start services and say why one does not, for the scripts of plans.
# shellcheck shell=sh disable=SC2034,SC2154

# note_service UNIT...: how a service is before this run first touches it, once each.
note_service() {
  for unit in "$@"; do
    if grep -qsF "service $unit " "$run/journal"; then continue; fi
    if [ -d /run/systemd/system ]; then
      enabled_state "$unit"
      # It has a word for every unit, also for one that is not there, unless systemd does not answer.
      active=$(systemctl is-active "$unit") || :
      [ -n "$active" ] || fail "systemd does not say how $unit is, so undo could not restore it" 'see why systemd does not answer (systemctl status), then run fitout again'
      journal "service $unit $enabled $active"
    else
      status=0
      unit_runs "$unit" || status=$?
      case $status in 0) active=active ;; 1) active=inactive ;; *) continue ;; esac
      journal "service $unit unknown $active"
    fi
  done
}

# enabled_state UNIT: sets `enabled` to systemd's word for it. Older ones have none for a unit that is not there and only complain, as all do
# if they cannot tell. (One that says nothing at all shows by is-active.)
enabled_state() {
  enabled=$(systemctl is-enabled "$1" 2>"$run/said") || :
  [ -z "$enabled" ] || return 0
  loaded=$(systemctl show "$1" -p LoadState | grep '^LoadState=') || :
  words=$(cat "$run/said")
  case "$loaded $words" in
    'LoadState=not-found '* | *"unit file state for $1: No such file"* | ' ') enabled=not-found ;;
    *)
      printf '%s\n' "$words" >&2
      fail "systemd does not say whether $1 starts with the machine" 'see why systemd does not answer (systemctl status), then run fitout again'
      ;;
  esac
}

# service_as UNIT ENABLED ACTIVE: as it was once, in the words of systemd. What is not there any more stays so.
service_as() {
  note_service "$1"
  if [ ! -d /run/systemd/system ]; then
    case $3 in active | inactive) unit_by_hand "$1" "$3" ;; esac
    return 0
  fi
  enabled_state "$1"
  case "$enabled $2" in
    'not-found '*) return 0 ;;
    *' enabled') enable_unit "$1" ;;
    'enabled disabled' | 'enabled-runtime disabled') disable_unit "$1" ;;
  esac
  case $3 in
    active) start_unit "$1" ;;
    inactive | failed)
      if systemctl is-active --quiet "$1"; then systemctl stop "$1"; fi
      if systemctl is-active --quiet "$1"; then fail "$1 was told to stop, and runs again" "see what starts it: systemctl status $1"; fi
      ;;
  esac
}

# attempt_begins UNIT [LOG]: what attempt_log shows was said from here on, never before. LOG is the file that it writes to without systemd.
attempt_begins() {
  if [ -d /run/systemd/system ]; then
    since=$(journalctl --quiet -n 0 --show-cursor | sed -n 's/^-- cursor: /--after-cursor=/p')
    # A journal that was just emptied has no cursor.
    [ -n "$since" ] || since=--since=@$(date +%s)
  else
    log=${2:-/var/log/${1%.service}.log}
    logged=0
    if [ -f "$log" ]; then logged=$(wc -c <"$log"); fi
    log_end=$(sum_until "$logged")
  fi
}

# sum_until BYTE: of what is in `log` just before it. A log that was rotated or emptied since has another.
sum_until() { if [ -f "$log" ]; then head -c "$1" "$log" | tail -c 512 | cksum; fi; }

# attempt_log UNIT: what systemd and the service itself said of it since attempt_begins. systemd's words come first, and the
# service's own, which name the reason, after them. Says in `more` where the rest is.
attempt_log() {
  if [ ! -d /run/systemd/system ]; then
    more='start it by hand and see what it says'
    [ -f "$log" ] || return 0
    more="$log has more"
    [ "$(sum_until "$logged")" = "$log_end" ] || logged=0
    tail -c "+$((logged + 1))" "$log" | last_reasons >&2
    return 0
  fi
  more="journalctl -u ${1%.service} has more"
  {
    journalctl --sync || :
    journalctl --quiet "$since" _PID=1 "UNIT=$1" -n 4 --no-pager -o cat || :
    journalctl --quiet "$since" "_SYSTEMD_UNIT=$1" -n 200 --no-pager -o cat | last_reasons
  } >&2
}

# last_reasons: the end of a log. What it says while all is well would crowd out the reason, and the next attempt of systemd's has begun.
last_reasons() { grep -Ev 'level"?[=:]"?(debug|info)' | tail -n 8 || :; }

# boot_state UNIT: what starts_with_machine judges, and the unit's file.
boot_state() { systemctl show "$1" -p UnitFileState -p WantedBy -p RequiredBy -p UpheldBy -p FragmentPath; }

# enable_unit UNIT: it starts with the machine. systemd may end without an error although it cannot see to that, and says why.
enable_unit() {
  state=$(boot_state "$1") ||
    fail "systemd does not say whether $1 starts with the machine" 'see why systemd does not answer (systemctl status), then run fitout again'
  if starts_with_machine "$state"; then return 0; fi
  systemctl enable "$1" || :
  state=$(boot_state "$1") || :
  if starts_with_machine "$state"; then return 0; fi
  file=$(printf '%s\n' "$state" | sed -n 's/^FragmentPath=//p')
  state=$(printf '%s\n' "$state" | sed -n 's/^UnitFileState=//p')
  fail "$1 does not start with the machine: systemd calls it ${state:-unknown}, and \`systemctl enable\` did not change that" \
    "see ${file:-systemctl status $1}: a unit that starts with the machine has WantedBy=multi-user.target in its section [Install]"
}

# disable_unit UNIT: it is not enabled any more. What is enabled in /run, or by its vendor, stays so.
disable_unit() {
  systemctl disable "$1" || return
  enabled_state "$1"
  case $enabled in
    enabled*) fail "\`systemctl disable\` ended without an error, but $1 is still enabled" "see what wants it: systemctl show $1 -p WantedBy -p RequiredBy" ;;
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
  attempt_begins "$1"
  if systemctl "${2:-start}" "$1" && systemctl is-active --quiet "$1"; then return 0; fi
  attempt_log "$1"
  fail "$1 does not start" "$more"
}

# start_by_hand UNIT [VERB]: the same without systemd, by the functions of its recipe or by its init script.
start_by_hand() {
  status=0
  unit_runs "$1" || status=$?
  if [ "$status" != 2 ]; then
    if [ "$status" = 0 ] && [ -n "${2-}" ]; then unit_by_hand "$1" inactive; fi
    attempt_begins "$1"
    unit_by_hand "$1" active && return 0
  elif [ -x "/etc/init.d/${1%.service}" ]; then
    set -- "$1" "${2:+restart}"
    attempt_begins "$1"
    "/etc/init.d/${1%.service}" "${2:-start}" && return 0
  else
    printf '%s note nothing here can start %s: it reads its configuration when it next starts\n' "$mark" "$1"
    return 0
  fi
  attempt_log "$1"
  fail "$1 does not start" "$more"
}
