# Which processes are at work; for the scripts of plans and for questions (frame.ts).
# shellcheck shell=sh

# started_at PID: when that process started, in the clock ticks of its kernel: another of the same id has another. Nothing if there is none,
# or if it has ended and nobody waits for it, as in a container whose first process waits for nobody: signals reach it, and it would run for ever.
started_at() {
  read -r stat 2>/dev/null <"/proc/$1/stat" || return 0
  # Behind its name, which is in parentheses and may hold anything.
  # shellcheck disable=SC2086
  set -- ${stat##*) }
  case $1 in [ZX]) return 0 ;; esac
  printf '%s\n' "${20-}"
}

# process_runs PID: whether that process is at work.
process_runs() { [ -n "$(started_at "$1")" ]; }
