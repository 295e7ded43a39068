# Routes, names and filters, as the kernel has them. No tool is called that would load a module of the kernel's.
# shellcheck disable=SC2154,SC2016
about route
ask 0 ip -4 -o route show table all | ask 0,1 grep -Ev 'table local|^(broadcast|local) ' | first 200 | each route
for folder in /sys/class/net/*; do
  first_line "$folder/mtu"
  if [ -n "$line" ]; then say link "${folder##*/} mtu $line"; fi
done
if [ -L /etc/resolv.conf ]; then
  about resolv.link
  say resolv.link "$(ask 0 readlink /etc/resolv.conf)"
fi
if [ -f /etc/resolv.conf ]; then
  about resolv
  say resolv.there yes
  ask 0,1 grep -E '^[[:blank:]]*(nameserver|search|options)' /etc/resolv.conf | first 20 | each resolv
fi
if [ -f /run/systemd/resolve/resolv.conf ]; then
  about uplink
  ask 0,1 grep -E '^[[:blank:]]*nameserver' /run/systemd/resolve/resolv.conf | first 20 | each uplink
fi
first_line /proc/sys/net/ipv4/ip_forward
say ip_forward "$line"
# saved HALF PATTERN: the rules of one half that matter.
saved() {
  save=$(command -v "iptables-$1-save")
  if [ -z "$save" ] && [ "$half" = "$1" ]; then save=$(command -v iptables-save); fi
  [ -n "$save" ] || return 0
  about "$1"
  rules=$(ask 0 limited 10 "$save") && say "$1.read" yes
  printf '%s\n' "$rules" | ask 0,1 grep -E "$2" | first 300 | each "$1"
}
if [ "$docker_runs" = yes ]; then
  # Which half of iptables the command is, it says itself from version 1.8 on; before there was the older half alone. The daemon has opened the socket
  # of the kernel's that this opens. The other half is asked only where the kernel has it already.
  about iptables
  half=
  if command -v iptables >/dev/null 2>&1; then
    version=$(ask 0 limited 10 iptables --version)
    case $version in *nf_tables*) half=nft ;; *) half=legacy ;; esac
    say iptables "$half $version"
  fi
  first_line /proc/net/ip_tables_names
  if [ "$half" = legacy ] || [ -n "$line" ]; then saved legacy 'DOCKER|-j (DROP|REJECT)'; fi
  if [ "$half" = nft ] || [ -e /sys/module/nf_tables ]; then saved nft DOCKER; fi
fi
if [ -f /etc/ufw/ufw.conf ]; then
  about ufw
  ask 0,1 grep -En '^[[:blank:]]*ENABLED=' /etc/ufw/ufw.conf | each ufw
fi
about firewalld
if [ -d /run/systemd/system ] && ask 0,3,4 systemctl is-active --quiet firewalld.service; then say firewalld active; fi
