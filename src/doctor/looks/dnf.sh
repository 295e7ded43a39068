# Where dnf is: Docker's and NVIDIA's repositories, their packages that stand there twice, and what upgrades by itself.
for file in /etc/yum.repos.d/*.repo; do
  [ -f "$file" ] || continue
  awk -v file="$file" 'function tell() { if (url ~ /download\.docker\.com|\/compute\/cuda\/repos\//) print enabled, id, url, file }
    /^[ \t]*\[/ { tell(); id = $0; gsub(/[][ \t]/, "", id); enabled = "on"; url = "" }
    /^[ \t]*enabled[ \t]*=[ \t]*(0|false|no|off)/ { enabled = "off" }
    /^[ \t]*baseurl[ \t]*=/ { url = $0; sub(/^[^=]*=[ \t]*/, "", url); sub(/[ \t].*/, "", url) }
    END { tell() }' "$file" 2>/dev/null | head -n 40 | each repo
done
if command -v rpm >/dev/null 2>&1; then
  rpm -qa --qf '%{NAME} %{ARCH} %{VERSION}-%{RELEASE}\n' 'docker-*' 'containerd*' moby-engine 'nvidia-*' 'libnvidia-*' 'kmod-nvidia-*-dkms' 2>/dev/null |
    sort | awk '$1 " " $2 == before { print $1, version, $3 } { before = $1 " " $2; version = $3 }' | head -n 40 | each twice
fi
if [ -r /etc/dnf/automatic.conf ] && command -v systemctl >/dev/null 2>&1; then
  for timer in dnf-automatic-install.timer dnf-automatic.timer dnf5-automatic.timer; do
    if [ "$(systemctl is-enabled "$timer" 2>/dev/null)" = enabled ]; then say automatic "$timer"; fi
  done
  grep -E '^[[:blank:]]*(apply_updates|exclude|excludepkgs)[[:blank:]]*=' /etc/dnf/automatic.conf | head -n 20 | each automatic.conf
fi
:
