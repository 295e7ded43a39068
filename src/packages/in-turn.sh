# How package managers wait for each other, for the scripts of plans.
# shellcheck shell=sh disable=SC2034,SC2154

# in_turn COMMAND...: runs it, and again for ten minutes while another package manager holds one of the locks that it
# needs, saying who; not if the lock's own file cannot be written. apt's own waiting covers some of the locks, and says nothing. What
# it complains of is kept in memory meanwhile: on a full disk the reason would be lost, for which the run's reserve then makes room.
in_turn() {
  tries=0
  own_place
  [ -e "$turn" ] || (umask 077 && : >"$turn")
  until
    status=0
    "$@" 2>"$turn" || status=$?
    [ "$status" -eq 0 ] || [ "$tries" -ge 200 ] ||
      ! grep -Ev 'Read-only file system|No space left on device|Permission denied|Input/output error' "$turn" | grep -Eq 'Could not get lock|Unable to (acquire|lock)|lock (is|was) locked by another process|another copy is running|[Ff]ailed to obtain [^ ]* *(transaction )?lock|transaction lock'
  do
    tries=$((tries + 1))
    holder=$(sed -n -e 's/.*held by process \([0-9]*\).*/\1/p' -e 's/.* process with pid \([0-9]*\).*/\1/p' \
      -e 's/.*another copy is running as pid \([0-9]*\).*/\1/p' "$turn" | head -n 1)
    if [ -n "$holder" ] && [ "$holder" != "${waited_for-}" ]; then
      printf '%s note waiting for process %s (%s), which holds the lock of the package manager\n' "$mark" "$holder" \
        "$(cat "/proc/$holder/comm" 2>/dev/null || echo ended)"
      waited_for=$holder
    fi
    sleep 3
  done
  [ "$status" -eq 0 ] || rm -f "$run/reserve"
  cat "$turn" >&2
  return "$status"
}
