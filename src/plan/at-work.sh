# Which run holds this host, and since when a process is there; for the scripts of plans, and for what starts a run or the machine.
# shellcheck shell=sh

# started_at PID: when that process started, in the clock ticks of its kernel: another of the same id has another. Nothing if there is none.
started_at() {
  read -r stat 2>/dev/null <"/proc/$1/stat" || return 0
  # shellcheck disable=SC2086
  set -- ${stat##*) }
  printf '%s\n' "${20-}"
}

# run_at_work: the folder of the run that holds this host; nothing if none does. Only a file of root's own is believed, or opened.
run_at_work() {
  if [ ! -f /run/fitout/lock ] || [ -L /run/fitout/lock ] || [ "$(stat -c '%u %h' /run/fitout/lock)" != '0 1' ]; then return 0; fi
  start=
  read -r pid start folder </run/fitout/lock || :
  if [ -n "$start" ] && [ "$(started_at "$pid")" = "$start" ]; then printf '%s\n' "$folder"; fi
}
