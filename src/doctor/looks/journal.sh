# What Docker, containerd and the kernel said lately: of a service only what its present or last start said.
# shellcheck disable=SC2154
if [ -d /run/systemd/system ] && command -v journalctl >/dev/null 2>&1; then
  for unit in docker containerd nvidia-fabricmanager nvidia-persistenced nvidia-cdi-refresh; do
    id=$(systemctl show "$unit.service" -p InvocationID --value 2>/dev/null)
    [ -n "$id" ] || continue
    # The last of several starts may be the one that systemd refused: why the others failed stands before it.
    set -- "_SYSTEMD_INVOCATION_ID=$id" + "INVOCATION_ID=$id"
    if ! systemctl is-active --quiet "$unit.service" 2>/dev/null; then set -- -b -n 80 -u "$unit.service"; fi
    limited 15 journalctl -q --no-pager -o short-iso -n 400 "$@" 2>/dev/null |
      cut -c 1-1000 | each "journal $unit"
  done
elif [ -r /var/log/docker.log ]; then
  tail -n 2000 /var/log/docker.log | awk '/Starting up/ { count = 0 } { line[count++] = $0 }
    END { for (at = count > 400 ? count - 400 : 0; at < count; at++) print line[at] }' | cut -c 1-1000 | each 'journal docker'
fi
limited 10 dmesg 2>/dev/null | tail -n 500 | cut -c 1-1000 | each kernel.said
first_line /proc/uptime
say uptime "${line%%[. ]*}"
