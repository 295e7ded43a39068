# For the scripts of plans and for questions (frame.ts).
# shellcheck shell=sh

# process_runs PID: whether that process is at work. A signal reaches one, too, that has ended and that nobody waits for, as in a container
# whose first process waits for nobody: it would run for ever.
process_runs() {
  read -r stat 2>/dev/null <"/proc/$1/stat" || return 1
  # Behind its name, which is in parentheses and may hold anything.
  case ${stat##*) } in [ZX]*) return 1 ;; esac
}
