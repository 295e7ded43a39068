# Restarts the host, unless a run is at work on it. Expects: before, the boot id that the host had when it was looked at.
# Prints `elsewhen` where the host has restarted since, `busy FOLDER` where it is held by a run, else `going`.
# shellcheck shell=sh disable=SC2154
if [ "$(cat /proc/sys/kernel/random/boot_id)" != "$before" ]; then
  echo elsewhen
  exit 0
fi
folder=$(run_at_work)
if [ -n "$folder" ]; then
  printf 'busy %s\n' "$folder"
  exit 0
fi
echo going
sync
# Both only ask the init for it, and return before it happens.
if [ -d /run/systemd/system ]; then systemctl reboot; else reboot; fi
