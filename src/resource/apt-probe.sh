# Asks package repositories what they offer and what a transaction would be, in a temporary apt root: the host's own
# configuration, index and packages stay as they are. Expects: repository (a deb822 stanza or empty), key, same (a pattern
# or empty), versions_of and simulate (words).
# shellcheck shell=sh disable=SC2154,SC2086
LC_ALL=C
export LC_ALL
root=$(mktemp -d "${TMPDIR:-/var/tmp}/fitout-probe.XXXXXX") || exit 1
trap 'rm -rf "$root"' EXIT
trap 'exit 130' HUP INT TERM
mkdir -p "$root/sources.d" "$root/lists/partial" "$root/cache/archives/partial"
# apt fetches as the user _apt.
chmod 0755 "$root" "$root/lists" "$root/cache"
if id _apt >/dev/null 2>&1; then chown _apt "$root/lists/partial"; fi

# The host's own sources, without entries for the repository in question: two that name two keyrings stop apt.
: >"$root/sources.list"
for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
  [ -f "$file" ] || continue
  if [ -n "$same" ]; then grep -Ev "^[[:space:]]*deb.*($same)" "$file"; else cat "$file"; fi >>"$root/sources.list"
  echo >>"$root/sources.list"
done
for file in /etc/apt/sources.list.d/*.sources; do
  [ -f "$file" ] || continue
  copy=$root/sources.d/${file##*/}
  if [ -n "$same" ]; then
    awk -v RS= -v ORS='\n\n' -v same="$same" '$0 !~ same' "$file" >"$copy"
  else
    cp "$file" "$copy"
  fi
  [ -s "$copy" ] || rm -f "$copy"
done
for list in /var/lib/apt/lists/*_*; do
  if [ -f "$list" ]; then ln -s "$list" "$root/lists/"; fi
done

apt_options="-o Dir::Etc::sourcelist=$root/sources.list -o Dir::Etc::sourceparts=$root/sources.d -o Dir::State::lists=$root/lists
 -o Dir::Cache=$root/cache -o Acquire::Retries=1 -o Acquire::http::Timeout=10 -o Acquire::https::Timeout=10
 -o Acquire::http::ConnectionAttemptDelayMsec=250 -o Debug::NoLocking=1 -o Acquire::Languages=none"

reached=yes
if [ -n "$repository" ]; then
  printf '%s' "$key" >"$root/key.asc"
  chmod 0644 "$root/key.asc"
  printf '%s\nSigned-By: %s\n' "$repository" "$root/key.asc" >"$root/sources.d/zz-asked.sources"
  timeout 60 apt-get -q $apt_options -o Dir::Etc::sourcelist="$root/sources.d/zz-asked.sources" \
    -o Dir::Etc::sourceparts=/dev/null -o APT::Get::List-Cleanup=0 -o APT::Update::Error-Mode=any update \
    >"$root/update" 2>&1 || reached=no
  printf 'reached %s\n' "$reached"
  if [ "$reached" = no ]; then
    grep -E '^(E|W|Err)[: ]' "$root/update" | sed 's/^/said /'
    rm -f "$root/sources.d/zz-asked.sources"
  fi
fi

# A host that never fetched an index has to be asked from the beginning.
offers() { apt-cache $apt_options madison $versions_of 2>/dev/null; }
offered=$(offers)
if [ "$reached" = yes ] && [ -z "$(apt-cache $apt_options --no-all-versions show libc6 2>/dev/null | head -n 1)" ]; then
  for link in "$root"/lists/*_*; do if [ -L "$link" ]; then rm -f "$link"; fi; done
  timeout 300 apt-get -q $apt_options update >"$root/update" 2>&1 || grep -E '^(E|W|Err)[: ]' "$root/update" | sed 's/^/said /'
  offered=$(offers)
fi
printf '%s\n' "$offered" | while IFS='|' read -r name offer _; do
  if [ -n "$offer" ]; then echo "version" $name $offer; fi
done

if [ -n "$simulate" ] && [ "$reached" = yes ]; then
  if apt-get -q $apt_options --no-install-recommends --allow-downgrades --allow-change-held-packages -s install $simulate >"$root/simulated" 2>&1; then
    echo 'simulated ok'
    sed -n -e 's/^Inst /inst /p' -e 's/^Remv /remv /p' "$root/simulated"
    # Answering no ends it before anything is done; the sizes have been said by then.
    apt-get -q $apt_options --no-install-recommends --allow-downgrades --allow-change-held-packages --assume-no install $simulate 2>&1 |
      sed -n 's/^After this operation, \(.*\) of additional disk space.*/disk \1/p'
  else
    echo 'simulated no'
    tail -n 12 "$root/simulated" | sed 's/^/refused /'
  fi
fi
:
