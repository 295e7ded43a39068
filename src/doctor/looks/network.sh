# Routes, names and filters, as the kernel has them. No tool is called that would load a module of the kernel's.
# shellcheck disable=SC2154
ip -4 -o route show table all 2>/dev/null | grep -Ev 'table local|^(broadcast|local) ' | head -n 200 | each route
for folder in /sys/class/net/*; do
  first_line "$folder/mtu"
  if [ -n "$line" ]; then say link "${folder##*/} mtu $line"; fi
done
ip -o addr show 2>/dev/null | awk '{ print $2, $4 }' | head -n 100 | each address
if [ -L /etc/resolv.conf ]; then say resolv.link "$(readlink /etc/resolv.conf)"; fi
if [ -r /etc/resolv.conf ]; then
  say resolv.there yes
  grep -E '^[[:blank:]]*(nameserver|search|options)' /etc/resolv.conf | head -n 20 | each resolv
fi
if [ -r /run/systemd/resolve/resolv.conf ]; then
  grep -E '^[[:blank:]]*nameserver' /run/systemd/resolve/resolv.conf | head -n 20 | each uplink
fi
first_line /proc/sys/net/ipv4/ip_forward
say ip_forward "$line"
# Which half of iptables the command is, and which halves hold rules. The old half answers only where the kernel has its tables.
say iptables "$(readlink -f "$(command -v iptables 2>/dev/null)" 2>/dev/null)"
if [ "$docker_runs" = yes ]; then
  if [ -s /proc/net/ip_tables_names ] && command -v iptables-legacy-save >/dev/null 2>&1; then
    rules=$(limited 10 iptables-legacy-save 2>/dev/null) && say legacy.read yes
    printf '%s\n' "$rules" | grep -E 'DOCKER|-j (DROP|REJECT)' | head -n 300 | each legacy
  fi
  save=
  if [ -e /sys/module/nf_tables ]; then save=$(command -v iptables-nft-save || command -v iptables-save); fi
  if [ -n "$save" ]; then
    rules=$(limited 10 "$save" 2>/dev/null) && say nft.read yes
    printf '%s\n' "$rules" | grep DOCKER | head -n 300 | each nft
  fi
fi
if [ -r /etc/ufw/ufw.conf ]; then grep -En '^[[:blank:]]*ENABLED=' /etc/ufw/ufw.conf | each ufw; fi
if [ -d /run/systemd/system ] && systemctl is-active --quiet firewalld.service 2>/dev/null; then say firewalld active; fi
