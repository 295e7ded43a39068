# What apt is told of where packages come from, and what upgrades by itself.
# shellcheck disable=SC2016
about keyring.unreadable
as_apt=no
# A host that has no user _apt has nothing to be asked.
if command -v runuser >/dev/null 2>&1 && id _apt >/dev/null 2>&1 && ask 0 runuser -u _apt -- true; then as_apt=yes; fi
about source,apt.refused
sources=$(apt_sources)
while IFS= read -r file; do
  [ -n "$file" ] || continue
  about source
  ask 0 cat "$file" | first 2000 | each "source $file"
  about keyring.missing,keyring.unreadable
  # Whatever may be the path of a key; which of them an entry names is judged with the whole text.
  ask 0 sed 's/[][,="]/ /g; s/^[Ss][Ii][Gg][Nn][Ee][Dd]-[Bb][Yy] *:/ /' "$file" | ask 0 tr -s ' \t\r' '\n' | ask 0 sed -n '/^\/[^/]/p' | ask 0 sort -u | first 100 |
    while IFS= read -r keyring; do
      if [ ! -s "$keyring" ]; then
        say keyring.missing "$file $keyring"
      elif [ "$as_apt" = yes ]; then
        ask 0,1 runuser -u _apt -- test -r "$keyring" || say keyring.unreadable "$file $(ask 0 ls -ld "$keyring")"
      fi
    done
done <<LISTED
$sources
LISTED
about apt.refused
if command -v apt-get >/dev/null 2>&1; then
  say apt.asked yes
  ask 0 apt_refusal | each apt.refused
fi
about trusted
set --
for file in /etc/apt/trusted.gpg /etc/apt/trusted.gpg.d/*; do
  if [ -s "$file" ] && [ -f "$file" ]; then set -- "$@" "$file"; fi
done
# Those that packages brought are the distribution's own.
if [ $# -gt 0 ]; then
  brought=" $(ask 0,1 dpkg-query -S "$@" | ask 0 sed 's/^[^/]*: //' | ask 0 tr '\n' ' ')"
  for file in "$@"; do
    case $brought in *" $file "*) continue ;; esac
    ask 0 ls -l "$file" | each trusted
    ask 0 head -c 65536 "$file" | ask 0 base64 | each "trusted.key $file"
  done
fi
about unattended,apt.config
if command -v apt-config >/dev/null 2>&1 && [ "$(ask 0,1 dpkg-query -W -f='${db:Status-Status}' unattended-upgrades)" = installed ]; then
  say unattended installed
  about apt.config
  ask 0 apt-config dump | ask 0,1 grep -E '^(APT::Periodic::(Unattended-Upgrade|Enable)|Unattended-Upgrade::(Package-Blacklist|Origins-Pattern|Allowed-Origins|Package-Whitelist))' |
    first 100 | each apt.config
fi
