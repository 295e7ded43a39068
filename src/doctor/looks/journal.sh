# What the services in `journals` and the kernel said lately: of a service only what its present or last start said.
# shellcheck disable=SC2154,SC2016
about journal
if [ -d /run/systemd/system ] && command -v journalctl >/dev/null 2>&1; then
  for unit in $journals; do
    id=$(ask 0 systemctl show "$unit.service" -p InvocationID --value)
    [ -n "$id" ] || continue
    # The last of several starts may be the one that systemd refused: why the others failed stands before it.
    set -- "_SYSTEMD_INVOCATION_ID=$id" + "INVOCATION_ID=$id"
    if ! ask 0,3,4 systemctl is-active --quiet "$unit.service"; then set -- -b -n 80 -u "$unit.service"; fi
    ask 0 limited 15 journalctl -q --no-pager -o short-iso -n 400 "$@" | ask 0 cut -c 1-1000 | each "journal $unit"
  done
else
  for unit in $journals; do
    [ -f "/var/log/$unit.log" ] || continue
    ask 0 tail -n 2000 "/var/log/$unit.log" | ask 0 awk '/Starting up/ { count = 0 } { line[count++] = $0 }
      END { for (at = count > 400 ? count - 400 : 0; at < count; at++) print line[at] }' | ask 0 cut -c 1-1000 | each "journal $unit"
  done
fi
about kernel.said
if [ -z "$container" ]; then
  ask 0 limited 10 dmesg | ask 0 tail -n 500 | ask 0 cut -c 1-1000 | each kernel.said
else
  # A container may see the kernel's log or not, as the machine around it wants.
  limited 10 dmesg 2>/dev/null | ask 0 tail -n 500 | ask 0 cut -c 1-1000 | each kernel.said
fi
first_line /proc/uptime
say uptime "${line%%[. ]*}"
