# Which run holds this host; for the scripts of plans, and for what starts a run or the machine.
# shellcheck shell=sh

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
