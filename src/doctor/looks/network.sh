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
# Which half of iptables the command is, and which halves hold rules. The other half is asked only where the kernel has it already.
half=$(readlink -f "$(command -v iptables 2>/dev/null)" 2>/dev/null)
say iptables "$half"
case $half in *legacy*) half=legacy ;; *) half=nft ;; esac
# saved HALF PATTERN: the rules of one half that matter.
saved() {
  save=$(command -v "iptables-$1-save")
  if [ -z "$save" ] && [ "$half" = "$1" ]; then save=$(command -v iptables-save); fi
  [ -n "$save" ] || return 0
  rules=$(limited 10 "$save" 2>/dev/null) && say "$1.read" yes
  printf '%s\n' "$rules" | grep -E "$2" | head -n 300 | each "$1"
}
if [ "$docker_runs" = yes ]; then
  if [ "$half" = legacy ] || grep -q . /proc/net/ip_tables_names 2>/dev/null; then saved legacy 'DOCKER|-j (DROP|REJECT)'; fi
  if [ "$half" = nft ] || [ -e /sys/module/nf_tables ]; then saved nft DOCKER; fi
fi
if [ -r /etc/ufw/ufw.conf ]; then grep -En '^[[:blank:]]*ENABLED=' /etc/ufw/ufw.conf | each ufw; fi
if [ -d /run/systemd/system ] && systemctl is-active --quiet firewalld.service 2>/dev/null; then say firewalld active; fi
