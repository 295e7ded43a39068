# What apt is told of where packages come from, what is held, and what upgrades by itself.
for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources; do
  [ -f "$file" ] || continue
  # Whole, but for remarks: an entry of the newer form has several lines, and empty ones part them.
  sed -e '/^[[:blank:]]*#[[:blank:]]*Unsupported distribution/b' -e '/^[[:blank:]]*#/d' "$file" 2>/dev/null | head -n 400 | each "source $file"
  sed -n 's/.*[Ss]igned-[Bb]y[=:][[:blank:]]*\(\/[^] ,]*\).*/\1/p' "$file" 2>/dev/null | sort -u | while IFS= read -r keyring; do
    if [ ! -s "$keyring" ]; then
      say keyring.missing "$file $keyring"
    elif command -v runuser >/dev/null 2>&1 && id _apt >/dev/null 2>&1; then
      runuser -u _apt -- test -r "$keyring" 2>/dev/null || say keyring.unreadable "$file $(ls -ld "$keyring")"
    fi
  done
done
if [ -s /etc/apt/trusted.gpg ]; then say trusted "$(ls -l /etc/apt/trusted.gpg)"; fi
for file in /etc/apt/trusted.gpg.d/*docker* /etc/apt/trusted.gpg.d/*nvidia* /etc/apt/trusted.gpg.d/*cuda*; do
  if [ -f "$file" ]; then say trusted "$(ls -l "$file")"; fi
done
if command -v dpkg >/dev/null 2>&1; then
  dpkg --get-selections 2>/dev/null | sed -n 's/[[:blank:]]*hold$//p' | head -n 100 | each held
fi
if command -v apt-config >/dev/null 2>&1 && dpkg-query -W -f='${db:Status-Status}' unattended-upgrades 2>/dev/null | grep -qx installed; then
  say unattended installed
  apt-config dump 2>/dev/null | grep -E '^(APT::Periodic::(Unattended-Upgrade|Enable)|Unattended-Upgrade::(Package-Blacklist|Origins-Pattern|Allowed-Origins|Package-Whitelist))' |
    head -n 100 | each apt.config
fi
