# Prints a run's log from byte `offset` on, and its end. Expects: folder, offset (bytes that the controller has), frame.
# Each piece is announced with its length, so that nothing in the log can be taken for an announcement.
# shellcheck shell=sh disable=SC2154
read -r boot </proc/sys/kernel/random/boot_id
began=
read -r began 2>/dev/null <"$folder/boot" || :
idle=0
# Is the process still there that the run's folder names? Asked often, hence by the shell alone: on a slow host every process that
# is started for it is taken from the run.
at_work() {
  read -r pid start 2>/dev/null <"$folder/pid" || return 1
  read -r stat 2>/dev/null <"/proc/$pid/stat" || return 1
  # shellcheck disable=SC2086
  set -- ${stat##*) }
  # One that has ended may be there until somebody waits for it, which the first process of some containers never does.
  case $1 in [ZX]) return 1 ;; esac
  [ "${20-}" = "$start" ]
}
while :; do
  ended=
  gone=
  if ! at_work; then gone=yes; fi
  if [ -e "$folder/exit" ]; then read -r ended <"$folder/exit" || :; fi
  size=$(wc -c <"$folder/log") || exit 1
  if [ "$size" -gt "$offset" ]; then
    printf '\n%s bytes %s\n' "$frame" "$((size - offset))"
    tail -c +"$((offset + 1))" "$folder/log" | head -c "$((size - offset))"
    offset=$size
    idle=0
  fi
  if [ -n "$ended" ]; then
    printf '\n%s exit %s\n' "$frame" "$ended"
    break
  fi
  if [ "$began" != "$boot" ]; then
    # The machine went down while the run was at work.
    printf '\n%s rebooted\n' "$frame"
    break
  fi
  if [ -n "$gone" ]; then
    printf '\n%s killed\n' "$frame"
    break
  fi
  idle=$((idle + 1))
  if [ "$((idle % 50))" -eq 0 ]; then printf '\n%s alive\n' "$frame"; fi
  sleep 0.2 2>/dev/null || sleep 1
done
