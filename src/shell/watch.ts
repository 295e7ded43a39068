/**
 * The guard of a script that nobody may leave behind: `fitout_watch`, to be started beside it with the standard input that whoever waits
 * for the script holds open. That ends with a broken connection, with a fitout that was killed and with a wait that was given up; then
 * every process that the script started here is ended, also if its shell is gone by then. (Not a file of its own, since tools without a bundler connect, too.)
 */
export const watch = `# Sets what the kernel says of a process: pid, state, parent, session.
fitout_process() {
  IFS= read -r stat <"/proc/$1/stat" || return 1
  pid=\${stat%% *}
  # The name, in parentheses, may hold anything.
  # shellcheck disable=SC2086
  set -- \${stat##*) }
  state=$1 parent=$2 session=$4
}
fitout_watch() {
  trap '' HUP INT QUIT TERM
  while IFS= read -r _; do :; done
  fitout_process self || exit
  self=$pid ours=$session known=" $$ "
  for second in 1 2 3 4 5 6 7; do
    # The script's shell may be killed before this process hears of the end (sudo passes signals on): then its descendants are no longer
    # found from it. What it started is known by its environment, and the shells that wait for that by being its parents.
    # These are names of files, which have no spaces.
    # shellcheck disable=SC2013
    for file in $(grep -ls "FITOUT_WATCHED=$$[.]" /proc/[0-9]*/environ); do
      file=\${file#/proc/}
      if fitout_process "\${file%/environ}" && [ "$session" = "$ours" ]; then
        known="$known$pid "
        if fitout_process "$parent" && [ "$session" = "$ours" ] && [ "$pid" != "$self" ]; then known="$known$pid "; fi
      fi
    done
    # All descendants, but for those in a session of their own: a run on the host is meant to stay.
    found=yes
    while [ -n "$found" ]; do
      found=
      for folder in /proc/[0-9]*; do
        case $known in *" \${folder#/proc/} "*) continue ;; esac
        if fitout_process "\${folder#/proc/}" && [ "$session" = "$ours" ] && [ "$pid" != "$self" ]; then
          case $known in *" $parent "*) known="$known$pid " found=yes ;; esac
        fi
      done
    done
    alive=
    for one in $known; do
      if fitout_process "$one" && [ "$session" = "$ours" ] && [ "$state" != Z ]; then alive="$alive $one"; fi
    done
    if [ -z "$alive" ]; then exit; fi
    # They have five seconds to clean up.
    # shellcheck disable=SC2086
    case $second in 1) kill -s TERM $alive ;; [67]) kill -s KILL $alive ;; esac
    sleep 1
  done
}
`
