# Where dnf is: Docker's and NVIDIA's repositories, their packages that stand there twice, and what upgrades by itself.
# shellcheck disable=SC2016
about repo
for file in /etc/yum.repos.d/*.repo; do
  [ -f "$file" ] || continue
  ask 0 awk -v file="$file" 'function tell() {
      if (url ~ /download\.docker\.com|\/compute\/cuda\/repos\//) print enabled, id, url, file
      if (enabled == "on" && unsigned != "" && (url " " file) ~ /docker|nvidia|cuda/) print "unsigned", id, url, file, unsigned
    }
    /^[ \t]*\[/ { tell(); id = $0; gsub(/[][ \t]/, "", id); enabled = "on"; url = unsigned = "" }
    /^[ \t]*(pkg_)?gpgcheck[ \t]*=[ \t]*(0|[Ff]alse|[Nn]o|[Oo]ff)/ { unsigned = $0; sub(/^[ \t]*/, "", unsigned) }
    /^[ \t]*enabled[ \t]*=[ \t]*(0|false|no|off)/ { enabled = "off" }
    /^[ \t]*baseurl[ \t]*=/ { url = $0; sub(/^[^=]*=[ \t]*/, "", url); sub(/[ \t].*/, "", url) }
    END { tell() }' "$file" | first 40 | each repo
done
if command -v rpm >/dev/null 2>&1; then
  about twice
  ask 0 rpm -qa --qf '%{NAME} %{ARCH} %{VERSION}-%{RELEASE}\n' 'docker-*' 'containerd*' moby-engine 'nvidia-*' 'libnvidia-*' 'kmod-nvidia-*-dkms' |
    ask 0 sort | ask 0 awk '$1 " " $2 == before { print $1, version, $3 } { before = $1 " " $2; version = $3 }' | first 40 | each twice
fi
if [ -r /etc/dnf/automatic.conf ] && [ -d /run/systemd/system ]; then
  about automatic
  for timer in dnf-automatic-install.timer dnf-automatic.timer dnf5-automatic.timer; do
    if [ "$(ask 0 systemctl show "$timer" -p UnitFileState --value)" = enabled ]; then say automatic "$timer"; fi
  done
  about automatic.conf
  ask 0,1 grep -E '^[[:blank:]]*(apply_updates|exclude|excludepkgs)[[:blank:]]*=' /etc/dnf/automatic.conf | first 20 | each automatic.conf
fi
:
