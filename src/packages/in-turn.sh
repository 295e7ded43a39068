# What the functions of all package managers share: how they wait for each other, and what they journal; for the scripts of plans.
# shellcheck shell=sh disable=SC2034,SC2154

# lock_is_held: whether the words of the command say that another process holds a lock. That the lock's file cannot be opened or written is
# another matter: apt asks "are you root?" then, whatever the reason, and no waiting helps.
lock_is_held() {
  grep -Eq -e 'held by process|is another process using it|(is|was) locked by another process' \
    -e 'already locked by [0-9]|another copy is running|Another transaction is in progress' \
    -e ' lock .*Resource temporarily unavailable' "$turn"
}

# in_turn COMMAND...: runs it, and again for ten minutes while another package manager holds one of the locks that it
# needs, saying who. apt's own waiting covers some of the locks, and says nothing. What
# it complains of is kept in memory meanwhile: on a full disk the reason would be lost, for which the run's reserve then makes room.
in_turn() {
  tries=0
  own_runs_folder
  [ -e "$turn" ] || (umask 077 && : >"$turn")
  until
    status=0
    "$@" 2>"$turn" || status=$?
    [ "$status" -eq 0 ] || [ "$tries" -ge 200 ] || ! lock_is_held
  do
    tries=$((tries + 1))
    # A process of another namespace is number 0.
    holder=$(sed -n -e 's/.*held by process \([1-9][0-9]*\).*/\1/p' -e 's/.* process with pid \([1-9][0-9]*\).*/\1/p' \
      -e 's/.* already locked by \([1-9][0-9]*\).*/\1/p' -e 's/.*another copy is running as pid \([1-9][0-9]*\).*/\1/p' \
      -e 's/^Process ID: \([1-9][0-9]*\).*/\1/p' "$turn" | head -n 1)
    if [ "$holder" != "${waited_for-unasked}" ]; then
      who='another process'
      if [ -n "$holder" ]; then who="process $holder ($(cat "/proc/$holder/comm" 2>/dev/null || echo ended))"; fi
      printf '%s note waiting for %s, which holds the lock of the package manager\n' "$mark" "$who"
      waited_for=$holder
    fi
    sleep 3
  done
  [ "$status" -eq 0 ] || rm -f "$run/reserve"
  cat "$turn" >&2
  return "$status"
}

# lines_more WORD FILE OTHER [END]: the lines that OTHER has and FILE has not, between WORD and END: lines of a journal.
lines_more() {
  awk -v word="$1" -v end="${4-}" 'FILENAME == ARGV[1] { known[$0]; next } !($0 in known) { print word " " $0 end }' "$2" "$3"
}

# packages_unknown: what changed is not in the journal, which ends the run, if it has not failed anyway (`ending`). Undo takes a run that has the
# list of before alone for one that was cut off, and looks for its changes in dpkg's log.
packages_unknown() {
  rm -f "$run/packages.after"
  what="what this run did to packages cannot be written to $run/journal; $run/packages.before has what they were before"
  if [ "${ending-}" != yes ]; then fail "$what" 'see whether the disk is full or cannot be written (df -h, findmnt), then run fitout again'; fi
  printf '%s note %s\n' "$mark" "$what"
}
