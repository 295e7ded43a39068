# Which run holds this host, and since when a process is there; for the scripts of plans, and for what starts a run or the machine.
# shellcheck shell=sh

# started_at PID: when that process started, in the clock ticks of its kernel: another of the same id has another. Nothing if there is none,
# or if it has ended and nobody waits for it, as in a container whose first process waits for nobody.
started_at() {
  read -r stat 2>/dev/null <"/proc/$1/stat" || return 0
  # shellcheck disable=SC2086
  set -- ${stat##*) }
  case $1 in [ZX]) return 0 ;; esac
  printf '%s\n' "${20-}"
}

# private_folder PATH: makes a folder of fitout's for root alone; those of fitout above it are so, too. mkdir is told the mode: where the folder above
# has a default access control list, umask counts for nothing, and what is made there is open to whom that names. So nothing is put into a
# folder that was not made here.
private_folder() {
  case $1 in */fitout/runs/*) set -- "${1%/*/*}" "${1%/*}" "$1" ;; esac
  # shellcheck disable=SC2174 # those above come first
  mkdir -p -m 0700 "$@" && chmod 0700 "$@"
}

# run_at_work: the folder of the run that holds this host; nothing if none does. Only a file of root's own is believed, or opened.
run_at_work() {
  if [ ! -f /run/fitout/lock ] || [ -L /run/fitout/lock ] || [ "$(stat -c '%u %h' /run/fitout/lock)" != '0 1' ]; then return 0; fi
  start=
  read -r pid start folder </run/fitout/lock || :
  if [ -n "$start" ] && [ "$(started_at "$pid")" = "$start" ]; then printf '%s\n' "$folder"; fi
}
