# Where dnf is: its repositories that are on, and what upgrades by itself.
# shellcheck disable=SC2016
about repo
for file in /etc/yum.repos.d/*.repo; do
  [ -f "$file" ] || continue
  ask 0 awk -v file="$file" 'function tell() {
      if (id == "" || enabled == "off") return
      print "on", id, url, file
      if (unsigned != "") print "unsigned", id, url, file, unsigned
    }
    /^[ \t]*\[/ { tell(); id = $0; gsub(/[][ \t]/, "", id); enabled = url = unsigned = "" }
    /^[ \t]*(pkg_)?gpgcheck[ \t]*=[ \t]*(0|[Ff]alse|[Nn]o|[Oo]ff)/ { unsigned = $0; sub(/^[ \t]*/, "", unsigned) }
    /^[ \t]*enabled[ \t]*=[ \t]*(0|false|no|off)/ { enabled = "off" }
    /^[ \t]*baseurl[ \t]*=/ { url = $0; sub(/^[^=]*=[ \t]*/, "", url); sub(/[ \t].*/, "", url) }
    END { tell() }' "$file" | first 200 | each repo
done
if [ -f /etc/dnf/automatic.conf ] && [ -d /run/systemd/system ]; then
  about automatic
  for timer in dnf-automatic-install.timer dnf-automatic.timer dnf5-automatic.timer; do
    if [ "$(ask 0 systemctl show "$timer" -p UnitFileState --value)" = enabled ]; then say automatic "$timer"; fi
  done
  about automatic.conf
  ask 0,1 grep -E '^[[:blank:]]*(apply_updates|exclude|excludepkgs)[[:blank:]]*=' /etc/dnf/automatic.conf | first 20 | each automatic.conf
fi
:
